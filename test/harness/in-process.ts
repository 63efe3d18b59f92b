import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { inject } from 'vitest'
import { parseConfig, type Config } from '../../src/config.ts'
import type { Context } from '../../src/context.ts'
import type { Overrides } from '../../src/open-context.ts'
import type { CodeMessage, Mail, PhoneChannel, Senders } from '../../src/senders/sender.ts'
import { startServer, type RunningServer } from '../../src/server.ts'
import { createTestDatabase } from './postgres.ts'
import { within } from './server.ts'

const CODE_MS = 15_000

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
  /** The same, with the way in which it came and the text of an SMS. */
  takeMessage(phone: string): Promise<CodeMessage>
  /** Whether a code was sent to this phone and not yet taken. */
  hasCode(phone: string): boolean
  /** The latest letter that was sent to this address and not yet taken; waits for it if need be. */
  takeMail(address: string): Promise<Mail>
  stop(): Promise<void>
}

/** Starts a server for a test. Its log is silent unless CHAPPE_TEST_LOG names a level. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  await using starting = new AsyncDisposableStack()
  const database = starting.use(await createTestDatabase())
  const data = await mkdtemp(join(tmpdir(), 'chappe-test-'))
  starting.defer(() => rm(data, { recursive: true, force: true }))
  await cp(inject('keysFrom'), data, { recursive: true })
  const codes = new Sent<CodeMessage>('code')
  const mails = new Sent<Mail>('letter')
  const logLevel = process.env['CHAPPE_TEST_LOG'] ?? 'silent'
  const config: Config = {
    data,
    listen: [{ host: '127.0.0.1', port: 0 }],
    publicHost: '127.0.0.1',
    database: database.url,
    bus: undefined,
    dc: 2,
    datacenters: parseConfig([], {}).datacenters,
    testNumbers: true,
    floodLimits: false,
    blobs: join(data, 'blobs'),
    fileReferencesSec: 86_400,
    geoDatabase: undefined,
    country: '',
    logLevel,
    trustedProxies: [],
    passkeyDomain: 'localhost',
    senders: parseConfig([], {}).senders,
    ...options.config,
  }
  const running = await startServer(config, {
    senders: fakeSenders(config.senders.channels, codes, mails),
    log: pino({ level: logLevel }, pino.destination({ dest: 2, sync: true })),
    ...options,
  })
  starting.use(running)
  const { host, port } = running.facts.dcs.find(({ id }) => id === running.facts.thisDc)!
  const all = starting.move()
  const stop = (): Promise<void> => all.disposeAsync()
  return {
    running,
    context: running.context,
    host,
    port,
    takeCode: async (phone) => (await codes.take(digitsOf(phone))).code,
    takeMessage: (phone) => codes.take(digitsOf(phone)),
    hasCode: (phone) => codes.has(digitsOf(phone)),
    takeMail: (address) => mails.take(address),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** Senders that keep what they are given. */
function fakeSenders(
  channels: readonly PhoneChannel[],
  codes: Sent<CodeMessage>,
  mails: Sent<Mail>,
): Senders {
  return {
    channels,
    hasMail: true,
    usesConsole: false,
    sendCode: (message) => Promise.resolve(codes.put(message.phone, message)).then(() => ({})),
    sendMail: (mail) => Promise.resolve(mails.put(mail.to, mail)),
  }
}

function digitsOf(phone: string): string {
  return phone.replace(/\D/g, '')
}

/** Things on their way to those who are to have them. */
class Sent<T> {
  readonly #what: string
  readonly #sent = new Map<string, T>()
  readonly #waiting = new Map<string, (thing: T) => void>()

  constructor(what: string) {
    this.#what = what
  }

  put(to: string, thing: T): void {
    const take = this.#waiting.get(to)
    this.#waiting.delete(to)
    if (take) take(thing)
    else this.#sent.set(to, thing)
  }

  has(to: string): boolean {
    return this.#sent.has(to)
  }

  take(to: string): Promise<T> {
    const sent = this.#sent.get(to)
    this.#sent.delete(to)
    if (sent !== undefined) return Promise.resolve(sent)
    const thing = new Promise<T>((resolve) => this.#waiting.set(to, resolve))
    return within(thing, CODE_MS, () => `no ${this.#what} was sent to ${to}`)
  }
}
