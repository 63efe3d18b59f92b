import { declineReset, resetPassword } from '../../domain/password/reset.ts'
import {
  cancelEmail,
  confirmEmail,
  passwordSettings,
  resendEmail,
  unconfirmedEmail,
  updatePasswordSettings,
} from '../../domain/password/settings.ts'
import { passwordState } from '../../domain/password/state.ts'
import { temporaryPassword } from '../../domain/password/temporary.ts'
import type { CallContext, Handlers } from '../../rpc/handlers.ts'
import { limit, limitMailTo, RATES } from '../../rpc/limits.ts'
import { tl } from '../../tl/factories.ts'
import { claimantOf, prove } from './proof.ts'

/** Two-step verification. https://core.telegram.org/api/srp */
export const password = {
  'account.getPassword': async (ctx) => await passwordState(ctx, await claimantOf(ctx)),

  'account.getPasswordSettings': async (ctx, req) => {
    const who = await claimantOf(ctx)
    await prove(ctx, who, req.password)
    return await passwordSettings(ctx, who.userId)
  },

  'account.updatePasswordSettings': async (ctx, req) => {
    const faults = ['SRP_ID_INVALID', 'SRP_PASSWORD_CHANGED'] as const
    const proof = await prove(ctx, await claimantOf(ctx), req.password, faults)
    const { email } = req.newSettings
    if (email) await limitMail(ctx, email)
    await updatePasswordSettings(ctx, ctx.actor, proof, req.newSettings)
    return true
  },

  'account.confirmPasswordEmail': async (ctx, req) => {
    await confirmEmail(ctx, ctx.actor, req.code)
    return true
  },

  'account.resendPasswordEmail': async (ctx) => {
    await limitMail(ctx, await unconfirmedEmail(ctx, ctx.actor.userId))
    await resendEmail(ctx, ctx.actor)
    return true
  },

  'account.cancelPasswordEmail': async (ctx) => {
    await cancelEmail(ctx, ctx.actor)
    return true
  },

  'account.getTmpPassword': async (ctx, req) => {
    const proof = await prove(ctx, await claimantOf(ctx), req.password, ['SRP_A_INVALID'])
    const { token, validUntil } = temporaryPassword(ctx, ctx.actor, proof, req.period)
    return tl['account.tmpPassword']({ tmpPassword: token, validUntil })
  },

  'account.resetPassword': async (ctx) => await resetPassword(ctx, ctx.actor),

  'account.declinePasswordReset': async (ctx) => {
    await declineReset(ctx, ctx.actor)
    return true
  },
} satisfies Partial<Handlers>

/** Nobody is flooded with letters, neither by one account nor by many. */
async function limitMail(ctx: CallContext, email: string): Promise<void> {
  await limit(ctx, RATES.passwordMails, String(ctx.actor.userId))
  await limitMailTo(ctx, email)
}
