import type { Random } from '../../lib/random.ts'
import { Abridged } from './abridged.ts'
import type { Framing } from './framing.ts'
import { Full } from './full.ts'
import { Intermediate } from './intermediate.ts'
import { OBFUSCATED_HEADER_BYTES, readObfuscatedHeader, type Obfuscation } from './obfuscated.ts'
import { PaddedIntermediate } from './padded.ts'

const ABRIDGED_BYTE = 0xef
const ABRIDGED_TAG = 0xefefefef
const INTERMEDIATE_TAG = 0xeeeeeeee
const PADDED_TAG = 0xdddddddd

/** What a connection speaks, and how many of its first bytes said so. */
export interface Detected {
  readonly framing: Framing
  readonly obfuscation: Obfuscation | undefined
  readonly headerBytes: number
}

/**
 * Tells the transport by the first bytes; undefined while there are too few of them.
 * https://core.telegram.org/mtproto/mtproto-transports
 */
export function detectTransport(head: Buffer, random: Random): Detected | undefined {
  if (head.length === 0) return undefined
  if (head[0] === ABRIDGED_BYTE) return plain(new Abridged(), 1)
  if (head.length < 4) return undefined
  const first = head.readUInt32LE(0)
  if (first === INTERMEDIATE_TAG) return plain(new Intermediate(), 4)
  if (first === PADDED_TAG) return plain(new PaddedIntermediate(random), 4)
  if (head.length < 8) return undefined
  // The full transport has no tag of its own, but its first packet has the number zero, which obfuscation avoids.
  if (head.readUInt32LE(4) === 0) return plain(new Full(), 0)
  if (head.length < OBFUSCATED_HEADER_BYTES) return undefined

  const obfuscation = readObfuscatedHeader(head.subarray(0, OBFUSCATED_HEADER_BYTES))
  return { framing: tagged(obfuscation.tag, random), obfuscation, headerBytes: OBFUSCATED_HEADER_BYTES }
}

function plain(framing: Framing, headerBytes: number): Detected {
  return { framing, obfuscation: undefined, headerBytes }
}

/** What is inside an obfuscated connection. Without a known tag it can only be the full transport, which checks itself. */
function tagged(tag: number, random: Random): Framing {
  switch (tag) {
    case ABRIDGED_TAG:
      return new Abridged()
    case INTERMEDIATE_TAG:
      return new Intermediate()
    case PADDED_TAG:
      return new PaddedIntermediate(random)
    default:
      return new Full()
  }
}
