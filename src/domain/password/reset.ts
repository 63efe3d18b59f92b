import type { Actor, Context } from '../../context.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { RESET_AGAIN_SEC, RESET_WAIT_SEC } from './limits.ts'
import { announceChange, announceReset } from './notices.ts'
import { dropPassword, lockPassword, putReset } from './store.ts'

/**
 * Takes a lost password away a week after somebody who is logged in first asked for it. Throws
 * PASSWORD_EMPTY. https://core.telegram.org/api/srp#password-reset
 */
export async function resetPassword(ctx: Context, by: Actor): Promise<T.account.ResetPasswordResult> {
  const nowSec = ctx.clock.nowSec()
  const { result, isNew } = await ctx.db.transaction(async (tx) => {
    const password = await lockPassword(tx, by.userId)
    if (!password) throw rpcError('PASSWORD_EMPTY')
    const { resetAt, nextResetAt } = password
    if (resetAt !== null && resetAt <= nowSec) {
      await dropPassword(tx, by.userId)
      return { result: tl['account.resetPasswordOk'](), isNew: true }
    }
    if (resetAt !== null)
      return { result: tl['account.resetPasswordRequestedWait']({ untilDate: resetAt }), isNew: false }
    if (nextResetAt > nowSec)
      return { result: tl['account.resetPasswordFailedWait']({ retryDate: nextResetAt }), isNew: false }
    const untilDate = nowSec + RESET_WAIT_SEC
    await putReset(tx, by.userId, { at: untilDate, nextAt: nextResetAt })
    return { result: tl['account.resetPasswordRequestedWait']({ untilDate }), isNew: true }
  })
  if (result._ === 'account.resetPasswordOk') await announceChange(ctx, by, 'disabled')
  else if (isNew) await announceReset(ctx, by.userId, nowSec + RESET_WAIT_SEC)
  return result
}

/**
 * Keeps the password that was to be taken away. Throws RESET_REQUEST_MISSING.
 * https://core.telegram.org/method/account.declinePasswordReset
 */
export async function declineReset(ctx: Context, by: Actor): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const password = await lockPassword(tx, by.userId)
    if (!password || password.resetAt === null) throw rpcError('RESET_REQUEST_MISSING')
    await putReset(tx, by.userId, { at: null, nextAt: ctx.clock.nowSec() + RESET_AGAIN_SEC })
  })
}
