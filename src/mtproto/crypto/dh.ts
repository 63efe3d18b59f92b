import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { assert } from '../../lib/assert.ts'
import type { Random } from '../../lib/random.ts'

/**
 * The safe prime that the documentation prints as the current one. Clients know it and skip their own check of it.
 * https://core.telegram.org/mtproto/auth_key#6-server-responds-with
 */
export const DH_PRIME = Buffer.from(
  'c71caeb9c6b1c9048e6c522f70f13f73980d40238e3e21c14934d037563d930f48198a0aa7c14058229493d22530f4db' +
    'fa336f6e0ac925139543aed44cce7c3720fd51f69458705ac68cd4fe6b6b13abdc9746512969328454f18faf8c595f64' +
    '2477fe96bb2a941d5bcd1d4ac8cc49880708fa9b378e3c4f3a9060bee67cf9a4a4a695811051907e162753b56b0f6b41' +
    '0dba74d8a84b2a14b3144e0ef1284754fd17ed950d5965b4b9dd46582db1178d169c6bc465b0d6ff9ca3928fef5b9ae4' +
    'e418fc15e83ebea0f87fa9ff5eed70050ded2849f47bf959d956850ce929851f0d8115f635b105ee2e4e15d04b2454bf' +
    '6f4fadf034b10403119cd8e3b92fcc5b',
  'hex',
)
export const DH_GENERATOR = 3

const KEY_BYTES = 256

const diffieHellmanAsync = promisify(diffieHellman)

/**
 * RFC 7919 asks for 225 bits in a safe-prime group of this size, which is as strong as a key of 112 bits. Whoever looked
 * for an exponent of 320 bits would need 2^160 steps; twice the length would take twice the time and add nothing.
 */
const EXPONENT_BYTES = 40

const prime = BigInt(`0x${DH_PRIME.toString('hex')}`)
const margin = 1n << BigInt(2048 - 64)

/** The server's half of an exchange. */
export interface DhHalf {
  /** 256 bytes, the first of them not zero. */
  readonly gA: Uint8Array
  /** Holds the secret exponent. To make one costs as much as to use it, so it is made once. */
  readonly privateKey: KeyObject
}

/** Chooses the server's secret exponent. */
export function makeDhHalf(random: Random): DhHalf {
  for (;;) {
    const privateKey = dhPrivateKey(random.bytes(EXPONENT_BYTES))
    const gA = dhPublicValue(privateKey)
    // Clients disagree on whether a leading zero byte is sent, so a number that has one is not used.
    if (gA.length === KEY_BYTES && isSafePublicValue(gA)) return { gA, privateKey }
  }
}

/**
 * g_b ^ a, as 256 bytes, computed beside the main thread. `gB` must have passed `isSafePublicValue`.
 */
export async function dhSecret(privateKey: KeyObject, gB: Uint8Array): Promise<Buffer> {
  assert(isSafePublicValue(gB), 'g_b is checked before it is used')
  const secret = await diffieHellmanAsync({ privateKey, publicKey: publicKey(gB) })
  return Buffer.concat([Buffer.alloc(KEY_BYTES - secret.length), secret])
}

/**
 * Whether a public value lies between 2^(2048-64) and the prime less that.
 * https://core.telegram.org/mtproto/auth_key#9-server-responds-in-one-of-three-ways
 */
export function isSafePublicValue(value: Uint8Array): boolean {
  if (value.length === 0 || value.length > KEY_BYTES) return false
  const number = BigInt(`0x${Buffer.from(value).toString('hex')}`)
  return number >= margin && number <= prime - margin
}

// The keys are handed to OpenSSL in their own form (RFC 3279, PKCS #3), as text: Node asks of bytes whether they are a
// key by catching what it throws, which takes longer than to read the text. The DiffieHellman class would do as well, but
// it proves the prime anew each time one is made, which takes a quarter of a second.

function pem(label: string, bytes: Buffer): string {
  return `-----BEGIN ${label}-----\n${bytes.toString('base64')}\n-----END ${label}-----\n`
}

function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content)
  const length =
    body.length < 0x80
      ? [body.length]
      : body.length < 0x100
        ? [0x81, body.length]
        : [0x82, body.length >> 8, body.length & 0xff]
  return Buffer.concat([Buffer.of(tag, ...length), body])
}

/** An unsigned big-endian number. */
function derInteger(value: Uint8Array): Buffer {
  let start = 0
  while (start < value.length - 1 && value[start] === 0) start++
  const digits = value.subarray(start)
  return der(0x02, digits[0]! >= 0x80 ? Buffer.concat([Buffer.of(0), digits]) : digits)
}

const SEQUENCE = 0x30
const OID_DH = Buffer.from('06092a864886f70d010301', 'hex')
const ALGORITHM = der(
  SEQUENCE,
  OID_DH,
  der(SEQUENCE, derInteger(DH_PRIME), derInteger(Buffer.of(DH_GENERATOR))),
)

/** g ^ a of a private key, without leading zeros. */
export function dhPublicValue(privateKey: KeyObject): Buffer {
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
  return integerAt(spki, 4 + ALGORITHM.length + 5)
}

/** The private key of a secret exponent. */
export function dhPrivateKey(exponent: Uint8Array): KeyObject {
  const key = der(SEQUENCE, derInteger(Buffer.of(0)), ALGORITHM, der(0x04, derInteger(exponent)))
  return createPrivateKey(pem('PRIVATE KEY', key))
}

function publicKey(value: Uint8Array): KeyObject {
  const key = der(SEQUENCE, ALGORITHM, der(0x03, Buffer.of(0), derInteger(value)))
  return createPublicKey(pem('PUBLIC KEY', key))
}

/** The unsigned number of the DER integer at `offset`, without leading zeros. */
function integerAt(bytes: Buffer, offset: number): Buffer {
  assert(bytes[offset] === 0x02, 'a public key ends with an integer')
  const long = bytes[offset + 1]! & 0x80 ? bytes[offset + 1]! & 0x7f : 0
  let digits = bytes.subarray(offset + 2 + long)
  while (digits.length > 1 && digits[0] === 0) digits = digits.subarray(1)
  return digits
}
