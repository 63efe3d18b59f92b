import type { Random } from '../../lib/random.ts'
import { FramingError, MIN_PAYLOAD_BYTES, type Frame, type Framing } from './framing.ts'

const QUICK_ACK_BIT = 0x80000000
const LENGTH_MASK = 0x7fffffff

/** The protocol allows 15, but there are clients that take off what exceeds a multiple of four and no more. */
const MAX_SENT_PADDING = 3

const ENCRYPTED_HEADER_BYTES = 24
const BLOCK_BYTES = 16

/**
 * Intermediate with up to 15 random bytes behind the payload.
 * https://core.telegram.org/mtproto/mtproto-transports#padded-intermediate
 */
export class PaddedIntermediate implements Framing {
  readonly name = 'padded'
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  measure(input: Buffer): number {
    if (input.length < 4) return 0
    const length = input.readUInt32LE(0) & LENGTH_MASK
    if (length < MIN_PAYLOAD_BYTES) throw new FramingError('a padded packet has at least four bytes')
    return 4 + length
  }

  open(packet: Buffer): Frame {
    const wantsQuickAck = packet.readUInt32LE(0) >= QUICK_ACK_BIT
    return { payload: withoutPadding(packet.subarray(4)), wantsQuickAck }
  }

  wrap(payload: Uint8Array): Buffer {
    const padding = this.#random.bytes(this.#random.int(MAX_SENT_PADDING + 1))
    const packet = Buffer.allocUnsafe(4 + payload.length + padding.length)
    packet.writeUInt32LE(payload.length + padding.length, 0)
    packet.set(payload, 4)
    packet.set(padding, 4 + payload.length)
    return packet
  }

  wrapQuickAck(token: number): Buffer {
    const payload = Buffer.allocUnsafe(8)
    payload.writeUInt32LE(0xffffffff, 0)
    payload.writeUInt32LE(token, 4)
    return this.wrap(payload)
  }
}

/** An encrypted message is a header and whole blocks; a plain one says its own length, so that its reader stops there. */
function withoutPadding(payload: Buffer): Buffer {
  const isPlain = payload.length < ENCRYPTED_HEADER_BYTES || payload.readBigInt64LE(0) === 0n
  if (isPlain) return payload
  return payload.subarray(0, payload.length - ((payload.length - ENCRYPTED_HEADER_BYTES) % BLOCK_BYTES))
}
