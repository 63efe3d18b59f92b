import type { Context } from '../../context.ts'
import { emailPattern } from '../../lib/email.ts'
import type { UserId } from '../../lib/ids.ts'
import { DH_GENERATOR, DH_PRIME } from '../../mtproto/crypto/dh.ts'
import { tl } from '../../tl/factories.ts'
import type * as T from '../../tl/schema.d.ts'
import { findLoginEmail } from '../login-email/store.ts'
import { putChallenge } from './challenge-store.ts'
import type { Claimant } from './claimant.ts'
import { findUnconfirmed } from './email-store.ts'
import { CHALLENGE_SEC, CHALLENGES_PER_KEY } from './limits.ts'
import { makeChallenge } from './srp.ts'
import { readPassword, type StoredPassword } from './store.ts'

const SECURE_SALT_BYTES = 8
const RANDOM_BYTES = 256

/**
 * How two-step verification stands for somebody, with a challenge to prove the password.
 * https://core.telegram.org/constructor/account.password
 */
export async function passwordState(ctx: Context, who: Claimant): Promise<T.account.password> {
  const { userId } = who
  const nowSec = ctx.clock.nowSec()
  const [password, unconfirmed, login] = await Promise.all([
    readPassword(ctx.db, userId),
    findUnconfirmed(ctx.db, userId, nowSec),
    findLoginEmail(ctx.db, userId, nowSec),
  ])
  const challenge = password && (await challengeFor(ctx, who, password))
  return tl['account.password']({
    hasPassword: password !== undefined,
    hasRecovery: password !== undefined && password.email !== '',
    hasSecureValues: password !== undefined && password.secureSettings !== null,
    currentAlgo: password && algorithm(password.salt1, password.salt2),
    srpB: challenge?.publicValue,
    srpId: challenge?.id,
    hint: password?.hint === '' ? undefined : password?.hint,
    // Somebody at the door learns nothing of changes that are under way inside.
    emailUnconfirmedPattern: unconfirmed && who.isLoggedIn ? emailPattern(unconfirmed.email) : undefined,
    newAlgo: newAlgorithm(ctx, userId, password?.version ?? 0n),
    newSecureAlgo: tl.securePasswordKdfAlgoPBKDF2HMACSHA512iter100000({
      salt: ctx.random.bytes(SECURE_SALT_BYTES),
    }),
    secureRandom: ctx.random.bytes(RANDOM_BYTES),
    pendingResetDate: password?.resetAt ?? undefined,
    loginEmailPattern: login && emailPattern(login.email),
  })
}

/**
 * How a new password is to be hashed. The salts follow from the account and its password of the moment, so
 * that they are known again when a password comes back that was made with them.
 */
export function newAlgorithm(ctx: Context, userId: UserId, version: bigint): Algorithm {
  const salt = (part: number): Buffer => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(ctx.secrets.proof('password salt', userId, version, part))
    return bytes
  }
  return algorithm(salt(0), Buffer.concat([salt(1), salt(2)]))
}

export type Algorithm = T.passwordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow

function algorithm(salt1: Uint8Array, salt2: Uint8Array): Algorithm {
  return tl.passwordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow({
    salt1,
    salt2,
    g: DH_GENERATOR,
    p: DH_PRIME,
  })
}

async function challengeFor(
  ctx: Context,
  who: Claimant,
  password: StoredPassword,
): Promise<{ readonly id: bigint; readonly publicValue: Uint8Array }> {
  const { exponent, publicValue } = makeChallenge(ctx.random, ctx.secrets.open(password.verifier))
  const nowSec = ctx.clock.nowSec()
  const challenge = {
    keyId: who.keyId,
    // Some clients take 0 for none.
    id: ctx.random.long() || 1n,
    userId: who.userId,
    version: password.version,
    exponent: ctx.secrets.seal(exponent),
    expiresAt: nowSec + CHALLENGE_SEC,
  }
  await ctx.db.single((tx) => putChallenge(tx, challenge, { nowSec, perKey: CHALLENGES_PER_KEY }))
  return { id: challenge.id, publicValue }
}
