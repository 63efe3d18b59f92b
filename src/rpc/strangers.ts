import { isLoopback, networkOf } from '../lib/address.ts'
import { Buckets } from '../lib/buckets.ts'
import type { Clock } from '../lib/clock.ts'
import { rpcError } from '../tl/rpc-error.ts'
import { defaultRpcLimits, type RpcLimits } from './limits.ts'

/** Bounds the calls of those who are not logged in, per address: before a login there is nobody else to count by. */
export class Strangers {
  readonly #limits: RpcLimits
  readonly #buckets: Buckets

  constructor(clock: Clock, limits: Partial<RpcLimits> = {}) {
    this.#limits = { ...defaultRpcLimits, ...limits }
    this.#buckets = new Buckets(clock)
  }

  /** Counts a call. Throws FLOOD_WAIT_X when there were too many lately. */
  check(ip: string): void {
    const { strangerCalls, strangerBurst, loopbackTimes } = this.#limits
    const times = isLoopback(ip) ? loopbackTimes : 1
    const pace = { perSec: strangerCalls * times, burst: strangerBurst * times }
    const waitSec = this.#buckets.take(networkOf(ip), pace)
    if (waitSec > 0) throw rpcError('FLOOD_WAIT_%d', waitSec)
  }
}
