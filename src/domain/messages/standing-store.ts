import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/** How two accounts stand to one another before a message goes from the one to the other. */
export interface Standing {
  readonly isDeleted: boolean
  readonly isBot: boolean
  readonly isSupport: boolean
  readonly blocksMe: boolean
  readonly isBlockedByMe: boolean
}

/** Every send asks this, so one read joins what accounts and blocks otherwise keep to themselves. */
export async function readStanding(
  db: Db | Tx,
  userId: UserId,
  peerId: UserId,
): Promise<Standing | undefined> {
  const [row] = await db.sql<Standing[]>`
    select a.deleted_at is not null as "isDeleted", a.is_bot as "isBot", a.is_support as "isSupport",
      exists (select from block where owner_id = a.id and peer_id = ${userId}) as "blocksMe",
      exists (select from block where owner_id = ${userId} and peer_id = a.id) as "isBlockedByMe"
    from account a where a.id = ${peerId}`
  return row
}
