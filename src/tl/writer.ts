import { BOOL_FALSE_ID, BOOL_TRUE_ID, VECTOR_ID } from './reader.ts'

const INITIAL_BYTES = 1024
/** A buffer that grew beyond this is let go after use. */
const KEPT_BYTES = 256 * 1024
/** Results share memory of this size: to allocate it for each costs ten times what writing a small one does. */
const SLAB_BYTES = 64 * 1024
/** Longer results have memory of their own. */
const SHARED_BYTES = 4 * 1024
/** Up to this length a string is first tried as ASCII here; longer ones are written natively. */
const TINY_STRING = 24
/** Up to this length a string has the one-byte form whatever it holds: a character has three bytes at most. */
const SHORT_STRING = 84
/** Room for any string in the one-byte form. */
const ONE_BYTE_FORM = 256
/** Longest string whose length fits the one-byte form. */
const MAX_ONE_BYTE_LENGTH = 253
const MAX_STRING_BYTES = 0xff_ff_ff

/** A method of Buffer that its types leave out. */
interface TextBuffer {
  utf8Write(text: string, start: number, length: number): number
}

const words = new Int32Array(2)
const longs = new BigInt64Array(words.buffer)
const doubles = new Float64Array(words.buffer)

/**
 * Writes TL values: https://core.telegram.org/mtproto/serialize. Everything in TL is a multiple of four bytes, so the
 * writer sees its buffer as 32-bit words. A writer is used again for value after value; what `finish` returns is a copy.
 */
export class TlWriter {
  #text: TextBuffer
  #bytes: Uint8Array
  #words: Int32Array
  /** In bytes, always a multiple of four. */
  #pos = 0
  /** Of the buffer, in bytes. */
  #limit: number
  #slab = new ArrayBuffer(0)
  #slabPos = 0

  constructor(initialBytes: number = INITIAL_BYTES) {
    const buffer = new ArrayBuffer((initialBytes + 7) & ~7)
    this.#text = textBuffer(buffer)
    this.#bytes = new Uint8Array(buffer)
    this.#words = new Int32Array(buffer)
    this.#limit = buffer.byteLength
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
    const length = this.#pos
    const written = this.#bytes.subarray(0, length)
    this.#pos = 0
    if (length > SHARED_BYTES) {
      const result = new Uint8Array(written)
      if (this.#limit > KEPT_BYTES) this.#resize(INITIAL_BYTES, 0)
      return result
    }
    if (this.#slabPos + length > this.#slab.byteLength) {
      this.#slab = new ArrayBuffer(SLAB_BYTES)
      this.#slabPos = 0
    }
    const result = new Uint8Array(this.#slab, this.#slabPos, length)
    result.set(written)
    this.#slabPos += length
    return result
  }

  #resize(size: number, keep: number): void {
    const buffer = new ArrayBuffer((size + 7) & ~7)
    const bytes = new Uint8Array(buffer)
    bytes.set(this.#bytes.subarray(0, keep))
    this.#text = textBuffer(buffer)
    this.#bytes = bytes
    this.#words = new Int32Array(buffer)
    this.#limit = buffer.byteLength
  }

  /** Makes room for `length` more bytes. */
  #reserve(length: number): void {
    const needed = this.#pos + length
    if (needed > this.#limit) this.#resize(Math.max(needed, this.#limit * 2), this.#pos)
  }

  int(value: number): void {
    this.#reserve(4)
    this.#words[this.#pos >> 2] = value
    this.#pos += 4
  }

  /** Moves on by `count` words, which the caller then puts into `words`, and returns the index of the first. */
  take(count: number): number {
    this.#reserve(count * 4)
    const pos = this.#pos
    this.#pos = pos + count * 4
    return pos >> 2
  }

  /** The words of the buffer, until it grows. */
  get words(): Int32Array {
    return this.#words
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
    const { length } = value
    if (length > SHORT_STRING) {
      const bytes = Buffer.byteLength(value)
      // First the head: making room for the text may replace the buffer.
      const start = this.#stringHead(bytes)
      this.#text.utf8Write(value, start, bytes)
      return
    }
    this.#reserve(ONE_BYTE_FORM)
    const pos = this.#pos
    const bytes = length <= TINY_STRING ? this.#ascii(value, pos + 1) : -1
    this.#stringTail(pos, bytes >= 0 ? bytes : this.#text.utf8Write(value, pos + 1, MAX_ONE_BYTE_LENGTH))
  }

  /** Writes a string that is ASCII and returns its length; -1 for one that is not. */
  #ascii(value: string, start: number): number {
    const bytes = this.#bytes
    const { length } = value
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i)
      if (code >= 0x80) return -1
      bytes[start + i] = code
    }
    return length
  }

  /** Writes length and padding around a string that was written in the one-byte form, and moves behind it. */
  #stringTail(pos: number, length: number): void {
    const end = (pos + length + 4) & ~3
    const bytes = this.#bytes
    bytes[pos] = length
    for (let i = pos + 1 + length; i < end; i++) bytes[i] = 0
    this.#pos = end
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

function textBuffer(buffer: ArrayBuffer): TextBuffer {
  return Buffer.from(buffer) as unknown as TextBuffer
}
