import type { Context } from '../../context.ts'

/**
 * How often something may happen. Windows begin at multiples of their length, so that counting is one
 * statement.
 */
export interface Rate {
  readonly kind: string
  readonly count: number
  readonly windowSec: number
}

/** Counted attempts are kept for two days: no window is longer than one. */
const KEPT_SEC = 2 * 86_400
/** Old counts that one new one clears away. */
const SWEEP = 20

/**
 * Counts `amount` attempts of a subject (a phone, an address, a user). Returns 0 while they are within the
 * rate, and otherwise the seconds until the window ends. Counts survive a restart.
 */
export async function countAttempts(ctx: Context, rate: Rate, subject: string, amount = 1): Promise<number> {
  const nowSec = ctx.clock.nowSec()
  const windowAt = nowSec - (nowSec % rate.windowSec)
  const [row] = await ctx.db.transaction(
    (tx) => tx.sql<{ count: number }[]>`
      with old as (
        select ctid from attempt where window_at < ${nowSec - KEPT_SEC} limit ${SWEEP} for update skip locked
      ), gone as (delete from attempt where ctid = any(array(select ctid from old)))
      insert into attempt (kind, subject, window_at, count)
      values (${rate.kind}, ${subject}, ${windowAt}, ${amount})
      on conflict (kind, subject, window_at)
      do update set count = least(attempt.count, 1000000000) + excluded.count
      returning count`,
  )
  return row && row.count > rate.count ? windowAt + rate.windowSec - nowSec : 0
}
