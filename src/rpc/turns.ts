import type { Clock, Timer } from '../lib/clock.ts'
import { FairQueue } from '../lib/fair-queue.ts'
import { rpcError } from '../tl/rpc-error.ts'
import { AppShares } from './app-shares.ts'
import { CALL_TURN_MS, CALLS_AT_ONCE, CALLS_OF_ACCOUNT, CALLS_WAITING_OF_ACCOUNT } from './limits.ts'

/** Whose call it is. */
interface Caller {
  readonly apiId: number
  readonly userId: number
}

interface Turn {
  readonly userId: number
  /** The app; below 0 for calls that its share is not for. */
  readonly group: number
  readonly sinceMs: number
}

/** Seconds after which whoever has too many calls waiting may ask again. */
const ASK_AGAIN_SEC = 2

/**
 * Lets so many calls run at once, of each account, of an app that calls more than others, and in all; the others wait, apps
 * and accounts in turn. What one has asked for a thousand times keeps nobody else waiting.
 */
export class Turns {
  readonly #clock: Clock
  /** In the order in which they began. */
  readonly #running = new Set<Turn>()
  readonly #ofAccount = new Count()
  readonly #ofGroup = new Count()
  readonly #shares: AppShares
  readonly #waiting = new FairQueue<(turn: Turn) => void>()
  #watch: Timer | undefined

  constructor(clock: Clock, busy: () => number) {
    this.#clock = clock
    this.#shares = new AppShares(clock, busy)
  }

  /** How many calls wait. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** Runs a call when it is its turn. Throws FLOOD_WAIT_X when too many of the account wait. */
  async run<R>(caller: Caller, work: () => Promise<R>): Promise<R> {
    const { apiId, userId } = caller
    const group = this.#shares.count(apiId, userId) ? apiId : -apiId
    const turn = this.#mayBegin(group, userId) ? this.#begin(group, userId) : await this.#wait(group, userId)
    try {
      return await work()
    } finally {
      this.#end(turn)
    }
  }

  #mayBegin(group: number, userId: number): boolean {
    if (this.#running.size >= CALLS_AT_ONCE || this.#waiting.sizeOf(userId) > 0) return false
    return this.#ofAccount.of(userId) < CALLS_OF_ACCOUNT && this.#mayHaveMore(group)
  }

  #mayHaveMore = (group: number): boolean => group < 0 || this.#ofGroup.of(group) < this.#shares.of(group)

  #begin(group: number, userId: number): Turn {
    const turn = { userId, group, sinceMs: this.#clock.nowMs() }
    if (this.#ofAccount.add(userId, 1) === CALLS_OF_ACCOUNT) this.#waiting.hold(userId)
    this.#ofGroup.add(group, 1)
    this.#running.add(turn)
    return turn
  }

  #wait(group: number, userId: number): Promise<Turn> {
    if (this.#waiting.sizeOf(userId) >= CALLS_WAITING_OF_ACCOUNT)
      throw rpcError('FLOOD_WAIT_%d', ASK_AGAIN_SEC)
    this.#watch ??= this.#clock.setInterval(() => this.#passLate(), CALL_TURN_MS)
    return new Promise((resolve) => this.#waiting.push(group, userId, resolve))
  }

  #end(turn: Turn): void {
    if (!this.#running.delete(turn)) return
    this.#ofAccount.add(turn.userId, -1)
    this.#ofGroup.add(turn.group, -1)
    this.#waiting.letGo(turn.userId)
    this.#next()
  }

  #next(): void {
    while (this.#waiting.size > 0 && this.#running.size < CALLS_AT_ONCE) {
      const next = this.#waiting.take(1, undefined, this.#mayHaveMore)
      if (!next) break
      for (const begin of next.items) begin(this.#begin(next.group, next.owner))
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

/** How many each has. */
class Count {
  readonly #counts = new Map<number, number>()

  of(id: number): number {
    return this.#counts.get(id) ?? 0
  }

  /** Returns how many it has then. */
  add(id: number, more: number): number {
    const count = this.of(id) + more
    if (count > 0) this.#counts.set(id, count)
    else this.#counts.delete(id)
    return count
  }
}
