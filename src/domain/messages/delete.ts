import type { Actor, Context } from '../../context.ts'
import { must } from '../../lib/assert.ts'
import { peerKind, type BoxId, type MessageId, type PeerId, type UserId } from '../../lib/ids.ts'
import type { Tx } from '../../store/database.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { Kind, readState, type LogEntry, type LogRow } from '../../updates/log.ts'
import { draftEntry } from '../dialogs/drafts.ts'
import { unreadMarkEntry } from '../dialogs/marks.ts'
import { pinnedEntry } from '../dialogs/pins.ts'
import {
  countDeletable,
  deleteRows,
  forgetDialog,
  readDeletable,
  readTopDate,
  shrinkDialog,
  unpinEmpty,
  type DeletedMessage,
} from './delete-store.ts'
import { deliver, outgoing } from './deliver.ts'
import { DELETE_CHUNK, DELETE_IDS } from './limits.ts'
import { pack } from './packed.ts'
import { Sides } from './send-store.ts'
import { lockBoxes, readPeersOf } from './store.ts'

/** What a change did to the actor's own box. */
export interface Affected {
  readonly pts: number
  readonly ptsCount: number
}

/**
 * Deletes messages from the actor's box and, when revoked, from the other side's. Ids that are not there are passed
 * over. Throws LIMIT_INVALID for too many at once. https://core.telegram.org/method/messages.deleteMessages
 */
export async function deleteMessages(
  ctx: Context,
  by: Actor,
  input: { readonly ids: readonly MessageId[]; readonly isRevoked: boolean },
): Promise<Affected> {
  if (input.ids.length > DELETE_IDS) throw rpcError('LIMIT_INVALID')
  return await ctx.db.transaction(async (tx) => {
    const peers = input.isRevoked ? await readPeersOf(tx, by.userId, input.ids) : []
    return await deleteIn(ctx, tx, by, { ...input, peers })
  })
}

/** A history to be cleared, for oneself or for both. */
export interface DeleteHistory {
  readonly peerId: PeerId
  /** The dialog stays in the list, empty. */
  readonly isClearedOnly: boolean
  readonly isRevoked: boolean
  /** 0: all. */
  readonly maxId: number
  readonly minDate: number | undefined
  readonly maxDate: number | undefined
}

/**
 * Deletes a history in pieces: as long as `offset` is not 0, the client calls again.
 * https://core.telegram.org/method/messages.deleteHistory
 */
export async function deleteHistory(
  ctx: Context,
  by: Actor,
  input: DeleteHistory,
): Promise<Affected & { readonly offset: number }> {
  if (peerKind(input.peerId) !== 'user') throw rpcError('PEER_ID_INVALID')
  const range = {
    maxId: input.maxId > 0 ? input.maxId : MAX_INT,
    minDate: input.minDate ?? 0,
    maxDate: input.maxDate || MAX_INT,
  }
  const result = await ctx.db.transaction(async (tx) => {
    await lockBoxes(tx, boxesOf(by, [input.peerId], input.isRevoked))
    const ids = await readDeletable(tx, by.userId, input.peerId, { ...range, limit: DELETE_CHUNK })
    const affected = await deleteIn(ctx, tx, by, {
      ids,
      isRevoked: input.isRevoked,
      peers: [input.peerId],
      keepsPinOf: by.userId,
    })
    const offset = ids.length < DELETE_CHUNK ? 0 : await countDeletable(tx, by.userId, input.peerId, range)
    const isWhole = range.minDate === 0 && range.maxDate === MAX_INT && offset === 0
    if (isWhole && !input.isClearedOnly) await leaveList(ctx, tx, by, input)
    const topDate = isWhole && ids.length > 0 ? await readTopDate(tx, by.userId, input.peerId) : undefined
    return { ...affected, offset, topDate }
  })
  if (!input.isClearedOnly || result.topDate === undefined) return result
  const logRow = await markCleared(ctx, by, input.peerId, result.topDate)
  return { pts: logRow.pts, ptsCount: result.ptsCount + 1, offset: 0 }
}

const MAX_INT = 0x7fffffff

