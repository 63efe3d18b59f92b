import type { Actor, Context } from '../../context.ts'
import { must } from '../../lib/assert.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { readAccount } from '../accounts/store.ts'
import { findDevice } from '../auth/device-store.ts'
import { FRESH_SESSION_SEC } from '../auth/limits.ts'
import { readHomeDc } from '../datacenters/home.ts'
import { sendServiceMessage } from '../messages/service.ts'
import { userHandle } from './handle.ts'
import { CHALLENGE_BYTES, CHALLENGE_SEC, PASSKEYS_PER_ACCOUNT } from './limits.ts'
import { nameOfMake } from './makes.ts'
import {
  dropPasskey,
  insertPasskey,
  putChallenge,
  readPasskeys,
  takeChallenge,
  type Passkey,
} from './store.ts'
import { ALGORITHMS, verifyNew } from './webauthn.ts'

/**
 * Asks an authenticator for a new passkey: the JSON of PublicKeyCredentialCreationOptions. Throws
 * ACCESS_DENIED when the account has enough, FRESH_RESET_AUTHORISATION_FORBIDDEN in a session that may be a
 * thief's. https://core.telegram.org/method/account.initPasskeyRegistration
 */
export async function beginPasskey(ctx: Context, by: Actor): Promise<string> {
  const { userId, keyId } = by
  const [account, device, passkeys, dc] = await Promise.all([
    readAccount(ctx.db, userId),
    findDevice(ctx.db, keyId),
    readPasskeys(ctx.db, userId),
    readHomeDc(ctx, userId),
  ])
  const { firstName, lastName, phone } = must(account, 'the actor has an account')
  const { apiId, createdAt, isConfirmed } = must(device, 'the actor is logged in on its key')
  const nowSec = ctx.clock.nowSec()
  if (!isConfirmed && createdAt > nowSec - FRESH_SESSION_SEC)
    throw rpcError('FRESH_RESET_AUTHORISATION_FORBIDDEN')
  if (passkeys.length >= PASSKEYS_PER_ACCOUNT) throw rpcError('ACCESS_DENIED')
  const challenge = ctx.random.bytes(CHALLENGE_BYTES)
  await ctx.db.single((tx) =>
    putChallenge(tx, { keyId, userId, apiId, challenge, expiresAt: nowSec + CHALLENGE_SEC }, nowSec),
  )
  return JSON.stringify({
    publicKey: {
      rp: { id: ctx.config.passkeyDomain, name: 'Chappe' },
      user: {
        id: Buffer.from(userHandle(dc, userId)).toString('base64url'),
        name: `+${phone ?? ''}`,
        displayName: `${firstName} ${lastName}`.trim(),
      },
      challenge: Buffer.from(challenge).toString('base64url'),
      pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
      timeout: CHALLENGE_SEC * 1000,
      excludeCredentials: passkeys.map(({ id }) => ({
        type: 'public-key',
        id: Buffer.from(id).toString('base64url'),
      })),
      authenticatorSelection: {
        residentKey: 'required',
        requireResidentKey: true,
        userVerification: 'required',
      },
      attestation: 'none',
    },
  })
}

/**
 * Adds the passkey that an authenticator made. Throws CREDENTIAL_INVALID, PASSKEY_ORIGIN_MISMATCH.
 * https://core.telegram.org/method/account.registerPasskey
 */
export async function addPasskey(
  ctx: Context,
  by: Actor,
  made: { readonly clientData: string; readonly attestation: Uint8Array },
): Promise<Passkey> {
  const { userId, keyId } = by
  const nowSec = ctx.clock.nowSec()
  const asked = await ctx.db.single((tx) => takeChallenge(tx, keyId, userId, nowSec))
  if (!asked) throw rpcError('CREDENTIAL_INVALID')
  const { id, publicKey, counter, aaguid } = await verifyNew(ctx, asked.challenge, made)
  const passkey = { id, userId, publicKey, counter, name: nameOfMake(aaguid), createdAt: nowSec }
  const isAdded = await ctx.db.transaction((tx) => insertPasskey(tx, passkey, PASSKEYS_PER_ACCOUNT))
  if (!isAdded) throw rpcError('CREDENTIAL_INVALID')
  await sendServiceMessage(
    ctx,
    userId,
    `A passkey was added to your account: ${passkey.name}. Whoever has it can log in without a code.\n\n` +
      'If this was not you, delete it in Settings > Privacy and Security > Passkeys, and terminate the session.',
  )
  return { ...passkey, usedAt: null }
}

/**
 * Takes a passkey away. False when the actor has no such.
 * https://core.telegram.org/method/account.deletePasskey
 */
export async function deletePasskey(ctx: Context, by: Actor, id: Uint8Array): Promise<boolean> {
  return await ctx.db.single((tx) => dropPasskey(tx, by.userId, id))
}
