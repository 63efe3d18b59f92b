import fc from 'fast-check'
import { createCipheriv } from 'node:crypto'
import { expect, test } from 'vitest'
import { systemRandom } from '../../src/lib/random.ts'
import { FramingError, type Frame } from '../../src/mtproto/transports/framing.ts'
import { PacketStream } from '../../src/mtproto/transports/stream.ts'
import { makeFraming, type FramingName } from '../mtproto/client/framing.ts'

const FRAME_BYTES = 100_000
const FRAMINGS: readonly FramingName[] = ['abridged', 'intermediate', 'padded', 'full']

/** An encrypted message of any size, as far as a transport can tell. */
const payload = fc
  .tuple(fc.integer({ min: 2, max: 60 }), fc.integer({ min: 1, max: 255 }))
  .map(([blocks, byte]) => Buffer.alloc(24 + blocks * 16, byte))

interface Sent {
  readonly payload: Buffer
  readonly wantsQuickAck: boolean
}

function clientBytes(name: FramingName, sent: readonly Sent[], init: Buffer | undefined): Buffer {
  const framing = makeFraming(name)
  const packets = sent.map((each) => framing.encode(each.payload, each.wantsQuickAck && name !== 'full'))
  if (!init) return Buffer.concat([framing.tag, ...packets])
  const head = Buffer.from(init)
  head[0] = 0x11
  head[5] = 0x22
  if (framing.obfuscatedTag === undefined) head.fill(0x33, 56)
  else head.writeUInt32LE(framing.obfuscatedTag, 56)
  const cipher = createCipheriv('aes-256-ctr', head.subarray(8, 40), head.subarray(40, 56))
  const secret = cipher.update(head)
  return Buffer.concat([head.subarray(0, 56), secret.subarray(56), cipher.update(Buffer.concat(packets))])
}

function readAll(stream: PacketStream, bytes: Buffer, cuts: readonly number[]): Frame[] {
  const frames: Frame[] = []
  let from = 0
  for (const to of [...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]) {
    stream.push(bytes.subarray(from, to))
    from = to
    for (let frame = stream.next(); frame; frame = stream.next()) frames.push(frame)
  }
  return frames
}

test.for(FRAMINGS)('%s: what is sent is received, however it is cut', (name) => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ payload, wantsQuickAck: fc.boolean() }), { maxLength: 6 }),
      fc.option(fc.uint8Array({ minLength: 64, maxLength: 64 }), { nil: undefined }),
      fc.array(fc.nat(), { maxLength: 30 }),
      (sent, init, cuts) => {
        const bytes = clientBytes(name, sent, init && Buffer.from(init))
        const stream = new PacketStream(systemRandom, FRAME_BYTES)
        const frames = readAll(stream, bytes, cuts)
        expect(frames.map((frame) => frame.payload.toString('hex'))).toEqual(
          sent.map((each) => each.payload.toString('hex')),
        )
        expect(frames.map((frame) => frame.wantsQuickAck)).toEqual(
          sent.map((each) => each.wantsQuickAck && name !== 'full'),
        )
        expect(stream.bufferedBytes).toBe(0)
      },
    ),
    { numRuns: 150 },
  )
})

test('bytes that arrive one by one are not copied over and over', () => {
  const sent = [{ payload: Buffer.alloc(24 + 16 * 3000, 5), wantsQuickAck: false }]
  const bytes = clientBytes('intermediate', sent, undefined)
  const cuts = Array.from({ length: bytes.length }, (_, i) => i)
  const frames = readAll(new PacketStream(systemRandom, FRAME_BYTES), bytes, cuts)
  expect(frames).toHaveLength(1)
})

test('any bytes end in packets or in a FramingError, and nothing is kept beyond one packet', () => {
  const heads = ['ef', 'eeeeeeee', 'dddddddd', '1000000000000000', '']
  fc.assert(
    fc.property(
      fc.constantFrom(...heads),
      fc.uint8Array({ maxLength: 300 }),
      fc.array(fc.nat(), { maxLength: 10 }),
      (head, rest, cuts) => {
        const stream = new PacketStream(systemRandom, FRAME_BYTES)
        const bytes = Buffer.concat([Buffer.from(head, 'hex'), rest])
        try {
          readAll(stream, bytes, cuts)
        } catch (error) {
          expect(error).toBeInstanceOf(FramingError)
        }
        expect(stream.bufferedBytes).toBeLessThanOrEqual(bytes.length)
      },
    ),
    { numRuns: 1000 },
  )
})
