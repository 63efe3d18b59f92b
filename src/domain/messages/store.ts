import type { BoxId, MessageId, PeerId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'
import { MessageFlag } from '../../views/message.ts'
import type { MessageRow } from './rows.ts'

/** The columns of a message under the names of MessageRow. */
export function messageColumns(db: Db | Tx) {
  return db.sql`m.box_id as "boxId", m.id, m.peer_id as "peerId", m.from_id as "fromId", m.random_id as "randomId",
    m.date, m.edit_date as "editDate", m.flags, m.reply_to_id as "replyToId", m.text, m.entities, m.reply, m.forward,
    m.media, m.media_kind as "mediaKind", m.grouped_id as "groupedId", m.action, m.reply_markup as "replyMarkup"`
}

/** Messages of a box by id, in no order; those that are not there are missing. */
export async function readMessages(
  db: Db | Tx,
  boxId: BoxId,
  ids: readonly MessageId[],
): Promise<MessageRow[]> {
  if (ids.length === 0) return []
  return await db.sql<MessageRow[]>`
    select ${messageColumns(db)} from message m where m.box_id = ${boxId} and m.id = any(${[...ids]}::int[])`
}

/** One message of a box. */
export async function readMessage(db: Db | Tx, boxId: BoxId, id: MessageId): Promise<MessageRow | undefined> {
  const [row] = await readMessages(db, boxId, [id])
  return row
}

/** What a sender has already sent under a random id, as it stands in one box. */
export async function readSent(
  db: Db | Tx,
  boxId: BoxId,
  fromId: PeerId,
  randomIds: readonly bigint[],
): Promise<MessageRow[]> {
  return await db.sql<MessageRow[]>`
    select ${messageColumns(db)} from message m
    where m.box_id = ${boxId} and m.from_id = ${fromId} and m.random_id = any(${randomIds.map(String)}::bigint[])`
}

/** The pts that a message had when it was new; undefined once the log has been trimmed. */
export async function readSentPts(
  db: Db | Tx,
  boxId: BoxId,
  messageId: MessageId,
): Promise<number | undefined> {
  const [row] = await db.sql<{ pts: number }[]>`
    select pts from update_log where box_id = ${boxId} and kind = 1 and message_id = ${messageId}
    order by pts desc limit 1`
  return row?.pts
}

/** Takes the row locks of boxes in the order that all writers keep, before anything else of them is touched. */
export async function lockBoxes(tx: Tx, boxIds: readonly BoxId[]): Promise<void> {
  await tx.sql`select from box where id = any(${[...new Set(boxIds)]}::int[]) order by id for no key update`
}

/** The other side's id of a message of this box, found by who sent it under which random id. */
export async function readCounterpart(
  db: Db | Tx,
  message: Pick<MessageRow, 'fromId' | 'randomId'>,
  otherBoxId: BoxId,
): Promise<MessageId | undefined> {
  const [row] = await db.sql<{ id: MessageId }[]>`
    select id from message
    where box_id = ${otherBoxId} and from_id = ${message.fromId} and random_id = ${String(message.randomId)}::bigint`
  return row?.id
}

/** What an edit can change of a message. */
export interface Content extends Pick<MessageRow, 'text' | 'entities' | 'media' | 'mediaKind'> {
  /** Of the bits that an edit can change: hasUrl, invertMedia. */
  readonly flags: number
}

/** Writes the new content of a message to every side that still has it. Returns the rows as they are now. */
export async function updateContent(
  tx: Tx,
  key: { readonly boxIds: readonly BoxId[]; readonly fromId: PeerId; readonly randomId: bigint },
  content: Content,
  editDate: number,
): Promise<MessageRow[]> {
  const changeable = MessageFlag.hasUrl | MessageFlag.invertMedia
  return await tx.sql<MessageRow[]>`
    update message m set text = ${content.text}, entities = ${content.entities}, media = ${content.media},
      media_kind = ${content.mediaKind}, edit_date = ${editDate},
      flags = (m.flags & ~${changeable}::int) | ${content.flags}::int
    where m.box_id = any(${[...key.boxIds]}::int[]) and m.from_id = ${key.fromId}
      and m.random_id = ${String(key.randomId)}::bigint
    returning ${messageColumns(tx)}`
}

/** With whom the messages of these ids are. */
export async function readPeersOf(db: Db | Tx, boxId: BoxId, ids: readonly MessageId[]): Promise<PeerId[]> {
  const rows = await db.sql<{ peerId: PeerId }[]>`
    select distinct peer_id as "peerId" from message where box_id = ${boxId} and id = any(${[...ids]}::int[])`
  return rows.map((row) => row.peerId)
}
