import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto'
import { assert } from './assert.ts'
import { memoised } from './memo.ts'

const NONCE_BYTES = 12
const TAG_BYTES = 16
/** Proofs that are remembered: the same peers are shown to the same viewers again and again. */
const MAX_PROOFS = 50_000

/** What is derived from the server's master key. The key itself never leaves this object. */
export interface Secrets {
  /** A 64-bit proof of `parts`, for this purpose only: access hashes, file references, code hashes. */
  proof(purpose: string, ...parts: readonly (string | number | bigint)[]): bigint
  /** Bytes derived for a purpose, such as the key of salts. */
  derive(purpose: string, length: number): Uint8Array
  /** Encrypts for storage (AES-256-GCM: nonce, ciphertext, tag). */
  seal(plain: Uint8Array): Uint8Array
  /** The inverse of `seal`; throws when the bytes were not sealed with this key. */
  open(sealed: Uint8Array): Uint8Array
}

/** Makes the secrets of a server from its 32-byte master key. */
export function secretsFrom(masterKey: Uint8Array): Secrets {
  assert(masterKey.length === 32, 'the master key has 32 bytes')
  const derive = (purpose: string, length: number): Uint8Array =>
    new Uint8Array(hkdfSync('sha256', masterKey, new Uint8Array(0), purpose, length))
  const sealKey = createSecretKey(derive('seal', 32))
  // As key objects, a proof takes a quarter of the time that it takes with bytes; every user that is shown needs one.
  const proofKeys = new Map<string, KeyObject>()
  const prove = memoised(MAX_PROOFS, (statement: string) => {
    const [purpose = ''] = statement.split('\n', 1)
    let key = proofKeys.get(purpose)
    if (!key) proofKeys.set(purpose, (key = createSecretKey(derive(`proof ${purpose}`, 32))))
    return createHmac('sha256', key)
      .update(statement.slice(purpose.length + 1))
      .digest()
      .readBigInt64LE(0)
  })

  return {
    derive,
    proof: (purpose, ...parts) => prove(`${purpose}\n${parts.join('\n')}`),
    seal(plain) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', sealKey, nonce)
      return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
    },
    open(sealed) {
      const nonce = sealed.subarray(0, NONCE_BYTES)
      const body = sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES)
      const decipher = createDecipheriv('aes-256-gcm', sealKey, nonce)
      decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES))
      return Buffer.concat([decipher.update(body), decipher.final()])
    },
  }
}