/** Deletes, counts the dialogs anew and logs it, box by box. */
async function deleteIn(
  ctx: Context,
  tx: Tx,
  by: Actor,
  input: {
    readonly ids: readonly MessageId[]
    readonly isRevoked: boolean
    readonly peers: readonly PeerId[]
    /** Whose dialog is seen to afterwards. */
    readonly keepsPinOf?: BoxId
  },
): Promise<Affected> {
  await lockBoxes(tx, boxesOf(by, input.peers, input.isRevoked))
  const gone = await deleteRows(tx, by.userId, { ...input, nowSec: ctx.clock.nowSec() })
  for (const [boxId, peerId, messages] of byDialog(gone)) {
    await shrinkDialog(tx, boxId, peerId, {
      count: messages.length,
      incomingIds: messages.filter((message) => message.isIncoming).map((message) => message.id),
    })
  }
  const logRows = await ctx.updates.append(tx, deletionEntries(gone))
  ctx.updates.announce(tx, logRows, by)
  // Nothing shows a dialog without messages: a pin that nobody sees would take one of the few places.
  const emptied = await unpinEmpty(
    tx,
    gone.filter((message) => message.boxId !== input.keepsPinOf),
  )
  const unpinned = emptied.map((each) => pinnedEntry(each.boxId as UserId, each.peerId, false, each.folderId))
  if (unpinned.length > 0) await ctx.updates.record(tx, unpinned)
  return affectedOf(logRows, by.userId) ?? (await nothingAffected(tx, by.userId))
}

function boxesOf(by: Actor, peers: readonly PeerId[], isRevoked: boolean): BoxId[] {
  if (!isRevoked) return [by.userId]
  return [
    by.userId,
    ...peers.filter((peerId) => peerKind(peerId) === 'user').map((peerId) => peerId as UserId),
  ]
}

function* byDialog(gone: readonly DeletedMessage[]): Generator<[BoxId, PeerId, DeletedMessage[]]> {
  const dialogs = Map.groupBy(gone, (message) => `${message.boxId} ${message.peerId}`)
  for (const messages of dialogs.values()) {
    const first = must(messages[0], 'a group has a member')
    yield [first.boxId, first.peerId, messages]
  }
}

function deletionEntries(gone: readonly DeletedMessage[]): LogEntry[] {
  const boxes = Map.groupBy(gone, (message) => message.boxId)
  return [...boxes].map(([boxId, messages]) => ({
    boxId,
    kind: Kind.deleteMessages,
    count: messages.length,
    ids: messages.map((message) => message.id),
  }))
}

/** What the rows did to a box; undefined when there is none of it. */
export function affectedOf(logRows: readonly LogRow[], boxId: BoxId): Affected | undefined {
  const own = logRows.filter((row) => row.boxId === boxId && row.count > 0)
  const last = own.at(-1)
  return last && { pts: last.pts, ptsCount: own.reduce((sum, row) => sum + row.count, 0) }
}

/** The state of a box to which nothing happened. */
export async function nothingAffected(tx: Tx, boxId: BoxId): Promise<Affected> {
  const state = must(await readState(tx, boxId), 'every account has a box')
  return { pts: state.pts, ptsCount: 0 }
}

/** A dialog whose history is gone leaves the actor's list; what was special about it ends on all devices. */
async function leaveList(ctx: Context, tx: Tx, by: Actor, input: DeleteHistory): Promise<void> {
  const date = ctx.clock.nowSec()
  const { userId } = by
  const { peerId } = input
  const old = await forgetDialog(tx, userId, peerId, date)
  if (!old) return
  const entries: LogEntry[] = []
  if (old.wasPinned) entries.push(pinnedEntry(userId, peerId, false, old.folderId))
  if (old.hadDraft) entries.push(draftEntry(userId, peerId, tl.draftMessageEmpty({ date })))
  if (old.wasMarkedUnread) entries.push(unreadMarkEntry(userId, peerId, false))
  if (entries.length > 0) await ctx.updates.record(tx, entries, by)
}

/** A cleared history shows that it was cleared, which keeps the dialog in its place in the list. */
async function markCleared(ctx: Context, by: Actor, peerId: PeerId, topDate: number): Promise<LogRow> {
  const message = outgoing({
    fromId: by.userId,
    toId: peerId as UserId,
    sides: Sides.own,
    randomId: ctx.random.long(),
    action: pack(tl.messageActionHistoryClear(), 'MessageAction'),
  })
  const [cleared] = await deliver(ctx, by, [message], topDate)
  return must(cleared, 'one message was sent').logRow
}
