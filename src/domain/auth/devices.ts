import type { Actor, Context } from '../../context.ts'
import { must } from '../../lib/assert.ts'
import type { UserId } from '../../lib/ids.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { readBannedUntil } from '../abuse/store.ts'
import { readAccount } from '../accounts/store.ts'
import { readBlocked, readHostApps, readTitles } from '../apps/store.ts'
import { countryName, placeText } from '../geo/place.ts'
import { endChatsOfDevices } from '../secret/end.ts'
import {
  dropLogins,
  findDevice,
  lockLogins,
  putDevice,
  putSessionTtl,
  readDevices,
  readSessionTtl,
  readUnconfirmed,
  touchDevice,
  updateLogin,
  type Device,
  type DeviceText,
  type EndReason,
  type LoginChange,
  type WhichLogins,
} from './device-store.ts'
import { dropTokens } from './future-token-store.ts'
import {
  AUTOCONFIRM_SEC,
  DEVICE_TEXT,
  FRESH_SESSION_SEC,
  MAX_SESSION_TTL_DAYS,
  MAX_SESSIONS,
  SESSION_TTL_DAYS,
} from './limits.ts'
import { dropPendings, readPendingKeys } from './pending-store.ts'
import { dropAccepted } from './qr-store.ts'

/** Who is logged in on a key, and what its client said of itself. */
export interface Login {
  readonly userId: UserId | undefined
  readonly isBot: boolean
  /** Until when the account is banned: Infinity when until that is lifted. */
  readonly bannedUntil: number | undefined
  /** Whoever runs the server lets nobody use the app that the login came by. */
  readonly isAppBlocked: boolean
  /** Why nobody is logged in any more, unless the client ended its login itself. */
  readonly ended: EndReason | null
  readonly layer: number
  readonly apiId: number
  readonly langCode: string
}

/** The login of a key; undefined for a key whose client never said anything. */
export async function readLogin(ctx: Context, keyId: bigint): Promise<Login | undefined> {
  const device = await findDevice(ctx.db, keyId)
  if (!device) return undefined
  const account = device.userId === null ? undefined : await readAccount(ctx.db, device.userId)
  const userId = account && !account.isDeleted ? account.id : undefined
  const { layer, apiId, langCode, ended } = device
  const common = { userId, isBot: account?.isBot ?? false, ended, layer, apiId, langCode }
  if (userId === undefined) return { ...common, bannedUntil: undefined, isAppBlocked: false }
  const [bannedUntil, blocked] = await Promise.all([
    readBannedUntil(ctx.db, userId, ctx.clock.nowSec()),
    readBlocked(ctx.db, [apiId]),
  ])
  return { ...common, bannedUntil, isAppBlocked: blocked.has(apiId) }
}

/** What a client says of itself when it connects. */
export interface DeviceReport {
  readonly keyId: bigint
  readonly layer: number
  readonly ip: string
  readonly init: Omit<T.Methods['initConnection']['req'], 'query'>
}

/** Writes down what a client said of itself, shortened to what is shown of it. */
export async function saveDevice(ctx: Context, report: DeviceReport): Promise<void> {
  const { init, ip, layer } = report
  const device: DeviceText = {
    apiId: init.apiId,
    layer: Math.min(Math.max(layer, 0), MAX_LAYER),
    deviceModel: shorten(init.deviceModel),
    systemVersion: shorten(init.systemVersion),
    appVersion: shorten(init.appVersion),
    systemLangCode: shorten(init.systemLangCode),
    langPack: shorten(init.langPack),
    langCode: shorten(init.langCode),
    ip,
  }
  await ctx.db.single((tx) => putDevice(tx, report.keyId, device, ctx.clock.nowSec()))
}

/** What a small integer column holds. */
const MAX_LAYER = 32_767

function shorten(text: string): string {
  return text.replaceAll('\u0000', '').slice(0, DEVICE_TEXT)
}

/** Notes that the client behind a key is there; called now and then, not for every call. */
export async function noteVisit(ctx: Context, keyId: bigint, ip: string): Promise<void> {
  await ctx.db.single((tx) => touchDevice(tx, keyId, ip, ctx.clock.nowSec()))
}

/** A login of a user, and what is known about it. */
export interface SessionInfo extends Device {
  readonly appName: string
  /** Whoever runs the server has registered the app. */
  readonly isOfficialApp: boolean
  readonly isCurrent: boolean
  /** It is still to be confirmed by another session. */
  readonly isUnconfirmed: boolean
  /** It waits for the password. */
  readonly isWaiting: boolean
  /** In English; '' when it is not known. */
  readonly country: string
  readonly region: string
}

