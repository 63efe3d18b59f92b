import postgres from 'postgres'
import type { BoxId, MessageId, PeerId, UserId } from '../../lib/ids.ts'
import type { Tx } from '../../store/database.ts'
import { Kind } from '../../updates/log.ts'
import type { MediaKind } from '../media/kinds.ts'

/** A message on its way into one box or two. */
export interface Outgoing {
  readonly fromId: UserId
  readonly toId: UserId
  readonly randomId: bigint
  readonly sides: (typeof Sides)[keyof typeof Sides]
  readonly flags: number
  /** The message replied to, as each side numbers it. */
  readonly replyOwnId: MessageId | null
  readonly replyOtherId: MessageId | null
  readonly text: string
  readonly entities: Uint8Array | null
  readonly reply: Uint8Array | null
  readonly forward: Uint8Array | null
  readonly media: Uint8Array | null
  readonly mediaKind: MediaKind | null
  /** The album that the message is part of. */
  readonly groupedId: bigint | null
  readonly action: Uint8Array | null
  /** TL of the update that tells the sender's devices that the draft is gone; null leaves the draft. */
  readonly draftCleared: Uint8Array | null
}

/** In whose boxes a message is written. A message to oneself has one side only, whatever is asked for. */
export const Sides = { own: 1, other: 2, both: 3 } as const

/** Where one side of a message went. */
export interface Placed {
  /** Position in the batch, from 0. */
  readonly index: number
  readonly boxId: BoxId
  readonly peerId: PeerId
  readonly id: MessageId
  readonly pts: number
  readonly replyToId: MessageId | null
  /** Where the dialog is: 1 is the archive. */
  readonly folderId: number
  /** The seq under which the cleared draft was logged; null when there was none. */
  readonly draftSeq: number | null
}

/**
 * Writes a batch of messages in one statement: takes pts and message ids from the boxes, in ascending order so that two
 * senders never deadlock, inserts the rows of both sides, moves both dialogs up, clears drafts, and logs all of it.
 * What a sender has already sent under the same random id, be it deleted, is left out of the result.
 *
 * Each random id is looked up by a query of its own: a `not exists` would become a join, and one that was planned
 * while the table was small would read all of it for every message.
 *
 * With updates/log.ts this is the only writer of `box` and `update_log`: this path is measured by what it costs.
 */
