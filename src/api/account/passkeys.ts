import { addPasskey, beginPasskey, deletePasskey } from '../../domain/passkeys/register.ts'
import { readPasskeys } from '../../domain/passkeys/store.ts'
import type { Handlers } from '../../rpc/handlers.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { passkeyView } from '../../views/passkey.ts'

/** Keys by which their owner signs in without a code. https://core.telegram.org/api/passkeys */
export const passkeys = {
  'account.initPasskeyRegistration': async (ctx) => {
    const options = tl.dataJSON({ data: await beginPasskey(ctx, ctx.actor) })
    return tl['account.passkeyRegistrationOptions']({ options })
  },

  'account.registerPasskey': async (ctx, { credential }) => {
    if (credential._ !== 'inputPasskeyCredentialPublicKey') throw rpcError('CREDENTIAL_INVALID')
    const { response } = credential
    if (response._ !== 'inputPasskeyResponseRegister') throw rpcError('CREDENTIAL_INVALID')
    const made = { clientData: response.clientData.data, attestation: response.attestationData }
    return passkeyView(await addPasskey(ctx, ctx.actor, made))
  },

  'account.getPasskeys': async (ctx) => {
    const all = await readPasskeys(ctx.db, ctx.actor.userId)
    return tl['account.passkeys']({ passkeys: all.map(passkeyView) })
  },

  'account.deletePasskey': async (ctx, req) =>
    await deletePasskey(ctx, ctx.actor, Buffer.from(req.id, 'base64url')),
} satisfies Partial<Handlers>
