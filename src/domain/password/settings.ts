import type { Actor, Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import { decodeObject } from '../../tl/decode.ts'
import { codecFor, NEWEST_LAYER } from '../../tl/encode.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { MAIL_CODE_LENGTH } from '../auth/limits.ts'
import { isSameCode, newMailCode } from '../auth/mail.ts'
import { applyChange, readChange, type Changed } from './change.ts'
import { dropUnconfirmed, findUnconfirmed, putUnconfirmed, tryUnconfirmed } from './email-store.ts'
import { EMAIL_CODE_ATTEMPTS, EMAIL_CONFIRM_SEC } from './limits.ts'
import { mailConfirmation } from './mail.ts'
import { announceChange } from './notices.ts'
import type { Proof } from './prove.ts'
import { lockPassword, readPassword } from './store.ts'

/**
 * What only the owner of a password may see of it.
 * https://core.telegram.org/constructor/account.passwordSettings
 */
export async function passwordSettings(ctx: Context, userId: UserId): Promise<T.account.passwordSettings> {
  const password = await readPassword(ctx.db, userId)
  const sealed = password?.secureSettings
  return tl['account.passwordSettings']({
    email: password?.email === '' ? undefined : password?.email,
    // Only `applyChange` writes these bytes, and a decoder reads every layer.
    secureSettings: sealed ? (decodeObject(ctx.secrets.open(sealed)) as T.SecureSecretSettings) : undefined,
  })
}

/**
 * Changes two-step verification for somebody who proved the password of the moment. With a new address for
 * recovery the whole change waits until that is confirmed. Throws NEW_SALT_INVALID, NEW_SETTINGS_INVALID,
 * NEW_SETTINGS_EMPTY, EMAIL_INVALID also when no letter can be sent there, EMAIL_UNCONFIRMED_X with the
 * length of the code, SRP_PASSWORD_CHANGED. https://core.telegram.org/method/account.updatePasswordSettings
 */
export async function updatePasswordSettings(
  ctx: Context,
  by: Actor,
  proof: Proof,
  settings: T.account.PasswordInputSettings,
): Promise<void> {
  const { userId } = by
  const nowSec = ctx.clock.nowSec()
  const done = await ctx.db.transaction(async (tx) => {
    const current = await lockPassword(tx, userId)
    if ((current?.version ?? 0n) !== proof.version) throw rpcError('SRP_PASSWORD_CHANGED')
    const change = readChange(ctx, userId, current, settings)
    const { email } = change
    if (change.password !== null && email !== undefined && email !== '' && email !== current?.email) {
      const code = newMailCode(ctx)
      const sealed = ctx.secrets.seal(
        codecFor(NEWEST_LAYER).encode(settings, 'account.PasswordInputSettings'),
      )
      const expiresAt = nowSec + EMAIL_CONFIRM_SEC
      await putUnconfirmed(tx, { userId, version: proof.version, settings: sealed, email, code, expiresAt })
      return { email, code }
    }
    await dropUnconfirmed(tx, userId, nowSec)
    return await applyChange(ctx, tx, userId, current, change)
  })
  if (typeof done === 'string') return await announceChange(ctx, by, done)
  if (!(await mailConfirmation(ctx, done.email, done.code))) {
    await ctx.db.single((tx) => dropUnconfirmed(tx, userId, nowSec))
    throw rpcError('EMAIL_INVALID')
  }
  throw rpcError('EMAIL_UNCONFIRMED_%d', MAIL_CODE_LENGTH)
}

/**
 * Confirms the address that a change waits for, and puts the change in force. Throws CODE_INVALID,
 * EMAIL_HASH_EXPIRED. https://core.telegram.org/method/account.confirmPasswordEmail
 */
export async function confirmEmail(ctx: Context, by: Actor, entered: string): Promise<void> {
  const { userId } = by
  const nowSec = ctx.clock.nowSec()
  const bounds = { nowSec, attempts: EMAIL_CODE_ATTEMPTS }
  const code = await ctx.db.single((tx) => tryUnconfirmed(tx, userId, bounds))
  if (code === undefined) throw rpcError('EMAIL_HASH_EXPIRED')
  if (!isSameCode(code, entered)) throw rpcError('CODE_INVALID')
  const changed = await ctx.db.transaction(async (tx): Promise<Changed | undefined> => {
    const current = await lockPassword(tx, userId)
    const waiting = await findUnconfirmed(tx, userId, nowSec)
    await dropUnconfirmed(tx, userId, nowSec)
    if (waiting?.code !== code || waiting.version !== (current?.version ?? 0n)) return undefined
    // Only `updatePasswordSettings` writes these bytes.
    const settings = decodeObject(ctx.secrets.open(waiting.settings)) as T.account.PasswordInputSettings
    return await applyChange(ctx, tx, userId, current, readChange(ctx, userId, current, settings))
  })
  if (changed === undefined) throw rpcError('EMAIL_HASH_EXPIRED')
  await announceChange(ctx, by, changed)
}

/**
 * Sends another code to the address that a change waits for. Throws EMAIL_HASH_EXPIRED.
 * https://core.telegram.org/method/account.resendPasswordEmail
 */
export async function resendEmail(ctx: Context, by: Actor): Promise<void> {
  const nowSec = ctx.clock.nowSec()
  const again = await ctx.db.transaction(async (tx) => {
    const waiting = await findUnconfirmed(tx, by.userId, nowSec)
    if (!waiting) return undefined
    const renewed = { ...waiting, code: newMailCode(ctx), expiresAt: nowSec + EMAIL_CONFIRM_SEC }
    await putUnconfirmed(tx, renewed)
    return renewed
  })
  if (!again) throw rpcError('EMAIL_HASH_EXPIRED')
  await mailConfirmation(ctx, again.email, again.code)
}

/**
 * Gives up the change that waits for an address. Throws EMAIL_HASH_EXPIRED.
 * https://core.telegram.org/method/account.cancelPasswordEmail
 */
export async function cancelEmail(ctx: Context, by: Actor): Promise<void> {
  const wasWaiting = await ctx.db.single((tx) => dropUnconfirmed(tx, by.userId, ctx.clock.nowSec()))
  if (!wasWaiting) throw rpcError('EMAIL_HASH_EXPIRED')
}

/** The address that a change of somebody waits for. Throws EMAIL_HASH_EXPIRED when there is none. */
export async function unconfirmedEmail(ctx: Context, userId: UserId): Promise<string> {
  const waiting = await findUnconfirmed(ctx.db, userId, ctx.clock.nowSec())
  if (!waiting) throw rpcError('EMAIL_HASH_EXPIRED')
  return waiting.email
}
