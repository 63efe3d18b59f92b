import type { Random } from '../../lib/random.ts'
import { detectTransport } from './detect.ts'
import { FramingError, type Frame, type Framing } from './framing.ts'
import type { Obfuscation } from './obfuscated.ts'

const NOTHING: Buffer = Buffer.alloc(0)

/**
 * Both directions of a byte stream: detection, obfuscation, and cutting into packets. It keeps no more than one
 * unfinished packet, and that one without copying it over and over.
 */
export class PacketStream {
  readonly #random: Random
  readonly #maxFrameBytes: number
  #framing: Framing | undefined
  #obfuscation: Obfuscation | undefined
  #ready: Buffer = NOTHING
  #chunks: Buffer[] = []
  #bufferedBytes = 0
  /** How long the packet at the front is; 0 while unknown. */
  #frameBytes = 0

  constructor(random: Random, maxFrameBytes: number) {
    this.#random = random
    this.#maxFrameBytes = maxFrameBytes
  }

  /** Undefined until enough bytes have come to tell. */
  get framing(): Framing | undefined {
    return this.#framing
  }

  get obfuscation(): Obfuscation | undefined {
    return this.#obfuscation
  }

  /** Bytes that wait for the rest of their packet. */
  get bufferedBytes(): number {
    return this.#bufferedBytes
  }

  /** Takes what the socket received. */
  push(chunk: Buffer): void {
    const bytes = this.#obfuscation ? this.#obfuscation.incoming.update(chunk) : chunk
    if (bytes.length === 0) return
    this.#chunks.push(bytes)
    this.#bufferedBytes += bytes.length
  }

  /** The next whole packet, if there is one. Throws a FramingError when the stream makes no sense. */
  next(): Frame | undefined {
    if (!this.#framing && !this.#detect()) return undefined
    const framing = this.#framing!
    if (this.#frameBytes === 0) {
      this.#frameBytes = framing.measure(this.#join())
      if (this.#frameBytes > this.#maxFrameBytes) throw new FramingError('the packet is too long')
    }
    if (this.#frameBytes === 0 || this.#bufferedBytes < this.#frameBytes) return undefined
    return framing.open(this.#take(this.#frameBytes))
  }

  /** What a payload looks like on the wire. Calls must be in the order in which the bytes are sent. */
  wrap(payload: Uint8Array): Buffer {
    return this.#obscure(this.#framing!.wrap(payload))
  }

  wrapQuickAck(token: number): Buffer | undefined {
    const packet = this.#framing!.wrapQuickAck(token)
    return packet && this.#obscure(packet)
  }

  #obscure(packet: Buffer): Buffer {
    return this.#obfuscation ? this.#obfuscation.outgoing.update(packet) : packet
  }

  #detect(): boolean {
    const head = this.#join()
    const detected = detectTransport(head, this.#random)
    if (!detected) return false
    this.#framing = detected.framing
    this.#obfuscation = detected.obfuscation
    this.#take(detected.headerBytes)
    if (this.#obfuscation && this.#bufferedBytes > 0) {
      this.#ready = this.#obfuscation.incoming.update(this.#ready)
    }
    return true
  }

  /** All buffered bytes in one piece. */
  #join(): Buffer {
    if (this.#chunks.length > 0) {
      if (this.#ready.length > 0) this.#chunks.unshift(this.#ready)
      this.#ready = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks)
      this.#chunks = []
    }
    return this.#ready
  }

  #take(length: number): Buffer {
    const all = this.#join()
    const taken = all.subarray(0, length)
    this.#ready = length === all.length ? NOTHING : all.subarray(length)
    this.#bufferedBytes -= length
    this.#frameBytes = 0
    return taken
  }
}
