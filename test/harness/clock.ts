import type { Clock, Timer } from '../../src/lib/clock.ts'

interface Waiting {
  readonly dueMs: number
  readonly order: number
  readonly run: () => void
}

/** So often an interval runs while a test moves the clock once. */
const TICKS = 100

/** A clock that stands still until a test moves it. */
export class HandClock implements Clock {
  #nowMs: number
  /** Until when it is being moved. */
  #untilMs = Number.NEGATIVE_INFINITY
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

  /**
   * Nothing but timers runs while the clock is moved: what would run more than so often, as in the days that some tests
   * let pass, runs at the first time and at the last.
   */
  setInterval(run: () => void, periodMs: number): Timer {
    const again = (): void => {
      const periods = Math.floor((this.#untilMs - this.#nowMs) / periodMs)
      timer = this.setTimeout(again, periodMs * (periods > TICKS ? periods : 1))
      run()
    }
    let timer = this.setTimeout(again, periodMs)
    return { cancel: () => timer.cancel() }
  }

  /** Lets time pass and runs what falls due, in its order. */
  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs
    this.#untilMs = untilMs
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
