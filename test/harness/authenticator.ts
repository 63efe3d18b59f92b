import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'
import { tl } from '../../src/tl/factories.ts'
import type * as T from '../../src/tl/schema.d.ts'

/** What a page gets that asks for a new passkey. */
interface CreationOptions {
  readonly publicKey: {
    readonly rp: { readonly id: string }
    readonly user: { readonly id: string }
    readonly challenge: string
  }
}

/** What a page gets that asks for a passkey to sign in with. */
interface RequestOptions {
  readonly publicKey: { readonly rpId: string; readonly challenge: string }
}

const [PRESENT, VERIFIED, HAS_CREDENTIAL] = [0x01, 0x04, 0x40]

/** Faults that a test puts into what the authenticator makes. */
export interface Faults {
  readonly origin?: string
  readonly domain?: string
  readonly challenge?: string
  readonly type?: string
  readonly isUnverified?: boolean
  readonly counter?: number
}

/**
 * An authenticator of one passkey, made of software. https://w3c.github.io/webauthn/#sctn-authenticator-model
 */
export class Authenticator {
  readonly id = randomBytes(16)
  readonly #privateKey: KeyObject
  readonly #publicKey: KeyObject
  counter = 0
  #userHandle = ''

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    this.#privateKey = privateKey
    this.#publicKey = publicKey
  }

  /** Makes the passkey that was asked for. */
  create(options: T.DataJSON, faults: Faults = {}): T.inputPasskeyCredentialPublicKey {
    const { publicKey } = JSON.parse(options.data) as CreationOptions
    this.#userHandle = Buffer.from(publicKey.user.id, 'base64url').toString()
    const authData = this.#authData(publicKey.rp.id, faults, this.#credential())
    // CBOR: {"fmt": "none", "attStmt": {}, "authData": bytes}
    const attestationData = Buffer.concat([
      Buffer.from('a363666d74646e6f6e656761747453746d74a068617574684461746158', 'hex'),
      Buffer.of(authData.length),
      authData,
    ])
    const response = tl.inputPasskeyResponseRegister({
      clientData: clientData('webauthn.create', publicKey.challenge, faults),
      attestationData,
    })
    return this.#named(response)
  }

  /** Signs what was asked to be signed. */
  get(
    options: T.DataJSON,
    faults: Faults & { readonly userHandle?: string } = {},
  ): T.inputPasskeyCredentialPublicKey {
    const { publicKey } = JSON.parse(options.data) as RequestOptions
    const client = clientData('webauthn.get', publicKey.challenge, faults)
    const authenticatorData = this.#authData(publicKey.rpId, faults)
    const signed = Buffer.concat([authenticatorData, sha256(client.data)])
    const response = tl.inputPasskeyResponseLogin({
      clientData: client,
      authenticatorData,
      signature: sign('sha256', signed, this.#privateKey),
      userHandle: faults.userHandle ?? this.#userHandle,
    })
    return this.#named(response)
  }

  #named(response: T.InputPasskeyResponse): T.inputPasskeyCredentialPublicKey {
    const id = this.id.toString('base64url')
    return tl.inputPasskeyCredentialPublicKey({ id, rawId: id, response })
  }

  #authData(domain: string, faults: Faults, credential: Buffer = Buffer.alloc(0)): Buffer {
    const flags =
      PRESENT | (faults.isUnverified ? 0 : VERIFIED) | (credential.length > 0 ? HAS_CREDENTIAL : 0)
    const head = Buffer.alloc(5)
    head.writeUInt8(flags, 0)
    head.writeUInt32BE(faults.counter ?? this.counter, 1)
    return Buffer.concat([sha256(faults.domain ?? domain), head, credential])
  }

  #credential(): Buffer {
    const { x = '', y = '' } = this.#publicKey.export({ format: 'jwk' })
    const length = Buffer.alloc(2)
    length.writeUInt16BE(this.id.length)
    // COSE: {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}
    const [beforeX, beforeY] = [Buffer.from('a5010203262001215820', 'hex'), Buffer.from('225820', 'hex')]
    const [xBytes, yBytes] = [Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]
    return Buffer.concat([Buffer.alloc(16), length, this.id, beforeX, xBytes, beforeY, yBytes])
  }
}

function clientData(type: string, challenge: string, faults: Faults): T.dataJSON {
  const origin = faults.origin ?? 'http://localhost:8080'
  const data = {
    type: faults.type ?? type,
    challenge: faults.challenge ?? challenge,
    origin,
    crossOrigin: false,
  }
  return tl.dataJSON({ data: JSON.stringify(data) })
}

function sha256(data: string | Uint8Array): Buffer {
  return createHash('sha256').update(data).digest()
}
