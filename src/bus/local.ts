import type { Bus } from './bus.ts'

/** The bus of a single node: a function call, after the publisher's own turn is over. */
export function createLocalBus(): Bus {
  const listeners = new Map<string, Set<(event: unknown) => void>>()
  return {
    publish(subject, event) {
      const known = listeners.get(subject)
      if (!known) return
      queueMicrotask(() => {
        for (const listener of known) listener(event)
      })
    },
    subscribe(subject, listener) {
      let known = listeners.get(subject)
      if (!known) listeners.set(subject, (known = new Set()))
      known.add(listener)
      return () => {
        known.delete(listener)
        if (known.size === 0 && listeners.get(subject) === known) listeners.delete(subject)
      }
    },
  }
}
