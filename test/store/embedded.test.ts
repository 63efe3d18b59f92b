import { existsSync, readFileSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/store/embedded.ts'
import { postmasterPid } from '../../src/store/postmaster.ts'
import { connectTo } from '../harness/postgres.ts'

const log = pino({ level: 'silent' })
let root: string
/** A cluster that was shut down, to be copied. */
let made: string

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'chappe-embedded-'))
  made = join(root, 'made')
  await using postgres = await start(made)
  await using db = await connectTo(postgres.url)
  await db.single((tx) => tx.sql`create table kept as select 42 as answer`)
})

afterAll(() => rm(root, { recursive: true, force: true }))

test('what was written is there after a restart', async () => {
  const dir = await copy('restart')
  await using postgres = await start(dir)
  expect(await answer(postgres)).toBe(42)
})

test('a database that dies is started again, and requests recover', { timeout: 120_000 }, async () => {
  const dir = await copy('dies')
  await using postgres = await start(dir)
  await using db = await connectTo(postgres.url)
  await db.sql`select 1`
  const pid = postmasterPid(join(dir, 'data'))!
  const underWay = db.sql`select pg_sleep(3600)`.then(
    () => 'answered',
    () => 'failed',
  )
  await isUnderWay(db, 'select pg_sleep(3600)')
  process.kill(pid, 'SIGKILL')
  expect(await underWay).toBe('failed')
  await expect.poll(() => answerOf(db), { timeout: 40_000, interval: 50 }).toBe(42)
  expect(postmasterPid(join(dir, 'data'))).not.toBe(pid)
})

test('processes that outlive a killed database are waited for', { timeout: 120_000 }, async () => {
  const dir = await copy('orphans')
  const first = await start(dir)
  await using db = await connectTo(first.url)
  await db.sql`select 1`
  // It computes without a pause in which it would see that its postmaster is gone.
  const underWay = db.sql`select count(*) from generate_series(1, 20000000)`.then(
    () => 'answered',
    () => 'failed',
  )
  await isUnderWay(db, 'select count(*) from generate_series(1, 20000000)')
  process.kill(postmasterPid(join(dir, 'data'))!, 'SIGKILL')
  await first.stop()
  await using second = await start(dir)
  expect(await answer(second)).toBe(42)
  await underWay
})

test('the lock file of a database that was killed is no sign of life', async () => {
  const dir = await copy('stale')
  const first = await start(dir)
  const file = join(dir, 'data', 'postmaster.pid')
  const stale = readFileSync(file, 'utf8')
  await first.stop()
  // The number now belongs to another program.
  await writeFile(file, stale.replace(/^\d+/, String(process.pid)))
  expect(postmasterPid(join(dir, 'data'))).toBeUndefined()
  await using second = await start(dir)
  expect(await answer(second)).toBe(42)
})

test('a cluster whose making was interrupted is made anew', async () => {
  const dir = join(root, 'interrupted')
  await mkdir(join(dir, 'data.new', 'base'), { recursive: true })
  await writeFile(join(dir, 'data.new', 'PG_VERSION'), '18\n')
  await using postgres = await start(dir)
  await using db = await connectTo(postgres.url)
  expect(await db.sql`select lower('ÄÖ') as name`).toEqual([{ name: 'äö' }])
  expect(existsSync(join(dir, 'data.new'))).toBe(false)
})

test('a path that is too long for a socket is no obstacle, nor is one with a space', async () => {
  const dir = join(root, 'a directory '.repeat(9), 'postgres')
  await mkdir(join(dir, '..'), { recursive: true })
  await cp(made, dir, { recursive: true })
  await using postgres = await start(dir)
  expect(await answer(postgres)).toBe(42)
})

test('nobody else can reach the database', async () => {
  const dir = await copy('rights')
  await using postgres = await start(dir)
  const sockets = new URL(postgres.url.replace('@/', '@localhost/')).searchParams.get('host')!
  for (const each of [dir, join(dir, 'data'), sockets]) expect((await stat(each)).mode & 0o077).toBe(0)
})

test.runIf(process.platform === 'linux' && process.getuid?.() === 0)(
  'as root without user namespaces it runs as a system user',
  { timeout: 120_000 },
  async () => {
    // A directory of the server, closed at first, in one that everybody can pass.
    const data = await mkdtemp(join(tmpdir(), 'chappe-as-user-'))
    const dir = join(data, 'postgres')
    await cp(made, dir, { recursive: true })
    const path = process.env['PATH']
    try {
      process.env['PATH'] = '/nowhere'
      const postgres = await start(dir)
      const pid = postmasterPid(join(dir, 'data'))!
      const owner = (await stat(`/proc/${pid}`)).uid
      expect(owner).not.toBe(0)
      expect((await stat(join(dir, 'data', 'PG_VERSION'))).uid).toBe(owner)
      expect(await answer(postgres)).toBe(42)
      await postgres.stop()

      // A new one is made by that user too.
      await using fresh = await start(join(data, 'fresh'))
      await using db = await connectTo(fresh.url)
      expect(await db.sql`select 1 as one`).toEqual([{ one: 1 }])

      // Where namespaces are allowed again, the directory stays with the user that has it.
      process.env['PATH'] = path
      await using again = await start(dir)
      expect((await stat(`/proc/${postmasterPid(join(dir, 'data'))}`)).uid).toBe(owner)
      expect(await answer(again)).toBe(42)
    } finally {
      process.env['PATH'] = path
      await rm(data, { recursive: true, force: true })
    }
  },
)

async function copy(name: string): Promise<string> {
  const dir = join(root, name)
  await cp(made, dir, { recursive: true })
  return dir
}

async function start(dir: string): Promise<EmbeddedPostgres & AsyncDisposable> {
  const postgres = await startEmbeddedPostgres({ dir, log, settings: ['fsync=off'] })
  return { ...postgres, [Symbol.asyncDispose]: () => postgres.stop() }
}

/** Waits until the database is about a statement. */
async function isUnderWay(db: Awaited<ReturnType<typeof connectTo>>, statement: string): Promise<void> {
  const active = () => db.sql`select from pg_stat_activity where state = 'active' and query = ${statement}`
  await expect.poll(active).toHaveLength(1)
}

async function answer(postgres: EmbeddedPostgres): Promise<number | undefined> {
  await using db = await connectTo(postgres.url)
  return answerOf(db)
}

async function answerOf(db: Awaited<ReturnType<typeof connectTo>>): Promise<number | undefined> {
  const rows = await db.sql<{ answer: number }[]>`select answer from kept`.catch(() => [])
  return rows[0]?.answer
}
