import type { Actor, Context } from '../../context.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { TMP_PASSWORD_MAX_SEC, TMP_PASSWORD_MIN_SEC } from './limits.ts'
import type { Proof } from './prove.ts'

/** Key, version of the password, user, time of expiry. */
const TOKEN_BYTES = 24

/**
 * Makes what stands in for a password that was proved, for some time, on this key. It is sealed, so that
 * nothing has to be kept. Throws TMP_PASSWORD_DISABLED when there is no password.
 * https://core.telegram.org/method/account.getTmpPassword
 */
export function temporaryPassword(
  ctx: Context,
  by: Actor,
  proof: Proof,
  periodSec: number,
): { readonly token: Uint8Array; readonly validUntil: number } {
  if (proof.version === 0n) throw rpcError('TMP_PASSWORD_DISABLED')
  const holdsSec = Math.min(Math.max(periodSec, TMP_PASSWORD_MIN_SEC), TMP_PASSWORD_MAX_SEC)
  const validUntil = ctx.clock.nowSec() + holdsSec
  const token = Buffer.alloc(TOKEN_BYTES)
  token.writeBigInt64LE(by.keyId, 0)
  token.writeBigInt64LE(proof.version, 8)
  token.writeInt32LE(by.userId, 16)
  token.writeInt32LE(validUntil, 20)
  return { token: ctx.secrets.seal(token), validUntil }
}
