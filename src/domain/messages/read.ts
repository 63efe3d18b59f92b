import type { Actor, Context } from '../../context.ts'
import { peerKind, type MessageId, type PeerId, type UserId } from '../../lib/ids.ts'
import type { Tx } from '../../store/database.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { Kind, type LogEntry } from '../../updates/log.ts'
import { getSetting } from '../accounts/settings.ts'
import { unreadMarkEntry } from '../dialogs/marks.ts'
import { affectedOf, nothingAffected, type Affected } from './delete.ts'
import { READ_DATE_SEC, REQUEST_IDS } from './limits.ts'
import {
  readLastReadOf,
  readOutboxDate,
  readReadOutboxId,
  readReadState,
  updateOpened,
  updateReadInbox,
  updateReadOutbox,
} from './read-store.ts'
import { lockBoxes, readMessage, readPeersOf } from './store.ts'

/** Of this many of the newest read messages, the other side is expected to have kept one. */
const LOOK_BACK = 50

/**
 * Marks the messages of a chat as read up to `maxId` (0: all). The actor's other devices and the writer hear of it.
 * https://core.telegram.org/method/messages.readHistory
 */
export async function readHistory(
  ctx: Context,
  by: Actor,
  input: { readonly peerId: PeerId; readonly maxId: number },
): Promise<Affected> {
  if (peerKind(input.peerId) !== 'user') throw rpcError('PEER_ID_INVALID')
  const { userId } = by
  const peerId = input.peerId as UserId
  return await ctx.db.transaction(async (tx) => {
    await lockBoxes(tx, [userId, peerId])
    const state = await readReadState(tx, userId, peerId)
    if (!state) return await nothingAffected(tx, userId)
    const wanted = input.maxId > 0 ? Math.min(input.maxId, state.topMessageId) : state.topMessageId
    const maxId = Math.max(wanted, state.readInboxId) as MessageId
    const isFurther = maxId > state.readInboxId
    if (!isFurther && !state.isMarkedUnread) return await nothingAffected(tx, userId)
    await updateReadInbox(tx, userId, peerId, maxId)
    const entries: LogEntry[] = []
    if (isFurther) {
      entries.push({ boxId: userId, kind: Kind.readInbox, count: 1, peerId, messageId: maxId })
      entries.push(...(await tellWriter(tx, by, peerId, { afterId: state.readInboxId, maxId })))
    }
    if (state.isMarkedUnread) entries.push(unreadMarkEntry(userId, peerId, false))
    const logRows = await ctx.updates.record(tx, entries, by)
    return affectedOf(logRows, userId) ?? (await nothingAffected(tx, userId))
  })
}

async function tellWriter(
  tx: Tx,
  by: Actor,
  peerId: UserId,
  range: { readonly afterId: MessageId; readonly maxId: MessageId },
): Promise<LogEntry[]> {
  const messageId = await readLastReadOf(tx, by.userId, peerId, { ...range, limit: LOOK_BACK })
  // The writer's own notes are read by nobody else.
  if (messageId === undefined || peerId === by.userId) return []
  if (!(await updateReadOutbox(tx, peerId, by.userId, messageId))) return []
  return [{ boxId: peerId, kind: Kind.readOutbox, count: 1, peerId: by.userId, messageId }]
}

/**
 * Marks voice messages as played and mentions as seen. Only those that waited for it count.
 * https://core.telegram.org/method/messages.readMessageContents
 */
export async function readMessageContents(
  ctx: Context,
  by: Actor,
  ids: readonly MessageId[],
): Promise<Affected> {
  const wanted = ids.slice(0, REQUEST_IDS)
  return await ctx.db.transaction(async (tx) => {
    const peers = await readPeersOf(tx, by.userId, wanted)
    await lockBoxes(tx, [by.userId, ...peers.filter((peerId) => peerKind(peerId) === 'user')] as UserId[])
    const opened = Map.groupBy(await updateOpened(tx, by.userId, wanted), (message) => message.boxId)
    const entries = [...opened].map(([boxId, messages]) => ({
      boxId,
      kind: Kind.readContents,
      count: 1,
      ids: messages.map((message) => message.id),
    }))
    const logRows = await ctx.updates.record(tx, entries, by)
    return affectedOf(logRows, by.userId) ?? (await nothingAffected(tx, by.userId))
  })
}

/**
 * When the other side read one of the actor's messages. Throws MESSAGE_ID_INVALID, MESSAGE_TOO_OLD,
 * MESSAGE_NOT_READ_YET, and where one of the two hides it, YOUR_PRIVACY_RESTRICTED or USER_PRIVACY_RESTRICTED. https://core.telegram.org/method/messages.getOutboxReadDate
 */
export async function outboxReadDate(
  ctx: Context,
  by: Actor,
  input: { readonly peerId: PeerId; readonly messageId: MessageId },
): Promise<number> {
  const [mine, theirs] = await Promise.all(
    [by.userId, input.peerId as UserId].map((userId) => getSetting(ctx, userId, 'globalPrivacySettings')),
  )
  if (mine?.hideReadMarks) throw rpcError('YOUR_PRIVACY_RESTRICTED')
  if (theirs?.hideReadMarks) throw rpcError('USER_PRIVACY_RESTRICTED')
  const message = await readMessage(ctx.db, by.userId, input.messageId)
  if (!message || message.peerId !== input.peerId || message.fromId !== by.userId) {
    throw rpcError('MESSAGE_ID_INVALID')
  }
  if (ctx.clock.nowSec() - message.date > READ_DATE_SEC) throw rpcError('MESSAGE_TOO_OLD')
  const readUpTo = (await readReadOutboxId(ctx.db, by.userId, input.peerId)) ?? 0
  if (readUpTo < message.id) throw rpcError('MESSAGE_NOT_READ_YET')
  const date = await readOutboxDate(ctx.db, by.userId, input.peerId, message.id)
  if (date === undefined) throw rpcError('MESSAGE_TOO_OLD')
  return date
}
