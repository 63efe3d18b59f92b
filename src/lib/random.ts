import { randomBytes, randomInt } from 'node:crypto'

/** Where randomness comes from. Tests put in one with a seed. */
export interface Random {
  bytes(length: number): Uint8Array
  /** A signed 64-bit integer. */
  long(): bigint
  /** An integer in [0, limit). */
  int(limit: number): number
}

/** The operating system's randomness. */
export const systemRandom: Random = {
  bytes: (length) => randomBytes(length),
  long: () => randomBytes(8).readBigInt64LE(),
  int: (limit) => randomInt(limit),
}
