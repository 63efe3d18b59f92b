import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pino from 'pino'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { must } from '../../src/lib/assert.ts'
import { openDatabase } from '../../src/store/database.ts'
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/store/embedded.ts'
import { postmasterPid } from '../../src/store/postmaster.ts'
import { databaseUrl } from '../harness/postgres-url.ts'
import { startServerProcess, type ServerProcess } from '../harness/server.ts'
import { GramjsPerson, type GramjsModule } from '../interop/gramjs.ts'
import { MtcutePerson, type MtcuteModule } from '../interop/mtcute.ts'
import type { Person } from '../interop/person.ts'
import { makeKey } from '../mtproto/client/client.ts'
import { Correspondence } from './correspondence.ts'
import { killTree } from './kill.ts'

const AWAY_MS = 3_000
const RETURN_MS = 60_000
/** What cannot be done now is answered so soon. */
const QUICK_MS = 5_000

let root: string
let postgres: EmbeddedPostgres

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'chappe-away-'))
  postgres = await start()
})

afterAll(async () => {
  vi.unstubAllEnvs()
  await postgres.stop()
  await rm(root, { recursive: true, force: true })
})

test.for(['is shut down', 'is killed'] as const)(
  'a database that %s and returns fails calls meanwhile, and nothing else',
  { timeout: 240_000 },
  async (how) => {
    const seed = Number(process.env['CHAPPE_SEED'] ?? Date.now() % 1_000_000)
    const dataDir = join(root, how.replaceAll(' ', '-'))
    const database = await newDatabase(how.replaceAll(' ', '_'))
    await using server = await startServerProcess({ dataDir, args: ['--flood-limits', 'off'] })
    using people = new Correspondence(seed)
    await people.begin(server)
    const isReady = async (): Promise<boolean> => (await fetch(new URL('/readyz', server.file.url))).ok
    expect(await isReady()).toBe(true)

    people.startSending()
    await delay(500)
    await leave(how)
    await delay(AWAY_MS)
    const { host, port, publicKey } = people
    expect(await isReady()).toBe(false)
    await expect(makeKey({ host, port, publicKey, dc: 2 })).rejects.toThrow(/closed/)
    const duringIt = people.sent
    postgres = await start()
    await expect.poll(() => people.sent, { timeout: RETURN_MS }).toBeGreaterThan(duringIt)
    await delay(500)
    await people.stopSending()

    await people.check(database)
    expect(people.faults, `CHAPPE_SEED=${seed} tries it again`).toEqual([])
    expect(people.lost, 'connections that were lost').toBe(0)
    expect(people.serverErrors).toBeGreaterThan(0)
    expect(Math.max(...people.phones.map((phone) => phone.slowestErrorMs))).toBeLessThan(QUICK_MS)
    expect(await isReady()).toBe(true)
  },
)

test('mtcute and GramJS go on by themselves when the database returns', { timeout: 240_000 }, async () => {
  await newDatabase('clients')
  await using server = await startServerProcess({ dataDir: join(root, 'clients') })
  const alice = new MtcutePerson(await connectModule<MtcuteModule>(server, 'mtcute'))
  const bob = new GramjsPerson(await connectModule<GramjsModule>(server, 'gramjs'))
  try {
    await signUp(alice, '+9996620001', 'Alice')
    await signUp(bob, '+9996620002', 'Bob')
    await alice.addContact('+9996620002', 'Bob')
    await bob.addContact('+9996620001', 'Alice')
    await alice.send(bob.userId(), 'before')
    await bob.happenings.next('message', ({ message }) => message.text === 'before')

    await leave('is shut down')
    const sending = Promise.all([
      sendUntilSent(() => alice.send(bob.userId(), 'of Alice, meanwhile')),
      sendUntilSent(() => bob.send(alice.userId(), 'of Bob, meanwhile')),
    ])
    await delay(AWAY_MS)
    postgres = await start()
    await sending
    await bob.happenings.next('message', ({ message }) => message.text === 'of Alice, meanwhile')
    await alice.happenings.next('message', ({ message }) => message.text === 'of Bob, meanwhile')
    const texts = (await bob.history(alice.userId(), 10)).map((message) => message.text)
    expect(texts.toSorted()).toEqual(['before', 'of Alice, meanwhile', 'of Bob, meanwhile'])
  } finally {
    await Promise.allSettled([alice.quit(), bob.quit()])
  }
})

async function signUp(person: Person, phone: string, firstName: string): Promise<void> {
  await person.signUp({ phone, firstName, lastName: '', code: () => Promise.resolve('22222') })
}

/** What `chappe connect` prints for a client. Modules find the packages that they import from below node_modules. */
async function connectModule<M>(server: ServerProcess, name: string): Promise<M> {
  const { apiId, apiHash } = await server.createApp()
  const printed = await server.chappe('connect', name, '--api-id', String(apiId), '--api-hash', apiHash)
  const cache = join(import.meta.dirname, '../../node_modules/.cache')
  await mkdir(cache, { recursive: true })
  const directory = await mkdtemp(join(cache, 'away-'))
  const path = join(directory, `${name}.mjs`)
  await writeFile(path, printed.stdout)
  try {
    return (await import(path)) as M // As the command says.
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** mtcute tries again by itself; with GramJS its user does, who gets the error. */
async function sendUntilSent(send: () => Promise<unknown>): Promise<void> {
  const late = performance.now() + RETURN_MS
  for (;;) {
    try {
      await send()
      return
    } catch (error) {
      expect(String(error)).toMatch(/RPC_CALL_FAIL|500/)
      if (performance.now() > late) throw error
      await delay(200)
    }
  }
}

function start(): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ dir: join(root, 'postgres'), log: pino({ level: 'silent' }) })
}

async function leave(how: 'is shut down' | 'is killed'): Promise<void> {
  // Nobody starts it again before it is asked for.
  const pid = must(postmasterPid(join(root, 'postgres', 'data')), 'the database runs')
  if (how === 'is killed') killTree(pid)
  await postgres.stop()
}

/** Servers that are started from here on, and commands, use it. */
async function newDatabase(name: string): Promise<string> {
  const db = await openDatabase({ url: postgres.url, log: pino({ level: 'silent' }), connections: 1 })
  await db.sql.unsafe(`create database ${name}`)
  await db.close()
  const url = databaseUrl(postgres.url, name)
  vi.stubEnv('CHAPPE_DATABASE', url)
  return url
}
