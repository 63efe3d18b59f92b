import { createHash } from 'node:crypto'
import type { Actor, Context } from '../../context.ts'
import { must } from '../../lib/assert.ts'
import type { UserId } from '../../lib/ids.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { areSeveral, dcOf } from '../datacenters/datacenters.ts'
import { readHomeDc } from '../datacenters/home.ts'
import { ensureDevice, findDevice } from './device-store.ts'
import { describeSessions, mayVouch, type SessionInfo } from './devices.ts'
import { ACCEPTED_TOKEN_SEC, LOGIN_TOKEN_SEC } from './limits.ts'
import { enter, entered, type SignInPlace } from './log-in.ts'
import { findPending } from './pending-store.ts'
import {
  dropToken,
  lockImport,
  lockToken,
  lockTokenOf,
  putAcceptance,
  putImported,
  putImportHash,
  putToken,
  type LoginToken,
} from './qr-store.ts'

const TOKEN_BYTES = 32

/** Where a client stands that waits to be let in. */
export type Waiting =
  | { readonly kind: 'token'; readonly token: Uint8Array; readonly expiresAt: number }
  | { readonly kind: 'migrate'; readonly token: Uint8Array; readonly dc: number }
  | { readonly kind: 'in'; readonly userId: UserId }

/**
 * Gives a key a token by which a session that is logged in can let it in. Asked again after that, it tells what became of
 * it. A token works once and for half a minute; a new one takes its place. Throws SESSION_PASSWORD_NEEDED.
 * https://core.telegram.org/api/qr-login
 */
export async function exportToken(
  ctx: Context,
  place: SignInPlace,
  exceptIds: readonly bigint[],
): Promise<Waiting> {
  const nowSec = ctx.clock.nowSec()
  const { keyId, apiId, ip } = place
  const waiting = await ctx.db.transaction(async (tx): Promise<Waiting | 'needs password'> => {
    await ensureDevice(tx, keyId, { apiId, ip }, nowSec)
    const token = await lockTokenOf(tx, keyId)
    const secret = ctx.random.bytes(TOKEN_BYTES)
    if (token && token.userId !== null && token.expiresAt > nowSec && !token.isImported) {
      if (token.importDc !== null) {
        await putImportHash(tx, keyId, digest(secret))
        return { kind: 'migrate', token: secret, dc: token.importDc }
      }
      await dropToken(tx, keyId)
      if ((await findPending(tx, keyId, nowSec)) === token.userId) return 'needs password'
      // If the login was ended before its client heard of it, the client waits for another.
    }
    const device = await findDevice(tx, keyId)
    if (device && device.userId !== null) return { kind: 'in', userId: device.userId }
    const expiresAt = nowSec + LOGIN_TOKEN_SEC
    const made = { keyId, apiId, dc: dcOf(ctx, place.dc), exceptIds, expiresAt }
    await putToken(tx, digest(secret), made, nowSec)
    return { kind: 'token', token: secret, expiresAt }
  })
  if (waiting === 'needs password') throw rpcError('SESSION_PASSWORD_NEEDED')
  return waiting
}

/**
 * Lets the client in that shows a token, as the actor. It is logged in where it waits, or, when the actor is at home in
 * another datacenter, once it comes there. Throws AUTH_TOKEN_INVALID, AUTH_TOKEN_EXPIRED, AUTH_TOKEN_ALREADY_ACCEPTED,
 * API_ID_PUBLISHED_FLOOD, and AUTH_TOKEN_EXCEPTION when the actor is logged in on that client already.
 * https://core.telegram.org/method/auth.acceptLoginToken
 */
export async function acceptToken(ctx: Context, by: Actor, secret: Uint8Array): Promise<SessionInfo> {
  const [home, isConfirmed] = await Promise.all([readHomeDc(ctx, by.userId), mayVouch(ctx, by)])
  const { place, login, entry } = await ctx.db.transaction(async (tx) => {
    const token = acceptable(ctx, by, await lockToken(tx, digest(secret)))
    const { keyId, apiId, dc } = token
    const device = must(await findDevice(tx, keyId), 'a key that has a token has a device')
    // It came in by another way meanwhile, and needs no token any more.
    if (device.userId !== null) throw rpcError('AUTH_TOKEN_EXPIRED')
    const login = { hash: ctx.random.long(), isConfirmed }
    const isAway = areSeveral(ctx.config) && dc !== home
    const expiresAt = ctx.clock.nowSec() + ACCEPTED_TOKEN_SEC
    const importDc = isAway ? home : null
    await putAcceptance(tx, keyId, { ...login, userId: by.userId, importDc, expiresAt })
    const place = { keyId, apiId, dc, ip: device.ip }
    const entry = isAway ? 'away' : await enter(ctx, tx, place, by.userId, login)
    return { place, login, entry }
  })
  if (entry === 'in') await entered(ctx, place, by.userId)
  ctx.connections.tellKey(place.keyId, tl.updateLoginToken())
  const device = must(await findDevice(ctx.db, place.keyId), 'it was there in the transaction')
  const [session] = await describeSessions(ctx, [{ ...device, hash: login.hash, apiId: place.apiId }])
  return { ...must(session, 'one was described'), isWaiting: entry === 'needs password' }
}

function acceptable(ctx: Context, by: Actor, token: LoginToken | undefined): LoginToken {
  if (!token) throw rpcError('AUTH_TOKEN_INVALID')
  if (token.userId !== null) throw rpcError('AUTH_TOKEN_ALREADY_ACCEPTED')
  if (token.expiresAt <= ctx.clock.nowSec()) throw rpcError('AUTH_TOKEN_EXPIRED')
  if (token.exceptIds.includes(BigInt(by.userId))) throw rpcError('AUTH_TOKEN_EXCEPTION')
  return token
}

/**
 * Logs a key in by the token with which its client was sent to this datacenter. Throws AUTH_TOKEN_INVALID,
 * AUTH_TOKEN_EXPIRED, AUTH_TOKEN_ALREADY_ACCEPTED, SESSION_PASSWORD_NEEDED, API_ID_PUBLISHED_FLOOD.
 * https://core.telegram.org/method/auth.importLoginToken
 */
export async function importToken(ctx: Context, place: SignInPlace, secret: Uint8Array): Promise<Waiting> {
  const { entry, userId, dc } = await ctx.db.transaction(async (tx) => {
    const token = await lockImport(tx, digest(secret))
    if (!token || token.userId === null || token.importDc === null || token.hash === null)
      throw rpcError('AUTH_TOKEN_INVALID')
    if (token.isImported) throw rpcError('AUTH_TOKEN_ALREADY_ACCEPTED')
    if (token.expiresAt <= ctx.clock.nowSec()) throw rpcError('AUTH_TOKEN_EXPIRED')
    const { userId, importDc: dc, hash, isConfirmed, apiId } = token
    if (dc !== dcOf(ctx, place.dc)) return { entry: 'elsewhere', userId, dc } as const
    await putImported(tx, token.keyId)
    const entry = await enter(ctx, tx, { ...place, apiId }, userId, { hash, isConfirmed })
    return { entry, userId, dc }
  })
  if (entry === 'elsewhere') return { kind: 'migrate', token: secret, dc }
  if (entry === 'needs password') throw rpcError('SESSION_PASSWORD_NEEDED')
  await entered(ctx, place, userId)
  return { kind: 'in', userId }
}

/** A token is kept as its digest: who reads the database cannot come in by it. */
function digest(secret: Uint8Array): Uint8Array {
  return createHash('sha256').update(secret).digest()
}
