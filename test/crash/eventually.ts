import { setTimeout as delay } from 'node:timers/promises'

const POLL_MS = 20

/** Waits until there is something to be found. */
export async function eventually<V>(find: () => V | undefined, deadlineMs: number, what: string): Promise<V> {
  const late = performance.now() + deadlineMs
  for (;;) {
    const found = find()
    if (found !== undefined) return found
    if (performance.now() > late) throw new Error(`waited in vain until ${what}`)
    await delay(POLL_MS)
  }
}
