import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { BusAddress } from './bus/nats.ts'
import { BUS_OPTIONS, parseBus } from './config-bus.ts'
import { DATACENTER_OPTIONS, parseDatacenters, parseDc, type Datacenters } from './config-datacenters.ts'
import { HTTP_OPTIONS, parseTrustedProxies } from './config-http.ts'
import type { Option } from './config-option.ts'
import { parsePasskeyDomain, PASSKEY_OPTIONS } from './config-passkeys.ts'
import { parseSenders, SENDER_OPTIONS } from './config-senders.ts'
import { isLoopback } from './lib/address.ts'
import type { SenderOptions } from './senders/open.ts'

/** An address to listen on; port 0 picks a free one. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
}

/** What can be chosen about a server. */
export interface Config {
  readonly data: string
  readonly listen: readonly ListenAddress[]
  /** The host that clients are told to connect to. */
  readonly publicHost: string
  /** A PostgreSQL of the host's own; without it the server runs one inside its data directory. */
  readonly database: string | undefined
  /** By what processes with the same database tell each other of changes; undefined: this one is alone. */
  readonly bus: BusAddress | undefined
  /** The datacenter that this server is. */
  readonly dc: number
  readonly datacenters: Datacenters
  /** Whether +99966XYYYY signs in with the code XXXXX. */
  readonly testNumbers: boolean
  /** Whether calls of accounts are paced. */
  readonly floodLimits: boolean
  /** Where the bytes of files lie. */
  readonly blobs: string
  /** How long a client can use a file after it was last shown it. */
  readonly fileReferencesSec: number
  /** An MMDB file that tells the countries of addresses, in place of the one that ships. */
  readonly geoDatabase: string | undefined
  /** The country of addresses that are in none, two capital letters; '' when it is not to be said. */
  readonly country: string
  readonly logLevel: string
  /** Addresses and networks of proxies that say truly from where a request comes. */
  readonly trustedProxies: readonly string[]
  /** The domain that passkeys belong to. */
  readonly passkeyDomain: string
  /** How codes and letters reach people who have no session. */
  readonly senders: SenderOptions
}

export const OPTIONS: readonly Option[] = [
  {
    name: 'data',
    value: 'DIR',
    fallback: './data',
    help: 'Where the server keeps everything: its keys, its database, server.json.',
  },
  {
    name: 'listen',
    value: 'HOST:PORT,…',
    fallback: '127.0.0.1:8443',
    help: 'The addresses to listen on, comma-separated. All serve everything. Port 0 picks a free one.',
  },
  {
    name: 'public-host',
    value: 'HOST',
    fallback: 'the first address of --listen',
    help: 'The IP address that clients are told to connect to, when it is another one than --listen names.',
  },
  {
    name: 'database',
    value: 'URL',
    fallback: 'its own PostgreSQL inside the data directory',
    help: 'A PostgreSQL (15 or newer) to use: postgres://user:password@host:port/database.',
  },
  ...BUS_OPTIONS,
  ...DATACENTER_OPTIONS,
  {
    name: 'test-numbers',
    value: 'on|off',
    fallback: 'on while every address of --listen is a loopback address, else off',
    help: 'Whether numbers of the form +99966XYYYY sign in with the code XXXXX and no message.',
  },
  {
    name: 'flood-limits',
    value: 'on|off',
    fallback: 'on',
    help: 'Whether accounts that call too often are told to wait (docs/limits.md). What is counted in the database always is.',
  },
  {
    name: 'blobs',
    value: 'DIR',
    fallback: 'blobs inside the data directory',
    help: 'Where the bytes of files lie. Servers that are one datacenter, with one database, share this directory.',
  },
  {
    name: 'file-references',
    value: 'SECONDS',
    fallback: '86400',
    help: 'For how long at least the reference to a file is good that comes with a message. Clients ask for the message anew then.',
  },
  {
    name: 'geo-database',
    value: 'FILE',
    fallback: 'one that ships',
    help: 'An MMDB file that tells in which country, and perhaps region, an address is; shown in the list of sessions.',
  },
  {
    name: 'country',
    value: 'CC',
    fallback: 'none',
    help: 'The country, such as DE, of addresses that the database does not know: those of a private network, for example.',
  },
  {
    name: 'log-level',
    value: 'LEVEL',
    fallback: 'info',
    help: 'What is logged on stderr: fatal, error, warn, info, debug, trace, or silent.',
  },
  ...HTTP_OPTIONS,
  ...PASSKEY_OPTIONS,
  ...SENDER_OPTIONS,
]

