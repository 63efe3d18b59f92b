import { createHash } from 'node:crypto'
import type { Actor, Context } from '../../context.ts'
import { must } from '../../lib/assert.ts'
import type { UserId } from '../../lib/ids.ts'
import { findByPhone } from '../accounts/store.ts'
import { findDevice } from './device-store.ts'
import { isUnconfirmed } from './devices.ts'
import { putToken, takeTokens } from './future-token-store.ts'
import { FUTURE_TOKEN_SEC, MAX_FUTURE_TOKENS } from './limits.ts'
import { enter, entered, type Entry, type SignInPlace } from './log-in.ts'

const TOKEN_BYTES = 32

/**
 * Gives a client that is about to log out a token, by which it gets in again without a code, once. A session of which its
 * user has not said yet that it is known gets none: a thief's would leave no trace.
 * https://core.telegram.org/api/auth#future-auth-tokens
 */
export async function giveToken(ctx: Context, by: Actor): Promise<Uint8Array | undefined> {
  const device = must(await findDevice(ctx.db, by.keyId), 'the actor is logged in on its key')
  if (by.isBot || isUnconfirmed(ctx, device)) return undefined
  const token = ctx.random.bytes(TOKEN_BYTES)
  const createdAt = ctx.clock.nowSec()
  const kept = {
    tokenHash: hashOf(token),
    userId: by.userId,
    createdAt,
    expiresAt: createdAt + FUTURE_TOKEN_SEC,
  }
  await ctx.db.single((tx) => putToken(tx, kept, MAX_FUTURE_TOKENS))
  return token
}

/** Signs in by a token of the account with this number, if one of these is. Undefined when none is. */
export async function enterByToken(
  ctx: Context,
  place: SignInPlace,
  phone: string,
  tokens: readonly Uint8Array[],
): Promise<{ readonly userId: UserId; readonly entry: Entry } | undefined> {
  const hashes = tokens.slice(0, MAX_FUTURE_TOKENS).map(hashOf)
  const way = await ctx.db.transaction(async (tx) => {
    const userId = hashes.length === 0 ? undefined : await findByPhone(tx, phone)
    if (userId === undefined) return undefined
    const used = await takeTokens(tx, userId, hashes, ctx.clock.nowSec())
    return used === 0 ? undefined : { userId, entry: await enter(ctx, tx, place, userId) }
  })
  if (way?.entry === 'in') await entered(ctx, place, way.userId)
  return way
}

function hashOf(token: Uint8Array): Uint8Array {
  return createHash('sha256').update(token).digest()
}
