/** Who listens on this node, by subject. */
export class Listeners {
  readonly #known = new Map<string, Set<Listener>>()

  /** Has somebody listen, and returns how to stop; `onLast` is called when nobody listens to the subject any more. */
  add(subject: string, listener: Listener, onLast?: () => void): () => void {
    let known = this.#known.get(subject)
    if (!known) this.#known.set(subject, (known = new Set()))
    known.add(listener)
    return () => {
      if (!known.delete(listener) || known.size > 0) return
      if (this.#known.get(subject) === known) this.#known.delete(subject)
      onLast?.()
    }
  }

  has(subject: string): boolean {
    return this.#known.has(subject)
  }

  /** Those who listen to a subject, or to any. */
  *of(subject?: string): Iterable<Listener> {
    if (subject !== undefined) yield* this.#known.get(subject) ?? []
    else for (const known of this.#known.values()) yield* known
  }

  /** Tells those who listen by now, in a microtask of its own. */
  tellSoon(subject: string, event: unknown): void {
    const known = this.#known.get(subject)
    if (!known) return
    queueMicrotask(() => {
      for (const { hear } of known) hear(event)
    })
  }
}

export interface Listener {
  readonly hear: (event: unknown) => void
  readonly onGap: () => void
}
