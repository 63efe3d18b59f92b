import { checkApp } from '../../domain/apps/apps.ts'
import { cancelCode, findInForce, resendCode, sendCode } from '../../domain/auth/codes.ts'
import { enterByToken } from '../../domain/auth/future-tokens.ts'
import { TOKEN_SUCCESS_LAYER } from '../../domain/auth/limits.ts'
import { parsePhone } from '../../domain/auth/phone.ts'
import { invalidateCodes } from '../../domain/auth/shared-codes.ts'
import { checkPhoneDc } from '../../domain/datacenters/home.ts'
import { resetLoginEmail } from '../../domain/login-email/verify.ts'
import type { Handlers } from '../../rpc/handlers.ts'
import { limit, RATES } from '../../rpc/limits.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { authorization, placeOf } from './answer.ts'
import { limitCodes, sentCode, wishesOf } from './sent-code.ts'

/** Codes that let somebody in. */
export const codes = {
  'auth.sendCode': async (ctx, req) => {
    const { apiId, apiHash, settings } = req
    const { keyId, layer } = ctx.call
    const phone = parsePhone(req.phoneNumber)
    await checkApp(ctx, apiId, apiHash, phone)
    await checkPhoneDc(ctx, ctx.call, phone)
    await limitCodes(ctx, phone)
    if (settings.logoutTokens && layer >= TOKEN_SUCCESS_LAYER) {
      const way = await enterByToken(ctx, { ...placeOf(ctx), apiId }, phone, settings.logoutTokens)
      if (way?.entry === 'needs password') throw rpcError('SESSION_PASSWORD_NEEDED')
      if (way) return tl['auth.sentCodeSuccess']({ authorization: await authorization(ctx, way.userId) })
    }
    // Whoever was guessed at too often today gets no more codes that could be guessed at.
    await limit(ctx, { ...RATES.triesPerPhone, error: 'PHONE_PASSWORD_FLOOD' }, phone, 0)
    return sentCode(await sendCode(ctx, { phone, keyId, apiId, layer, ...wishesOf(ctx, settings) }))
  },

  'auth.resendCode': async (ctx, req) => {
    const phone = parsePhone(req.phoneNumber)
    if (req.phoneCodeHash === '') throw rpcError('PHONE_CODE_HASH_EMPTY')
    await limitCodes(ctx, phone)
    return sentCode(await resendCode(ctx, { phone, keyId: ctx.call.keyId, codeHash: req.phoneCodeHash }))
  },

  'auth.cancelCode': async (ctx, req) => {
    const phone = parsePhone(req.phoneNumber)
    await cancelCode(ctx, { phone, keyId: ctx.call.keyId, codeHash: req.phoneCodeHash })
    return true
  },

  'auth.resetLoginEmail': async (ctx, req) => {
    const phone = parsePhone(req.phoneNumber)
    if (req.phoneCodeHash === '') throw rpcError('PHONE_CODE_HASH_EMPTY')
    await limitCodes(ctx, phone)
    return sentCode(await resetLoginEmail(ctx, { phone, keyId: ctx.call.keyId, codeHash: req.phoneCodeHash }))
  },

  'auth.reportMissingCode': async (ctx, req) => {
    const phone = parsePhone(req.phoneNumber)
    const name = { phone, keyId: ctx.call.keyId, codeHash: req.phoneCodeHash }
    const code = await findInForce(ctx, name)
    // Whoever runs the server learns which of its senders does not reach which network.
    ctx.log.warn({ channel: code.channel, network: req.mnc.slice(0, 8) }, 'a code is said not to have come')
    return true
  },

  'account.invalidateSignInCodes': async (ctx, req) => {
    await invalidateCodes(ctx, ctx.actor, req.codes)
    return true
  },
} satisfies Partial<Handlers>
