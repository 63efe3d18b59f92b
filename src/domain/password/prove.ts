import type { Context } from '../../context.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { PENDING_ATTEMPTS } from '../auth/limits.ts'
import { countPendingTry } from '../auth/pending-store.ts'
import { takeChallenge } from './challenge-store.ts'
import type { Claimant } from './claimant.ts'
import { isProof, isPublicValue } from './srp.ts'
import { hasPassword, readPassword } from './store.ts'

/** What was proved: the version of the password, or that there is none. */
export interface Proof {
  /** 0 when the account has no password. */
  readonly version: bigint
}

/** What can be wrong with a proof. Which of them a method documents, its handler knows. */
export type ProofFault = 'SRP_ID_INVALID' | 'SRP_PASSWORD_CHANGED' | 'SRP_A_INVALID' | 'PASSWORD_HASH_INVALID'

/**
 * Judges a proof of somebody's password. A challenge can be answered once, on the key that asked for it,
 * whatever becomes of the answer. Throws AUTH_KEY_UNREGISTERED when a login that waited was tried too often.
 * https://core.telegram.org/api/srp#checking-the-password-with-srp
 */
export async function judgeProof(
  ctx: Context,
  who: Claimant,
  input: T.InputCheckPasswordSRP,
): Promise<Proof | ProofFault> {
  const { userId, keyId } = who
  if (input._ === 'inputCheckPasswordEmpty')
    return (await hasPassword(ctx.db, userId)) ? 'PASSWORD_HASH_INVALID' : { version: 0n }
  const nowSec = ctx.clock.nowSec()
  const challenge = await ctx.db.single((tx) => takeChallenge(tx, { keyId, id: input.srpId, userId, nowSec }))
  if (!challenge) return 'SRP_ID_INVALID'
  // The try is counted before it is judged, so that many at once are as many.
  if (!who.isLoggedIn) {
    const isWithin = await ctx.db.single((tx) => countPendingTry(tx, keyId, PENDING_ATTEMPTS))
    if (!isWithin) throw rpcError('AUTH_KEY_UNREGISTERED')
  }
  const password = await readPassword(ctx.db, userId)
  if (password?.version !== challenge.version) return 'SRP_PASSWORD_CHANGED'
  if (!isPublicValue(input.A)) return 'SRP_A_INVALID'
  const { salt1, salt2 } = password
  const verifier = ctx.secrets.open(password.verifier)
  const exponent = ctx.secrets.open(challenge.exponent)
  const isRight = await isProof({ salt1, salt2, verifier }, exponent, {
    publicValue: input.A,
    proof: input.M1,
  })
  return isRight ? { version: password.version } : 'PASSWORD_HASH_INVALID'
}
