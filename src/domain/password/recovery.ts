import type { Context } from '../../context.ts'
import { emailPattern } from '../../lib/email.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { enter, entered, type SignInPlace } from '../auth/log-in.ts'
import { isSameCode, newMailCode } from '../auth/mail.ts'
import { takePending } from '../auth/pending-store.ts'
import { applyChange, readChange } from './change.ts'
import type { Claimant } from './claimant.ts'
import { dropRecovery, putRecovery, tryRecovery } from './email-store.ts'
import { EMAIL_CODE_ATTEMPTS, RECOVERY_SEC } from './limits.ts'
import { mailRecovery } from './mail.ts'
import { announceRecovery } from './notices.ts'
import { dropPassword, lockPassword, readPassword } from './store.ts'

/**
 * Sends a code to the address for recovery, and returns what may be shown of that. Throws PASSWORD_EMPTY,
 * PASSWORD_RECOVERY_NA when there is no address, or no way to it.
 * https://core.telegram.org/method/auth.requestPasswordRecovery
 */
export async function requestRecovery(ctx: Context, who: Claimant): Promise<string> {
  const { userId } = who
  const password = await readPassword(ctx.db, userId)
  if (!password) throw rpcError('PASSWORD_EMPTY')
  if (password.email === '') throw rpcError('PASSWORD_RECOVERY_NA')
  const code = newMailCode(ctx)
  const expiresAt = ctx.clock.nowSec() + RECOVERY_SEC
  await ctx.db.single((tx) => putRecovery(tx, { userId, code, expiresAt }))
  if (!(await mailRecovery(ctx, password.email, code))) {
    await ctx.db.single((tx) => dropRecovery(tx, userId, code))
    throw rpcError('PASSWORD_RECOVERY_NA')
  }
  return emailPattern(password.email)
}

/**
 * Whether this is the code that was sent. Throws PASSWORD_RECOVERY_EXPIRED when there is none, or it was
 * tried too often. https://core.telegram.org/method/auth.checkRecoveryPassword
 */
export async function checkRecovery(ctx: Context, who: Claimant, entered: string): Promise<boolean> {
  const code = await tried(ctx, who)
  if (code === undefined) throw rpcError('PASSWORD_RECOVERY_EXPIRED')
  return isSameCode(code, entered)
}

/**
 * Takes the password away, or puts a new one in its place, for whoever has the code; lets a login in that
 * waited for the password. Throws CODE_INVALID, PASSWORD_RECOVERY_EXPIRED, NEW_SETTINGS_INVALID,
 * NEW_SALT_INVALID. https://core.telegram.org/method/auth.recoverPassword
 */
export async function recoverPassword(
  ctx: Context,
  place: SignInPlace,
  who: Claimant,
  input: { readonly code: string; readonly settings: T.account.PasswordInputSettings | undefined },
): Promise<void> {
  const { userId } = who
  const code = await tried(ctx, who)
  if (code === undefined) throw rpcError('PASSWORD_RECOVERY_EXPIRED')
  if (!isSameCode(code, input.code)) throw rpcError('CODE_INVALID')
  await ctx.db.transaction(async (tx) => {
    const current = await lockPassword(tx, userId)
    if (!current || !(await dropRecovery(tx, userId, code))) throw rpcError('PASSWORD_RECOVERY_EXPIRED')
    const { settings } = input
    if (settings?.newPasswordHash === undefined || settings.newPasswordHash.length === 0)
      await dropPassword(tx, userId)
    // The address has just been proved, and stays; another one would have to be confirmed first.
    else {
      const change = readChange(ctx, userId, current, { ...settings, email: undefined })
      await applyChange(ctx, tx, userId, current, change)
    }
    if (who.isLoggedIn) return
    if ((await takePending(tx, place.keyId, ctx.clock.nowSec())) !== userId)
      throw rpcError('AUTH_KEY_UNREGISTERED')
    await enter(ctx, tx, place, userId, { isPasswordProven: true })
  })
  if (!who.isLoggedIn) await entered(ctx, place, userId)
  await announceRecovery(ctx, userId)
}

/** The code that was sent, when it can be tried once more. */
async function tried(ctx: Context, who: Claimant): Promise<string | undefined> {
  const bounds = { nowSec: ctx.clock.nowSec(), attempts: EMAIL_CODE_ATTEMPTS }
  return await ctx.db.single((tx) => tryRecovery(tx, who.userId, bounds))
}
