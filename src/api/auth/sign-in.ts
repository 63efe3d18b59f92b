import { endOtherSessions, logOut } from '../../domain/auth/devices.ts'
import { giveToken } from '../../domain/auth/future-tokens.ts'
import { FUTURE_TOKEN_LAYER } from '../../domain/auth/limits.ts'
import { parsePhone } from '../../domain/auth/phone.ts'
import { signIn, signUp } from '../../domain/auth/sign-in.ts'
import { exportLogin, importLogin } from '../../domain/auth/transfer.ts'
import { checkPhoneDc } from '../../domain/datacenters/home.ts'
import { showTerms, termsId } from '../../domain/terms/terms.ts'
import type { Handlers } from '../../rpc/handlers.ts'
import { limitAddress, RATES } from '../../rpc/limits.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { termsView } from '../../views/terms.ts'
import { authorization, placeOf } from './answer.ts'
import { tryOf } from './sent-code.ts'

export const signingIn = {
  'auth.signIn': async (ctx, req) => {
    const phone = parsePhone(req.phoneNumber)
    const { code, isByEmail } = enteredCode(req)
    await checkPhoneDc(ctx, ctx.call, phone)
    await limitAddress(ctx, RATES.triesPerAddress, ctx.call.ip)
    const input = { phone, codeHash: req.phoneCodeHash, code, isByEmail, countTry: tryOf(ctx, phone) }
    const userId = await signIn(ctx, placeOf(ctx), input)
    if (userId === undefined) {
      const terms = await showTerms(ctx, ctx.call.keyId)
      return tl['auth.authorizationSignUpRequired']({ termsOfService: termsView(termsId(terms), terms) })
    }
    return await authorization(ctx, userId)
  },

  'auth.signUp': async (ctx, req) => {
    const { phoneCodeHash: codeHash, firstName, lastName } = req
    const phone = parsePhone(req.phoneNumber)
    if (codeHash === '') throw rpcError('PHONE_CODE_EMPTY')
    return await authorization(ctx, await signUp(ctx, placeOf(ctx), { phone, codeHash, firstName, lastName }))
  },

  'auth.logOut': async (ctx) => {
    const canKeep = ctx.call.layer >= FUTURE_TOKEN_LAYER
    const futureAuthToken = canKeep ? await giveToken(ctx, ctx.actor) : undefined
    await logOut(ctx, ctx.actor)
    return tl['auth.loggedOut']({ futureAuthToken })
  },

  'auth.resetAuthorizations': async (ctx) => {
    await endOtherSessions(ctx, ctx.actor)
    return true
  },

  'auth.exportAuthorization': async (ctx, req) => {
    const { id, bytes } = await exportLogin(ctx, ctx.actor, { dc: req.dcId, currentDc: ctx.call.dc })
    return tl['auth.exportedAuthorization']({ id: BigInt(id), bytes })
  },

  'auth.importAuthorization': async (ctx, req) => {
    return await authorization(ctx, await importLogin(ctx, placeOf(ctx), { id: req.id, bytes: req.bytes }))
  },

  'auth.bindTempAuthKey': async (ctx, req) => {
    await ctx.connections.bindTempKey(ctx.call, req)
    return true
  },

  'auth.dropTempAuthKeys': async (ctx, req) => {
    // The key that asks stays: with it goes the answer.
    await ctx.connections.dropTempKeys(ctx.call.keyId, [...req.exceptAuthKeys, ctx.call.usedKeyId])
    return true
  },
} satisfies Partial<Handlers>

/** What was entered, wherever it came. Nobody is known here by an account with another company. */
function enteredCode(req: T.Methods['auth.signIn']['req']): { code: string; isByEmail: boolean } {
  const { phoneCode, emailVerification: email } = req
  if (email && email._ !== 'emailVerificationCode') throw rpcError('PHONE_CODE_INVALID')
  const code = email?.code ?? phoneCode ?? ''
  if (code === '') throw rpcError('PHONE_CODE_EMPTY')
  return { code, isByEmail: email !== undefined }
}
