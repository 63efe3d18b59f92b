import { performance } from 'node:perf_hooks'

/**
 * Runs something after some turns of the event loop. While much happens a turn is long, and brings more to do together;
 * while nothing does it takes microseconds.
 */
export function afterTurns(turns: number, run: () => void): void {
  setImmediate(() => (turns <= 1 ? run() : afterTurns(turns - 1, run)))
}

/** Asks which part of the time the event loop worked, of 1, since that was asked last. */
export function watchLoop(): () => number {
  let before = performance.eventLoopUtilization()
  return () => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, before)
    before = now
    return utilization
  }
}
