import { checkApp } from '../../domain/apps/apps.ts'
import { beginLogin, finishLogin } from '../../domain/passkeys/login.ts'
import type { Handlers } from '../../rpc/handlers.ts'
import { limitAddress, RATES } from '../../rpc/limits.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { authorization, placeOf } from './answer.ts'

/** Signing in with a passkey. https://core.telegram.org/api/passkeys#logging-in-with-a-passkey */
export const passkeyLogin = {
  'auth.initPasskeyLogin': async (ctx, req) => {
    await checkApp(ctx, req.apiId, req.apiHash)
    await limitAddress(ctx, RATES.passkeysPerAddress, ctx.call.ip)
    return tl['auth.passkeyLoginOptions']({
      options: tl.dataJSON({ data: await beginLogin(ctx, ctx.call.keyId, req.apiId) }),
    })
  },

  'auth.finishPasskeyLogin': async (ctx, { credential, fromAuthKeyId }) => {
    if (credential._ !== 'inputPasskeyCredentialPublicKey') throw rpcError('CREDENTIAL_INVALID')
    const { rawId, response } = credential
    if (response._ !== 'inputPasskeyResponseLogin') throw rpcError('CREDENTIAL_INVALID')
    const { clientData, authenticatorData, signature, userHandle } = response
    const userId = await finishLogin(ctx, placeOf(ctx), {
      // TDLib says 0 when it made the key for the call that asked for the challenge.
      fromKeyId: fromAuthKeyId || ctx.call.keyId,
      id: Buffer.from(rawId, 'base64url'),
      userHandle,
      assertion: { clientData: clientData.data, authenticatorData, signature },
    })
    return await authorization(ctx, userId)
  },
} satisfies Partial<Handlers>
