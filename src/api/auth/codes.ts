import { cancelCode, resendCode, sendCode } from '../../domain/auth/codes.ts'
import { CODE_LENGTH, RESEND_AFTER_SEC } from '../../domain/auth/limits.ts'
import { parsePhone, testCode } from '../../domain/auth/phone.ts'
import { checkPhoneDc } from '../../domain/datacenters/home.ts'
import { checkApp } from '../../domain/apps/apps.ts'
import type { CallContext, Handlers } from '../../rpc/handlers.ts'
import { limit, limitAddress, RATES } from '../../rpc/limits.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { sentCodeView } from '../../views/auth.ts'

const BOUNDS = { length: CODE_LENGTH, timeoutSec: RESEND_AFTER_SEC }

export const codes = {
  'auth.sendCode': async (ctx, req) => {
    const { apiId, apiHash } = req
    const phone = parsePhone(req.phoneNumber)
    await checkApp(ctx, apiId, apiHash, phone)
    await checkPhoneDc(ctx, ctx.call, phone)
    await limitCodes(ctx, phone)
    return sentCodeView(await sendCode(ctx, { phone, keyId: ctx.call.keyId, apiId }), BOUNDS)
  },

  'auth.resendCode': async (ctx, req) => {
    const phone = parsePhone(req.phoneNumber)
    if (req.phoneCodeHash === '') throw rpcError('PHONE_CODE_HASH_EMPTY')
    await limitCodes(ctx, phone)
    return sentCodeView(
      await resendCode(ctx, { phone, keyId: ctx.call.keyId, codeHash: req.phoneCodeHash }),
      BOUNDS,
    )
  },

  'auth.cancelCode': async (ctx, req) => {
    const phone = parsePhone(req.phoneNumber)
    await cancelCode(ctx, { phone, keyId: ctx.call.keyId, codeHash: req.phoneCodeHash })
    return true
  },
} satisfies Partial<Handlers>

/**
 * Codes of test numbers are known to everybody and cost nothing, so only the others are counted per number.
 */
async function limitCodes(ctx: CallContext, phone: string): Promise<void> {
  await limitAddress(ctx, RATES.codesPerAddress, ctx.call.ip)
  const isTest = ctx.config.testNumbers && testCode(phone, CODE_LENGTH) !== undefined
  if (!isTest) await limit(ctx, RATES.codesPerPhone, phone)
}
