import { deleteAccount } from '../../domain/accounts/delete.ts'
import type { Handlers } from '../../rpc/handlers.ts'
import { claimantOf, prove } from './proof.ts'

/** The end of an account. https://core.telegram.org/api/account-deletion */
export const deletion = {
  'account.deleteAccount': async (ctx, req) => {
    const who = await claimantOf(ctx)
    const { password, reason } = req
    const isProof = password !== undefined && password._ !== 'inputCheckPasswordEmpty'
    if (isProof) await prove(ctx, who, password)
    await deleteAccount(ctx, who.userId, reason, { isCertain: isProof, keyId: ctx.call.keyId })
    return true
  },
} satisfies Partial<Handlers>
