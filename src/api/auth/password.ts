import { enterWithPassword } from '../../domain/password/enter.ts'
import { checkRecovery, recoverPassword, requestRecovery } from '../../domain/password/recovery.ts'
import type { Handlers } from '../../rpc/handlers.ts'
import { limit, RATES } from '../../rpc/limits.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { claimantOf, prove } from '../account/proof.ts'
import { authorization, placeOf } from './answer.ts'

/** Signing in with the password of two-step verification, or without it. https://core.telegram.org/api/srp */
export const passwordLogin = {
  'auth.checkPassword': async (ctx, req) => {
    const who = await claimantOf(ctx)
    const proof = await prove(ctx, who, req.password, ['SRP_ID_INVALID', 'SRP_PASSWORD_CHANGED'])
    await enterWithPassword(ctx, placeOf(ctx), who, proof)
    return await authorization(ctx, who.userId)
  },

  'auth.requestPasswordRecovery': async (ctx) => {
    const who = await claimantOf(ctx)
    await limit(ctx, RATES.recoveryMails, String(who.userId))
    return tl['auth.passwordRecovery']({ emailPattern: await requestRecovery(ctx, who) })
  },

  'auth.checkRecoveryPassword': async (ctx, req) => {
    if (req.code === '') throw rpcError('CODE_EMPTY')
    return await checkRecovery(ctx, await claimantOf(ctx), req.code)
  },

  'auth.recoverPassword': async (ctx, req) => {
    if (req.code === '') throw rpcError('CODE_EMPTY')
    const who = await claimantOf(ctx)
    await recoverPassword(ctx, placeOf(ctx), who, { code: req.code, settings: req.newSettings })
    return await authorization(ctx, who.userId)
  },
} satisfies Partial<Handlers>
