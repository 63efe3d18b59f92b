/** Does the work of several callers at once: results stand in the order of the items. */
export type Together<C, I, O> = (context: C, items: readonly I[]) => Promise<readonly O[]>

/** The most callers that one run works for. */
const MAX_ITEMS = 128

/**
 * Gathers calls that come in the same moment, or while earlier ones are under way, into one: a hundred
 * statements become one statement of a hundred rows. Whoever comes alone does not wait.
 */
export class Gather<C> {
  readonly #context: () => C
  readonly #lanes = new Map<Together<C, never, unknown>, Lane>()

  constructor(context: () => C) {
    this.#context = context
  }

  /**
   * The result of `work` for one item. What waits for one function is worked on one batch after the other, in the
   * order in which it came. When a batch fails, each of its items is tried again alone, so that no caller fails for
   * another: `work` must bear that, and so it reads only.
   */
  add<I, O>(work: Together<C, I, O>, item: I): Promise<O> {
    let lane = this.#lanes.get(work)
    if (!lane) this.#lanes.set(work, (lane = new Lane((items) => work(this.#context(), items as I[]))))
    return lane.add(item) as Promise<O> // A lane belongs to one function.
  }
}

interface Waiting {
  readonly item: unknown
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
}

class Lane {
  readonly #work: (items: readonly unknown[]) => Promise<readonly unknown[]>
  #waiting: Waiting[] = []
  #isRunning = false

  constructor(work: (items: readonly unknown[]) => Promise<readonly unknown[]>) {
    this.#work = work
  }

  add(item: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject })
      if (this.#isRunning) return
      this.#isRunning = true
      // All that the present events bring goes into the first batch.
      setImmediate(() => void this.#run())
    })
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) await this.#runBatch(this.#waiting.splice(0, MAX_ITEMS))
    this.#isRunning = false
  }

  async #runBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      const results = await this.#work(batch.map((each) => each.item))
      batch.forEach((each, index) => each.resolve(results[index]))
    } catch (error) {
      if (batch.length === 1) batch[0]!.reject(error)
      else await Promise.all(batch.map((each) => this.#runBatch([each])))
    }
  }
}
