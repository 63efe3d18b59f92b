import { generatePrimeSync } from 'node:crypto'

/** Two primes of 31 bits, p < q, and their product, as the big-endian bytes that the exchange carries. */
export interface Semiprime {
  readonly pq: Uint8Array
  readonly p: Uint8Array
  readonly q: Uint8Array
}

/**
 * The small proof of work that a client does before the server does a large one.
 * https://core.telegram.org/mtproto/auth_key#proof-of-work
 */
export function makeSemiprime(): Semiprime {
  const first = generatePrimeSync(31, { bigint: true })
  let second = first
  while (second === first) second = generatePrimeSync(31, { bigint: true })
  const [p, q] = first < second ? [first, second] : [second, first]
  return { pq: bigEndian(p * q, 8), p: bigEndian(p, 4), q: bigEndian(q, 4) }
}

function bigEndian(value: bigint, length: number): Uint8Array {
  return Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex')
}
