/** A running timer; `cancel` is idempotent. */
export interface Timer {
  cancel(): void
}

/** Where time comes from. Tests put in one that they move by hand. */
export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number
  /** Whole seconds since 1970: the unit of every `date` in the API. */
  nowSec(): number
  setTimeout(run: () => void, delayMs: number): Timer
  setInterval(run: () => void, periodMs: number): Timer
}

/** The clock of the machine. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  nowSec: () => Math.floor(Date.now() / 1000),
  setTimeout(run, delayMs) {
    const timer = setTimeout(run, delayMs)
    timer.unref()
    return { cancel: () => clearTimeout(timer) }
  },
  setInterval(run, periodMs) {
    const timer = setInterval(run, periodMs)
    timer.unref()
    return { cancel: () => clearInterval(timer) }
  },
}
