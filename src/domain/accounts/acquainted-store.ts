import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/** Somebody who sees an account in a contact list or a private chat, and how the two stand to one another. */
export interface Acquainted {
  readonly id: UserId
  /** What they call the account; null when it is no contact of theirs. */
  readonly contactFirstName: string | null
  readonly contactLastName: string | null
  readonly isCloseFriend: boolean
  /** Whether the account has them as a contact. */
  readonly isContact: boolean
  readonly isCloseContact: boolean
  readonly isBlocked: boolean
  readonly isBot: boolean
}

/**
 * Everybody who is acquainted with an account and has been online since some time. Contacts and chats stand
 * in tables of other stores; this is the one read that joins them to find who must hear of a change.
 */
export async function readAcquainted(
  db: Db | Tx,
  userId: UserId,
  range: { readonly sinceSec: number; readonly limit: number },
): Promise<Acquainted[]> {
  return await db.sql<Acquainted[]>`
    select a.id, c.first_name as "contactFirstName", c.last_name as "contactLastName",
      coalesce(c.is_close, false) as "isCloseFriend",
      mine.owner_id is not null as "isContact", coalesce(mine.is_close, false) as "isCloseContact",
      b.owner_id is not null as "isBlocked", a.is_bot as "isBot"
    from (
      select owner_id as id from contact where user_id = ${userId}
      union
      select peer_id from dialog where box_id = ${userId} and peer_id > 0
    ) known
    join account a on a.id = known.id
    left join contact c on c.owner_id = a.id and c.user_id = ${userId}
    left join contact mine on mine.owner_id = ${userId} and mine.user_id = a.id
    left join block b on b.owner_id = ${userId} and b.peer_id = a.id
    where a.id <> ${userId} and a.deleted_at is null and not a.is_support
      and a.online_until >= ${range.sinceSec}
    order by a.online_until desc limit ${range.limit}`
}
