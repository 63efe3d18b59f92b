import type { Context } from '../../context.ts'
import { DH_GENERATOR, DH_PRIME } from '../../mtproto/crypto/dh.ts'
import { tl } from '../../tl/factories.ts'
import type * as T from '../../tl/schema.d.ts'

const SALT_BYTES = 8
const SALT2_BYTES = 16
const RANDOM_BYTES = 256

/**
 * The two-step verification of an account: nobody has set one up, and this says how it would be done.
 * https://core.telegram.org/constructor/account.password
 */
export function passwordState(ctx: Context): T.account.password {
  return tl['account.password']({
    newAlgo: tl.passwordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow({
      salt1: ctx.random.bytes(SALT_BYTES),
      salt2: ctx.random.bytes(SALT2_BYTES),
      g: DH_GENERATOR,
      p: DH_PRIME,
    }),
    newSecureAlgo: tl.securePasswordKdfAlgoPBKDF2HMACSHA512iter100000({ salt: ctx.random.bytes(SALT_BYTES) }),
    secureRandom: ctx.random.bytes(RANDOM_BYTES),
  })
}
