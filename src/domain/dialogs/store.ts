import type { BoxId, MessageId, PeerId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/** A chat in somebody's list as it is stored; the draft is TL. */
export interface DialogRow {
  readonly boxId: BoxId
  readonly peerId: PeerId
  readonly topMessageId: MessageId
  readonly topDate: number
  readonly unreadCount: number
  readonly readInboxId: MessageId
  readonly readOutboxId: MessageId
  readonly isMarkedUnread: boolean
  readonly folderId: number
  readonly pinnedOrder: number
  readonly draft: Uint8Array | null
  readonly draftDate: number
}

/** The list of chats, the archive, or both. */
export type FolderIds = readonly [0] | readonly [1] | readonly [0, 1]

/** Where a page of dialogs goes on. */
export interface DialogPosition {
  readonly date: number
  readonly messageId: number
  readonly peerId: number
}

function columns(db: Db | Tx) {
  return db.sql`d.box_id as "boxId", d.peer_id as "peerId", d.top_message_id as "topMessageId",
    d.top_date as "topDate", d.unread_count as "unreadCount", d.read_inbox_id as "readInboxId",
    d.read_outbox_id as "readOutboxId", d.is_marked_unread as "isMarkedUnread", d.folder_id as "folderId",
    d.pinned_order as "pinnedOrder", d.draft, d.draft_date as "draftDate"`
}

/** Dialogs with messages, the newest first; pinned ones stand elsewhere. One index scan for each folder. */
export async function readDialogs(
  db: Db | Tx,
  boxId: BoxId,
  page: { readonly folderIds: FolderIds; readonly after: DialogPosition; readonly limit: number },
): Promise<DialogRow[]> {
  if (page.limit <= 0) return []
  const { after, limit } = page
  const folder = (folderId: number) => db.sql`(
    select ${columns(db)} from dialog d
    where d.box_id = ${boxId} and d.folder_id = ${folderId} and d.top_message_id > 0 and d.pinned_order = 0
      and (d.top_date, d.top_message_id, d.peer_id) < (${after.date}::int, ${after.messageId}::int, ${after.peerId}::int)
    order by d.top_date desc, d.top_message_id desc, d.peer_id desc limit ${limit})`
  if (page.folderIds.length === 1) return await db.sql<DialogRow[]>`${folder(page.folderIds[0])}`
  return await db.sql<DialogRow[]>`
    ${folder(0)} union all ${folder(1)}
    order by "topDate" desc, "topMessageId" desc, "peerId" desc limit ${limit}`
}

/** Pinned dialogs, the highest first. */
export async function readPinned(db: Db | Tx, boxId: BoxId, folderIds: FolderIds): Promise<DialogRow[]> {
  return await db.sql<DialogRow[]>`
    select ${columns(db)} from dialog d
    where d.box_id = ${boxId} and d.folder_id = any(${[...folderIds]}::int[]) and d.pinned_order > 0
    order by d.folder_id, d.pinned_order desc`
}

/** How many dialogs with messages there are. */
export async function countDialogs(
  db: Db | Tx,
  boxId: BoxId,
  folderIds: FolderIds,
  withPinned: boolean,
): Promise<number> {
  const [row] = await db.sql<{ count: number }[]>`
    select count(*)::int as count from dialog
    where box_id = ${boxId} and folder_id = any(${[...folderIds]}::int[]) and top_message_id > 0
      and (${withPinned} or pinned_order = 0)`
  return row?.count ?? 0
}

/** Dialogs with certain peers, in no order. */
export async function readPeerDialogs(
  db: Db | Tx,
  boxId: BoxId,
  peerIds: readonly PeerId[],
): Promise<DialogRow[]> {
  if (peerIds.length === 0) return []
  return await db.sql<DialogRow[]>`
    select ${columns(db)} from dialog d where d.box_id = ${boxId} and d.peer_id = any(${[...peerIds]}::int[])`
}

/** One dialog; undefined when there is none. */
export async function readDialog(db: Db | Tx, boxId: BoxId, peerId: PeerId): Promise<DialogRow | undefined> {
  const [row] = await readPeerDialogs(db, boxId, [peerId])
  return row
}

/** Peers of a box with the unread mark. */
export async function readMarked(db: Db | Tx, boxId: BoxId, limit: number): Promise<PeerId[]> {
  const rows = await db.sql<{ peerId: PeerId }[]>`
    select peer_id as "peerId" from dialog where box_id = ${boxId} and is_marked_unread limit ${limit}`
  return rows.map((row) => row.peerId)
}

/** Sets the unread mark. False when there is no such dialog or nothing changed. */
export async function updateMark(tx: Tx, boxId: BoxId, peerId: PeerId, isMarked: boolean): Promise<boolean> {
  const rows = await tx.sql`
    update dialog set is_marked_unread = ${isMarked}
    where box_id = ${boxId} and peer_id = ${peerId} and is_marked_unread <> ${isMarked} returning 1`
  return rows.length > 0
}

/** Pins a dialog above the others of its folder, or unpins it. */
export async function updatePin(tx: Tx, boxId: BoxId, dialog: DialogRow, isPinned: boolean): Promise<void> {
  await tx.sql`
    update dialog set pinned_order = case when not ${isPinned} then 0 else 1 + coalesce((
      select max(pinned_order) from dialog
      where box_id = ${boxId} and folder_id = ${dialog.folderId} and pinned_order > 0), 0) end
    where box_id = ${boxId} and peer_id = ${dialog.peerId}`
}

/** Writes the order of the pinned dialogs of a folder, the highest first. Those not named lose their pin. */
export async function updatePinnedOrder(
  tx: Tx,
  boxId: BoxId,
  folderId: number,
  peerIds: readonly PeerId[],
): Promise<void> {
  await tx.sql`
    update dialog d set pinned_order = coalesce(
      (select ${peerIds.length}::int + 1 - o.place from unnest(${[...peerIds]}::int[]) with ordinality as o (peer_id, place)
       where o.peer_id = d.peer_id), 0)
    where d.box_id = ${boxId} and d.folder_id = ${folderId}
      and (d.pinned_order > 0 or d.peer_id = any(${[...peerIds]}::int[]))`
}

/** Moves dialogs into a folder, where they are not pinned. Returns those that were elsewhere. */
export async function updateFolder(
  tx: Tx,
  boxId: BoxId,
  folderId: number,
  peerIds: readonly PeerId[],
): Promise<PeerId[]> {
  const rows = await tx.sql<{ peerId: PeerId }[]>`
    update dialog set folder_id = ${folderId}, pinned_order = 0
    where box_id = ${boxId} and peer_id = any(${[...peerIds]}::int[]) and folder_id <> ${folderId}
    returning peer_id as "peerId"`
  return rows.map((row) => row.peerId)
}

/** Writes a draft, or clears it. The dialog is made if there is none: a draft can be all there is to a chat. */
export async function upsertDraft(
  tx: Tx,
  key: { readonly boxId: BoxId; readonly peerId: PeerId },
  draft: Uint8Array | null,
  date: number,
): Promise<void> {
  await tx.sql`
    insert into dialog (box_id, peer_id, draft, draft_date) values (${key.boxId}, ${key.peerId}, ${draft}, ${date})
    on conflict (box_id, peer_id) do update set draft = excluded.draft, draft_date = excluded.draft_date`
}

/** Dialogs with a draft, the last changed first. */
export async function readDrafts(db: Db | Tx, boxId: BoxId, limit: number): Promise<DialogRow[]> {
  return await db.sql<DialogRow[]>`
    select ${columns(db)} from dialog d where d.box_id = ${boxId} and d.draft is not null
    order by d.draft_date desc limit ${limit}`
}

/** Clears all drafts of a box and returns with whom they were. */
export async function deleteDrafts(tx: Tx, boxId: BoxId, date: number): Promise<PeerId[]> {
  const rows = await tx.sql<{ peerId: PeerId }[]>`
    update dialog set draft = null, draft_date = ${date} where box_id = ${boxId} and draft is not null
    returning peer_id as "peerId"`
  return rows.map((row) => row.peerId)
}

/** What the archive adds up to: its newest dialog and what is unread in it. */
export interface FolderSummary {
  readonly peerId: PeerId
  readonly topMessageId: MessageId
  readonly unreadPeers: number
  readonly unreadMessages: number
}

/** The archive as one entry of the list; undefined when it is empty. */
export async function readArchive(db: Db | Tx, boxId: BoxId): Promise<FolderSummary | undefined> {
  const [row] = await db.sql<FolderSummary[]>`
    select top.peer_id as "peerId", top.top_message_id as "topMessageId", unread.peers as "unreadPeers",
      unread.messages as "unreadMessages"
    from (
      select peer_id, top_message_id from dialog
      where box_id = ${boxId} and folder_id = 1 and top_message_id > 0
      order by top_date desc, top_message_id desc, peer_id desc limit 1
    ) top, (
      select count(*) filter (where unread_count > 0 or is_marked_unread)::int as peers,
        coalesce(sum(unread_count), 0)::int as messages
      from dialog where box_id = ${boxId} and folder_id = 1 and top_message_id > 0
    ) unread`
  return row
}