/** Where a user is logged in, the current session first. https://core.telegram.org/method/account.getAuthorizations */
export async function listSessions(ctx: Context, by: Actor): Promise<SessionInfo[]> {
  const [sessions, current] = await Promise.all([sessionsOf(ctx, by.userId), currentDevice(ctx, by)])
  return sessions
    .map((session) => ({ ...session, isCurrent: session.hash === current.hash }))
    .sort((a, b) => Number(b.isCurrent) - Number(a.isCurrent))
}

/** Where a user is logged in, the latest active first: for whoever runs the server. */
export async function sessionsOf(ctx: Context, userId: UserId): Promise<SessionInfo[]> {
  const waiting = await readPendingKeys(ctx.db, userId, ctx.clock.nowSec())
  return await describeSessions(ctx, await readDevices(ctx.db, userId, waiting, MAX_SESSIONS))
}

/** What is known about logins: the apps, the places. */
export async function describeSessions(ctx: Context, devices: readonly Device[]): Promise<SessionInfo[]> {
  const apiIds = devices.map((device) => device.apiId)
  const [titles, official] = await Promise.all([readTitles(ctx.db, apiIds), readHostApps(ctx.db, apiIds)])
  return await Promise.all(
    devices.map(async (device) => {
      const { countryCode, region } = await ctx.geo.locate(device.ip)
      return {
        ...device,
        appName: titles.get(device.apiId) ?? '',
        isOfficialApp: official.has(device.apiId),
        isCurrent: false,
        isUnconfirmed: isUnconfirmed(ctx, device),
        isWaiting: device.userId === null,
        country: countryName(countryCode),
        region,
      }
    }),
  )
}

/** Whether nobody has said yet that a session is known, and it has not been there long enough to be taken for that. */
export function isUnconfirmed(ctx: Context, device: Device): boolean {
  return !device.isConfirmed && device.createdAt > ctx.clock.nowSec() - AUTOCONFIRM_SEC
}

/** Logs out of the actor's session, in whatever datacenters it was carried to. */
export async function logOut(ctx: Context, by: Actor): Promise<void> {
  const { hash } = await currentDevice(ctx, by)
  for (const keyId of await dropSessions(ctx, by, { hash })) ctx.connections.forgetLogin(keyId)
}

/**
 * Ends a session. Hash 0 is one's own. Throws HASH_INVALID, and FRESH_RESET_AUTHORISATION_FORBIDDEN from a session that may
 * be a thief's: one that is new, or that nobody has vouched for. https://core.telegram.org/method/account.resetAuthorization
 */
export async function endSession(ctx: Context, by: Actor, hash: bigint): Promise<void> {
  const current = await currentDevice(ctx, by)
  const ended = hash === 0n ? current.hash : hash
  if (ended !== current.hash) requireSeasoned(ctx, current)
  const keys = await dropSessions(ctx, by, { hash: ended })
  if (keys.length === 0) throw rpcError('HASH_INVALID')
  for (const keyId of keys) ctx.connections.endLogin(keyId)
}

/** Ends all sessions but one's own. Throws FRESH_RESET_AUTHORISATION_FORBIDDEN. */
export async function endOtherSessions(ctx: Context, by: Actor): Promise<void> {
  const current = await currentDevice(ctx, by)
  requireSeasoned(ctx, current)
  for (const keyId of await dropSessions(ctx, by, { except: current.hash })) ctx.connections.endLogin(keyId)
}

/** Ends one session of a user, or all of them, for whoever runs the server. Returns on how many keys. */
export async function endSessionsOf(
  ctx: Context,
  userId: UserId,
  pick: WhichLogins | 'all',
): Promise<number> {
  // No login has the hash 0.
  const keys = await dropSessions(ctx, { userId }, pick === 'all' ? { except: 0n } : pick)
  for (const keyId of keys) ctx.connections.endLogin(keyId)
  return keys.length
}

async function dropSessions(ctx: Context, by: Pick<Actor, 'userId'>, pick: WhichLogins): Promise<bigint[]> {
  return await ctx.db.transaction(async (tx) => {
    await lockLogins(tx, by.userId)
    const keys = await dropLogins(tx, by.userId, pick)
    await dropPendings(tx, keys)
    await endChatsOfDevices(ctx, tx, keys)
    // Whoever ends all others wants none back that logged out before, either.
    if ('except' in pick) await dropTokens(tx, by.userId)
    // Whom a session has let in and who has not come yet stays out too.
    return [...new Set([...keys, ...(await dropAccepted(tx, by.userId, pick))])]
  })
}

