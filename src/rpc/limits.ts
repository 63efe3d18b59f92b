import type { Context } from '../context.ts'
import { countAttempts, type Rate } from '../domain/auth/attempt-store.ts'
import { isLoopback, networkOf } from '../lib/address.ts'
import type { Pace } from '../lib/buckets.ts'
import { normaliseEmail } from '../lib/email.ts'
import { rpcError, type ErrorName } from '../tl/rpc-error.ts'
import type * as T from '../tl/schema.d.ts'

/** Per whom something is counted. An address is one of IPv4, or a network of 64 bits of IPv6. */
type Per = 'account' | 'phone' | 'phone or account' | 'address' | 'e-mail address' | 'name' | 'administrator'

/** How often something may be asked for, and what whoever asks more often is told. */
export interface RateLimit extends Rate {
  readonly per: Per
  readonly error: ErrorName
  /** The methods of which each call counts; without them, what counts stands in the code. */
  readonly methods?: readonly T.MethodName[]
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

/**
 * What is counted in the database, so that it survives a restart and holds over all nodes: how many in how long, per
 * whom, and the error beyond. Where methods are named, each call of them counts, before it is run.
 */
export const RATES = {
  codesPerPhone: perHour(20, 'codes of phone', 'phone', 'PHONE_NUMBER_FLOOD'),
  codesPerAddress: perHour(200, 'codes of address', 'address'),
  triesPerPhone: perDay(50, 'code tries of phone', 'phone'),
  triesPerAddress: perHour(300, 'code tries of address', 'address'),
  verifiedEmails: perDay(20, 'verified emails', 'phone or account'),
  loginTokensPerAddress: perHour(1_000, 'login tokens', 'address'),
  acceptedTokens: perHour(100, 'accepted tokens', 'account'),
  passwordsAtDoor: perHour(10, 'passwords at the door', 'account'),
  passwordsInside: perHour(10, 'passwords inside', 'account'),
  passkeysPerAddress: perHour(300, 'passkeys of address', 'address'),
  passwordMails: perDay(20, 'password mails of user', 'account'),
  recoveryMails: perDay(10, 'recovery mails of user', 'account'),
  mailsTo: perDay(20, 'mails to address', 'e-mail address'),
  importedContacts: perDay(20_000, 'imported contacts', 'account'),
  addedContacts: ofMethods(perDay(500, 'added contacts', 'account'), ['contacts.addContact']),
  resolvedPhones: ofMethods(perDay(500, 'resolved phones', 'account'), ['contacts.resolvePhone']),
  resolvedUsernames: ofMethods(perDay(2_000, 'resolved usernames', 'account'), ['contacts.resolveUsername']),
  usernameChanges: ofMethods(perDay(100, 'username changes', 'account'), ['account.updateUsername']),
  profileChanges: ofMethods(perDay(200, 'profile changes', 'account'), ['account.updateProfile']),
  secretChats: ofMethods(perDay(200, 'secret chats asked for', 'account'), ['messages.requestEncryption']),
  photoChanges: ofMethods(perDay(200, 'photo changes', 'account'), [
    'photos.uploadProfilePhoto',
    'photos.updateProfilePhoto',
    'photos.deletePhotos',
    'photos.uploadContactProfilePhoto',
  ]),
  reports: perDay(300, 'reports', 'account'),
  portalCodesPerPhone: perHour(10, 'portal codes of phone', 'phone'),
  portalCodesPerAddress: perHour(100, 'portal codes of address', 'address'),
  portalTriesPerAddress: perHour(300, 'portal tries of address', 'address'),
  portalChangesPerPhone: perDay(100, 'portal changes of phone', 'phone'),
  appealCodesPerPhone: perDay(5, 'appeal codes of phone', 'phone'),
  appealCodesPerAddress: perHour(50, 'appeal codes of address', 'address'),
  appealTriesPerAddress: perHour(200, 'appeal tries of address', 'address'),
  consoleTokens: perHour(30, 'console tokens of address', 'address'),
  consoleCodesPerName: perHour(10, 'console codes of name', 'name'),
  consoleCodesPerAddress: perHour(100, 'console codes of address', 'address'),
  consoleTriesPerAddress: perHour(300, 'console tries of address', 'address'),
  consoleDeeds: perHour(3_000, 'console deeds', 'administrator'),
} satisfies Record<string, RateLimit>

/** How often calls of some methods may come. */
export interface CallPace extends Pace {
  readonly kind: string
  readonly methods: readonly T.MethodName[]
  /** What a call counts, where that is not one. */
  readonly amountOf?: (call: T.AnyMethod) => number
}

/**
 * What is counted in memory, for each account, because it comes too often for the database: so many at once, and so many
 * a second for ever. Beyond, FLOOD_WAIT_X. A restart forgives it, and each node counts for itself.
 */
export const CALL_PACES: readonly CallPace[] = [
  {
    kind: 'messages sent',
    methods: [
      'messages.sendMessage',
      'messages.forwardMessages',
      'messages.sendEncrypted',
      'messages.sendEncryptedService',
      'messages.sendEncryptedFile',
      'messages.sendMedia',
      'messages.sendMultiMedia',
      'messages.uploadMedia',
    ],
    amountOf: messagesIn,
    perSec: 30,
    burst: 200,
  },
  { kind: 'messages edited', methods: ['messages.editMessage'], perSec: 10, burst: 100 },
  {
    kind: 'messages deleted',
    methods: ['messages.deleteMessages', 'messages.deleteHistory'],
    perSec: 10,
    burst: 100,
  },
  {
    kind: 'typing and status told',
    methods: ['messages.setTyping', 'messages.setEncryptedTyping', 'account.updateStatus'],
    perSec: 10,
    burst: 100,
  },
  { kind: 'pages of histories', methods: ['messages.getHistory'], perSec: 30, burst: 300 },
  {
    kind: 'searches',
    methods: ['messages.search', 'messages.searchGlobal', 'contacts.search'],
    perSec: 10,
    burst: 100,
  },
  {
    kind: 'names and numbers looked up',
    methods: ['contacts.resolveUsername', 'contacts.resolvePhone', 'account.checkUsername'],
    perSec: 5,
    burst: 50,
  },
  {
    kind: 'parts of files uploaded',
    methods: ['upload.saveFilePart', 'upload.saveBigFilePart'],
    perSec: 400,
    burst: 8_000,
  },
  {
    kind: 'parts of files fetched',
    methods: ['upload.getFile', 'upload.getFileHashes'],
    perSec: 400,
    burst: 8_000,
  },
  { kind: 'differences', methods: ['updates.getDifference'], perSec: 10, burst: 200 },
]

/** Of what has no pace of its own. */
export const OTHER_CALLS: CallPace = { kind: 'all other calls', methods: [], perSec: 100, burst: 1_000 }

/** Over how long those are spread who are told to wait: if all came back at once, most would come in vain. */
export const SPREAD_SEC = 8

/**
 * Whoever calls on after that is refused at once so often, and beyond only after a while: who does not wait is made to.
 */
export const REFUSALS: Pace = { perSec: 5, burst: 50 }
export const REFUSAL_HELD_MS = 1_000

/** Calls of one account that run at once, on one node; the others wait in their order. */
export const CALLS_OF_ACCOUNT = 16
/** Calls of one account that wait; more are refused. */
export const CALLS_WAITING_OF_ACCOUNT = 1_000
/** Calls that run at once, of all accounts. Of those that wait, apps take turns, and in each app its accounts. */
export const CALLS_AT_ONCE = 256
/** An account that calls no more often than that never waits for what others of its app do. */
export const UNHURRIED: Pace = { perSec: 2, burst: 20 }
/**
 * Calls of all other accounts of an app that run at once, while other apps call less: at most, and at least, however busy
 * the server is.
 */
export const CALLS_OF_APP = 64
export const CALLS_OF_APP_LEAST = 1
/** Which part of the time the server may work before that is cut, and how often that is looked at. */
export const BUSY_SHARED = 0.5
export const APPS_WEIGHED_MS = 100
/** A call that has run for so long waits for something elsewhere: others need not wait for it. */
export const CALL_TURN_MS = 250

function messagesIn(call: T.AnyMethod): number {
  if (call._ === 'messages.forwardMessages') return call.id.length
  return call._ === 'messages.sendMultiMedia' ? call.multiMedia.length : 1
}

function perHour<E extends ErrorName = 'FLOOD_WAIT_%d'>(count: number, kind: string, per: Per, error?: E) {
  return { kind, per, count, windowSec: HOUR_SEC, error: error ?? 'FLOOD_WAIT_%d' } as const
}

function perDay(count: number, kind: string, per: Per) {
  return { kind, per, count, windowSec: DAY_SEC, error: 'FLOOD_WAIT_%d' } as const
}

function ofMethods<R>(rate: R, methods: readonly T.MethodName[]): R & { methods: readonly T.MethodName[] } {
  return { ...rate, methods }
}

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
