import { Buckets } from '../lib/buckets.ts'
import type { Clock } from '../lib/clock.ts'
import { rpcError } from '../tl/rpc-error.ts'
import type * as T from '../tl/schema.d.ts'
import { CALL_PACES, OTHER_CALLS, REFUSAL_HELD_MS, REFUSALS, SPREAD_SEC, type CallPace } from './limits.ts'

interface Counter {
  readonly pace: CallPace
  readonly buckets: Buckets<number>
  /** Of those who were told to wait, so many may come after a second, as many after two, and so on. */
  readonly places: Buckets<number>
}

/** Bounds how often each account calls what, by the table. It costs no statement. */
export class CallPaces {
  readonly #clock: Clock
  readonly #counters = new Map<string, Counter>()
  readonly #others: Counter
  readonly #refusals: Buckets<number>

  constructor(clock: Clock) {
    this.#clock = clock
    for (const pace of CALL_PACES) {
      const counter = counterOf(pace, clock)
      for (const method of pace.methods) this.#counters.set(method, counter)
    }
    this.#others = counterOf(OTHER_CALLS, clock)
    this.#refusals = new Buckets<number>(clock)
  }

  /** Counts a call. When there were too many lately, rejects with FLOOD_WAIT_X; sooner or later. */
  take(call: T.AnyMethod, userId: number): Promise<never> | undefined {
    const counter = this.#counters.get(call._) ?? this.#others
    const { pace, buckets } = counter
    const waitSec = buckets.take(userId, pace, pace.amountOf?.(call) ?? 1)
    return waitSec > 0 ? this.#refuse(counter, userId, waitSec) : undefined
  }

  async #refuse({ pace, places }: Counter, userId: number, waitSec: number): Promise<never> {
    const queue = { perSec: pace.perSec, burst: pace.perSec * SPREAD_SEC }
    const laterSec = Math.floor((queue.burst - places.left(userId, queue)) / pace.perSec)
    places.take(userId, queue)
    if (this.#refusals.take(userId, REFUSALS) > 0) {
      await new Promise<void>((resolve) => this.#clock.setTimeout(resolve, REFUSAL_HELD_MS))
    }
    throw rpcError('FLOOD_WAIT_%d', waitSec + laterSec)
  }
}

function counterOf(pace: CallPace, clock: Clock): Counter {
  return { pace, buckets: new Buckets<number>(clock), places: new Buckets<number>(clock) }
}
