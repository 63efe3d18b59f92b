import { constants, privateDecrypt, timingSafeEqual, type KeyObject } from 'node:crypto'
import { decryptIge } from './aes-ige.ts'
import { sha256 } from './hash.ts'

const RSA_BYTES = 256
const ZERO_IV = new Uint8Array(32)

/** The 256-byte number that a client encrypted with the public key; undefined when it is not smaller than the modulus. */
export function rsaDecrypt(key: KeyObject, secret: Uint8Array): Buffer | undefined {
  if (secret.length !== RSA_BYTES) return undefined
  try {
    const plain = privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, secret)
    return Buffer.concat([Buffer.alloc(RSA_BYTES - plain.length), plain])
  } catch {
    // OpenSSL refuses numbers that are not below the modulus.
    return undefined
  }
}

/**
 * Undoes RSA_PAD: 192 bytes, of which the front is the data and the rest random; undefined when its hash does not fit.
 * https://core.telegram.org/mtproto/auth_key#41-rsa-paddata-server-public-key-mentioned-above-is-implemented-as-follows
 */
export function removeRsaPad(padded: Uint8Array): Uint8Array | undefined {
  const encrypted = padded.subarray(32)
  const mask = sha256(encrypted)
  const tempKey = new Uint8Array(32)
  for (let i = 0; i < 32; i++) tempKey[i] = padded[i]! ^ mask[i]!
  const dataWithHash = decryptIge(encrypted, tempKey, ZERO_IV)
  const data = dataWithHash.subarray(0, 192).toReversed()
  const expected = sha256(Buffer.concat([tempKey, data]))
  return timingSafeEqual(expected, dataWithHash.subarray(192)) ? data : undefined
}

/**
 * The parts of the padding that older clients use: a zero byte, SHA-1 of the data, the data, random bytes. How long the
 * data is only its own form tells, so the caller compares the hash.
 */
export function removeSha1Pad(padded: Uint8Array): { hash: Uint8Array; data: Uint8Array } | undefined {
  return padded[0] === 0 ? { hash: padded.subarray(1, 21), data: padded.subarray(21) } : undefined
}