export async function writeMessages(tx: Tx, date: number, batch: readonly Outgoing[]): Promise<Placed[]> {
  const column = <V>(pick: (message: Outgoing) => V): V[] => batch.map(pick)
  const bytes = (pick: (message: Outgoing) => Uint8Array | null) =>
    tx.sql.array(column(pick) as Uint8Array[], BYTEA_ARRAY) // Nulls are written as such.
  return await tx.sql<Placed[]>`
    with item as (
      select * from unnest(
        ${column((m) => m.fromId)}::int[], ${column((m) => m.toId)}::int[],
        ${column((m) => String(m.randomId))}::bigint[], ${column((m) => m.sides)}::int[],
        ${column((m) => m.flags)}::int[], ${column((m) => m.replyOwnId)}::int[],
        ${column((m) => m.replyOtherId)}::int[], ${column((m) => m.text)}::text[], ${bytes((m) => m.entities)}::bytea[],
        ${bytes((m) => m.reply)}::bytea[], ${bytes((m) => m.forward)}::bytea[], ${bytes((m) => m.media)}::bytea[],
        ${column((m) => m.mediaKind)}::smallint[], ${column((m) => m.groupedId?.toString() ?? null)}::bigint[],
        ${bytes((m) => m.action)}::bytea[], ${bytes((m) => m.draftCleared)}::bytea[]
      ) with ordinality as t (from_id, to_id, random_id, sides, flags, reply_own_id, reply_other_id, text, entities,
        reply, forward, media, media_kind, grouped_id, action, draft_cleared, ord)
      where (select m.id from message m
          where m.box_id = t.from_id and m.from_id = t.from_id and m.random_id = t.random_id) is null
        and (select b.box_id from sent_before b where b.box_id = t.from_id and b.random_id = t.random_id) is null
    ), side as (
      select ord, from_id as box_id, to_id as peer_id, reply_own_id as reply_to_id, 0 as unread,
        case when draft_cleared is null then 0 else (select count(*)::int from dialog d
          where d.box_id = from_id and d.peer_id = to_id and d.draft is not null) end as drafts
      from item where sides & 1 <> 0
      union all
      select ord, to_id, from_id, reply_other_id, 1, 0 from item where sides & 2 <> 0 and from_id <> to_id
    ), numbered as (
      select side.*, row_number() over nth as nth, sum(drafts) over nth as nth_draft
      from side window nth as (partition by box_id order by ord)
    ), wanted as (
      select box_id, count(*)::int as messages, sum(drafts)::int as drafts from side group by box_id
    ), locked as materialized (
      select id from box where id in (select box_id from wanted) order by id for no key update
    ), taken as (
      update box set pts = pts + messages, last_message_id = last_message_id + messages, seq = seq + drafts
      from wanted join locked on locked.id = wanted.box_id where box.id = wanted.box_id
      returning box.id, pts - messages as pts, last_message_id - messages as last_id, seq - drafts as seq
    ), placed as (
      select ord, box_id, peer_id, reply_to_id, unread, drafts, (pts + nth)::int as pts, (last_id + nth)::int as id,
        (seq + nth_draft)::int as seq
      from numbered join taken on taken.id = box_id
    ), stored as (
      insert into message (box_id, id, peer_id, from_id, random_id, date, flags, reply_to_id, text, entities, reply,
        forward, media, media_kind, grouped_id, action)
      select box_id, id, peer_id, from_id, random_id, ${date}, flags, reply_to_id, text, entities, reply,
        forward, media, media_kind, grouped_id, action
      from placed join item using (ord)
    ), listed as (
      insert into dialog (box_id, peer_id, top_message_id, top_date, unread_count, message_count, draft_date)
      select box_id, peer_id, max(id), ${date}, sum(unread), count(*), max(drafts) * ${date}::int
      from placed group by box_id, peer_id
      on conflict (box_id, peer_id) do update set
        top_message_id = excluded.top_message_id, top_date = excluded.top_date,
        unread_count = dialog.unread_count + excluded.unread_count,
        message_count = dialog.message_count + excluded.message_count,
        draft = case when excluded.draft_date > 0 then null else dialog.draft end,
        draft_date = greatest(dialog.draft_date, excluded.draft_date)
      returning dialog.box_id, dialog.peer_id, dialog.folder_id
    ), logged as (
      insert into update_log (box_id, pts, seq, kind, count, date, peer_id, message_id, data)
      select box_id, pts, 0, ${Kind.newMessage}::int, 1, ${date}::int, peer_id, id, null::bytea from placed
      union all
      select box_id, pts, seq, ${Kind.other}::int, 0, ${date}::int, null, null, draft_cleared
      from placed join item using (ord) where drafts > 0
    )
    select (ord - 1)::int as index, box_id as "boxId", peer_id as "peerId", id, pts, reply_to_id as "replyToId",
      folder_id as "folderId", case when drafts > 0 then seq end as "draftSeq"
    from placed join listed using (box_id, peer_id) order by ord, box_id`
}

const BYTEA_ARRAY = 1001

/**
 * Whether a write failed because a message with this sender and random id stands in one of the boxes: it was sent in
 * the same moment, or one side has deleted it and the other has not.
 */
export function isSentTwice(error: unknown): boolean {
  return (
    error instanceof postgres.PostgresError &&
    error.code === UNIQUE_VIOLATION &&
    error.constraint_name === 'message_random'
  )
}

const UNIQUE_VIOLATION = '23505'
