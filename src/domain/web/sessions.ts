import type { Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import type { Tx } from '../../store/database.ts'
import { digest, newToken } from './secrets.ts'
import { dropWebSession, insertWebSession, readWebSession, type WebPlace } from './session-store.ts'

/** Characters of the hash that a form carries: not 32, which is what an api_hash is known by. */
const FORM_HASH_LENGTH = 24

/** Signs somebody in with a browser, for so long, and ends the oldest of more sessions than `limit`. Returns the cookie. */
export async function openWebSession(
  ctx: Context,
  tx: Tx,
  session: {
    readonly place: WebPlace
    readonly userId: UserId | null
    readonly lifetimeSec: number
    readonly limit: number
  },
): Promise<string> {
  const { place, userId, lifetimeSec, limit } = session
  const token = newToken(ctx)
  const createdAt = ctx.clock.nowSec()
  const row = { hash: digest(token), place, userId, createdAt, expiresAt: createdAt + lifetimeSec }
  await insertWebSession(tx, row, limit)
  return token
}

/** Who is signed in with this cookie. */
export async function findWebSession(
  ctx: Context,
  place: WebPlace,
  token: string,
): Promise<{ readonly userId: UserId | null } | undefined> {
  return await readWebSession(ctx.db, { hash: digest(token), place }, ctx.clock.nowSec())
}

/** What a form of a session carries, so that no other site can send one. */
export function formHashOf(token: string): string {
  return digest(`form ${token}`).toString('hex').slice(0, FORM_HASH_LENGTH)
}

/** Signs out. */
export async function closeWebSession(ctx: Context, place: WebPlace, token: string): Promise<void> {
  await ctx.db.single((tx) => dropWebSession(tx, { hash: digest(token), place }))
}
