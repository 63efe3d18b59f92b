import { FairQueue } from '../lib/fair-queue.ts'
import type { Clock, Timer } from '../lib/clock.ts'
import { rpcError } from '../tl/rpc-error.ts'
import { CALL_TURN_MS, CALLS_AT_ONCE, CALLS_OF_ACCOUNT, CALLS_WAITING_OF_ACCOUNT } from './limits.ts'

/** Whose call it is. */
interface Caller {
  readonly apiId: number
  readonly userId: number
}

interface Turn {
  readonly userId: number
  readonly sinceMs: number
}

/** Seconds after which whoever has too many calls waiting may ask again. */
const ASK_AGAIN_SEC = 2

/**
 * Lets so many calls run at once, of each account and in all; the others wait, apps and accounts in turn. What one has
 * asked for a thousand times keeps nobody else waiting.
 */
export class Turns {
  readonly #clock: Clock
  /** In the order in which they began. */
  readonly #running = new Set<Turn>()
  readonly #runningOf = new Map<number, number>()
  readonly #waiting = new FairQueue<(turn: Turn) => void>()
  #watch: Timer | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How many calls wait. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** Runs a call when it is its turn. Throws FLOOD_WAIT_X when too many of the account wait. */
  async run<R>(caller: Caller, work: () => Promise<R>): Promise<R> {
    const turn = this.#mayBegin(caller.userId) ? this.#begin(caller.userId) : await this.#wait(caller)
    try {
      return await work()
    } finally {
      this.#end(turn)
    }
  }

  #mayBegin(userId: number): boolean {
    if (this.#running.size >= CALLS_AT_ONCE || this.#waiting.sizeOf(userId) > 0) return false
    return (this.#runningOf.get(userId) ?? 0) < CALLS_OF_ACCOUNT
  }

  #begin(userId: number): Turn {
    const turn = { userId, sinceMs: this.#clock.nowMs() }
    const running = (this.#runningOf.get(userId) ?? 0) + 1
    this.#runningOf.set(userId, running)
    if (running === CALLS_OF_ACCOUNT) this.#waiting.hold(userId)
    this.#running.add(turn)
    return turn
  }

  #wait({ apiId, userId }: Caller): Promise<Turn> {
    if (this.#waiting.sizeOf(userId) >= CALLS_WAITING_OF_ACCOUNT)
      throw rpcError('FLOOD_WAIT_%d', ASK_AGAIN_SEC)
    this.#watch ??= this.#clock.setInterval(() => this.#passLate(), CALL_TURN_MS)
    return new Promise((resolve) => this.#waiting.push(apiId, userId, resolve))
  }

  #end(turn: Turn): void {
    if (!this.#running.delete(turn)) return
    const running = (this.#runningOf.get(turn.userId) ?? 0) - 1
    if (running > 0) this.#runningOf.set(turn.userId, running)
    else this.#runningOf.delete(turn.userId)
    this.#waiting.letGo(turn.userId)
    this.#next()
  }

  #next(): void {
    while (this.#waiting.size > 0 && this.#running.size < CALLS_AT_ONCE) {
      const next = this.#waiting.take(1)
      if (!next) break
      for (const begin of next.items) begin(this.#begin(next.owner))
    }
    if (this.#waiting.size > 0) return
    this.#watch?.cancel()
    this.#watch = undefined
  }

  /** Lets others have the turns of calls that take long. */
  #passLate(): void {
    const beforeMs = this.#clock.nowMs() - CALL_TURN_MS
    for (const turn of this.#running) {
      if (turn.sinceMs > beforeMs) break
      this.#end(turn)
    }
  }
}
