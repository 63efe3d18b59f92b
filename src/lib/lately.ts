import type { Clock } from './clock.ts'

/** Remembers who was there lately. */
export class Lately {
  readonly #clock: Clock
  readonly #forMs: number
  /** When each was there last, in that order. */
  readonly #atMs = new Map<number, number>()

  constructor(clock: Clock, forMs: number) {
    this.#clock = clock
    this.#forMs = forMs
  }

  /** Notes that somebody is there. Returns how many were lately. */
  note(id: number): number {
    const nowMs = this.#clock.nowMs()
    this.#atMs.delete(id)
    this.#atMs.set(id, nowMs)
    for (const [oldest, atMs] of this.#atMs) {
      if (nowMs - atMs <= this.#forMs) break
      this.#atMs.delete(oldest)
    }
    return this.#atMs.size
  }
}
