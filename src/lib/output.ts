import { writeSync } from 'node:fs'

/** What is kept of what cannot be written now. */
const MAX_WAITING_BYTES = 1_000_000
const RETRY_MS = 100

/**
 * The standard output or error of this process, written at once. It may be a file on a disk that is full, or a pipe
 * whose reader is slow: then text waits, within bounds, and is written when that is possible again. A server must not
 * end, nor a call fail, because nothing can be told of it.
 */
export class Output {
  readonly #descriptor: number
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #retry: NodeJS.Timeout | undefined

  constructor(descriptor: 1 | 2) {
    this.#descriptor = descriptor
  }

  write(text: string): void {
    const bytes = Buffer.from(text)
    // What came first tells more of what went wrong.
    if (this.#waitingBytes + bytes.length > MAX_WAITING_BYTES) return
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    this.#flush()
  }

  #flush(): void {
    clearTimeout(this.#retry)
    try {
      for (let bytes = this.#waiting[0]; bytes; bytes = this.#waiting[0]) {
        const written = writeSync(this.#descriptor, bytes)
        this.#waitingBytes -= written
        if (written < bytes.length) this.#waiting[0] = bytes.subarray(written)
        else this.#waiting.shift()
      }
    } catch {
      this.#retry = setTimeout(() => this.#flush(), RETRY_MS).unref()
    }
  }
}
