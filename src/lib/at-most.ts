import type { Clock } from './clock.ts'

/** Resolves with a promise, or without it when it takes too long. */
export function atMost(clock: Clock, ms: number, promise: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(resolve, ms)
    promise.then(resolve, reject).finally(() => timer.cancel())
  })
}
