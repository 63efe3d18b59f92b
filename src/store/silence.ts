import type { Driver } from './sql.ts'

/** When a database is taken to have gone silent. */
export interface Silence {
  /** How long a statement may take to be answered; undefined: as long as it takes. */
  limitMs(): number | undefined
  /** A statement was not answered in that time. What it was sent over must be dropped, and it fails by that. */
  onSilent(): void
}

/**
 * A driver of which each statement is watched from when it is awaited. A database that is stopped, or on a network that
 * swallows what is sent, closes no connection: without a limit, whoever asked would wait for ever.
 */
export function watched(driver: Driver, silence: Silence): Driver {
  return new Proxy(driver, {
    apply: (target, self, args) => watch(Reflect.apply(target, self, args), silence),
    get: (target, name) =>
      name === 'unsafe'
        ? (...args: Parameters<Driver['unsafe']>) => watch(target.unsafe(...args), silence)
        : Reflect.get(target, name),
  })
}

/** A statement runs when it is awaited, that is when `then` is called; what is no statement is returned as it is. */
function watch<V>(made: V, silence: Silence): V {
  if (!(made instanceof Promise)) return made
  const run = made.then.bind(made)
  let isWatched = false
  const then: typeof made.then = (onAnswer, onError) => {
    if (!isWatched) {
      isWatched = true
      const limitMs = silence.limitMs()
      if (limitMs !== undefined) {
        const timer = setTimeout(() => silence.onSilent(), limitMs).unref()
        const stop = (): void => clearTimeout(timer)
        void run(stop, stop)
      }
    }
    return run(onAnswer, onError)
  }
  // oxlint-disable-next-line unicorn/no-thenable -- it is a promise, and stays one
  return Object.assign(made, { then })
}
