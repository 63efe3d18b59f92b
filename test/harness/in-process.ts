import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { inject } from 'vitest'
import type { Config } from '../../src/config.ts'
import type { Context } from '../../src/context.ts'
import type { Overrides } from '../../src/open-context.ts'
import { startServer, type RunningServer } from '../../src/server.ts'
import { createTestDatabase } from './postgres.ts'
import { within } from './server.ts'

const CODE_MS = 5_000

export interface TestServerOptions extends Overrides {
  readonly config?: Partial<Config>
}

/** A server inside the test's own process, with a database and a data directory of its own. */
export interface TestServer extends AsyncDisposable {
  readonly running: RunningServer
  readonly context: Context
  readonly host: string
  readonly port: number
  /** The latest code that was sent to this phone (digits only) and not yet taken; waits for it if need be. */
  takeCode(phone: string): Promise<string>
  stop(): Promise<void>
}

/** Starts a server for a test. Its log is silent unless CHAPPE_TEST_LOG names a level. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  await using starting = new AsyncDisposableStack()
  const database = starting.use(await createTestDatabase())
  const data = await mkdtemp(join(tmpdir(), 'chappe-test-'))
  starting.defer(() => rm(data, { recursive: true, force: true }))
  await cp(inject('keysFrom'), data, { recursive: true })
  const codes = new Codes()
  const logLevel = process.env['CHAPPE_TEST_LOG'] ?? 'silent'
  const config: Config = {
    data,
    listen: [{ host: '127.0.0.1', port: 0 }],
    publicHost: '127.0.0.1',
    database: database.url,
    dc: 2,
    testNumbers: true,
    geoDatabase: undefined,
    country: '',
    logLevel,
    ...options.config,
  }
  const running = await startServer(config, {
    sendCode: ({ phone, code }) => codes.put(phone, code),
    log: pino({ level: logLevel }, pino.destination({ dest: 2, sync: true })),
    ...options,
  })
  starting.use(running)
  const { host, port } = running.facts.dcs[0]!
  const all = starting.move()
  const stop = (): Promise<void> => all.disposeAsync()
  return {
    running,
    context: running.context,
    host,
    port,
    takeCode: (phone) => codes.take(phone),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** Codes on their way to phones. */
class Codes {
  readonly #sent = new Map<string, string>()
  readonly #waiting = new Map<string, (code: string) => void>()

  put(phone: string, code: string): Promise<void> {
    const take = this.#waiting.get(phone)
    this.#waiting.delete(phone)
    if (take) take(code)
    else this.#sent.set(phone, code)
    return Promise.resolve()
  }

  take(phone: string): Promise<string> {
    const digits = phone.replace(/\D/g, '')
    const sent = this.#sent.get(digits)
    this.#sent.delete(digits)
    if (sent !== undefined) return Promise.resolve(sent)
    const code = new Promise<string>((resolve) => this.#waiting.set(digits, resolve))
    return within(code, CODE_MS, () => `no code was sent to ${digits}`)
  }
}
