import { isUtf8 } from 'node:buffer'
import { TlError } from './error.ts'
import { MAX_DEPTH, MAX_OBJECTS, MAX_TOTAL_BYTES, MAX_VECTOR_LENGTH } from './limits.ts'

export { TlError }

export const VECTOR_ID = 0x1cb5c415
export const BOOL_TRUE_ID = 0x997275b5 | 0
export const BOOL_FALSE_ID = 0xbc799737 | 0

/** Two 32-bit halves seen as one 64-bit value: never read before it is written. */
const words = new Int32Array(2)
const longs = new BigInt64Array(words.buffer)
const doubles = new Float64Array(words.buffer)

/** Up to this length a string is looked through for bytes beyond ASCII here; longer ones natively. */
const SHORT_STRING = 64

/** Methods of Buffer that its types leave out; they read any Uint8Array. */
interface Slices {
  readonly latin1Slice: (this: Uint8Array, start: number, end: number) => string
  readonly utf8Slice: (this: Uint8Array, start: number, end: number) => string
}
const { latin1Slice, utf8Slice } = Buffer.prototype as unknown as Slices

/**
 * Reads TL values off bytes: https://core.telegram.org/mtproto/serialize. Every read is checked against the end;
 * what is wrong is a TlError. What is read is a copy: the bytes may be reused as soon as the value is decoded.
 */
export class TlReader {
  readonly #bytes: Uint8Array
  readonly #end: number
  #pos = 0
  #depth = 0
  #objects = 0
  /** Of the string whose span was read last. */
  #length = 0

  constructor(bytes: Uint8Array) {
    if (bytes.length > MAX_TOTAL_BYTES) throw new TlError(`${bytes.length} bytes are too many`)
    this.#bytes = bytes
    this.#end = bytes.length
  }

  /** How many bytes were read. */
  get position(): number {
    return this.#pos
  }

  get remaining(): number {
    return this.#end - this.#pos
  }

  /** Throws unless every byte was read. */
  finish(): void {
    if (this.#pos !== this.#end) throw new TlError(`${this.#end - this.#pos} bytes too many`)
  }

  /** Begins an object: counts it and its depth. `leave` ends it. */
  enter(): void {
    if (++this.#depth > MAX_DEPTH) throw new TlError('nested too deep')
    if (++this.#objects > MAX_OBJECTS) throw new TlError('too many objects')
  }

  leave(): void {
    this.#depth--
  }

  #take(length: number): number {
    const pos = this.#pos
    if (length > this.#end - pos) throw new TlError('unexpected end')
    this.#pos = pos + length
    return pos
  }

  /** A signed 32-bit integer. */
  int(): number {
    const pos = this.#take(4)
    const b = this.#bytes
    return b[pos]! | (b[pos + 1]! << 8) | (b[pos + 2]! << 16) | (b[pos + 3]! << 24)
  }

  /** An unsigned 32-bit integer. */
  uint(): number {
    return this.int() >>> 0
  }

  /** The next 32 bits, without reading them. */
  peekInt(): number {
    const value = this.int()
    this.#pos -= 4
    return value
  }

  /** A signed 64-bit integer. */
  long(): bigint {
    words[0] = this.int()
    words[1] = this.int()
    return longs[0]!
  }

  /** An unsigned 64-bit integer. */
  ulong(): bigint {
    return BigInt.asUintN(64, this.long())
  }

  /** A long that must be a safe integer. */
  longNumber(): number {
    const low = this.int() >>> 0
    const value = this.int() * 0x1_0000_0000 + low
    if (!Number.isSafeInteger(value)) throw new TlError('an id or a size is out of range')
    return value
  }

  double(): number {
    words[0] = this.int()
    words[1] = this.int()
    return doubles[0]!
  }

  bool(): boolean {
    const id = this.int()
    if (id === BOOL_TRUE_ID) return true
    if (id === BOOL_FALSE_ID) return false
    throw new TlError('not a Bool')
  }

  /** `length` bytes as they stand, copied. */
  raw(length: number): Uint8Array {
    if (length < 0) throw new TlError('a negative length')
    const pos = this.#take(length)
    // Not `slice`: on a Buffer that shares memory.
    return new Uint8Array(this.#bytes.subarray(pos, pos + length))
  }

  int128(): Uint8Array {
    return this.raw(16)
  }

  int256(): Uint8Array {
    return this.raw(32)
  }

  /** Reads the length of a string or of bytes, moves behind it and its padding, and returns where it starts. */
  #span(): number {
    const b = this.#bytes
    const head = this.#take(4)
    const first = b[head]!
    if (first < 254) {
      this.#length = first
      const rest = (first + 4) & ~3
      if (rest > 4) this.#take(rest - 4)
      return head + 1
    }
    if (first === 255) throw new TlError('not the length of a string')
    this.#length = b[head + 1]! | (b[head + 2]! << 8) | (b[head + 3]! << 16)
    this.#take((this.#length + 3) & ~3)
    return head + 4
  }

  bytes(): Uint8Array {
    const start = this.#span()
    return new Uint8Array(this.#bytes.subarray(start, start + this.#length))
  }

  /** Text in UTF-8; anything else is an error, as clients take it for one. */
  string(): string {
    const start = this.#span()
    const length = this.#length
    if (length === 0) return ''
    const b = this.#bytes
    const end = start + length
    if (length <= SHORT_STRING) {
      let pos = start
      while (pos < end && b[pos]! < 0x80) pos++
      if (pos === end) return latin1Slice.call(b, start, end)
    }
    if (!isUtf8(b.subarray(start, end))) throw new TlError('not UTF-8')
    return utf8Slice.call(b, start, end)
  }

  /** The head of a boxed vector: its length, which the bytes left can hold at `elementBytes` each. */
  vector(elementBytes: number): number {
    if (this.int() !== VECTOR_ID) throw new TlError('not a vector')
    return this.bareVector(elementBytes)
  }

  /** The length of a vector without its id. */
  bareVector(elementBytes: number): number {
    const length = this.int()
    if (length < 0 || length > MAX_VECTOR_LENGTH || length * elementBytes > this.#end - this.#pos) {
      throw new TlError('a vector is too long')
    }
    return length
  }
}
