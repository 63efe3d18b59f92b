import type { Actor, Context } from '../../context.ts'
import type { MessageId, PeerId, UserId } from '../../lib/ids.ts'
import { tl } from '../../tl/factories.ts'
import type * as T from '../../tl/schema.d.ts'
import { dialogView } from '../../views/dialog.ts'
import { peerView } from '../../views/peer.ts'
import { loadUsers } from '../accounts/users.ts'
import { pageLimit } from '../messages/history.ts'
import { presentMessages, type PresentedMessages } from '../messages/present.ts'
import { readMessage, readMessages } from '../messages/store.ts'
import { loadPeerNotifySettings } from '../notify/settings.ts'
import { collectPeers } from '../peers/collect.ts'
import { draftOf } from './drafts.ts'
import {
  countDialogs,
  readArchive,
  readDialogs,
  readPeerDialogs,
  readPinned,
  type DialogPosition,
  type DialogRow,
  type FolderIds,
  type FolderSummary,
} from './store.ts'

/** Which part of the list of chats is wanted. */
export interface DialogWindow {
  readonly folderIds: FolderIds
  readonly excludePinned: boolean
  readonly offsetDate: number
  readonly offsetId: number
  readonly offsetPeerId: PeerId | undefined
  readonly limit: number
}

/** Dialogs as their owner sees them, with their newest messages and everybody in these. */
export interface PresentedDialogs extends PresentedMessages {
  readonly dialogs: T.Dialog[]
}

/** Part of the list of chats. */
export interface DialogPage extends PresentedDialogs {
  /** Of the whole list. */
  readonly count: number
  /** Whether this is the whole list. */
  readonly isWhole: boolean
}

/**
 * The list of chats by the date of the newest message; pinned ones stand first unless excluded. After the last dialog
 * there is nothing. https://core.telegram.org/method/messages.getDialogs
 */
export async function getDialogs(ctx: Context, by: Actor, window: DialogWindow): Promise<DialogPage> {
  const limit = pageLimit(window.limit)
  const { folderIds } = window
  const isFirst = window.offsetDate <= 0 && window.offsetId <= 0
  const [count, pinned, position] = await Promise.all([
    countDialogs(ctx.db, by.userId, folderIds, !window.excludePinned),
    window.excludePinned ? [] : readPinned(ctx.db, by.userId, folderIds),
    positionOf(ctx, by, window),
  ])
  // A page that ended within the pinned ones goes on behind the last of them.
  const lastPinned = pinned.findIndex((row) => row.peerId === window.offsetPeerId)
  const head = isFirst || lastPinned >= 0 ? pinned.slice(lastPinned + 1, lastPinned + 1 + limit) : []
  const tail = await readDialogs(ctx.db, by.userId, {
    folderIds,
    after: lastPinned >= 0 ? AFTER_ALL : position,
    limit: limit - head.length,
  })
  const rows = [...head.filter((row) => row.topMessageId > 0), ...tail]
  const presented = await presentDialogs(ctx, by.userId, rows)
  return { ...presented, count, isWhole: isFirst && rows.length >= count }
}

const MAX_INT = 0x7fffffff
const MIN_INT = -0x80000000
const AFTER_ALL: DialogPosition = { date: MAX_INT, messageId: MAX_INT, peerId: MAX_INT }

/** A client that says no date means the one of the message that it names. */
async function positionOf(ctx: Context, by: Actor, window: DialogWindow): Promise<DialogPosition> {
  const { offsetDate, offsetId } = window
  const peerId = window.offsetPeerId ?? MIN_INT
  if (offsetDate > 0) return { date: offsetDate, messageId: Math.max(0, offsetId), peerId }
  if (offsetId <= 0) return AFTER_ALL
  const message = await readMessage(ctx.db, by.userId, offsetId as DialogRow['topMessageId'])
  return message ? { date: message.date, messageId: offsetId, peerId } : AFTER_ALL
}

