import type { Clock, Timer } from './clock.ts'

/** Work that is done again and again, never twice at once. */
export class Rounds {
  readonly #work: () => Promise<void>
  readonly #failed: (error: unknown) => void
  readonly #timer: Timer
  #running: Promise<void> | undefined
  #isStopped = false

  /** `failed` hears of a failure: the next round tries again. */
  constructor(
    clock: Clock,
    everyMs: number,
    work: { readonly run: () => Promise<void>; readonly failed: (error: unknown) => void },
  ) {
    this.#work = work.run
    this.#failed = work.failed
    this.#timer = clock.setInterval(() => void this.pass(), everyMs)
  }

  /** Whether long work should come to an end. */
  get isStopped(): boolean {
    return this.#isStopped
  }

  /** Goes round now, or waits for the round that is under way. */
  async pass(): Promise<void> {
    this.#running ??= this.#work()
      .catch(this.#failed)
      .finally(() => (this.#running = undefined))
    await this.#running
  }

  /** Begins no more rounds, and waits for the one under way. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#timer.cancel()
    await this.#running
  }
}
