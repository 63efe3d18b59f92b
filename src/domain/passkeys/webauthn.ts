import type { Context } from '../../context.ts'
import { RpcError, rpcError } from '../../tl/rpc-error.ts'
import { MAX_ATTESTATION_BYTES, MAX_CLIENT_DATA, MAX_ID_BYTES } from './limits.ts'

/** ES256, EdDSA, RS256: what authenticators in use can do. */
export const ALGORITHMS = [-7, -8, -257]

/** What a new passkey consists of. */
export interface NewPasskey {
  readonly id: Uint8Array
  readonly publicKey: Uint8Array
  readonly counter: bigint
  /** Names the make of the authenticator. */
  readonly aaguid: string
}

/**
 * Judges what an authenticator made. Who vouches for it is of no interest, so that part is not even looked
 * at. Throws CREDENTIAL_INVALID, PASSKEY_ORIGIN_MISMATCH.
 * https://w3c.github.io/webauthn/#sctn-registering-a-new-credential
 */
export async function verifyNew(
  ctx: Context,
  challenge: Uint8Array,
  made: { readonly clientData: string; readonly attestation: Uint8Array },
): Promise<NewPasskey> {
  if (made.attestation.length > MAX_ATTESTATION_BYTES) throw rpcError('CREDENTIAL_INVALID')
  const expectedOrigin = checkOrigin(ctx, made.clientData)
  return await judged(async () => {
    const { verifyRegistrationResponse } = await import('@simplewebauthn/server')
    const { decodeAttestationObject } = await import('@simplewebauthn/server/helpers')
    const decoded = decodeAttestationObject(new Uint8Array(made.attestation))
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: {
        // Clients name it as they like; the authenticator's own data says what it is.
        id: 'AA',
        rawId: 'AA',
        type: 'public-key',
        clientExtensionResults: {},
        response: {
          clientDataJSON: Buffer.from(made.clientData).toString('base64url'),
          attestationObject: unattested(decoded.get('authData')).toString('base64url'),
        },
      },
      expectedChallenge: Buffer.from(challenge).toString('base64url'),
      expectedOrigin,
      expectedRPID: ctx.config.passkeyDomain,
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS,
    })
    if (!verified) throw rpcError('CREDENTIAL_INVALID')
    const { credential, aaguid } = registrationInfo
    const id = Buffer.from(credential.id, 'base64url')
    if (id.length > MAX_ID_BYTES) throw rpcError('CREDENTIAL_INVALID')
    return { id, publicKey: credential.publicKey, counter: BigInt(credential.counter), aaguid }
  })
}

/** What an authenticator signed. */
export interface Assertion {
  readonly clientData: string
  readonly authenticatorData: Uint8Array
  readonly signature: Uint8Array
}

/**
 * Judges what was signed with a passkey, and returns how often the authenticator says that it was used.
 * Throws CREDENTIAL_INVALID, PASSKEY_ORIGIN_MISMATCH.
 * https://w3c.github.io/webauthn/#sctn-verifying-assertion
 */
export async function verifyUse(
  ctx: Context,
  challenge: Uint8Array,
  passkey: { readonly id: Uint8Array; readonly publicKey: Uint8Array; readonly counter: bigint },
  assertion: Assertion,
): Promise<bigint> {
  const expectedOrigin = checkOrigin(ctx, assertion.clientData)
  return await judged(async () => {
    const { verifyAuthenticationResponse } = await import('@simplewebauthn/server')
    const id = Buffer.from(passkey.id).toString('base64url')
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: {
        id,
        rawId: id,
        type: 'public-key',
        clientExtensionResults: {},
        response: {
          clientDataJSON: Buffer.from(assertion.clientData).toString('base64url'),
          authenticatorData: Buffer.from(assertion.authenticatorData).toString('base64url'),
          signature: Buffer.from(assertion.signature).toString('base64url'),
        },
      },
      expectedChallenge: Buffer.from(challenge).toString('base64url'),
      expectedOrigin,
      expectedRPID: ctx.config.passkeyDomain,
      credential: { id, publicKey: new Uint8Array(passkey.publicKey), counter: Number(passkey.counter) },
      requireUserVerification: true,
    })
    if (!verified) throw rpcError('CREDENTIAL_INVALID')
    return BigInt(authenticationInfo.newCounter)
  })
}

/** An attestation object that says of an authenticator's data what it is, and nobody's word for it. */
function unattested(authData: Uint8Array): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(authData.length)
  // CBOR: a map of three: "fmt": "none", "attStmt": an empty map, "authData": bytes.
  const head = Buffer.from('a363666d74646e6f6e656761747453746d74a068617574684461746159', 'hex')
  return Buffer.concat([head, length, authData])
}

/**
 * Where the client says that this happened. Pages must belong to the domain of the passkeys; that an app
 * does, the platform under it has checked. Throws PASSKEY_ORIGIN_MISMATCH, CREDENTIAL_INVALID.
 */
function checkOrigin(ctx: Context, clientData: string): string {
  const origin = clientData.length > MAX_CLIENT_DATA ? undefined : originIn(clientData)
  if (origin === undefined) throw rpcError('CREDENTIAL_INVALID')
  if (/^android:apk-key-hash:[\w-]+$/.test(origin)) return origin
  const url = URL.parse(origin)
  const domain = ctx.config.passkeyDomain
  const isOurs = url?.hostname === domain || url?.hostname.endsWith(`.${domain}`) === true
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && domain === 'localhost')
  if (!isOurs || !isSafe) throw rpcError('PASSKEY_ORIGIN_MISMATCH')
  return origin
}

function originIn(clientData: string): string | undefined {
  try {
    const { origin } = JSON.parse(clientData) as { origin?: unknown }
    return typeof origin === 'string' ? origin : undefined
  } catch {
    return undefined
  }
}

/** The library throws whatever is wrong with what it is given, which is all the client's. */
async function judged<R>(judge: () => Promise<R>): Promise<R> {
  try {
    return await judge()
  } catch (error) {
    throw error instanceof RpcError ? error : rpcError('CREDENTIAL_INVALID')
  }
}
