/** Bytes under way to the bus: beyond that it does not take them fast enough. */
const MAX_BYTES = 16 * 1024 * 1024
/** So often the bus is asked whether it has them. */
const ASK_EVERY_BYTES = 256 * 1024

/** Bounds what is under way to a bus, whose connection would keep any amount of it in memory. */
export class Outflow {
  readonly #flush: () => Promise<void>
  readonly #onLost: () => void
  #given = 0
  #taken = 0
  #isAsking = false
  #hasLost = false
  /** Counts connections: what one did not take, it never will. */
  #connection = 0

  /**
   * `flush` resolves when the bus has all that it was given; `onLost` hears when it takes bytes again after some were
   * lost.
   */
  constructor(flush: () => Promise<void>, onLost: () => void) {
    this.#flush = flush
    this.#onLost = onLost
  }

  /** Whether so many bytes may be given to the bus; if not, they are lost. */
  take(bytes: number): boolean {
    if (this.#given - this.#taken + bytes > MAX_BYTES) {
      this.#hasLost = true
      return false
    }
    this.#given += bytes
    this.#askIfDue()
    return true
  }

  /** Begins anew, on another connection. */
  reset(): void {
    this.#connection++
    this.#taken = this.#given
    this.#isAsking = false
    this.#hasLost = false
  }

  #askIfDue(): void {
    if (!this.#isAsking && this.#given - this.#taken >= ASK_EVERY_BYTES) void this.#ask()
  }

  async #ask(): Promise<void> {
    const [connection, given] = [this.#connection, this.#given]
    this.#isAsking = true
    try {
      await this.#flush()
    } catch {
      return // The connection broke: `reset` follows.
    }
    if (connection !== this.#connection) return
    this.#isAsking = false
    this.#taken = given
    if (this.#hasLost) {
      this.#hasLost = false
      this.#onLost()
    }
    this.#askIfDue()
  }
}
