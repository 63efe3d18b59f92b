import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { assert, must } from '../lib/assert.ts'
import { sha1 } from './crypto/hash.ts'

/** The RSA key by which clients know the server. */
export interface ServerKey {
  readonly privateKey: KeyObject
  /** PKCS#1, the form that clients embed. */
  readonly publicPem: string
  /** As a signed 64-bit integer, the way TL carries it. */
  readonly fingerprint: bigint
  /** The same as an unsigned integer of 16 hexadecimal digits. */
  readonly fingerprintHex: string
}

const PUBLIC_EXPONENT = 65537
const MODULUS_BITS = 2048

/**
 * A new private key as PKCS#1 PEM. Some clients compare fingerprints as hexadecimal text without leading zeros, some
 * after swapping the bytes, so one that begins with a zero in either order is not used.
 */
export function generateServerKey(): string {
  for (;;) {
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: MODULUS_BITS,
      publicExponent: PUBLIC_EXPONENT,
    })
    const { fingerprintHex } = describe(privateKey)
    const swapped = Buffer.from(Buffer.from(fingerprintHex, 'hex').toReversed()).toString('hex')
    if (!fingerprintHex.startsWith('0') && !swapped.startsWith('0')) {
      return privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()
    }
  }
}

/** Reads a private key in PEM. Throws when it is not an RSA key of 2048 bits with the exponent 65537. */
export function loadServerKey(pem: string): ServerKey {
  const privateKey = createPrivateKey(pem)
  const details = privateKey.asymmetricKeyDetails
  assert(
    privateKey.asymmetricKeyType === 'rsa' &&
      details?.modulusLength === MODULUS_BITS &&
      details.publicExponent === BigInt(PUBLIC_EXPONENT),
    'the server key is an RSA key of 2048 bits with the exponent 65537',
  )
  return describe(privateKey)
}

function describe(privateKey: KeyObject): ServerKey {
  const publicKey = createPublicKey(privateKey)
  const fingerprint = rsaFingerprint(publicKey)
  return {
    privateKey,
    publicPem: publicKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    fingerprint,
    fingerprintHex: BigInt.asUintN(64, fingerprint).toString(16).padStart(16, '0'),
  }
}

/**
 * The lower 64 bits of SHA-1 of the bare `rsa_public_key n:string e:string`.
 * https://core.telegram.org/mtproto/auth_key#2-server-sends-response-of-the-form
 */
export function rsaFingerprint(publicKey: KeyObject): bigint {
  const { n, e } = publicKey.export({ format: 'jwk' })
  const modulus = Buffer.from(must(n, 'an RSA key has a modulus'), 'base64url')
  const exponent = Buffer.from(must(e, 'an RSA key has an exponent'), 'base64url')
  return sha1(Buffer.concat([tlBytes(modulus), tlBytes(exponent)])).readBigInt64LE(12)
}

function tlBytes(value: Buffer): Buffer {
  const head =
    value.length < 254
      ? Buffer.of(value.length)
      : Buffer.of(254, value.length & 0xff, (value.length >> 8) & 0xff, value.length >> 16)
  const length = head.length + value.length
  return Buffer.concat([head, value, Buffer.alloc(-length & 3)])
}
