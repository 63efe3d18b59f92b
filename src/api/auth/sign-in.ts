import { parsePhone } from '../../domain/auth/phone.ts'
import type { SignInPlace } from '../../domain/auth/log-in.ts'
import { signIn, signUp } from '../../domain/auth/sign-in.ts'
import { loadUser } from '../../domain/accounts/users.ts'
import { endOtherSessions, logOut } from '../../domain/auth/devices.ts'
import { exportLogin, importLogin } from '../../domain/auth/transfer.ts'
import { checkPhoneDc } from '../../domain/datacenters/home.ts'
import { showTerms, termsId } from '../../domain/terms/terms.ts'
import { must } from '../../lib/assert.ts'
import type { UserId } from '../../lib/ids.ts'
import type { CallContext, Handlers } from '../../rpc/handlers.ts'
import { limitAddress, RATES } from '../../rpc/limits.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { termsView } from '../../views/terms.ts'

export const signingIn = {
  'auth.signIn': async (ctx, req) => {
    const phone = parsePhone(req.phoneNumber)
    if (!req.phoneCode) throw rpcError('PHONE_CODE_EMPTY')
    await checkPhoneDc(ctx, ctx.call, phone)
    await limitAddress(ctx, RATES.triesPerAddress, ctx.call.ip)
    const userId = await signIn(ctx, placeOf(ctx), {
      phone,
      codeHash: req.phoneCodeHash,
      code: req.phoneCode,
    })
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
    await logOut(ctx, ctx.actor)
    return tl['auth.loggedOut']()
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
} satisfies Partial<Handlers>

function placeOf(ctx: CallContext): SignInPlace {
  const { keyId, apiId, ip, dc } = ctx.call
  return { keyId, apiId, ip, dc }
}

async function authorization(ctx: CallContext, userId: UserId): Promise<T.auth.authorization> {
  const user = must(await loadUser(ctx, userId, userId), 'who signed in has an account')
  return tl['auth.authorization']({ user })
}
