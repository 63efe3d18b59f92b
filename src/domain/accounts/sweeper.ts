import type { Context } from '../../context.ts'
import { Rounds } from '../../lib/rounds.ts'
import { eraseSome, noteVisits, readDueDeletions, readIdle, type IdleAccount } from './delete-store.ts'
import { deleteAccount } from './delete.ts'
import {
  MIN_TTL_DAYS,
  SWEPT_ACCOUNTS,
  SWEPT_DELETIONS,
  SWEPT_ROWS,
  SWEEP_ACCOUNTS_EVERY_MS,
} from './limits.ts'
import { getSetting } from './settings.ts'

const DAY_SEC = 86_400

/**
 * Deletes accounts whose time has come: those that somebody without the password asked to delete a week ago,
 * and those that nobody visited for as long as their owners chose. Empties the boxes of deleted ones. It goes
 * round all accounts, a slice at a time, so that a pass costs the same however many there are.
 * https://core.telegram.org/api/account-deletion
 */
export class AccountSweeper {
  readonly #ctx: Context
  readonly #rounds: Rounds
  #lastId = 0

  constructor(ctx: Context) {
    this.#ctx = ctx
    this.#rounds = new Rounds(ctx.clock, SWEEP_ACCOUNTS_EVERY_MS, {
      run: () => this.#sweep(),
      failed: (error) => ctx.log.warn({ err: error }, 'accounts could not be swept'),
    })
  }

  /** Looks at the next slice of accounts. */
  pass(): Promise<void> {
    return this.#rounds.pass()
  }

  async #sweep(): Promise<void> {
    const ctx = this.#ctx
    const nowSec = ctx.clock.nowSec()
    for (const userId of await readDueDeletions(ctx.db, nowSec, SWEPT_DELETIONS))
      await deleteAccount(ctx, userId, 'nobody kept the account', { isCertain: true })
    const slice = { afterId: this.#lastId, count: SWEPT_ACCOUNTS }
    await ctx.db.single((tx) => noteVisits(tx, slice))
    const { idle, lastId } = await readIdle(ctx.db, slice, nowSec - MIN_TTL_DAYS * DAY_SEC)
    this.#lastId = (await this.#deleteIdle(idle, nowSec)) ?? lastId ?? 0
    await ctx.db.transaction((tx) => eraseSome(tx, SWEPT_ROWS))
  }

  /** Deletes those whose time has come, up to a bound; then the last that was looked at is returned. */
  async #deleteIdle(idle: readonly IdleAccount[], nowSec: number): Promise<number | undefined> {
    let deleted = 0
    for (const { id, visitedAt } of idle) {
      const { days } = await getSetting(this.#ctx, id, 'accountDaysTTL')
      if (visitedAt >= nowSec - days * DAY_SEC) continue
      await deleteAccount(this.#ctx, id, `nobody was there for ${days} days`, { isCertain: true })
      if (++deleted === SWEPT_DELETIONS) return id
    }
    return undefined
  }

  /** Looks at nothing more, once what is under way is done. */
  stop(): Promise<void> {
    return this.#rounds.stop()
  }
}
