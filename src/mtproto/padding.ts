import type { Random } from '../lib/random.ts'

const POOL_BYTES = 4096

/** Random bytes for padding, drawn from the source in large pieces because each draw has a price. */
export class Padding {
  readonly #random: Random
  #pool: Uint8Array = new Uint8Array(0)
  #used = 0

  constructor(random: Random) {
    this.#random = random
  }

  /** Fills the end of `target` from `start` on; at most 1,024 bytes. */
  fill(target: Uint8Array, start: number): void {
    const length = target.length - start
    if (this.#used + length > this.#pool.length) {
      this.#pool = this.#random.bytes(POOL_BYTES)
      this.#used = 0
    }
    target.set(this.#pool.subarray(this.#used, this.#used + length), start)
    this.#used += length
  }
}
