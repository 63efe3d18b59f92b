import { loadUser } from '../../domain/accounts/users.ts'
import { parsePhone } from '../../domain/auth/phone.ts'
import { changePhone, sendChangeCode, type EnteredCode } from '../../domain/phones/change.ts'
import { confirmPhone, ownPhone, sendConfirmCode } from '../../domain/phones/confirm.ts'
import { sendVerifyCode, verifyPhone } from '../../domain/phones/verify.ts'
import { must } from '../../lib/assert.ts'
import type { CallContext, Handlers } from '../../rpc/handlers.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { limitCodes, sentCode, tryOf, wishesOf } from '../auth/sent-code.ts'

/** Numbers that somebody who is logged in proves to have. */
export const phones = {
  'account.sendChangePhoneCode': async (ctx, req) => {
    const phone = parsePhone(req.phoneNumber)
    await limitCodes(ctx, phone)
    const { apiId } = ctx.call
    return sentCode(await sendChangeCode(ctx, ctx.actor, { phone, apiId, ...wishesOf(ctx, req.settings) }))
  },

  'account.changePhone': async (ctx, req) => {
    const { userId } = ctx.actor
    await changePhone(ctx, ctx.actor, enteredCode(ctx, req))
    return must(await loadUser(ctx, userId, userId), 'the actor has an account')
  },

  'account.sendConfirmPhoneCode': async (ctx, req) => {
    await limitCodes(ctx, await ownPhone(ctx, ctx.actor))
    const { apiId } = ctx.call
    const request = { apiId, deletionHash: req.hash, ...wishesOf(ctx, req.settings) }
    return sentCode(await sendConfirmCode(ctx, ctx.actor, request))
  },

  'account.confirmPhone': async (ctx, req) => {
    const phoneNumber = await ownPhone(ctx, ctx.actor)
    await confirmPhone(ctx, ctx.actor, enteredCode(ctx, { ...req, phoneNumber }))
    return true
  },

  'account.sendVerifyPhoneCode': async (ctx, req) => {
    const phone = parsePhone(req.phoneNumber)
    await limitCodes(ctx, phone)
    const { apiId } = ctx.call
    return sentCode(await sendVerifyCode(ctx, ctx.actor, { phone, apiId, ...wishesOf(ctx, req.settings) }))
  },

  'account.verifyPhone': async (ctx, req) => {
    await verifyPhone(ctx, ctx.actor, enteredCode(ctx, req))
    return true
  },
} satisfies Partial<Handlers>

/** A code as it was entered. */
function enteredCode(
  ctx: CallContext,
  req: { readonly phoneNumber: string; readonly phoneCodeHash: string; readonly phoneCode: string },
): EnteredCode {
  const { phoneCodeHash: codeHash, phoneCode: code } = req
  const phone = parsePhone(req.phoneNumber)
  if (code === '') throw rpcError('PHONE_CODE_EMPTY')
  return { phone, codeHash, code, countTry: tryOf(ctx, phone) }
}
