import type { Clock } from './clock.ts'

/** Remembers who was there lately. */
export class Lately<Id = number> {
  readonly #clock: Clock
  readonly #forMs: number
  /** When each was there last, in that order. */
  readonly #atMs = new Map<Id, number>()

  constructor(clock: Clock, forMs: number) {
    this.#clock = clock
    this.#forMs = forMs
  }

  /** Notes that somebody is there. Returns how many were lately. */
  note(id: Id): number {
    const nowMs = this.#clock.nowMs()
    this.#atMs.delete(id)
    this.#atMs.set(id, nowMs)
    for (const [oldest, atMs] of this.#atMs) {
      if (nowMs - atMs <= this.#forMs) break
      this.#atMs.delete(oldest)
    }
    return this.#atMs.size
  }

  /** Whether somebody was there lately, or since somebody else came last. */
  has(id: Id): boolean {
    return this.#atMs.has(id)
  }
}
