import type { Context } from '../context.ts'
import { countAttempts, type Rate } from '../domain/auth/attempt-store.ts'
import { isLoopback, networkOf } from '../lib/address.ts'
import { normaliseEmail } from '../lib/email.ts'
import { rpcError, type ErrorName } from '../tl/rpc-error.ts'

/** How often something may be asked for, and what whoever asks more often is told. */
interface RateLimit extends Rate {
  readonly error: ErrorName
}

/** Bounds of what is counted in memory, because it comes too often for the database. A restart forgives it. */
export interface RpcLimits {
  /** Calls of those who are not logged in: of one address a second, and at once. */
  readonly strangerCalls: number
  readonly strangerBurst: number
  /** So many times as much is allowed to this machine itself. */
  readonly loopbackTimes: number
}

export const defaultRpcLimits: RpcLimits = {
  strangerCalls: 50,
  strangerBurst: 1_000,
  loopbackTimes: 1_000,
}

/** How long it is believed where somebody is at home, of several datacenters: a command beside the server may move them. */
export const HOMES_REMEMBERED_MS = 1000
export const HOMES_REMEMBERED = 100_000

/** Logins that a node remembers, and for how long one can be old of which the node was not told that it changed. */
export const LOGINS_REMEMBERED = 100_000
export const LOGINS_REMEMBERED_MS = 10 * 60_000

const HOUR_SEC = 3600
const DAY_SEC = 86_400

/** What is counted, how many in how long, and the error beyond. */
export const RATES = {
  codesPerPhone: { kind: 'codes of phone', count: 20, windowSec: HOUR_SEC, error: 'PHONE_NUMBER_FLOOD' },
  codesPerAddress: { kind: 'codes of address', count: 200, windowSec: HOUR_SEC, error: 'FLOOD_WAIT_%d' },
  triesPerPhone: { kind: 'code tries of phone', count: 50, windowSec: DAY_SEC, error: 'FLOOD_WAIT_%d' },
  verifiedEmails: { kind: 'verified emails', count: 20, windowSec: DAY_SEC, error: 'FLOOD_WAIT_%d' },
  triesPerAddress: { kind: 'code tries of address', count: 300, windowSec: HOUR_SEC, error: 'FLOOD_WAIT_%d' },
  portalCodesPerPhone: {
    kind: 'portal codes of phone',
    count: 10,
    windowSec: HOUR_SEC,
    error: 'FLOOD_WAIT_%d',
  },
  portalCodesPerAddress: {
    kind: 'portal codes of address',
    count: 100,
    windowSec: HOUR_SEC,
    error: 'FLOOD_WAIT_%d',
  },
  portalTriesPerAddress: {
    kind: 'portal tries of address',
    count: 300,
    windowSec: HOUR_SEC,
    error: 'FLOOD_WAIT_%d',
  },
  portalChangesPerPhone: {
    kind: 'portal changes of phone',
    count: 100,
    windowSec: DAY_SEC,
    error: 'FLOOD_WAIT_%d',
  },
  loginTokensPerAddress: { kind: 'login tokens', count: 1_000, windowSec: HOUR_SEC, error: 'FLOOD_WAIT_%d' },
  acceptedTokens: { kind: 'accepted tokens', count: 100, windowSec: HOUR_SEC, error: 'FLOOD_WAIT_%d' },
  importedContacts: { kind: 'imported contacts', count: 20_000, windowSec: DAY_SEC, error: 'FLOOD_WAIT_%d' },
  resolvedPhones: { kind: 'resolved phones', count: 500, windowSec: DAY_SEC, error: 'FLOOD_WAIT_%d' },
  passwordsAtDoor: { kind: 'passwords at the door', count: 10, windowSec: HOUR_SEC, error: 'FLOOD_WAIT_%d' },
  passwordsInside: { kind: 'passwords inside', count: 10, windowSec: HOUR_SEC, error: 'FLOOD_WAIT_%d' },
  passkeysPerAddress: {
    kind: 'passkeys of address',
    count: 300,
    windowSec: HOUR_SEC,
    error: 'FLOOD_WAIT_%d',
  },
  passwordMails: { kind: 'password mails of user', count: 20, windowSec: DAY_SEC, error: 'FLOOD_WAIT_%d' },
  recoveryMails: { kind: 'recovery mails of user', count: 10, windowSec: DAY_SEC, error: 'FLOOD_WAIT_%d' },
  mailsTo: { kind: 'mails to address', count: 20, windowSec: DAY_SEC, error: 'FLOOD_WAIT_%d' },
  reports: { kind: 'reports', count: 300, windowSec: DAY_SEC, error: 'FLOOD_WAIT_%d' },
  consoleTokens: {
    kind: 'console tokens of address',
    count: 30,
    windowSec: HOUR_SEC,
    error: 'FLOOD_WAIT_%d',
  },
  consoleCodesPerName: {
    kind: 'console codes of name',
    count: 10,
    windowSec: HOUR_SEC,
    error: 'FLOOD_WAIT_%d',
  },
  consoleCodesPerAddress: {
    kind: 'console codes of address',
    count: 100,
    windowSec: HOUR_SEC,
    error: 'FLOOD_WAIT_%d',
  },
  consoleTriesPerAddress: {
    kind: 'console tries of address',
    count: 300,
    windowSec: HOUR_SEC,
    error: 'FLOOD_WAIT_%d',
  },
  consoleDeeds: { kind: 'console deeds', count: 3000, windowSec: HOUR_SEC, error: 'FLOOD_WAIT_%d' },
  appealCodesPerPhone: {
    kind: 'appeal codes of phone',
    count: 5,
    windowSec: DAY_SEC,
    error: 'FLOOD_WAIT_%d',
  },
  appealCodesPerAddress: {
    kind: 'appeal codes of address',
    count: 50,
    windowSec: HOUR_SEC,
    error: 'FLOOD_WAIT_%d',
  },
  appealTriesPerAddress: {
    kind: 'appeal tries of address',
    count: 200,
    windowSec: HOUR_SEC,
    error: 'FLOOD_WAIT_%d',
  },
  usernameChanges: { kind: 'username changes', count: 100, windowSec: DAY_SEC, error: 'FLOOD_WAIT_%d' },
} as const satisfies Record<string, RateLimit>

/** Counts `amount` more for a subject. Throws the limit's error once there are too many. */
export async function limit(ctx: Context, rate: RateLimit, subject: string, amount = 1): Promise<void> {
  const waitSec = await countAttempts(ctx, rate, subject, amount)
  if (waitSec > 0) throw rpcError(rate.error, waitSec)
}

/**
 * `limit` for letters to an address, whoever wants them sent. What is no address gets none anyway, and could be of any
 * length.
 */
export async function limitMailTo(ctx: Context, address: string): Promise<void> {
  const email = normaliseEmail(address)
  if (email !== undefined) await limit(ctx, RATES.mailsTo, email.toLowerCase())
}

/** Takes back what `limit` counted last for a subject: it was no attempt of the kind that is counted. */
export async function forgive(ctx: Context, rate: RateLimit, subject: string): Promise<void> {
  await countAttempts(ctx, rate, subject, -1)
}

/**
 * `limit` per address, or per network of one customer. This machine itself is exempt: behind its one address are all tests
 * and all proxies.
 */
export async function limitAddress(ctx: Context, rate: RateLimit, ip: string): Promise<void> {
  if (!isLoopback(ip)) await limit(ctx, rate, networkOf(ip))
}

