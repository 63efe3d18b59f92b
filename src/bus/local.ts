import type { Bus } from './bus.ts'
import { Listeners } from './listeners.ts'

/** The bus of a single node: a function call, after the publisher's own turn is over. */
export function createLocalBus(): Bus {
  const listeners = new Listeners()
  return {
    isAway: false,
    publish: (subject, event) => listeners.tellSoon(subject, event),
    subscribe: (subject, hear, onGap) => listeners.add(subject, { hear, onGap }),
    listening: () => undefined,
  }
}
