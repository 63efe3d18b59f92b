import type { Remembered } from '../../bus/memory.ts'
import type { Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import { USERS_REMEMBERED, USERS_REMEMBERED_MS } from '../accounts/limits.ts'
import { ABOUT_USERS } from '../accounts/user-store.ts'

/** How two accounts stand to one another before a message goes from the one to the other. */
export interface Standing {
  readonly isDeleted: boolean
  readonly isBot: boolean
  readonly isSupport: boolean
  readonly blocksMe: boolean
  readonly isBlockedByMe: boolean
  /** They have no chat yet, and the other one does not have this one among the contacts. */
  readonly isStranger: boolean
}

/** Who asks about whom. */
export interface StandingPair {
  readonly userId: UserId
  readonly peerId: UserId
}

/**
 * A stranger is none any more after the first message, of which nobody is told here. That a chat was deleted may be
 * learnt late.
 */
const STANDINGS: Remembered<Context, StandingPair, Standing | undefined> = {
  about: ABOUT_USERS,
  limit: USERS_REMEMBERED,
  keptMs: USERS_REMEMBERED_MS,
  idOf: ({ userId, peerId }) => `${userId} ${peerId}`,
  ownersOf: ({ userId, peerId }) => [userId, peerId],
  load: (ctx, pairs) => Promise.all(pairs.map((pair) => ctx.gather.add(readStandings, pair))),
  isKept: (standing) => standing?.isStranger === false,
}

/** Every send asks this, so one read joins what accounts and blocks otherwise keep to themselves, and is remembered. */
export async function readStanding(ctx: Context, pair: StandingPair): Promise<Standing | undefined> {
  return await ctx.memory.get(STANDINGS, pair)
}

async function readStandings(
  ctx: Context,
  pairs: readonly StandingPair[],
): Promise<(Standing | undefined)[]> {
  const standings = pairs.map((): Standing | undefined => undefined)
  const rows = await ctx.db.sql<(Standing & { readonly index: number })[]>`
    select (p.ord - 1)::int as index,
      a.deleted_at is not null as "isDeleted", a.is_bot as "isBot", a.is_support as "isSupport",
      exists (select from block where owner_id = a.id and peer_id = p.user_id) as "blocksMe",
      exists (select from block where owner_id = p.user_id and peer_id = a.id) as "isBlockedByMe",
      not exists (select from dialog where box_id = p.user_id and peer_id = a.id)
        and not exists (select from contact where owner_id = a.id and user_id = p.user_id) as "isStranger"
    from unnest(${pairs.map((pair) => pair.userId)}::int[], ${pairs.map((pair) => pair.peerId)}::int[])
      with ordinality as p (user_id, peer_id, ord)
    join account a on a.id = p.peer_id`
  for (const row of rows) standings[row.index] = row
  return standings
}
