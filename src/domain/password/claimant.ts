import type { Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { findPending } from '../auth/pending-store.ts'

/** Whose password a call is about: somebody logged in, or somebody whose login waits for it. */
export interface Claimant {
  readonly userId: UserId
  readonly keyId: bigint
  readonly isLoggedIn: boolean
}

/** Who is logged in on a key, or waits there. Throws AUTH_KEY_UNREGISTERED when it is nobody. */
export async function findClaimant(
  ctx: Context,
  keyId: bigint,
  loggedIn: UserId | undefined,
): Promise<Claimant> {
  if (loggedIn !== undefined) return { userId: loggedIn, keyId, isLoggedIn: true }
  const userId = await findPending(ctx.db, keyId, ctx.clock.nowSec())
  if (userId === undefined) throw rpcError('AUTH_KEY_UNREGISTERED')
  return { userId, keyId, isLoggedIn: false }
}
