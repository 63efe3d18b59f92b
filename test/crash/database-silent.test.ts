import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { must } from '../../src/lib/assert.ts'
import { openDatabase } from '../../src/store/database.ts'
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/store/embedded.ts'
import { postmasterPid } from '../../src/store/postmaster.ts'
import { tl } from '../../src/tl/factories.ts'
import { RpcFailure } from '../harness/device.ts'
import { startWorld, texts, type Person } from '../harness/people.ts'
import { signalTree } from './kill.ts'

/** A database that hangs closes no connection. What it is asked meanwhile must fail all the same. */
const ANSWER_MS = 1_500
/** One wait for an answer, and one for a new connection; twice, because the machine is busy. */
const BOUND_MS = 4 * ANSWER_MS
const TRANSACTIONS = 60
const RETURN_MS = 20_000

let root: string
let postgres: EmbeddedPostgres
let pid: number

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'chappe-silent-'))
  postgres = await startEmbeddedPostgres({ dir: join(root, 'postgres'), log: pino({ level: 'silent' }) })
  pid = must(postmasterPid(join(root, 'postgres', 'data')), 'the database runs')
})
afterAll(async () => {
  await postgres.stop()
  await rm(root, { recursive: true, force: true })
})

/** Runs `act` while no process of the database does anything. */
async function whileSilent(act: () => Promise<void>): Promise<void> {
  signalTree(pid, 'SIGSTOP')
  try {
    await act()
  } finally {
    signalTree(pid, 'SIGCONT')
  }
}

test(
  'a database that goes silent fails calls in time, with nothing half-written',
  { timeout: 120_000 },
  async () => {
    await using world = await startWorld({
      config: { database: postgres.url },
      databaseAnswerMs: ANSWER_MS,
    })
    const alice = await world.person('Alice')
    const bob = await world.person('Bob')
    await alice.send(bob, 'before')
    const random = world.server.context.random
    const sends = ['one', 'two', 'three'].map((message) => {
      const request = { peer: alice.peer(bob), message, randomId: random.long() }
      return (): Promise<unknown> => alice.call('messages.sendMessage', request)
    })
    // What is one statement, what is a transaction, and what only reads.
    const draft = (message: string) => alice.call('messages.saveDraft', { peer: tl.inputPeerSelf(), message })
    const calls = [...sends, () => bob.call('updates.getState')]
    // More than there are connections.
    for (let nth = 0; nth < TRANSACTIONS; nth++) calls.push(() => draft(`meanwhile ${nth}`))

    await whileSilent(async () => {
      for (let round = 0; round < 2; round++) {
        const begunAt = performance.now()
        const failures = await Promise.all(calls.map((call) => call().catch((error: unknown) => error)))
        expect(performance.now() - begunAt).toBeLessThan(BOUND_MS)
        for (const failure of failures) expect(String(failure)).toContain('answered 500 RPC_CALL_FAIL')
      }
    })

    for (const send of sends) await untilDone(send)
    await untilDone(() => draft('afterwards'))
    // A message that was written although its sender was told otherwise is not written again.
    for (const [person, other] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      expect((await history(person, other)).toSorted()).toEqual(['before', 'one', 'three', 'two'])
    }
    expect(await connections()).toBeLessThan(20)
  },
)

test('what is said to take time is waited for', { timeout: 60_000 }, async () => {
  const log = pino({ level: 'silent' })
  const db = await openDatabase({ url: postgres.url, log, connections: 1, answerMs: 300 })
  try {
    await expect(db.sql`select pg_sleep(2)`).rejects.toThrow()
    await expect(db.transaction((tx) => tx.sql`select pg_sleep(2)`)).rejects.toThrow()
    await db.transaction(async (tx) => {
      await tx.takeTime()
      await tx.sql`select pg_sleep(1)`
    })
    await expect(db.transaction((tx) => tx.sql`select pg_sleep(2)`)).rejects.toThrow()
    expect(await db.sql`select 1 as one`).toEqual([{ one: 1 }])
  } finally {
    await db.close()
  }
})

async function history(of: Person, other: Person): Promise<string[]> {
  const found = await of.call('messages.getHistory', {
    peer: of.peer(other),
    offsetId: 0,
    offsetDate: 0,
    addOffset: 0,
    limit: 100,
    maxId: 0,
    minId: 0,
    hash: 0n,
  })
  return 'messages' in found ? texts(found.messages) : []
}

async function untilDone(call: () => Promise<unknown>): Promise<void> {
  const late = performance.now() + RETURN_MS
  for (;;) {
    try {
      await call()
      return
    } catch (error) {
      const isSent = error instanceof RpcFailure && error.message.includes('RANDOM_ID_DUPLICATE')
      if (isSent) return
      if (performance.now() > late) throw error
    }
  }
}

/** How many connections of servers the database has. */
async function connections(): Promise<number> {
  const db = await openDatabase({ url: postgres.url, log: pino({ level: 'silent' }), connections: 1 })
  try {
    const [row] = await db.sql<{ count: number }[]>`
      select count(*)::int as count from pg_stat_activity where application_name = 'chappe'`
    return row?.count ?? 0
  } finally {
    await db.close()
  }
}
