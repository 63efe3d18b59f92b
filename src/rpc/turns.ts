import type { Clock, Timer } from '../lib/clock.ts'
import { FairQueue } from '../lib/fair-queue.ts'
import { Lately } from '../lib/lately.ts'
import { rpcError } from '../tl/rpc-error.ts'
import {
  APPS_SHARE_MS,
  CALL_TURN_MS,
  CALLS_AT_ONCE,
  CALLS_OF_ACCOUNT,
  CALLS_OF_APP,
  CALLS_WAITING_OF_ACCOUNT,
  PAUSE_TIMES,
} from './limits.ts'

/** Whose call it is. */
interface Caller {
  readonly apiId: number
  readonly userId: number
}

interface Turn extends Caller {
  readonly sinceMs: number
}

/** Seconds after which whoever has too many calls waiting may ask again. */
const ASK_AGAIN_SEC = 2

/**
 * Lets so many calls run at once, of each account, of each app while there are several, and in all; the others wait, apps
 * and accounts in turn. What one has asked for a thousand times keeps nobody else waiting.
 */
export class Turns {
  readonly #clock: Clock
  /** In the order in which they began. */
  readonly #running = new Set<Turn>()
  readonly #ofAccount = new Count()
  readonly #ofApp = new Count()
  readonly #apps: Lately
  #callsOfApp = CALLS_AT_ONCE
  readonly #waiting = new FairQueue<(turn: Turn) => void>()
  #watch: Timer | undefined

  constructor(clock: Clock) {
    this.#clock = clock
    this.#apps = new Lately(clock, APPS_SHARE_MS)
  }

  /** How many calls wait. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** Runs a call when it is its turn. Throws FLOOD_WAIT_X when too many of the account wait. */
  async run<R>(caller: Caller, work: () => Promise<R>): Promise<R> {
    this.#callsOfApp = this.#apps.note(caller.apiId) > 1 ? CALLS_OF_APP : CALLS_AT_ONCE
    const turn = this.#mayBegin(caller) ? this.#begin(caller) : await this.#wait(caller)
    try {
      return await work()
    } finally {
      this.#leave(turn)
    }
  }

  /**
   * While several apps call, one of which calls wait pauses after each of them, for longer than that took: most of the
   * time the machine is for the others.
   */
  #leave(turn: Turn): void {
    const isBusy = this.#callsOfApp < CALLS_AT_ONCE && this.#waiting.hasOf(turn.apiId)
    const pauseMs = isBusy ? Math.min((this.#clock.nowMs() - turn.sinceMs) * PAUSE_TIMES, CALL_TURN_MS) : 0
    if (pauseMs <= 0) this.#end(turn)
    else this.#clock.setTimeout(() => this.#end(turn), pauseMs)
  }

  #mayBegin({ apiId, userId }: Caller): boolean {
    if (this.#running.size >= CALLS_AT_ONCE || this.#waiting.sizeOf(userId) > 0) return false
    return this.#ofAccount.of(userId) < CALLS_OF_ACCOUNT && this.#mayHaveMore(apiId)
  }

  #mayHaveMore = (apiId: number): boolean => this.#ofApp.of(apiId) < this.#callsOfApp

  #begin({ apiId, userId }: Caller): Turn {
    const turn = { apiId, userId, sinceMs: this.#clock.nowMs() }
    if (this.#ofAccount.add(userId, 1) === CALLS_OF_ACCOUNT) this.#waiting.hold(userId)
    this.#ofApp.add(apiId, 1)
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
    this.#ofAccount.add(turn.userId, -1)
    this.#ofApp.add(turn.apiId, -1)
    this.#waiting.letGo(turn.userId)
    this.#next()
  }

  #next(): void {
    while (this.#waiting.size > 0 && this.#running.size < CALLS_AT_ONCE) {
      const next = this.#waiting.take(1, undefined, this.#mayHaveMore)
      if (!next) break
      for (const begin of next.items) begin(this.#begin({ apiId: next.group, userId: next.owner }))
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
