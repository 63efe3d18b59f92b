import type { Context } from '../../context.ts'
import type { Timer } from '../../lib/clock.ts'
import { endChatsOfDevices } from '../secret/end.ts'
import { dropIdleLogins } from './device-store.ts'
import { IDLE_SWEEP_KEYS, IDLE_SWEEP_MS, SESSION_TTL_DAYS } from './limits.ts'

/** Before the first of all keys. */
const BEFORE_ALL = -(2n ** 63n)

/**
 * Ends sessions that were idle for longer than their user wants. It goes round all keys, a slice at a time, so that a pass
 * costs the same however many there are. https://core.telegram.org/method/account.setAuthorizationTTL
 */
export class IdleSessionSweeper {
  readonly #ctx: Context
  readonly #timer: Timer
  #lastKeyId = BEFORE_ALL
  #running: Promise<void> | undefined

  constructor(ctx: Context) {
    this.#ctx = ctx
    this.#timer = ctx.clock.setInterval(() => void this.pass(), IDLE_SWEEP_MS)
  }

  /** Looks at the next slice of keys. A failure is logged: the next pass tries again. */
  async pass(): Promise<void> {
    this.#running ??= this.#sweep().finally(() => (this.#running = undefined))
    await this.#running
  }

  async #sweep(): Promise<void> {
    const { db, clock, log, connections } = this.#ctx
    const bounds = { nowSec: clock.nowSec(), defaultDays: SESSION_TTL_DAYS, keys: IDLE_SWEEP_KEYS }
    try {
      const { lastKeyId, ended } = await db.transaction(async (tx) => {
        const swept = await dropIdleLogins(tx, this.#lastKeyId, bounds)
        await endChatsOfDevices(this.#ctx, tx, swept.ended)
        return swept
      })
      this.#lastKeyId = lastKeyId ?? BEFORE_ALL
      for (const keyId of ended) connections.endLogin(keyId)
    } catch (error) {
      log.warn({ err: error }, 'idle sessions could not be ended')
    }
  }

  /** Begins no more passes, and waits for the one under way. */
  async stop(): Promise<void> {
    this.#timer.cancel()
    await this.#running
  }
}
