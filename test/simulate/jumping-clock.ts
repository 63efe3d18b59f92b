import type { Clock, Timer } from '../../src/lib/clock.ts'

/** The machine's clock, put forward or back at will. What falls due in a jump forward is run at once. */
export class JumpingClock implements Clock {
  #aheadMs = 0
  readonly #waiting = new Set<{ readonly dueMs: number; readonly fire: () => void }>()

  nowMs(): number {
    return Date.now() + this.#aheadMs
  }

  nowSec(): number {
    return Math.floor(this.nowMs() / 1000)
  }

  setTimeout(run: () => void, delayMs: number): Timer {
    const cancel = (): void => {
      clearTimeout(timer)
      this.#waiting.delete(entry)
    }
    const fire = (): void => {
      cancel()
      run()
    }
    const timer = setTimeout(fire, delayMs)
    timer.unref()
    const entry = { dueMs: this.nowMs() + delayMs, fire }
    this.#waiting.add(entry)
    return { cancel }
  }

  setInterval(run: () => void, periodMs: number): Timer {
    const again = (): void => {
      timer = this.setTimeout(again, periodMs)
      run()
    }
    let timer = this.setTimeout(again, periodMs)
    return { cancel: () => timer.cancel() }
  }

  jump(byMs: number): void {
    this.#aheadMs += byMs
    const nowMs = this.nowMs()
    const due = [...this.#waiting].filter((entry) => entry.dueMs <= nowMs).sort((a, b) => a.dueMs - b.dueMs)
    for (const entry of due) if (this.#waiting.has(entry)) entry.fire()
  }
}
