import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/store/database.ts'
import { decodeObject, decodeResult } from '../../src/tl/decode.ts'
import { encodeRequest } from '../../src/tl/encode.ts'
import { tl } from '../../src/tl/factories.ts'
import type * as T from '../../src/tl/schema.d.ts'
import { SETTLE_MS } from '../../src/updates/limits.ts'
import { HandClock } from '../harness/clock.ts'
import { HeldBus } from '../harness/held-bus.ts'
import { startWorld, type Person, type World } from '../harness/people.ts'
import { connectClient, type Client } from '../mtproto/client/client.ts'

const bus = new HeldBus()
const clock = new HandClock()
let world: World
let db: Database
let alice: Person
let bob: Person
let carol: Person
let client: Client

beforeAll(async () => {
  world = await startWorld({ bus, clock })
  db = world.server.context.db
  alice = await world.person('Alice')
  bob = await world.person('Bob')
  carol = await world.person('Carol')
  // One more session of Bob's, which is pushed to and keeps what came in its order.
  const { host, port } = world.server
  client = await connectClient({
    host,
    port,
    key: bob.device.client.key,
    salt: bob.device.client.salt,
    nowMs: () => clock.nowMs(),
  })
  await client.request(encodeRequest(tl['updates.getState']()))
})
afterAll(async () => {
  client.close()
  await world[Symbol.asyncDispose]()
})

/** Asks for the state; with it, what had been pushed before it was answered. */
async function askState(): Promise<{ pts: number; pushedBefore: string[] }> {
  const body = await client.request(encodeRequest(tl['updates.getState']()))
  const { pts } = decodeResult('updates.getState', body)
  const pushedBefore = client.pushes.splice(0).flatMap((push) => {
    const updates = decodeObject(push) as T.Updates
    return updates._ === 'updates' ? updates.updates.map((update) => update._) : [updates._]
  })
  return { pts, pushedBefore }
}

/** Whatever was asked before this has been answered after it, if nothing held it back. */
async function timeForAnswers(): Promise<void> {
  for (let times = 0; times < 5; times++) await carol.call('updates.getState')
}

/** Holds a lock until the returned function is called. */
async function lock(take: (tx: Parameters<Parameters<Database['transaction']>[0]>[0]) => Promise<unknown>) {
  const { promise, resolve: release } = Promise.withResolvers<void>()
  const taken = Promise.withResolvers<void>()
  const done = db.transaction(async (tx) => {
    await take(tx)
    taken.resolve()
    await promise
  })
  await Promise.race([taken.promise, done])
  return async () => {
    release()
    await done
  }
}

test('an answer waits for the push of what it shows, while that is being rendered, and comes in a later packet', async () => {
  await alice.send(bob, 'to be read')
  await askState()
  bus.hold()
  await bob.call('messages.readHistory', { peer: bob.peer(alice), maxId: 0 })
  // The mark of reading is rendered from the dialog, which nobody can read for now.
  const release = await lock((tx) => tx.sql`lock table dialog in access exclusive mode`)
  bus.release()
  let packetsWithPush = 0
  client.onPush = (body) => {
    client.pushes.push(body)
    packetsWithPush = client.packetCount
  }
  const asked = askState()
  await timeForAnswers()
  await release()
  expect((await asked).pushedBefore).toEqual(['updateReadHistoryInbox'])
  expect(client.packetCount).toBeGreaterThan(packetsWithPush)
  client.onPush = undefined
})

describe('while commits are as slow as on a busy disk', () => {
  beforeAll(async () => {
    await db.sql.unsafe(`
      create function wait_for_test() returns trigger language plpgsql as $$
        begin perform pg_advisory_xact_lock(4711); return null; end $$;
      create constraint trigger wait_for_test after insert on update_log deferrable initially deferred
        for each row execute function wait_for_test()`)
  })
  afterAll(() => db.sql.unsafe('drop trigger wait_for_test on update_log'))

  /** Begins to send a message. Returns how to let it be committed. */
  async function sendSlowly(send: () => Promise<unknown>): Promise<() => Promise<void>> {
    const release = await lock((tx) => tx.sql`select pg_advisory_xact_lock(4711)`)
    void send()
    const waiting = (): Promise<unknown> =>
      // Other tests have databases of the same PostgreSQL.
      db.sql`select from pg_locks where locktype = 'advisory' and not granted and objid = 4711
        and database = (select oid from pg_database where datname = current_database())`
    await expect.poll(waiting).toHaveLength(1)
    return release
  }

  test('an answer waits for the doorbell of what may be committed already', async () => {
    await askState()
    const commit = await sendSlowly(() => alice.send(bob, 'slowly committed'))
    const asked = askState()
    await timeForAnswers()
    await commit()
    expect((await asked).pushedBefore).toEqual(['updateNewMessage'])
  })

  test('what the session did itself is answered before what shows it', async () => {
    // With one session only: another one's push would be waited for in any case.
    const dave = await world.person('Dave')
    const order: string[] = []
    const call = async (request: T.AnyMethod): Promise<void> => {
      await dave.device.client.request(encodeRequest(request))
      order.push(request._)
    }
    const randomId = world.server.context.random.long()
    const note = tl['messages.sendMessage']({ peer: tl.inputPeerSelf(), message: 'note', randomId })
    const commit = await sendSlowly(() => call(note))
    // Whoever is named in an answer is rendered with what privacy allows.
    const release = await lock((tx) => tx.sql`lock table privacy in access exclusive mode`)
    await commit()
    const asked = call(tl['updates.getState']())
    await timeForAnswers()
    await release()
    await asked
    expect(order).toEqual(['messages.sendMessage', 'updates.getState'])
  })
})

test('an answer does not wait without end', async () => {
  await alice.send(bob, 'to be read, too')
  await askState()
  bus.hold()
  await bob.call('messages.readHistory', { peer: bob.peer(alice), maxId: 0 })
  const release = await lock((tx) => tx.sql`lock table dialog in access exclusive mode`)
  bus.release()
  const asked = askState()
  const answered = asked.then(() => 'answered')
  for (let first: unknown; first !== 'answered';) {
    clock.advance(SETTLE_MS)
    const time = timeForAnswers()
    first = await Promise.race([answered, time])
    await time
  }
  expect((await asked).pushedBefore).toEqual([])
  await release()
})
