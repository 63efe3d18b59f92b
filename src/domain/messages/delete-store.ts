import type { BoxId, MessageId, PeerId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'
import { DELETE_IDS, REPEAT_SEC } from './limits.ts'

/** A message that was deleted from a box. */
export interface DeletedMessage {
  readonly boxId: BoxId
  readonly id: MessageId
  readonly peerId: PeerId
  readonly isIncoming: boolean
}

/** Which messages are deleted, and when. */
export interface Deletion {
  readonly ids: readonly MessageId[]
  /** Whether for the other side as well. */
  readonly isRevoked: boolean
  readonly nowSec: number
}

/**
 * Deletes messages of a box and, to revoke them, the other side's rows of the same messages. That they were sent is
 * remembered for a while, and forgotten for as many that are older.
 */
export async function deleteRows(
  tx: Tx,
  boxId: BoxId,
  { ids, isRevoked, nowSec }: Deletion,
): Promise<DeletedMessage[]> {
  const sinceSec = nowSec - REPEAT_SEC
  return await tx.sql<DeletedMessage[]>`
    with own as (
      delete from message where box_id = ${boxId} and id = any(${[...ids]}::int[])
      returning box_id, id, peer_id, from_id, random_id, date
    ), other as (
      delete from message m using own
      where ${isRevoked} and own.peer_id > 0 and own.peer_id <> own.box_id
        and m.box_id = own.peer_id and m.from_id = own.from_id and m.random_id = own.random_id
      returning m.box_id, m.id, m.peer_id, m.from_id, m.random_id, m.date
    ), gone as (
      select * from own union all select * from other
    ), remembered as (
      insert into sent_before (box_id, random_id, sent_at)
      select box_id, random_id, date from gone where from_id = box_id and date > ${sinceSec}
      on conflict do nothing
    ), forgotten as (
      delete from sent_before where ctid = any(array(
        select ctid from sent_before where sent_at <= ${sinceSec} limit ${DELETE_IDS}))
    )
    select box_id as "boxId", id, peer_id as "peerId", from_id <> box_id as "isIncoming" from gone
    order by box_id, id`
}

/**
 * Counts a dialog anew after messages of it are gone: `ids` of them in all, `incomingIds` of these written by others.
 * A dialog without messages leaves the list.
 */
export async function shrinkDialog(
  tx: Tx,
  boxId: BoxId,
  peerId: PeerId,
  gone: { readonly count: number; readonly incomingIds: readonly MessageId[] },
): Promise<void> {
  await tx.sql`
    with top as (
      select id, date from message where box_id = ${boxId} and peer_id = ${peerId} order by id desc limit 1
    )
    update dialog d set
      top_message_id = coalesce((select id from top), 0),
      top_date = coalesce((select date from top), d.top_date),
      message_count = d.message_count - ${gone.count},
      unread_count = d.unread_count - (
        select count(*)::int from unnest(${[...gone.incomingIds]}::int[]) as g (id) where g.id > d.read_inbox_id)
    where d.box_id = ${boxId} and d.peer_id = ${peerId}`
}

/** Takes the pins off those dialogs that are empty now, and returns the folders that they were pinned in. */
export async function unpinEmpty(
  tx: Tx,
  dialogs: readonly { readonly boxId: BoxId; readonly peerId: PeerId }[],
): Promise<{ boxId: BoxId; peerId: PeerId; folderId: number }[]> {
  return await tx.sql<{ boxId: BoxId; peerId: PeerId; folderId: number }[]>`
    update dialog d set pinned_order = 0
    from unnest(${dialogs.map((each) => each.boxId)}::int[], ${dialogs.map((each) => each.peerId)}::int[])
      as e (box_id, peer_id)
    where d.box_id = e.box_id and d.peer_id = e.peer_id and d.top_message_id = 0 and d.pinned_order > 0
    returning d.box_id as "boxId", d.peer_id as "peerId", d.folder_id as "folderId"`
}

/** Ids of a chat to be deleted, the newest first. Zero bounds are none. */
export async function readDeletable(
  db: Db | Tx,
  boxId: BoxId,
  peerId: PeerId,
  range: {
    readonly maxId: number
    readonly minDate: number
    readonly maxDate: number
    readonly limit: number
  },
): Promise<MessageId[]> {
  const rows = await db.sql<{ id: MessageId }[]>`
    select id from message
    where box_id = ${boxId} and peer_id = ${peerId} and id <= ${range.maxId}
      and date >= ${range.minDate} and date <= ${range.maxDate}
    order by id desc limit ${range.limit}`
  return rows.map((row) => row.id)
}

/** How many of a chat's messages a deletion has still to come to; the index alone answers. */
export async function countDeletable(
  db: Db | Tx,
  boxId: BoxId,
  peerId: PeerId,
  range: { readonly maxId: number; readonly minDate: number; readonly maxDate: number },
): Promise<number> {
  const [row] = await db.sql<{ count: number }[]>`
    select count(*)::int as count from message
    where box_id = ${boxId} and peer_id = ${peerId} and id <= ${range.maxId}
      and date >= ${range.minDate} and date <= ${range.maxDate}`
  return row?.count ?? 0
}

/** What a dialog was besides its messages. */
export interface Forgotten {
  readonly wasPinned: boolean
  readonly wasMarkedUnread: boolean
  readonly hadDraft: boolean
  readonly folderId: number
}

/** Takes a dialog out of the list: its pin, its draft, its unread mark and its place in the archive go with it. */
export async function forgetDialog(
  tx: Tx,
  boxId: BoxId,
  peerId: PeerId,
  date: number,
): Promise<Forgotten | undefined> {
  const [row] = await tx.sql<Forgotten[]>`
    with old as (
      select pinned_order, is_marked_unread, draft is not null as had_draft, folder_id
      from dialog where box_id = ${boxId} and peer_id = ${peerId}
    )
    update dialog d set pinned_order = 0, folder_id = 0, is_marked_unread = false, draft = null,
      draft_date = case when old.had_draft then ${date}::int else d.draft_date end
    from old where d.box_id = ${boxId} and d.peer_id = ${peerId}
    returning old.pinned_order > 0 as "wasPinned", old.is_marked_unread as "wasMarkedUnread",
      old.had_draft as "hadDraft", old.folder_id as "folderId"`
  return row
}

/** When the newest message of a dialog was sent, also after it is gone. */
export async function readTopDate(db: Db | Tx, boxId: BoxId, peerId: PeerId): Promise<number | undefined> {
  const [row] = await db.sql<{ topDate: number }[]>`
    select top_date as "topDate" from dialog where box_id = ${boxId} and peer_id = ${peerId}`
  return row?.topDate
}