/** The pinned dialogs of a folder; above the list of chats stands the archive, if there is something in it. */
export async function getPinnedDialogs(ctx: Context, by: Actor, folderId: number): Promise<PresentedDialogs> {
  const [pinned, archive] = await Promise.all([
    readPinned(ctx.db, by.userId, folderId === 0 ? [0] : [1]),
    folderId === 0 ? readArchive(ctx.db, by.userId) : undefined,
  ])
  return await presentDialogs(ctx, by.userId, pinned, archive)
}

/** Dialogs with certain peers; with whom there is none yet, an empty one is shown. */
export async function getPeerDialogs(
  ctx: Context,
  by: Actor,
  peerIds: readonly PeerId[],
): Promise<PresentedDialogs> {
  const wanted = [...new Set(peerIds)]
  const known = new Map(
    (await readPeerDialogs(ctx.db, by.userId, wanted)).map((row) => [row.peerId, row] as const),
  )
  const rows = wanted.map((peerId) => known.get(peerId) ?? emptyDialog(by.userId, peerId))
  return await presentDialogs(ctx, by.userId, rows)
}

function emptyDialog(boxId: UserId, peerId: PeerId): DialogRow {
  const none = 0 as DialogRow['topMessageId']
  return {
    boxId,
    peerId,
    topMessageId: none,
    topDate: 0,
    unreadCount: 0,
    readInboxId: none,
    readOutboxId: none,
    isMarkedUnread: false,
    folderId: 0,
    pinnedOrder: 0,
    draft: null,
    draftDate: 0,
  }
}

async function presentDialogs(
  ctx: Context,
  viewer: UserId,
  rows: readonly DialogRow[],
  archive?: FolderSummary,
): Promise<PresentedDialogs> {
  const topIds = [...rows, ...(archive ? [archive] : [])]
    .map((row) => row.topMessageId)
    .filter((id) => id > 0)
  const [top, settings] = await Promise.all([
    topMessages(ctx, viewer, topIds),
    loadPeerNotifySettings(
      ctx,
      viewer,
      rows.map((row) => row.peerId),
    ),
  ])
  const dialogs: T.Dialog[] = rows.map((row) =>
    dialogView({
      peerId: row.peerId,
      topMessageId: row.topMessageId,
      unreadCount: row.unreadCount,
      readInboxId: row.readInboxId,
      readOutboxId: row.readOutboxId,
      isMarkedUnread: row.isMarkedUnread,
      isPinned: row.pinnedOrder > 0,
      folderId: row.folderId,
      draft: draftOf(row),
      notifySettings: settings.get(row.peerId) ?? tl.peerNotifySettings({}),
    }),
  )
  if (archive) dialogs.unshift(archiveView(archive))
  const shown = new Set(top.users.map((user) => user.id))
  const missing = [...collectPeers(dialogs).users].filter((id) => !shown.has(id))
  return { ...top, dialogs, users: [...top.users, ...(await loadUsers(ctx, viewer, missing))] }
}

/** The newest messages, in the order of their dialogs. */
async function topMessages(
  ctx: Context,
  viewer: UserId,
  ids: readonly MessageId[],
): Promise<PresentedMessages> {
  const rows = new Map((await readMessages(ctx.db, viewer, ids)).map((row) => [row.id, row]))
  return await presentMessages(
    ctx,
    viewer,
    ids.flatMap((id) => rows.get(id) ?? []),
  )
}

/** The archive as an entry of the list. https://core.telegram.org/constructor/dialogFolder */
function archiveView(archive: FolderSummary): T.dialogFolder {
  return tl.dialogFolder({
    pinned: true,
    folder: tl.folder({ id: 1, title: 'Archived Chats' }),
    peer: peerView(archive.peerId),
    topMessage: archive.topMessageId,
    unreadMutedPeersCount: 0,
    unreadUnmutedPeersCount: archive.unreadPeers,
    unreadMutedMessagesCount: 0,
    unreadUnmutedMessagesCount: archive.unreadMessages,
  })
}
