import { BOOL_FALSE_ID, BOOL_TRUE_ID, VECTOR_ID } from './reader.ts'

const INITIAL_BYTES = 1024
/** A buffer that grew beyond this is let go after use. */
const KEPT_BYTES = 256 * 1024
/** Up to this length a string is first tried as ASCII. */
const SHORT_STRING = 64
/** Longest string whose length fits the one-byte form. */
const MAX_ONE_BYTE_LENGTH = 253
const MAX_STRING_BYTES = 0xff_ff_ff

const words = new Int32Array(2)
const longs = new BigInt64Array(words.buffer)
const doubles = new Float64Array(words.buffer)

/**
 * Writes TL values: https://core.telegram.org/mtproto/serialize. Everything in TL is a multiple of four bytes, so the
 * writer sees its buffer as 32-bit words. A writer is used again for value after value; what `finish` returns is a copy.
 */
export class TlWriter {
  #bytes: Buffer
  #words: Int32Array
  /** In bytes, always a multiple of four. */
  #pos = 0

  constructor(initialBytes: number = INITIAL_BYTES) {
    this.#bytes = Buffer.from(new ArrayBuffer((initialBytes + 7) & ~7))
    this.#words = new Int32Array(this.#bytes.buffer)
  }

  /** How many bytes were written. */
  get position(): number {
    return this.#pos
  }

  /** Forgets what was written after `position`. */
  rewind(position: number): void {
    this.#pos = position
  }

  /** A copy of what was written. The writer starts anew. */
  finish(): Uint8Array {
    const result = new Uint8Array(this.#bytes.buffer as ArrayBuffer, 0, this.#pos).slice()
    this.#pos = 0
    if (this.#bytes.length > KEPT_BYTES) this.#resize(INITIAL_BYTES, 0)
    return result
  }

  #resize(size: number, keep: number): void {
    const bytes = Buffer.from(new ArrayBuffer((size + 7) & ~7))
    this.#bytes.copy(bytes, 0, 0, keep)
    this.#bytes = bytes
    this.#words = new Int32Array(bytes.buffer)
  }

  /** Makes room for `length` more bytes. */
  #reserve(length: number): void {
    const needed = this.#pos + length
    if (needed > this.#bytes.length) this.#resize(Math.max(needed, this.#bytes.length * 2), this.#pos)
  }

  int(value: number): void {
    this.#reserve(4)
    this.#words[this.#pos >> 2] = value
    this.#pos += 4
  }

  /** Writes over the word at `position`. */
  patchInt(position: number, value: number): void {
    this.#words[position >> 2] = value
  }

  long(value: bigint): void {
    this.#reserve(8)
    longs[0] = value
    const at = this.#pos >> 2
    this.#words[at] = words[0]!
    this.#words[at + 1] = words[1]!
    this.#pos += 8
  }

  /** A long given as a safe integer. */
  longNumber(value: number): void {
    this.#reserve(8)
    const at = this.#pos >> 2
    this.#words[at] = value
    this.#words[at + 1] = Math.floor(value / 0x1_0000_0000)
    this.#pos += 8
  }

  double(value: number): void {
    this.#reserve(8)
    doubles[0] = value
    const at = this.#pos >> 2
    this.#words[at] = words[0]!
    this.#words[at + 1] = words[1]!
    this.#pos += 8
  }

  bool(value: boolean): void {
    this.int(value ? BOOL_TRUE_ID : BOOL_FALSE_ID)
  }

  /** The head of a boxed vector. */
  vector(length: number): void {
    this.#reserve(8)
    const at = this.#pos >> 2
    this.#words[at] = VECTOR_ID
    this.#words[at + 1] = length
    this.#pos += 8
  }

  /** Bytes as they stand; their number must be a multiple of four. */
  raw(value: Uint8Array): void {
    if ((value.length & 3) !== 0) throw new RangeError(`${value.length} raw bytes: not a multiple of four`)
    this.#reserve(value.length)
    this.#bytes.set(value, this.#pos)
    this.#pos += value.length
  }

  /** Exactly sixteen bytes. */
  int128(value: Uint8Array): void {
    if (value.length !== 16) throw new RangeError('an int128 has 16 bytes')
    this.raw(value)
  }

  /** Exactly thirty-two bytes. */
  int256(value: Uint8Array): void {
    if (value.length !== 32) throw new RangeError('an int256 has 32 bytes')
    this.raw(value)
  }

  bytes(value: Uint8Array): void {
    const start = this.#stringHead(value.length)
    this.#bytes.set(value, start)
  }

  string(value: string): void {
    const length = value.length
    if (length <= SHORT_STRING) {
      this.#reserve(SHORT_STRING + 4)
      const b = this.#bytes
      const start = this.#pos + 1
      let i = 0
      for (; i < length; i++) {
        const code = value.charCodeAt(i)
        if (code >= 0x80) break
        b[start + i] = code
      }
      if (i === length) {
        // First the last word, then the length: an empty string is one word of zeros.
        const end = (start + length + 3) & ~3
        for (let pos = start + length; pos < end; pos++) b[pos] = 0
        b[start - 1] = length
        this.#pos = end
        return
      }
    }
    const bytes = Buffer.byteLength(value)
    const start = this.#stringHead(bytes)
    this.#bytes.write(value, start, bytes, 'utf8')
  }

  /** Writes the length and the padding of a string, moves behind it, and returns where its bytes go. */
  #stringHead(length: number): number {
    this.#reserve(length + 8)
    const pos = this.#pos
    const isShort = length <= MAX_ONE_BYTE_LENGTH
    if (length > MAX_STRING_BYTES) throw new RangeError(`a string of ${length} bytes is too long for TL`)
    const start = pos + (isShort ? 1 : 4)
    const end = (start + length + 3) & ~3
    if (end > start) this.#words[(end >> 2) - 1] = 0
    this.#words[pos >> 2] = isShort ? length : 254 | (length << 8)
    this.#pos = end
    return start
  }
}
