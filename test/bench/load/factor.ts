/** Multipliers that are tried in turn: for some numbers the forms of N itself lead nowhere. */
const MULTIPLIERS = [1, 3, 5, 7, 11, 15, 21, 33, 35, 55, 77, 105, 165, 231, 385, 1155]

/**
 * A prime factor of a product of two primes below 2^32, by Shanks' square forms: all values stay below 2^40, so that
 * doubles do, and it takes some hundred microseconds.
 */
export function factor(pq: bigint): bigint {
  for (const k of MULTIPLIERS) {
    const found = squareForms(pq, BigInt(k))
    if (found > 1n && found < pq) return found
  }
  throw new Error(`no factor of ${pq} was found`)
}

function squareForms(n: bigint, k: bigint): bigint {
  const kn = n * k
  const root = Number(sqrt(kn))
  let before = 1
  let p = root
  let q = Number(kn - BigInt(root) * BigInt(root))
  if (q === 0) return 0n
  const limit = 6 * Math.ceil(Math.sqrt(2 * root))
  let square = 0
  let i = 2
  for (; i < limit; i++) {
    const b = Math.floor((root + p) / q)
    const next = b * q - p
    const last = q
    q = before + b * (p - next)
    before = last
    p = next
    if (i % 2 === 0) {
      square = Math.round(Math.sqrt(q))
      if (square * square === q) break
    }
  }
  if (i >= limit) return 0n

  const b0 = Math.floor((root - p) / square)
  p = b0 * square + p
  before = square
  q = Number((kn - BigInt(p) * BigInt(p)) / BigInt(before))
  for (let j = 0; j < limit; j++) {
    const b = Math.floor((root + p) / q)
    const last = p
    p = b * q - p
    const lastQ = q
    q = before + b * (last - p)
    before = lastQ
    if (p === last) break
  }
  return gcd(n, BigInt(p))
}

function sqrt(n: bigint): bigint {
  let root = BigInt(Math.floor(Math.sqrt(Number(n))))
  while (root * root > n) root--
  while ((root + 1n) * (root + 1n) <= n) root++
  return root
}

function gcd(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b]
  return a
}
