import type { BoxId, MessageId, PeerId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'
import { Kind } from '../../updates/log.ts'
import { MessageFlag } from '../../views/message.ts'

/** How far a dialog has been read. */
export interface ReadState {
  readonly topMessageId: MessageId
  readonly readInboxId: MessageId
  readonly isMarkedUnread: boolean
}

/** How far a dialog has been read; undefined when there is no such dialog. */
export async function readReadState(
  db: Db | Tx,
  boxId: BoxId,
  peerId: PeerId,
): Promise<ReadState | undefined> {
  const [row] = await db.sql<ReadState[]>`
    select top_message_id as "topMessageId", read_inbox_id as "readInboxId", is_marked_unread as "isMarkedUnread"
    from dialog where box_id = ${boxId} and peer_id = ${peerId}`
  return row
}

/** Moves the reading mark of a dialog forward and counts what is still unread. */
export async function updateReadInbox(tx: Tx, boxId: BoxId, peerId: PeerId, maxId: MessageId): Promise<void> {
  await tx.sql`
    update dialog set read_inbox_id = ${maxId}, is_marked_unread = false, unread_count = (
      select count(*)::int from message m
      where m.box_id = ${boxId} and m.peer_id = ${peerId} and m.id > ${maxId} and m.from_id <> ${boxId})
    where box_id = ${boxId} and peer_id = ${peerId}`
}

/** A mark of reading: what of a chat was read, and up to which pts messages are looked at. */
export interface ReadMark {
  readonly peerId: PeerId
  readonly maxId: MessageId
  readonly untilPts: number
}

/** For each mark, how many incoming messages above it had come by its pts. Ids of messages rise with the pts. */
export async function countUnread(
  db: Db | Tx,
  boxId: BoxId,
  marks: readonly ReadMark[],
): Promise<readonly number[]> {
  const column = (pick: (mark: ReadMark) => number): number[] => marks.map(pick)
  const rows = await db.sql<{ unread: number }[]>`
    select (
      select count(*)::int from message m
      where m.box_id = ${boxId} and m.peer_id = mark.peer_id and m.id > mark.max_id and m.from_id <> m.box_id
        and m.id < coalesce((
          select l.message_id from update_log l
          where l.box_id = ${boxId} and l.pts > mark.until_pts and l.kind = ${Kind.newMessage}
          order by l.pts limit 1), ${BEYOND_ALL_IDS})) as unread
    from unnest(${column((mark) => mark.peerId)}::int[], ${column((mark) => mark.maxId)}::int[],
      ${column((mark) => mark.untilPts)}::int[]) with ordinality as mark (peer_id, max_id, until_pts, ord)
    order by ord`
  return rows.map((row) => row.unread)
}

const BEYOND_ALL_IDS = 2 ** 31 - 1

/**
 * The other side's id of the last message of theirs that this side has read. A message that they have deleted for
 * themselves has none; the one before it answers then, of as many as are looked at.
 */
export async function readLastReadOf(
  db: Db | Tx,
  boxId: BoxId,
  peerId: PeerId,
  range: { readonly afterId: MessageId; readonly maxId: MessageId; readonly limit: number },
): Promise<MessageId | undefined> {
  const [row] = await db.sql<{ id: MessageId | null }[]>`
    select max(other.id) as id
    from (
      select random_id from message
      where box_id = ${boxId} and peer_id = ${peerId} and from_id = ${peerId}
        and id > ${range.afterId} and id <= ${range.maxId}
      order by id desc limit ${range.limit}
    ) own
    join message other on other.box_id = ${peerId} and other.from_id = ${peerId} and other.random_id = own.random_id`
  return row?.id ?? undefined
}

/** Moves the other side's mark of what has been read of its messages. False when it stood there already. */
export async function updateReadOutbox(
  tx: Tx,
  boxId: BoxId,
  peerId: PeerId,
  maxId: MessageId,
): Promise<boolean> {
  const rows = await tx.sql`
    update dialog set read_outbox_id = ${maxId}
    where box_id = ${boxId} and peer_id = ${peerId} and read_outbox_id < ${maxId} returning 1`
  return rows.length > 0
}

/** A message whose content was opened, on one side. */
export interface OpenedMessage {
  readonly boxId: BoxId
  readonly id: MessageId
}

/** Marks messages as opened on both sides; only those that wait for it are returned. */
export async function updateOpened(
  tx: Tx,
  boxId: BoxId,
  ids: readonly MessageId[],
): Promise<OpenedMessage[]> {
  return await tx.sql<OpenedMessage[]>`
    with own as (
      update message set flags = flags & ~${MessageFlag.mediaUnread}::int
      where box_id = ${boxId} and id = any(${[...ids]}::int[]) and from_id <> box_id
        and flags & ${MessageFlag.mediaUnread}::int <> 0
      returning box_id, id, peer_id, from_id, random_id
    ), other as (
      update message m set flags = m.flags & ~${MessageFlag.mediaUnread}::int
      from own where own.peer_id > 0 and m.box_id = own.peer_id and m.from_id = own.from_id
        and m.random_id = own.random_id
      returning m.box_id, m.id
    )
    select box_id as "boxId", id from own union all select box_id, id from other order by 1, 2`
}

/** When the other side read a message of this box, as the log remembers it. */
export async function readOutboxDate(
  db: Db | Tx,
  boxId: BoxId,
  peerId: PeerId,
  messageId: MessageId,
): Promise<number | undefined> {
  const [row] = await db.sql<{ date: number }[]>`
    select date from update_log
    where box_id = ${boxId} and peer_id = ${peerId} and kind = 5 and message_id >= ${messageId}
    order by message_id limit 1`
  return row?.date
}

/** Up to which message the other side has read this one's. */
export async function readReadOutboxId(
  db: Db | Tx,
  boxId: BoxId,
  peerId: PeerId,
): Promise<MessageId | undefined> {
  const [row] = await db.sql<{ id: MessageId }[]>`
    select read_outbox_id as id from dialog where box_id = ${boxId} and peer_id = ${peerId}`
  return row?.id
}
