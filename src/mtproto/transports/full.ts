import { crc32 } from 'node:zlib'
import { FramingError, MIN_PAYLOAD_BYTES, type Frame, type Framing } from './framing.ts'

const ENVELOPE_BYTES = 12

/**
 * Length, sequence number, payload, CRC-32 of all that.
 * https://core.telegram.org/mtproto/mtproto-transports#full
 */
export class Full implements Framing {
  readonly name = 'full'
  #received = 0
  #sent = 0

  measure(input: Buffer): number {
    if (input.length < 4) return 0
    const length = input.readUInt32LE(0)
    if (length < ENVELOPE_BYTES + MIN_PAYLOAD_BYTES)
      throw new FramingError('a full packet has at least 16 bytes')
    return length
  }

  open(packet: Buffer): Frame {
    const end = packet.length - 4
    if (packet.readInt32LE(4) !== this.#received) throw new FramingError('a packet is missing or repeated')
    if (packet.readUInt32LE(end) !== crc32(packet.subarray(0, end))) throw new FramingError('wrong checksum')
    this.#received = (this.#received + 1) | 0
    return { payload: packet.subarray(8, end), wantsQuickAck: false }
  }

  wrap(payload: Uint8Array): Buffer {
    const length = payload.length + ENVELOPE_BYTES
    const packet = Buffer.allocUnsafe(length)
    packet.writeUInt32LE(length, 0)
    packet.writeInt32LE(this.#sent, 4)
    packet.set(payload, 8)
    packet.writeUInt32LE(crc32(packet.subarray(0, length - 4)), length - 4)
    this.#sent = (this.#sent + 1) | 0
    return packet
  }

  wrapQuickAck(): undefined {
    return undefined
  }
}
