import type { Actor, Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { areSeveral, dcOf, isDatacenter } from '../datacenters/datacenters.ts'
import { findDevice, lockLogins, putLogin } from './device-store.ts'
import { EXPORT_LIFETIME_SEC } from './limits.ts'
import type { SignInPlace } from './log-in.ts'

/** user id, time of expiry, key that it was exported from, datacenter that it was exported to. */
const TOKEN_BYTES = 20

/**
 * Lets a login be carried to another datacenter. Throws DC_ID_INVALID for one that is not ours and for the
 * one that the client is connected to. https://core.telegram.org/method/auth.exportAuthorization
 */
export function exportLogin(
  ctx: Context,
  by: Actor,
  input: { readonly dc: number; readonly currentDc: number },
): Promise<{ id: UserId; bytes: Uint8Array }> {
  if (!isDatacenter(ctx, input.dc) || input.dc === dcOf(ctx, input.currentDc)) throw rpcError('DC_ID_INVALID')
  const token = Buffer.alloc(TOKEN_BYTES)
  token.writeInt32LE(by.userId, 0)
  token.writeInt32LE(ctx.clock.nowSec() + EXPORT_LIFETIME_SEC, 4)
  token.writeBigInt64LE(by.keyId, 8)
  token.writeInt32LE(input.dc, 16)
  return Promise.resolve({ id: by.userId, bytes: ctx.secrets.seal(token) })
}

/**
 * Logs a key in by what another key of the same client exported, for as long as that one is logged in. Both
 * are one session to their user. Throws AUTH_BYTES_INVALID, USER_ID_INVALID.
 */
export async function importLogin(
  ctx: Context,
  place: SignInPlace,
  input: { readonly id: bigint; readonly bytes: Uint8Array },
): Promise<UserId> {
  const token = openToken(ctx, input.bytes)
  const isForHere = token.dc === dcOf(ctx, place.dc) || !areSeveral(ctx.config)
  if (!isForHere || token.expiresAt < ctx.clock.nowSec()) throw rpcError('AUTH_BYTES_INVALID')
  if (BigInt(token.userId) !== input.id) throw rpcError('USER_ID_INVALID')
  const { userId } = token
  await ctx.db.transaction(async (tx) => {
    // Whoever ends the login meanwhile finds this key, too.
    await lockLogins(tx, userId)
    const origin = await findDevice(tx, token.keyId)
    if (origin?.userId !== userId) throw rpcError('AUTH_BYTES_INVALID')
    const login = { ...origin, userId, ip: place.ip, isCarried: true }
    await putLogin(tx, place.keyId, login, ctx.clock.nowSec())
  })
  ctx.connections.forgetLogin(place.keyId)
  return userId
}

function openToken(
  ctx: Context,
  bytes: Uint8Array,
): { userId: UserId; expiresAt: number; keyId: bigint; dc: number } {
  let token: Buffer
  try {
    token = Buffer.from(ctx.secrets.open(bytes))
  } catch {
    throw rpcError('AUTH_BYTES_INVALID') // Whatever opening says, these bytes were not sealed here.
  }
  if (token.length !== TOKEN_BYTES) throw rpcError('AUTH_BYTES_INVALID')
  return {
    userId: token.readInt32LE(0) as UserId,
    expiresAt: token.readInt32LE(4),
    keyId: token.readBigInt64LE(8),
    dc: token.readInt32LE(16),
  }
}
