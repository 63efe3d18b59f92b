import type { Clock } from './clock.ts'

/** How much may happen in a while: so many at once, and so many a second for ever. */
export interface Pace {
  readonly perSec: number
  readonly burst: number
}

interface Bucket {
  tokens: number
  atMs: number
}

/** Subjects that are remembered; beyond, those that were quiet for longest are forgotten. */
const MAX_SUBJECTS = 100_000

/** Bounds how often something happens, for each of many subjects. Memory alone: a restart forgives everything. */
export class Buckets<S = string> {
  readonly #clock: Clock
  /** In order of last use. */
  readonly #buckets = new Map<S, Bucket>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Takes one; none to see whether there is one. Returns 0, or after how many seconds there is one again. */
  take(subject: S, pace: Pace, count = 1): number {
    const nowMs = this.#clock.nowMs()
    const known = this.#buckets.get(subject)
    const gained = known ? (Math.max(nowMs - known.atMs, 0) / 1000) * pace.perSec : 0
    const tokens = Math.min((known?.tokens ?? pace.burst) + gained, pace.burst)
    const isLeft = tokens >= 1
    this.#buckets.delete(subject)
    this.#buckets.set(subject, { tokens: isLeft ? tokens - count : tokens, atMs: nowMs })
    if (this.#buckets.size > MAX_SUBJECTS) this.#buckets.delete(this.#buckets.keys().next().value!)
    return isLeft ? 0 : Math.max(Math.ceil((1 - tokens) / pace.perSec), 1)
  }
}