const LOG_LEVELS = new Set(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
const MAX_ADDRESSES = 64

/** An option that cannot be used; the message, one line, is for whoever typed it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** The environment variable of an option: --log-level is CHAPPE_LOG_LEVEL. */
export function environmentName(option: string): string {
  return `CHAPPE_${option.toUpperCase().replaceAll('-', '_')}`
}

/** Reads flags, then the environment, then defaults. Throws ConfigError. */
export function parseConfig(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Config {
  const flags = parseFlags(args)
  const given = (name: string): string | undefined => flags[name] ?? env[environmentName(name)]
  const listen = parseListen(given('listen') ?? '127.0.0.1:8443')
  const first = listen[0]!
  const fail = (message: string): never => {
    throw new ConfigError(message)
  }
  const parsing = { given, port: first.port, fail }
  const dc = parseDc(parsing)
  const data = resolve(given('data') ?? './data')
  const publicHost = given('public-host') ?? (isWildcard(first.host) ? '127.0.0.1' : first.host)
  return {
    data,
    listen,
    publicHost,
    database: parseDatabase(given('database')),
    bus: parseBus(given('bus'), fail),
    dc,
    datacenters: parseDatacenters(dc, parsing),
    testNumbers:
      parseSwitch('test-numbers', given('test-numbers')) ?? listen.every((each) => isLoopback(each.host)),
    floodLimits: parseSwitch('flood-limits', given('flood-limits')) ?? true,
    blobs: parsePath(given('blobs')) ?? join(data, 'blobs'),
    fileReferencesSec: parseSeconds('file-references', given('file-references') ?? '86400'),
    geoDatabase: parsePath(given('geo-database')),
    country: parseCountry(given('country')),
    logLevel: parseLogLevel(given('log-level') ?? 'info'),
    trustedProxies: parseTrustedProxies(given('trusted-proxies'), fail),
    passkeyDomain: parsePasskeyDomain(given('passkey-domain'), publicHost, fail),
    senders: parseSenders(given, parseSwitch, fail),
  }
}

function parseFlags(args: readonly string[]): Record<string, string | undefined> {
  const options = Object.fromEntries(OPTIONS.map((option) => [option.name, { type: 'string' as const }]))
  try {
    return parseArgs({ args: [...args], options, allowPositionals: false }).values
  } catch (error) {
    throw new ConfigError(error instanceof Error ? error.message : String(error))
  }
}

function parseListen(text: string): ListenAddress[] {
  const addresses = text.split(',').map((part) => {
    const match = /^(?:\[([0-9a-f:.]+)\]|([^:\s]+)):(\d{1,5})$/i.exec(part.trim())
    const host = match?.[1] ?? match?.[2]
    const port = Number(match?.[3])
    if (!host || port > 65_535)
      throw new ConfigError(`--listen: "${part}" is no HOST:PORT, such as 127.0.0.1:8443`)
    return { host, port }
  })
  if (addresses.length > MAX_ADDRESSES) throw new ConfigError(`--listen: at most ${MAX_ADDRESSES} addresses`)
  return addresses
}

function parseDatabase(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  if (!/^postgres(ql)?:\/\//.test(text)) {
    throw new ConfigError('--database: the URL must begin with postgres://')
  }
  return text
}

function parseSwitch(name: string, text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined
  if (text === 'on' || text === 'off') return text === 'on'
  throw new ConfigError(`--${name}: "${text}" is neither on nor off`)
}

const MAX_SECONDS = 10 * 365 * 86_400

function parseSeconds(name: string, text: string): number {
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (seconds < 1 || seconds > MAX_SECONDS)
    throw new ConfigError(`--${name}: "${text}" is no number of seconds from 1 to ${MAX_SECONDS}`)
  return seconds
}

function parsePath(text: string | undefined): string | undefined {
  return text === undefined ? undefined : resolve(text)
}

function parseCountry(text: string | undefined): string {
  if (text === undefined) return ''
  const code = text.toUpperCase()
  if (!/^[A-Z]{2}$/.test(code))
    throw new ConfigError(`--country: "${text}" is no country of two letters, such as DE`)
  return code
}

function parseLogLevel(text: string): string {
  if (!LOG_LEVELS.has(text))
    throw new ConfigError(`--log-level: "${text}" is none of ${[...LOG_LEVELS].join(', ')}`)
  return text
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}
