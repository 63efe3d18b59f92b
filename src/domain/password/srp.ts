import { createHash, timingSafeEqual } from 'node:crypto'
import type { Random } from '../../lib/random.ts'
import {
  DH_GENERATOR,
  DH_PRIME,
  dhPrivateKey,
  dhPublicValue,
  dhSecret,
  isSafePublicValue,
} from '../../mtproto/crypto/dh.ts'

/** What proves a password, as the client made it: salts, and v = g^x mod p. */
export interface Verifier {
  readonly salt1: Uint8Array
  readonly salt2: Uint8Array
  readonly verifier: Uint8Array
}

const NUMBER_BYTES = 256
const PROOF_BYTES = 32
/** In a group of this size nobody finds an exponent of 512 bits. */
const EXPONENT_BYTES = 64

const prime = toNumber(DH_PRIME)
const generator = padded(BigInt(DH_GENERATOR))
/** k = H(p | g) */
const multiplier = toNumber(sha256(DH_PRIME, generator))
/** H(p) xor H(g) */
const groupHash = xor(sha256(DH_PRIME), sha256(generator))

/** Whether v can be the verifier of a password. Numbers near 0 and p would be proved by anybody. */
export function isVerifier(verifier: Uint8Array): boolean {
  return isSafePublicValue(verifier)
}

/**
 * Asks for a proof: chooses b, and computes B = k * v + g^b mod p. Some clients refuse a B that begins with
 * zeros, so there is none. https://core.telegram.org/api/srp#checking-the-password-with-srp
 */
export function makeChallenge(
  random: Random,
  verifier: Uint8Array,
): { readonly exponent: Uint8Array; readonly publicValue: Uint8Array } {
  for (;;) {
    const exponent = random.bytes(EXPONENT_BYTES)
    const publicValue = publicValueOf(exponent, verifier)
    if (isSafePublicValue(publicValue) && publicValue[0] !== 0) return { exponent, publicValue }
  }
}

/** What a client answers to a challenge: A = g^a mod p, and M1. */
export interface Answer {
  readonly publicValue: Uint8Array
  readonly proof: Uint8Array
}

/** Whether A lies in its bounds; with A = 0 mod p, anybody would know the secret. */
export function isPublicValue(publicValue: Uint8Array): boolean {
  return isSafePublicValue(publicValue)
}

/** Whether an answer to the challenge with this secret exponent proves the password. */
export async function isProof(password: Verifier, exponent: Uint8Array, answer: Answer): Promise<boolean> {
  if (!isPublicValue(answer.publicValue) || answer.proof.length !== PROOF_BYTES) return false
  const theirs = padded(toNumber(answer.publicValue))
  const ours = publicValueOf(exponent, password.verifier)
  const scrambler = sha256(theirs, ours)
  // s = (A * v^u) ^ b
  const power = await dhSecret(dhPrivateKey(scrambler), password.verifier)
  const base = padded((toNumber(theirs) * toNumber(power)) % prime)
  if (!isSafePublicValue(base)) return false
  const secret = await dhSecret(dhPrivateKey(exponent), base)
  const expected = sha256(
    groupHash,
    sha256(password.salt1),
    sha256(password.salt2),
    theirs,
    ours,
    sha256(secret),
  )
  return timingSafeEqual(expected, answer.proof)
}

function publicValueOf(exponent: Uint8Array, verifier: Uint8Array): Buffer {
  const power = dhPublicValue(dhPrivateKey(exponent))
  return padded((multiplier * toNumber(verifier) + toNumber(power)) % prime)
}

function toNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
}

/** As 256 bytes: numbers are hashed with their leading zeros. */
function padded(number: bigint): Buffer {
  return Buffer.from(number.toString(16).padStart(NUMBER_BYTES * 2, '0'), 'hex')
}

function sha256(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

function xor(a: Uint8Array, b: Uint8Array): Buffer {
  return Buffer.from(a.map((byte, index) => byte ^ b[index]!))
}
