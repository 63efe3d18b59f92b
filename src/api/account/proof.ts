import { findClaimant, type Claimant } from '../../domain/password/claimant.ts'
import { judgeProof, type Proof, type ProofFault } from '../../domain/password/prove.ts'
import type { CallContext } from '../../rpc/handlers.ts'
import { forgive, limit, RATES } from '../../rpc/limits.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'

/** Whose password a call is about. Throws AUTH_KEY_UNREGISTERED. */
export async function claimantOf(ctx: CallContext): Promise<Claimant> {
  return await findClaimant(ctx, ctx.call.keyId, ctx.caller?.userId)
}

/**
 * Judges a proof of somebody's password, so many wrong ones an hour. Those at the door are counted apart from
 * those inside, so that nobody at the door can keep the owner from the settings. A fault that the method does
 * not document counts as a wrong password. Throws FLOOD_WAIT_X, AUTH_KEY_UNREGISTERED, PASSWORD_HASH_INVALID,
 * or what is documented.
 */
export async function prove(
  ctx: CallContext,
  who: Claimant,
  input: T.InputCheckPasswordSRP,
  documented: readonly ProofFault[] = [],
): Promise<Proof> {
  const rate = who.isLoggedIn ? RATES.passwordsInside : RATES.passwordsAtDoor
  const isCounted = input._ !== 'inputCheckPasswordEmpty'
  if (isCounted) await limit(ctx, rate, String(who.userId))
  const judged = await judgeProof(ctx, who, input)
  if (typeof judged === 'string')
    throw rpcError(documented.includes(judged) ? judged : 'PASSWORD_HASH_INVALID')
  // Right ones do not count.
  if (isCounted) await forgive(ctx, rate, String(who.userId))
  return judged
}
