import type { Bus } from '../../src/bus/bus.ts'
import { createLocalBus } from '../../src/bus/local.ts'

/** A bus of one node that keeps doorbells while a test wants it. */
export class HeldBus implements Bus {
  readonly isAway = false
  readonly #bus = createLocalBus()
  #held: (() => void)[] | undefined

  publish(subject: string, event: unknown): void {
    const ring = (): void => this.#bus.publish(subject, event)
    if (this.#held) this.#held.push(ring)
    else ring()
  }

  subscribe(subject: string, listener: (event: unknown) => void, onGap: () => void): () => void {
    return this.#bus.subscribe(subject, listener, onGap)
  }

  listening(): undefined {
    return undefined
  }

  /** Keeps what is published from now on. */
  hold(): void {
    this.#held = []
  }

  /** Keeps nothing any more, and returns what was kept: each rings once it is called, in any order. */
  take(): (() => void)[] {
    const held = this.#held ?? []
    this.#held = undefined
    return held
  }

  /** Rings what was kept. */
  release(): void {
    for (const ring of this.take()) ring()
  }
}
