import type { Random } from '../../lib/random.ts'

/** Two primes of 31 bits, p < q, and their product, as the big-endian bytes that the exchange carries. */
export interface Semiprime {
  readonly pq: Uint8Array
  readonly p: Uint8Array
  readonly q: Uint8Array
}

/**
 * The small proof of work that a client does before the server does a large one. OpenSSL's primes would take longer
 * than its decryption of the client's answer, because it tests them as if they were to be secret keys.
 * https://core.telegram.org/mtproto/auth_key#proof-of-work
 */
export function makeSemiprime(random: Random): Semiprime {
  const first = randomPrime(random)
  let second = first
  while (second === first) second = randomPrime(random)
  const [p, q] = first < second ? [first, second] : [second, first]
  return { pq: bigEndian(p * q, 8), p: bigEndian(p, 4), q: bigEndian(q, 4) }
}

/** With both of its highest bits set, so that the product always has the same length. */
const LEAST = 0x6000_0000
const RANGE = 0x2000_0000

function randomPrime(random: Random): bigint {
  for (;;) {
    const candidate = LEAST + (random.int(RANGE) | 1)
    if (isPrime(candidate)) return BigInt(candidate)
  }
}

/** Most candidates have a factor among these. */
const SMALL_PRIMES = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
]

/** Below 4,759,123,141 no composite number passes the test of Miller and Rabin for all of these (Jaeschke, 1993). */
const WITNESSES = [2n, 7n, 61n]

/** Whether an odd number between 2^30 and 2^31 is prime. */
export function isPrime(candidate: number): boolean {
  for (const prime of SMALL_PRIMES) if (candidate % prime === 0) return false
  const twos = 31 - Math.clz32((candidate - 1) & (1 - candidate))
  const odd = (candidate - 1) >> twos
  return WITNESSES.every((witness) => passes(BigInt(candidate), witness, odd, twos))
}

/** One round of the test for `n`, where n - 1 is `odd` times two to the power of `twos`. */
function passes(n: bigint, witness: bigint, odd: number, twos: number): boolean {
  let power = 1n
  for (let bit = 31 - Math.clz32(odd); bit >= 0; bit--) {
    power = (power * power) % n
    if ((odd >> bit) & 1) power = (power * witness) % n
  }
  if (power === 1n) return true
  for (let square = 0; square < twos; square++) {
    if (power === n - 1n) return true
    power = (power * power) % n
  }
  return false
}

function bigEndian(value: bigint, length: number): Uint8Array {
  return Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex')
}
