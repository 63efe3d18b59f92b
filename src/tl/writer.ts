import { BOOL_FALSE_ID, BOOL_TRUE_ID, VECTOR_ID } from './reader.ts'

const INITIAL_BYTES = 1024
/** Size of the buffers that come after the first. */
const SLAB_BYTES = 64 * 1024
/** A buffer that grew beyond this is let go after use. */
const KEPT_BYTES = 256 * 1024
/** Longer results have memory of their own; shorter ones stay where they were written. */
const SHARED_BYTES = 4 * 1024
/** Up to this length a string is first tried as ASCII here; longer ones are written natively. */
const TINY_STRING = 20
/** Up to this length a string has the one-byte form whatever it holds: a character has three bytes at most. */
const SHORT_STRING = 84
/** Room for any string in the one-byte form. */
const ONE_BYTE_FORM = 256
/** Longest string whose length fits the one-byte form. */
const MAX_ONE_BYTE_LENGTH = 253
const MAX_STRING_BYTES = 0xff_ff_ff

/** A method of Buffer that its types leave out. */
interface TextBuffer extends Uint8Array<ArrayBuffer> {
  utf8Write(text: string, start: number, length: number): number
}

const words = new Int32Array(2)
const longs = new BigInt64Array(words.buffer)
const doubles = new Float64Array(words.buffer)

/**
 * Writes TL values: https://core.telegram.org/mtproto/serialize. Everything in TL is a multiple of four bytes, so the
 * writer sees its buffer as 32-bit words. A writer is used again for value after value: the next one is written behind
 * the last, which stays where it is, for to allocate and to copy costs as much as to write.
 */
export class TlWriter {
  /** The user who reads the value, or 0: some values of old layers name that user. */
  viewerId = 0
  #bytes: TextBuffer
  #words: Int32Array
  /** Where the value begins, in bytes of the buffer, always a multiple of four. */
  #start = 0
  /** Where the next word goes. */
  #pos = 0
  /** Of the buffer, in bytes. */
  #limit: number

  constructor(initialBytes: number = INITIAL_BYTES) {
    this.#bytes = newBuffer(initialBytes)
    this.#words = new Int32Array(this.#bytes.buffer)
    this.#limit = this.#bytes.length
  }

  /** How many bytes of the value were written. */
  get position(): number {
    return this.#pos - this.#start
  }

  /** Forgets what was written after `position`. */
  rewind(position: number): void {
    this.#pos = this.#start + position
  }

  /** What was written, which the writer touches no more. It starts anew. */
  finish(): Uint8Array {
    const start = this.#start
    const length = this.#pos - start
    if (length <= SHARED_BYTES) {
      this.#start = this.#pos
      return new Uint8Array(this.#bytes.buffer, start, length)
    }
    const result = new Uint8Array(this.#bytes.subarray(start, this.#pos))
    this.#pos = start
    if (this.#limit > KEPT_BYTES) this.#resize(SLAB_BYTES, 0)
    return result
  }

  /** Goes on in a new buffer with the `keep` bytes that were written of the value. */
  #resize(size: number, keep: number): void {
    const bytes = newBuffer(size)
    bytes.set(this.#bytes.subarray(this.#start, this.#start + keep))
    this.#bytes = bytes
    this.#words = new Int32Array(bytes.buffer)
    this.#limit = bytes.length
    this.#start = 0
    this.#pos = keep
  }

  /** Makes room for `length` more bytes. */
  #reserve(length: number): void {
    if (this.#pos + length > this.#limit) this.#grow(length)
  }

  #grow(length: number): void {
    const { position } = this
    this.#resize(Math.max(SLAB_BYTES, (position + length) * 2), position)
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
    this.#words[(this.#start + position) >> 2] = value
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
    if (value.length > TINY_STRING || !this.#ascii(value)) this.#anyString(value)
  }

  #anyString(value: string): void {
    if (value.length <= SHORT_STRING) {
      this.#reserve(ONE_BYTE_FORM)
      const pos = this.#pos
      this.#stringTail(pos, this.#bytes.utf8Write(value, pos + 1, MAX_ONE_BYTE_LENGTH))
      return
    }
    const bytes = Buffer.byteLength(value)
    // First the head: making room for the text may replace the buffer.
    const start = this.#stringHead(bytes)
    this.#bytes.utf8Write(value, start, bytes)
  }

  /** Writes a string that is ASCII, word by word, and moves behind it; false for one that is not. */
  #ascii(value: string): boolean {
    this.#reserve(TINY_STRING + 4)
    const words = this.#words
    const { length } = value
    let at = this.#pos >> 2
    let word = length
    let all = 0
    let i = 0
    for (; i + 4 <= length; i += 4) {
      const first = value.charCodeAt(i)
      const second = value.charCodeAt(i + 1)
      const third = value.charCodeAt(i + 2)
      const fourth = value.charCodeAt(i + 3)
      all |= first | second | third | fourth
      words[at++] = word | (first << 8) | (second << 16) | (third << 24)
      word = fourth
    }
    for (let shift = 8; i < length; i++, shift += 8) {
      const code = value.charCodeAt(i)
      all |= code
      word |= code << shift
    }
    if (all >= 0x80) return false
    words[at] = word
    this.#pos = (at + 1) << 2
    return true
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

/** A buffer of its own memory, whose bytes are whatever was there: every byte of a value is written. */
function newBuffer(size: number): TextBuffer {
  return Buffer.allocUnsafeSlow((size + 7) & ~7) as Buffer<ArrayBuffer> & TextBuffer
}
