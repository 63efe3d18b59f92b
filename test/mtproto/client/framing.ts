import { crc32 } from 'node:zlib'

/** The transports of the test client; the second half of a name says what is inside. */
export type TransportName =
  | 'abridged'
  | 'intermediate'
  | 'padded'
  | 'full'
  | 'obfuscated-abridged'
  | 'obfuscated-intermediate'
  | 'obfuscated-padded'
  | 'obfuscated-full'
  | 'websocket-abridged'
  | 'websocket-intermediate'
  | 'websocket-padded'
  | 'websocket-full'
  | 'websocket-plain-intermediate'
  | 'http'

export type FramingName = 'abridged' | 'intermediate' | 'padded' | 'full'

/** What a client finds in its stream. */
export type Received = { readonly payload: Buffer } | { readonly quickAck: number }

/** How a client cuts its stream into packets. */
export interface ClientFraming {
  /** What is sent first on a plain connection. */
  readonly tag: Buffer
  /** The four bytes in an obfuscated header; undefined where the protocol has none. */
  readonly obfuscatedTag: number | undefined
  encode(payload: Uint8Array, wantsQuickAck?: boolean): Buffer
  /** The first packet of the stream and what it took; undefined while it is not complete. */
  decode(input: Buffer): { readonly received: Received; readonly bytes: number } | undefined
}

export function makeFraming(name: FramingName): ClientFraming {
  switch (name) {
    case 'abridged':
      return abridged()
    case 'intermediate':
      return intermediate(0xeeeeeeee, 0)
    case 'padded':
      return intermediate(0xdddddddd, 15)
    case 'full':
      return full()
  }
}

function abridged(): ClientFraming {
  return {
    tag: Buffer.of(0xef),
    obfuscatedTag: 0xefefefef,
    encode(payload, wantsQuickAck = false) {
      const words = payload.length / 4
      const bit = wantsQuickAck ? 0x80 : 0
      const head =
        words < 127
          ? Buffer.of(words | bit)
          : Buffer.of(0x7f | bit, words & 0xff, (words >> 8) & 0xff, words >> 16)
      return Buffer.concat([head, payload])
    },
    decode(input) {
      if (input.length < 4) return undefined
      if (input[0]! & 0x80) return { received: { quickAck: input.readUInt32BE(0) }, bytes: 4 }
      const isLong = input[0] === 0x7f
      const head = isLong ? 4 : 1
      return sliced(input, head, (isLong ? input.readUIntLE(1, 3) : input[0]!) * 4)
    },
  }
}

function intermediate(tag: number, maxPadding: number): ClientFraming {
  const tagBytes = Buffer.alloc(4)
  tagBytes.writeUInt32LE(tag)
  let nextPadding = 0
  return {
    tag: tagBytes,
    obfuscatedTag: tag,
    encode(payload, wantsQuickAck = false) {
      // Every length of padding comes up in turn.
      const padding = maxPadding === 0 ? 0 : nextPadding++ % (maxPadding + 1)
      const packet = Buffer.alloc(4 + payload.length + padding, 0xaa)
      packet.writeUInt32LE((payload.length + padding + (wantsQuickAck ? 0x80000000 : 0)) >>> 0, 0)
      packet.set(payload, 4)
      return packet
    },
    decode(input) {
      if (input.length < 4) return undefined
      const length = input.readUInt32LE(0)
      if (length >= 0x80000000) return { received: { quickAck: length }, bytes: 4 }
      if (maxPadding > 0 && length <= 16 && input.length >= 12 && input.readUInt32LE(4) === 0xffffffff) {
        return { received: { quickAck: input.readUInt32LE(8) }, bytes: 4 + length }
      }
      if (input.length < 4 + length) return undefined
      // As some clients do: what exceeds a multiple of four is padding, and there is no more of it.
      return { received: { payload: input.subarray(4, 4 + (length & ~3)) }, bytes: 4 + length }
    },
  }
}

function full(): ClientFraming {
  let sent = 0
  let received = 0
  return {
    tag: Buffer.alloc(0),
    obfuscatedTag: undefined,
    encode(payload) {
      const packet = Buffer.alloc(payload.length + 12)
      packet.writeUInt32LE(packet.length, 0)
      packet.writeUInt32LE(sent++, 4)
      packet.set(payload, 8)
      packet.writeUInt32LE(crc32(packet.subarray(0, packet.length - 4)), packet.length - 4)
      return packet
    },
    decode(input) {
      if (input.length < 4) return undefined
      const length = input.readUInt32LE(0)
      if (input.length < length) return undefined
      if (input.readUInt32LE(4) !== received++) throw new Error('the server counts wrongly')
      if (input.readUInt32LE(length - 4) !== crc32(input.subarray(0, length - 4)))
        throw new Error('wrong checksum')
      return { received: { payload: input.subarray(8, length - 4) }, bytes: length }
    },
  }
}

function sliced(input: Buffer, head: number, length: number): ReturnType<ClientFraming['decode']> {
  if (input.length < head + length) return undefined
  return { received: { payload: input.subarray(head, head + length) }, bytes: head + length }
}
