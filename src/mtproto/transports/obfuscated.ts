import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type Cipheriv,
  type Decipheriv,
} from 'node:crypto'

export const OBFUSCATED_HEADER_BYTES = 64

/** The two key streams of an obfuscated connection, and what its header says. */
export interface Obfuscation {
  /** What stands at bytes 56 to 60, the tag of the transport inside. */
  readonly tag: number
  /** What stands at bytes 60 to 62. Many clients leave random bytes there, so it is good for a log line only. */
  readonly dc: number
  readonly incoming: Decipheriv
  readonly outgoing: Cipheriv
}

/**
 * Reads the 64 bytes that begin an obfuscated connection.
 * https://core.telegram.org/mtproto/mtproto-transports#transport-obfuscation
 */
export function readObfuscatedHeader(header: Buffer): Obfuscation {
  const reversed = Buffer.from(header.toReversed())
  // Key objects take Node a fifth of the time that bytes take it.
  const incoming = createDecipheriv(
    'aes-256-ctr',
    createSecretKey(header.subarray(8, 40)),
    header.subarray(40, 56),
  )
  const outgoing = createCipheriv(
    'aes-256-ctr',
    createSecretKey(reversed.subarray(8, 40)),
    reversed.subarray(40, 56),
  )
  const plain = incoming.update(header)
  return { tag: plain.readUInt32LE(56), dc: plain.readInt16LE(60), incoming, outgoing }
}
