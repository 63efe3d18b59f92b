import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pino from 'pino'
import { must } from '../../src/lib/assert.ts'
import { openDatabase } from '../../src/store/database.ts'
import { runningPostgres } from '../../src/store/embedded.ts'
import { postmasterPid } from '../../src/store/postmaster.ts'
import { runChappe, startServerProcess, type ServerProcess } from '../harness/server.ts'
import { makeKey } from '../mtproto/client/client.ts'
import { Correspondence } from './correspondence.ts'
import { eventually } from './eventually.ts'

export interface FullDiskOutcome {
  readonly faults: readonly string[]
  /** Messages whose sending was answered, and those of them from after there was space again. */
  readonly sent: number
  readonly sentAfter: number
  /** Answers of code 500 while the disk was full, and how long the longest of them took. */
  readonly serverErrors: number
  readonly slowestErrorMs: number
  /** Whether PostgreSQL gave up, because not even its log could be written. */
  readonly hasPanicked: boolean
  /** How long after there was space again the first message was sent. */
  readonly recoveredMs: number
}

/** Room for a cluster, its first log files and some thousand messages. */
const DISK_MB = 160
/** Messages of this length fill it soon. */
const TEXT_LENGTH = 3000
const LEAST_ERRORS = 20
const FILL_MS = 60_000
const PANIC_MS = 30_000
const RECOVER_MS = 60_000
const AFTER_MS = 1_000
const BLOCK = Buffer.alloc(65_536)

/**
 * Mounts a small file system at `dir`, which must be in a name space of this process's own, and lets people write to
 * each other on a server whose data, database and log are all on it. It gets full, and there is space again.
 */
export async function fullDisk(dir: string, seed: number): Promise<FullDiskOutcome> {
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MB}m`, 'tmpfs', dir], {
    encoding: 'utf8',
  })
  if (mounted.status !== 0) throw new Error(`${dir} cannot be mounted: ${mounted.stderr}`)
  const dataDir = join(dir, 'data')
  const log = openSync(join(dir, 'server.log'), 'a')
  await using server = await startServerProcess({ dataDir, logTo: log, args: ['--flood-limits', 'off'] })
  using people = new Correspondence(seed, TEXT_LENGTH)
  await people.begin(server)
  const url = must(runningPostgres(join(dataDir, 'postgres')), 'the database runs')

  people.startSending()
  await delay(AFTER_MS)
  const filler = join(dir, 'filler')
  fill(filler)
  await until(() => people.serverErrors >= LEAST_ERRORS, FILL_MS, 'calls fail')
  const hasPanicked = await panic(url, join(dataDir, 'postgres', 'data'))
  await expectNoKey(people, server)

  const before = people.sent
  const freedAt = performance.now()
  rmSync(filler)
  await until(() => people.sent > before, RECOVER_MS, 'messages are sent again')
  const recoveredMs = performance.now() - freedAt
  await delay(AFTER_MS)
  await people.stopSending()
  await people.check(url)
  await makeKey({ host: people.host, port: people.port, publicKey: people.publicKey, dc: 2 })
  if (people.lost > 0) people.faults.push(`${people.lost} connections were lost`)
  const code = await server.stop()
  if (code !== 0) people.faults.push(`the server ended with ${code}`)
  fill(filler)
  const again = await runChappe(['start', '--data', dataDir, '--listen', '127.0.0.1:0'])
  if (again.code !== 2 || !again.stderr.includes('No space left'))
    people.faults.push(`a start on a full disk ended with ${again.code}: ${again.stderr}`)
  closeSync(log)
  return {
    faults: people.faults,
    sent: people.sent,
    sentAfter: people.sent - before,
    serverErrors: people.serverErrors,
    slowestErrorMs: Math.round(Math.max(...people.phones.map((phone) => phone.slowestErrorMs))),
    hasPanicked,
    recoveredMs: Math.round(recoveredMs),
  }
}

/** Leaves not a byte. */
function fill(file: string): void {
  const descriptor = openSync(file, 'w')
  for (let length = BLOCK.length; length > 0;) {
    try {
      writeSync(descriptor, BLOCK, 0, length)
    } catch {
      length >>= 1
    }
  }
  closeSync(descriptor)
}

/** Has PostgreSQL go on to its next log file, for which there is no space. */
async function panic(url: string, data: string): Promise<boolean> {
  const postmaster = postmasterPid(data)
  const isGone = (): boolean => postmasterPid(data) !== postmaster
  const db = await openDatabase({ url, log: pino({ level: 'silent' }), connections: 1 })
  await db.sql`select pg_switch_wal()`.catch(() => {})
  await db.close()
  return await until(isGone, PANIC_MS, 'the database gives up').catch(() => false)
}

/** A key that cannot be kept is not given: the connection ends, and the client tries again. */
async function expectNoKey(people: Correspondence, server: ServerProcess): Promise<void> {
  const { host, port, publicKey } = people
  const made = await makeKey({ host, port, publicKey, dc: 2 }).then(
    () => 'a key was made that could not be kept',
    (error: unknown) => (String(error).includes('404') ? String(error) : undefined),
  )
  if (made) people.faults.push(made)
  if (!existsSync(`/proc/${server.file.pid}`)) people.faults.push('the server is gone')
}

async function until(holds: () => boolean, deadlineMs: number, what: string): Promise<true> {
  return await eventually(() => holds() || undefined, deadlineMs, what)
}
