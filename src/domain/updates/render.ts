import type { Context } from '../../context.ts'
import { must } from '../../lib/assert.ts'
import type { MessageId, PeerId, UserId } from '../../lib/ids.ts'
import { decodeObject } from '../../tl/decode.ts'
import { tl } from '../../tl/factories.ts'
import type * as T from '../../tl/schema.d.ts'
import { Kind, type LogRow } from '../../updates/log.ts'
import type { InHand, Known, Rendered } from '../../updates/updates.ts'
import { peerView } from '../../views/peer.ts'
import { loadUsers } from '../accounts/users.ts'
import { readPeerDialogs, type DialogRow } from '../dialogs/store.ts'
import { messageOf } from '../messages/present.ts'
import { countUnread } from '../messages/read-store.ts'
import type { MessageRow } from '../messages/rows.ts'
import { readMessages } from '../messages/store.ts'
import { collectPeers } from '../peers/collect.ts'

/**
 * Turns log rows of a viewer's box into updates, one for each and in order: what is pushed, what a difference tells and
 * what the caller is answered are all made here. Messages, dialogs and users are each loaded at once.
 * https://core.telegram.org/api/updates
 */
export async function renderRows(
  ctx: Context,
  viewer: UserId,
  rows: readonly LogRow[],
  known: Known = {},
): Promise<Rendered> {
  const [messages, read] = await Promise.all([
    messagesOf(ctx, viewer, rows, known.inHand),
    readInboxesOf(ctx, viewer, rows, known.countedAtPts),
  ])
  const updates = rows.map((row) => updateOf(ctx, viewer, row, messages, read))
  return { updates, users: await loadUsers(ctx, viewer, collectPeers(updates).users), chats: [] }
}

function updateOf(
  ctx: Context,
  viewer: UserId,
  row: LogRow,
  messages: ReadonlyMap<MessageId, MessageRow>,
  read: ReadInboxes,
): T.Update {
  const counted = { pts: row.pts, ptsCount: row.count }
  switch (row.kind) {
    case Kind.newMessage:
    case Kind.editMessage: {
      const message = messages.get(messageIdOf(row))
      // It has been deleted since; its pts must be told all the same, or the client would see a hole.
      if (!message) return tl.updateDeleteMessages({ messages: [], ...counted })
      const view = messageOf(ctx, viewer, message)
      return row.kind === Kind.newMessage
        ? tl.updateNewMessage({ message: view, ...counted })
        : tl.updateEditMessage({ message: view, ...counted })
    }
    case Kind.deleteMessages:
      return tl.updateDeleteMessages({ messages: [...(row.ids ?? [])], ...counted })
    case Kind.readInbox:
      return readInboxOf(row, read)
    case Kind.readOutbox:
      return tl.updateReadHistoryOutbox({
        peer: peerView(peerIdOf(row)),
        maxId: messageIdOf(row),
        ...counted,
      })
    case Kind.readContents:
      return tl.updateReadMessagesContents({
        messages: [...(row.ids ?? [])],
        date: row.date,
        ...counted,
      })
    default:
      return otherOf(row)
  }
}

function readInboxOf(row: LogRow, { dialogs, unread }: ReadInboxes): T.updateReadHistoryInbox {
  const peerId = peerIdOf(row)
  const dialog = dialogs.get(peerId)
  return tl.updateReadHistoryInbox({
    folderId: dialog?.folderId || undefined,
    peer: peerView(peerId),
    maxId: messageIdOf(row),
    stillUnreadCount: unread.get(row) ?? 0,
    pts: row.pts,
    ptsCount: row.count,
  })
}

/** The update is stored as it is; one that counts in pts or qts learns its numbers from the row. */
function otherOf(row: LogRow): T.Update {
  const update = decodeObject(must(row.data, 'a log row of this kind holds its update')) as T.Update
  if (row.count > 0 && 'pts' in update && 'ptsCount' in update) {
    return { ...update, pts: row.pts, ptsCount: row.count }
  }
  if (row.qts > 0 && 'qts' in update) return { ...update, qts: row.qts }
  return update
}

async function messagesOf(
  ctx: Context,
  viewer: UserId,
  rows: readonly LogRow[],
  inHand: InHand = [],
): Promise<Map<MessageId, MessageRow>> {
  // Whoever announces rows of messages puts these in.
  const given = (inHand as readonly MessageRow[]).filter((message) => message.boxId === viewer)
  const messages = new Map(given.map((message) => [message.id, message]))
  const wanted = rows
    .filter((row) => row.kind === Kind.newMessage || row.kind === Kind.editMessage)
    .map(messageIdOf)
    .filter((id) => !messages.has(id))
  for (const message of await readMessages(ctx.db, viewer, [...new Set(wanted)])) {
    messages.set(message.id, message)
  }
  return messages
}

/** What marks of reading tell besides themselves. */
interface ReadInboxes {
  readonly dialogs: ReadonlyMap<PeerId, DialogRow>
  readonly unread: ReadonlyMap<LogRow, number>
}

/**
 * The number of unread messages is that of the moment at which the client takes the update: of messages that it hears
 * of later it would say that they cannot be.
 */
async function readInboxesOf(
  ctx: Context,
  viewer: UserId,
  rows: readonly LogRow[],
  countedAtPts: number | undefined,
): Promise<ReadInboxes> {
  const marks = rows.filter((row) => row.kind === Kind.readInbox)
  if (marks.length === 0) return { dialogs: new Map(), unread: new Map() }
  const wanted = marks.map((row) => ({
    peerId: peerIdOf(row),
    maxId: messageIdOf(row),
    untilPts: countedAtPts ?? row.pts,
  }))
  const [dialogs, counts] = await Promise.all([
    readPeerDialogs(ctx.db, viewer, [...new Set(wanted.map((mark) => mark.peerId))]),
    countUnread(ctx.db, viewer, wanted),
  ])
  return {
    dialogs: new Map(dialogs.map((dialog) => [dialog.peerId, dialog])),
    unread: new Map(marks.map((row, index) => [row, counts[index] ?? 0])),
  }
}

function messageIdOf(row: LogRow): MessageId {
  return must(row.messageId, 'a log row of this kind names a message')
}

function peerIdOf(row: LogRow): PeerId {
  return must(row.peerId, 'a log row of this kind names a peer')
}