/** Throws FRESH_RESET_AUTHORISATION_FORBIDDEN unless the session is old enough to decide about others. */
function requireSeasoned(ctx: Context, session: Device): void {
  const isFresh = session.createdAt > ctx.clock.nowSec() - FRESH_SESSION_SEC
  if (isFresh || isUnconfirmed(ctx, session)) throw rpcError('FRESH_RESET_AUTHORISATION_FORBIDDEN')
}

/** After how many days without a visit the user's sessions end. */
export async function sessionTtl(ctx: Context, by: Actor): Promise<number> {
  return (await readSessionTtl(ctx.db, by.userId)) ?? SESSION_TTL_DAYS
}

/**
 * Sets after how many days without a visit the user's sessions end. Throws TTL_DAYS_INVALID,
 * FRESH_RESET_AUTHORISATION_FORBIDDEN. https://core.telegram.org/method/account.setAuthorizationTTL
 */
export async function setSessionTtl(ctx: Context, by: Actor, days: number): Promise<void> {
  if (days < 1 || days > MAX_SESSION_TTL_DAYS) throw rpcError('TTL_DAYS_INVALID')
  requireSeasoned(ctx, await currentDevice(ctx, by))
  await ctx.db.single((tx) => putSessionTtl(tx, by.userId, days))
}

/**
 * Changes a session; hash 0 is one's own. A session that is itself to be confirmed can confirm none. Throws HASH_INVALID.
 * https://core.telegram.org/method/account.changeAuthorizationSettings
 */
export async function changeSession(
  ctx: Context,
  by: Actor,
  hash: bigint,
  change: LoginChange,
): Promise<void> {
  const current = await currentDevice(ctx, by)
  const changed = hash === 0n ? current.hash : hash
  if (change.isConfirmed && isUnconfirmed(ctx, current)) throw rpcError('HASH_INVALID')
  const isThere = await ctx.db.single((tx) => updateLogin(tx, by.userId, changed, change))
  if (!isThere) throw rpcError('HASH_INVALID')
  // The other sessions have asked too, and need not any more.
  if (change.isConfirmed)
    ctx.updates.hint([by.userId], tl.updateNewAuthorization({ unconfirmed: false, hash: changed }), by)
}

/**
 * Tells the user's sessions that are connected of a new one, and has them ask whether it is the user's own. Called before
 * the new session gets updates. https://core.telegram.org/api/auth#confirming-login
 */
export async function announceSession(ctx: Context, userId: UserId, device: Device): Promise<void> {
  ctx.updates.hint([userId], await newSessionUpdate(ctx, device))
}

/**
 * The sessions that are still to be confirmed, made at this time or later: for one that was away when they were announced.
 * One that is itself to be confirmed is not asked.
 */
export async function unconfirmedSince(
  ctx: Context,
  by: Actor,
  sinceSec: number,
): Promise<T.updateNewAuthorization[]> {
  const devices = await readUnconfirmed(ctx.db, by.userId, {
    sinceSec: Math.max(sinceSec, ctx.clock.nowSec() - AUTOCONFIRM_SEC + 1),
    limit: MAX_SESSIONS,
  })
  if (devices.length === 0) return []
  const current = await currentDevice(ctx, by)
  if (isUnconfirmed(ctx, current)) return []
  return await Promise.all(devices.map((device) => newSessionUpdate(ctx, device)))
}

/** Whether the actor's session can vouch for another one: nobody doubts it. */
export async function mayVouch(ctx: Context, by: Actor): Promise<boolean> {
  return !isUnconfirmed(ctx, await currentDevice(ctx, by))
}

async function newSessionUpdate(ctx: Context, device: Device): Promise<T.updateNewAuthorization> {
  const { hash, createdAt: date, ip } = device
  if (!isUnconfirmed(ctx, device)) return tl.updateNewAuthorization({ unconfirmed: false, hash })
  return tl.updateNewAuthorization({
    unconfirmed: true,
    hash,
    date,
    device: [device.deviceModel, device.systemVersion].filter(Boolean).join(', ') || 'unknown device',
    location: await placeText(ctx, ip),
  })
}

async function currentDevice(ctx: Context, by: Actor): Promise<Device> {
  const device = must(await findDevice(ctx.db, by.keyId), 'the actor is logged in on its key')
  // It was ended between the check of the call's rights and here.
  if (device.userId !== by.userId) throw rpcError('AUTH_KEY_UNREGISTERED')
  return device
}
