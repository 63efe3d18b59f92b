import type { Clock, Timer } from '../../src/lib/clock.ts'

interface Waiting {
  readonly dueMs: number
  readonly order: number
  readonly run: () => void
}

/** A clock that stands still until a test moves it. */
export class HandClock implements Clock {
  #nowMs: number
  #order = 0
  readonly #waiting = new Set<Waiting>()

  /** Begins at the machine's time, because foreign clients look at that. */
  constructor(nowMs: number = Date.now()) {
    this.#nowMs = nowMs
  }

  nowMs(): number {
    return this.#nowMs
  }

  nowSec(): number {
    return Math.floor(this.#nowMs / 1000)
  }

  setTimeout(run: () => void, delayMs: number): Timer {
    const timer = { dueMs: this.#nowMs + delayMs, order: this.#order++, run }
    this.#waiting.add(timer)
    return { cancel: () => void this.#waiting.delete(timer) }
  }

  setInterval(run: () => void, periodMs: number): Timer {
    const again = (): void => {
      timer = this.setTimeout(again, periodMs)
      run()
    }
    let timer = this.setTimeout(again, periodMs)
    return { cancel: () => timer.cancel() }
  }

  /** Lets time pass and runs what falls due, in its order. */
  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs
    for (let next = this.#next(untilMs); next; next = this.#next(untilMs)) {
      this.#waiting.delete(next)
      this.#nowMs = Math.max(this.#nowMs, next.dueMs)
      next.run()
    }
    this.#nowMs = untilMs
  }

  /** Lets much time pass at once, as while a machine sleeps: what has fallen due runs afterwards, and only once. */
  jump(byMs: number): void {
    this.#nowMs += byMs
    this.advance(0)
  }

  #next(untilMs: number): Waiting | undefined {
    let first: Waiting | undefined
    for (const timer of this.#waiting) {
      if (timer.dueMs > untilMs) continue
      if (!first || timer.dueMs < first.dueMs || (timer.dueMs === first.dueMs && timer.order < first.order))
        first = timer
    }
    return first
  }
}
