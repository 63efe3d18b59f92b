import type { Context } from '../../context.ts'
import { Rounds } from '../../lib/rounds.ts'
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
  readonly #rounds: Rounds
  #lastKeyId = BEFORE_ALL

  constructor(ctx: Context) {
    this.#ctx = ctx
    this.#rounds = new Rounds(ctx.clock, IDLE_SWEEP_MS, {
      run: () => this.#sweep(),
      failed: (error) => ctx.log.warn({ err: error }, 'idle sessions could not be ended'),
    })
  }

  /** Looks at the next slice of keys. */
  pass(): Promise<void> {
    return this.#rounds.pass()
  }

  async #sweep(): Promise<void> {
    const { db, clock, connections } = this.#ctx
    const bounds = { nowSec: clock.nowSec(), defaultDays: SESSION_TTL_DAYS, keys: IDLE_SWEEP_KEYS }
    const { lastKeyId, ended } = await db.transaction(async (tx) => {
      const swept = await dropIdleLogins(tx, this.#lastKeyId, bounds)
      await endChatsOfDevices(this.#ctx, tx, swept.ended)
      return swept
    })
    this.#lastKeyId = lastKeyId ?? BEFORE_ALL
    for (const keyId of ended) connections.endLogin(keyId)
  }

  /** Looks at nothing more, once what is under way is done. */
  stop(): Promise<void> {
    return this.#rounds.stop()
  }
}
