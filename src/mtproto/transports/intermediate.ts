import { FramingError, MIN_PAYLOAD_BYTES, type Frame, type Framing } from './framing.ts'

const QUICK_ACK_BIT = 0x80000000
const LENGTH_MASK = 0x7fffffff

/**
 * A length of four bytes.
 * https://core.telegram.org/mtproto/mtproto-transports#intermediate
 */
export class Intermediate implements Framing {
  readonly name = 'intermediate'

  measure(input: Buffer): number {
    if (input.length < 4) return 0
    const length = input.readUInt32LE(0) & LENGTH_MASK
    if (length < MIN_PAYLOAD_BYTES) throw new FramingError('an intermediate packet has at least four bytes')
    return 4 + length
  }

  open(packet: Buffer): Frame {
    return { payload: packet.subarray(4), wantsQuickAck: packet.readUInt32LE(0) >= QUICK_ACK_BIT }
  }

  wrap(payload: Uint8Array): Buffer {
    const packet = Buffer.allocUnsafe(4 + payload.length)
    packet.writeUInt32LE(payload.length, 0)
    packet.set(payload, 4)
    return packet
  }

  wrapQuickAck(token: number): Buffer {
    const packet = Buffer.allocUnsafe(4)
    packet.writeUInt32LE(token, 0)
    return packet
  }
}
