import type { BoxId, MessageId, PeerId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'
import type { MessageRow } from './rows.ts'
import { messageColumns } from './store.ts'

/** Part of a chat: so many messages before a position, or from it on. */
export interface Stretch {
  readonly boxId: BoxId
  readonly peerId: PeerId
  readonly positionId: number
  readonly skip: number
  readonly limit: number
}

/** Messages before a position, the newest first. */
export async function readBefore(db: Db | Tx, part: Stretch): Promise<MessageRow[]> {
  if (part.limit <= 0) return []
  return await db.sql<MessageRow[]>`
    select ${messageColumns(db)} from message m
    where m.box_id = ${part.boxId} and m.peer_id = ${part.peerId} and m.id < ${part.positionId}
    order by m.id desc limit ${part.limit} offset ${part.skip}`
}

/** Messages from a position on, the newest first: those nearest to the position. */
export async function readFrom(db: Db | Tx, part: Stretch): Promise<MessageRow[]> {
  if (part.limit <= 0) return []
  const rows = await db.sql<MessageRow[]>`
    select ${messageColumns(db)} from message m
    where m.box_id = ${part.boxId} and m.peer_id = ${part.peerId} and m.id >= ${part.positionId}
    order by m.id limit ${part.limit} offset ${part.skip}`
  return rows.toReversed()
}

/** The last messages of a chat that its owner got from somebody else, the newest first. */
export async function readIncoming(
  db: Db | Tx,
  part: Pick<Stretch, 'boxId' | 'peerId' | 'limit'>,
): Promise<MessageRow[]> {
  return await db.sql<MessageRow[]>`
    select ${messageColumns(db)} from message m
    where m.box_id = ${part.boxId} and m.peer_id = ${part.peerId} and m.from_id <> ${part.boxId}
    order by m.id desc limit ${part.limit}`
}

/** How many messages a chat has. */
export async function readMessageCount(db: Db | Tx, boxId: BoxId, peerId: PeerId): Promise<number> {
  const [row] = await db.sql<{ count: number }[]>`
    select message_count as count from dialog where box_id = ${boxId} and peer_id = ${peerId}`
  return row?.count ?? 0
}

/**
 * The first id of a box whose message is not older than a date. Ids and dates rise together, so the primary key is
 * searched by halves: about thirty probes, however long the history is.
 */
export async function readPositionOf(db: Db | Tx, boxId: BoxId, date: number): Promise<MessageId> {
  const [row] = await db.sql<{ id: MessageId }[]>`
    with recursive half as (
      select 0 as low, coalesce((select last_message_id from box where id = ${boxId}), 0) + 1 as high
      union all
      select case when probe.date < ${date} then probe.id else low end,
        case when probe.date < ${date} then high else middle end
      from (select low, high, low + (high - low) / 2 as middle from half where high - low > 1) h
      left join lateral (
        select m.id, m.date from message m where m.box_id = ${boxId} and m.id >= h.middle and m.id < h.high
        order by m.id limit 1
      ) probe on true
    )
    select max(high) as id from half where high - low <= 1`
  return row?.id ?? (1 as MessageId)
}
