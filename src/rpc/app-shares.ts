import { Buckets } from '../lib/buckets.ts'
import type { Clock } from '../lib/clock.ts'
import {
  APPS_WEIGHED_MS,
  BUSY_SHARED,
  CALLS_AT_ONCE,
  CALLS_OF_APP,
  CALLS_OF_APP_LEAST,
  UNHURRIED,
} from './limits.ts'

interface App {
  /** The calls that it began lately, older ones for less. */
  begun: number
  share: number
}

/** What is left of a count of calls after each weighing. */
const KEPT = 0.9
/** So little is no count any more: of one call, that is after a second. */
const NOTHING = 0.35
/** A share is cut quickly, and grows slowly. */
const CUT_TO = 0.8
const GROWS_BY = 0.25

/**
 * How many calls of an app may run at once. While several apps call and the server is busy, those that call most get fewer
 * and fewer, until it is not: then whatever another one's calls have to pass in the server is free most of the time. This is
 * for calls of accounts that call without pause; those of others are what the server is there for, and are never held up.
 */
export class AppShares {
  readonly #clock: Clock
  readonly #busy: () => number
  readonly #apps = new Map<number, App>()
  readonly #accounts: Buckets<number>
  #weighedMs: number
  #busiest: ReadonlySet<number> = new Set()

  /** `busy` says which part of the time the server worked, of 1, since it was asked last. */
  constructor(clock: Clock, busy: () => number) {
    this.#clock = clock
    this.#busy = busy
    this.#accounts = new Buckets(clock)
    this.#weighedMs = clock.nowMs()
  }

  /** Counts a call. Returns whether its account calls so often that the share of the app is for it. */
  count(apiId: number, userId: number): boolean {
    const app = this.#apps.get(apiId)
    if (app) app.begun++
    else this.#apps.set(apiId, { begun: 1, share: CALLS_OF_APP })
    const nowMs = this.#clock.nowMs()
    if (nowMs - this.#weighedMs >= APPS_WEIGHED_MS) {
      this.#weighedMs = nowMs
      this.#weigh()
    }
    return this.#accounts.take(userId, UNHURRIED) > 0
  }

  /** How many of such calls an app may have running. */
  of(apiId: number): number {
    const app = this.#busiest.has(apiId) ? this.#apps.get(apiId) : undefined
    return app ? Math.floor(app.share) : CALLS_AT_ONCE
  }

  #weigh(): void {
    const isBusy = this.#busy() > BUSY_SHARED
    const begun = [...this.#apps.values()].reduce((sum, app) => sum + app.begun, 0)
    const mean = begun / this.#apps.size
    const busiest = [...this.#apps].filter(([, app]) => app.begun > mean)
    this.#busiest = new Set(busiest.map(([apiId]) => apiId))
    for (const [, app] of busiest) {
      const share = isBusy ? app.share * CUT_TO : app.share + GROWS_BY
      app.share = Math.min(Math.max(share, CALLS_OF_APP_LEAST), CALLS_OF_APP)
    }
    for (const [apiId, app] of this.#apps) {
      app.begun *= KEPT
      if (app.begun < NOTHING) this.#apps.delete(apiId)
    }
  }
}
