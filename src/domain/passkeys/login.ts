import type { Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { enter, entered, type SignInPlace } from '../auth/log-in.ts'
import { userOfHandle } from './handle.ts'
import { CHALLENGE_BYTES, CHALLENGE_SEC } from './limits.ts'
import { findPasskey, putChallenge, takeChallenge, usePasskey } from './store.ts'
import { verifyUse, type Assertion } from './webauthn.ts'

/**
 * Asks for any passkey of this server: the JSON of PublicKeyCredentialRequestOptions.
 * https://core.telegram.org/method/auth.initPasskeyLogin
 */
export async function beginLogin(ctx: Context, keyId: bigint, apiId: number): Promise<string> {
  const nowSec = ctx.clock.nowSec()
  const challenge = ctx.random.bytes(CHALLENGE_BYTES)
  await ctx.db.single((tx) =>
    putChallenge(
      tx,
      { keyId, userId: undefined, apiId, challenge, expiresAt: nowSec + CHALLENGE_SEC },
      nowSec,
    ),
  )
  return JSON.stringify({
    publicKey: {
      challenge: Buffer.from(challenge).toString('base64url'),
      timeout: CHALLENGE_SEC * 1000,
      rpId: ctx.config.passkeyDomain,
      allowCredentials: [],
      userVerification: 'required',
    },
  })
}

/**
 * Lets in whoever signed the challenge of a key with a passkey. `fromKeyId` is the key that asked for the
 * challenge, perhaps of another datacenter. Throws AUTH_RESTART when none is in force,
 * PASSKEY_CREDENTIAL_NOT_FOUND, CREDENTIAL_INVALID, PASSKEY_ORIGIN_MISMATCH, SESSION_PASSWORD_NEEDED, API_ID_PUBLISHED_FLOOD.
 *
 * https://core.telegram.org/method/auth.finishPasskeyLogin
 */
export async function finishLogin(
  ctx: Context,
  place: SignInPlace,
  input: {
    readonly fromKeyId: bigint
    readonly id: Uint8Array
    readonly userHandle: string
    readonly assertion: Assertion
  },
): Promise<UserId> {
  const nowSec = ctx.clock.nowSec()
  const asked = await ctx.db.single((tx) => takeChallenge(tx, input.fromKeyId, undefined, nowSec))
  if (!asked) throw rpcError('AUTH_RESTART')
  const passkey = await findPasskey(ctx.db, input.id)
  if (!passkey) throw rpcError('PASSKEY_CREDENTIAL_NOT_FOUND')
  const { userId } = passkey
  if (userOfHandle(input.userHandle) !== userId) throw rpcError('CREDENTIAL_INVALID')
  const counter = await verifyUse(ctx, asked.challenge, passkey, input.assertion)
  const entry = await ctx.db.transaction(async (tx) => {
    if (!(await usePasskey(tx, passkey.id, { counter, nowSec }))) throw rpcError('CREDENTIAL_INVALID')
    // As with a code, what the client says of its app since then counts for nothing.
    return await enter(ctx, tx, { ...place, apiId: asked.apiId }, userId)
  })
  if (entry === 'needs password') throw rpcError('SESSION_PASSWORD_NEEDED')
  await entered(ctx, place, userId)
  return userId
}
