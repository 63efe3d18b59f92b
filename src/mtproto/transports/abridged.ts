import { FramingError, MIN_PAYLOAD_BYTES, type Frame, type Framing } from './framing.ts'

const LONG_FORM = 0x7f
const QUICK_ACK_BIT = 0x80

/**
 * A length in words of four bytes: one byte, or 0x7f and three bytes.
 * https://core.telegram.org/mtproto/mtproto-transports#abridged
 */
export class Abridged implements Framing {
  readonly name = 'abridged'

  measure(input: Buffer): number {
    if (input.length === 0) return 0
    const words = input[0]! & LONG_FORM
    if (words === 0) throw new FramingError('an abridged packet has at least four bytes')
    if (words < LONG_FORM) return 1 + words * 4
    if (input.length < 4) return 0
    const length = input.readUIntLE(1, 3) * 4
    if (length < MIN_PAYLOAD_BYTES) throw new FramingError('an abridged packet has at least four bytes')
    return 4 + length
  }

  open(packet: Buffer): Frame {
    const first = packet[0]!
    const head = (first & LONG_FORM) === LONG_FORM ? 4 : 1
    return { payload: packet.subarray(head), wantsQuickAck: (first & QUICK_ACK_BIT) !== 0 }
  }

  wrap(payload: Uint8Array): Buffer {
    const words = payload.length >> 2
    const head = words < LONG_FORM ? 1 : 4
    const packet = Buffer.allocUnsafe(head + payload.length)
    if (head === 1) packet[0] = words
    else packet.writeUInt32LE(((words << 8) | LONG_FORM) >>> 0, 0)
    packet.set(payload, head)
    return packet
  }

  /** The bytes in reverse, so that the bit that is always set comes first and cannot be taken for a length. */
  wrapQuickAck(token: number): Buffer {
    const packet = Buffer.allocUnsafe(4)
    packet.writeUInt32BE(token, 0)
    return packet
  }
}
