import { deflateRawSync, unzipSync, gzipSync } from 'node:zlib'
import { TlReader } from '../tl/reader.ts'
import { TlWriter } from '../tl/writer.ts'
import { ID } from './ids.ts'

/** Fast settings win: what is saved beyond them is little, and the work is done between other people's messages. */
const LEVEL = 3
const SAMPLE_BYTES = 512
/** Compression must save a fifth, or the bytes are sent as they are. */
const WORTHWHILE = 0.8

/**
 * Inflates a gzip_packed message to at most `maxBytes`; undefined when it is larger, damaged, or packed twice.
 * https://core.telegram.org/mtproto/service_messages#packed-object
 */
export function inflate(body: Buffer, maxBytes: number): Buffer | undefined {
  if (maxBytes < 4) return undefined
  try {
    const packed = new TlReader(body.subarray(4)).bytes()
    // TDLib packs without the header of gzip; either is understood.
    const plain = unzipSync(packed, { maxOutputLength: maxBytes })
    const isWhole = plain.length >= 4 && plain.length % 4 === 0
    return isWhole && plain.readInt32LE(0) !== ID.gzipPacked ? plain : undefined
  } catch {
    // zlib says in many ways that the bytes are no gzip; to the client it is one and the same.
    return undefined
  }
}

/** The answer as gzip_packed, when it is large and becomes smaller; else as it is. */
export function deflateIfSmaller(answer: Uint8Array, fromBytes: number): Uint8Array {
  if (answer.length < fromBytes || !seemsCompressible(answer)) return answer
  const packed = gzipSync(answer, { level: LEVEL })
  if (packed.length > answer.length * WORTHWHILE) return answer
  const writer = new TlWriter(packed.length + 16)
  writer.int(ID.gzipPacked)
  writer.bytes(packed)
  return writer.finish()
}

/** Photos and videos are compressed already: a sample from the middle shows that for little. */
function seemsCompressible(bytes: Uint8Array): boolean {
  if (bytes.length < SAMPLE_BYTES * 8) return true
  const middle = bytes.length >> 1
  const sample = bytes.subarray(middle, middle + SAMPLE_BYTES)
  return deflateRawSync(sample, { level: 1 }).length < SAMPLE_BYTES * WORTHWHILE
}
