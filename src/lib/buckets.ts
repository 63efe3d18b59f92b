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
    const tokens = this.left(subject, pace)
    const isLeft = tokens >= 1
    this.#buckets.delete(subject)
    this.#buckets.set(subject, { tokens: isLeft ? tokens - count : tokens, atMs: this.#clock.nowMs() })
    if (this.#buckets.size > MAX_SUBJECTS) this.#buckets.delete(this.#buckets.keys().next().value!)
    return isLeft ? 0 : Math.max(Math.ceil((1 - tokens) / pace.perSec), 1)
  }

  /** How many there are; less than none when a large count took more than there were. */
  left(subject: S, pace: Pace): number {
    const known = this.#buckets.get(subject)
    if (!known) return pace.burst
    const gained = (Math.max(this.#clock.nowMs() - known.atMs, 0) / 1000) * pace.perSec
    return Math.min(known.tokens + gained, pace.burst)
  }
}
