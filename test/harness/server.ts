import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { ServerFile } from '../../src/server-file.ts'
import { runCommandHere } from './command.ts'

const ROOT = join(import.meta.dirname, '../..')
const READY_MS = 80_000
const STOP_MS = 30_000
const COMMAND_MS = 50_000
const OUTPUT_MS = 30_000

export interface StartOptions {
  /** Where the server keeps its data; a directory of its own, removed by `stop`, unless given. */
  readonly dataDir?: string
  /** Where to listen first: a free port of 127.0.0.1 unless given. */
  readonly listen?: string
  readonly alsoListen?: readonly string[]
  readonly args?: readonly string[]
  /** A descriptor to which its log goes, instead of to `output`. */
  readonly logTo?: number
}

export interface CommandResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A server in a process of its own, started as a user starts it. */
export interface ServerProcess extends AsyncDisposable {
  readonly dataDir: string
  /** DATA/server.json. */
  readonly file: ServerFile
  readonly host: string
  readonly port: number
  /** The whole lines that it has printed so far. */
  output(): string
  /** Resolves with the first match in the lines that it has printed or will print; in the output after `after`. */
  waitForOutput(pattern: RegExp, after?: number): Promise<RegExpExecArray>
  /** Runs `chappe ARGS --data …`. */
  chappe(...args: readonly string[]): Promise<CommandResult>
  /** Runs `chappe app create`; what it printed. */
  createApp(): Promise<{ apiId: number; apiHash: string }>
  /** SIGTERM; resolves with the exit code. A directory of its own is removed. */
  stop(): Promise<number | null>
  /** `kill -9`. The data directory stays. */
  kill(): Promise<void>
}

/** Starts `chappe start` and waits until it says that it is ready. */
export async function startServerProcess(options: StartOptions = {}): Promise<ServerProcess> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'chappe-test-')))
  const listen = [options.listen ?? '127.0.0.1:0', ...(options.alsoListen ?? [])].join(',')
  const child = spawn(
    process.execPath,
    ['src/main.ts', 'start', '--data', dataDir, '--listen', listen, ...(options.args ?? [])],
    { cwd: ROOT, stdio: ['ignore', 'pipe', options.logTo ?? 'pipe'] },
  )
  const log = watchOutput(child)
  const endWithTests = (): void => void child.kill('SIGTERM')
  process.once('exit', endWithTests)
  child.once('exit', () => process.off('exit', endWithTests))
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  await Promise.race([
    log.waitFor(/^ready /m, 0, READY_MS),
    exited.then((code) => Promise.reject(new Error(`the server ended with ${code}:\n${log.text()}`))),
  ])
  const file = JSON.parse(await readFile(join(dataDir, 'server.json'), 'utf8')) as ServerFile
  const { host, port } = file.dcs.find(({ id }) => id === file.thisDc) ?? file.dcs[0]!

  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal)
    return within(exited, STOP_MS, () => `the server did not end after ${signal}:\n${log.text()}`)
  }
  const server: ServerProcess = {
    dataDir,
    file,
    host,
    port,
    output: log.text,
    waitForOutput: (pattern, after) => log.waitFor(pattern, after),
    chappe: (...args) => runChappe([...args, '--data', dataDir]),
    createApp: () => createApp(server),
    async stop() {
      const code = await end('SIGTERM')
      if (!options.dataDir) await rm(dataDir, { recursive: true, force: true })
      return code
    },
    async kill() {
      await end('SIGKILL')
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await this.stop()
    },
  }
  return server
}

/** Runs one command of the `chappe` command line. */
export async function runChappe(args: readonly string[]): Promise<CommandResult> {
  const child = spawn(process.execPath, ['src/main.ts', ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
  const closed = new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve)
    child.once('error', reject)
  })
  const code = await within(
    closed,
    COMMAND_MS,
    () => `chappe ${args.join(' ')} did not end:\n${stdout}${stderr}`,
  )
  return { code, stdout, stderr }
}

let apps = 0

async function createApp(server: ServerProcess): Promise<{ apiId: number; apiHash: string }> {
  const phone = `+1555${String(process.pid % 10000).padStart(4, '0')}${String(apps++).padStart(3, '0')}`
  const create = ['app', 'create', '--title', 'Test', '--short-name', 'test', '--phone', phone]
  const made = await runCommandHere([...create, '--data', server.dataDir])
  const apiId = /api_id\W+(\d+)/.exec(made.stdout)?.[1]
  const apiHash = /api_hash\W+([0-9a-f]{32})/.exec(made.stdout)?.[1]
  if (!apiId || !apiHash) throw new Error(`app create said:\n${made.stdout}${made.stderr}`)
  return { apiId: Number(apiId), apiHash }
}

interface OutputLog {
  readonly text: () => string
  readonly waitFor: (pattern: RegExp, after?: number, deadlineMs?: number) => Promise<RegExpExecArray>
}

function watchOutput(child: ChildProcess): OutputLog {
  let text = ''
  const watchers = new Set<() => void>()
  const take = (lines: string): void => {
    text += lines
    for (const watcher of watchers) watcher()
  }
  for (const stream of [child.stdout, child.stderr]) if (stream) readLines(stream, take)
  return {
    text: () => text,
    async waitFor(pattern, after = 0, deadlineMs = OUTPUT_MS) {
      let watcher = (): void => {}
      const found = new Promise<RegExpExecArray>((resolve) => {
        watcher = () => {
          const match = pattern.exec(text.slice(after))
          if (match) resolve(match)
        }
        watchers.add(watcher)
        watcher()
      })
      try {
        return await within(found, deadlineMs, () => `the server did not print ${pattern}:\n${text}`)
      } finally {
        watchers.delete(watcher)
      }
    },
  }
}

/** Hands on what a stream says, in whole lines: a pipe may part a line, and what matches its beginning is no match. */
function readLines(stream: Readable, take: (lines: string) => void): void {
  let begun = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    const said = begun + chunk
    const end = said.lastIndexOf('\n') + 1
    begun = said.slice(end)
    if (end > 0) take(said.slice(0, end))
  })
  stream.once('end', () => take(begun))
}

/** The promise's value, or an error when it takes longer. */
export async function within<V>(promise: Promise<V>, deadlineMs: number, explain: () => string): Promise<V> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${explain()} (waited ${deadlineMs} ms)`)), deadlineMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
