import type { Context } from '../../context.ts'
import { normaliseEmail } from '../../lib/email.ts'
import type { UserId } from '../../lib/ids.ts'
import type { Tx } from '../../store/database.ts'
import { codecFor, NEWEST_LAYER } from '../../tl/encode.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { HINT_LENGTH, SALT_ADDED_MAX, SALT_ADDED_MIN, SECURE_SECRET_BYTES } from './limits.ts'
import { isVerifier, type Verifier } from './srp.ts'
import { newAlgorithm } from './state.ts'
import { dropPassword, putExtras, putPassword, type StoredPassword } from './store.ts'

/** What somebody wants changed of two-step verification; what is undefined stays. */
export interface Change {
  /** Null takes the password away. */
  readonly password: (Verifier & { readonly hint: string }) | null | undefined
  /** An address for recovery; empty takes it away. */
  readonly email: string | undefined
  /** The client's own secret, encoded. */
  readonly secureSettings: Uint8Array | undefined
}

/**
 * Reads new settings for an account with this password. Throws NEW_SALT_INVALID, NEW_SETTINGS_INVALID,
 * NEW_SETTINGS_EMPTY, EMAIL_INVALID. https://core.telegram.org/constructor/account.passwordInputSettings
 */
export function readChange(
  ctx: Context,
  userId: UserId,
  current: StoredPassword | undefined,
  settings: T.account.PasswordInputSettings,
): Change {
  const { newPasswordHash, newSecureSettings } = settings
  const password =
    newPasswordHash === undefined
      ? undefined
      : newPasswordHash.length === 0
        ? null
        : readVerifier(ctx, { userId, version: current?.version ?? 0n }, settings, newPasswordHash)
  if (!password && !current) throw rpcError('NEW_SETTINGS_EMPTY')
  return {
    password,
    email: readEmail(settings.email),
    secureSettings: newSecureSettings && readSecureSettings(newSecureSettings),
  }
}

function readVerifier(
  ctx: Context,
  of: { readonly userId: UserId; readonly version: bigint },
  settings: T.account.PasswordInputSettings,
  verifier: Uint8Array,
): Verifier & { readonly hint: string } {
  const { newAlgo: algo, hint = '' } = settings
  if (algo?._ !== 'passwordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow')
    throw rpcError('NEW_SETTINGS_INVALID')
  const given = newAlgorithm(ctx, of.userId, of.version)
  const added = algo.salt1.length - given.salt1.length
  const isSaltGiven =
    isSame(algo.salt1.subarray(0, given.salt1.length), given.salt1) && isSame(algo.salt2, given.salt2)
  if (!isSaltGiven || added < SALT_ADDED_MIN || added > SALT_ADDED_MAX) throw rpcError('NEW_SALT_INVALID')
  if (algo.g !== given.g || !isSame(algo.p, given.p) || !isVerifier(verifier) || hint.length > HINT_LENGTH)
    throw rpcError('NEW_SETTINGS_INVALID')
  // A text column holds no NUL.
  return { salt1: algo.salt1, salt2: algo.salt2, verifier, hint: hint.replaceAll('\u0000', '') }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

function readEmail(input: string | undefined): string | undefined {
  if (input === undefined || input === '') return input
  const email = normaliseEmail(input)
  if (email === undefined) throw rpcError('EMAIL_INVALID')
  return email
}

function readSecureSettings(settings: T.SecureSecretSettings): Uint8Array {
  if (settings.secureSecret.length > SECURE_SECRET_BYTES) throw rpcError('NEW_SETTINGS_INVALID')
  const encoded = codecFor(NEWEST_LAYER).encode(settings, 'SecureSecretSettings')
  if (encoded.length > SECURE_SECRET_BYTES * 4) throw rpcError('NEW_SETTINGS_INVALID')
  return encoded
}

/** What a change was, for the notice of it. */
export type Changed = 'enabled' | 'changed' | 'disabled' | 'email'

/**
 * Puts a change in force that its owner may make. The client's own secret is encrypted with the password, so
 * it does not outlive it.
 */
export async function applyChange(
  ctx: Context,
  tx: Tx,
  userId: UserId,
  current: StoredPassword | undefined,
  change: Change,
): Promise<Changed> {
  const { password, secureSettings } = change
  if (password === null) {
    await dropPassword(tx, userId)
    return 'disabled'
  }
  const sealed = secureSettings && ctx.secrets.seal(secureSettings)
  const email = change.email ?? current?.email ?? ''
  if (password === undefined) {
    await putExtras(tx, userId, { email, secureSettings: sealed ?? current?.secureSettings ?? null })
    return 'email'
  }
  await putPassword(tx, userId, {
    version: newVersion(ctx),
    ...password,
    verifier: ctx.secrets.seal(password.verifier),
    secureSettings: sealed ?? null,
    email,
    changedAt: ctx.clock.nowSec(),
  })
  return current ? 'changed' : 'enabled'
}

/** 0 stands for no password. */
function newVersion(ctx: Context): bigint {
  return ctx.random.long() || 1n
}
