import type { Actor } from '../context.ts'
import { must } from '../lib/assert.ts'
import { tl } from '../tl/factories.ts'
import { rpcError } from '../tl/rpc-error.ts'
import type * as T from '../tl/schema.d.ts'
import type { FeedDeps } from './feed.ts'
import {
  DIFFERENCE_OTHERS,
  DIFFERENCE_OVERLAP_SEC,
  DIFFERENCE_QTS,
  DIFFERENCE_ROWS,
  DIFFERENCE_TOTAL,
} from './limits.ts'
import {
  ALL_DEVICES,
  readLog,
  readOthersSince,
  readQueueAfter,
  readStateWithQts,
  type LogRow,
  type Queue,
} from './log.ts'
import type { DifferenceSince, Rendered } from './updates.ts'

/** The state as clients keep it. seq is constant: pushes are never numbered by it (https://core.telegram.org/api/updates). */
function view(pts: number, qts: number, date: number): T.updates.state {
  return tl['updates.state']({ pts, qts, date, seq: 1, unreadCount: 0 })
}

/** Whose qts a caller is told: events of bots are for all their devices, secret chats for one. */
function queueOf(by: Actor): Queue {
  return by.isBot ? ALL_DEVICES : by.keyId
}

/** Answers updates.getState. */
export async function stateView(deps: FeedDeps, by: Actor): Promise<T.updates.state> {
  const state = must(await readStateWithQts(deps.db, by.userId, queueOf(by)), 'every account has a box')
  return view(state.pts, state.qts, deps.clock.nowSec())
}

/**
 * Answers updates.getDifference from the log: whole, in slices, or "too long" when a client is so far behind that it
 * had better start anew. https://core.telegram.org/method/updates.getDifference
 */
export async function readDifference(
  deps: FeedDeps,
  by: Actor,
  since: DifferenceSince,
): Promise<T.updates.Difference> {
  if (since.pts <= 0) throw rpcError('PERSISTENT_TIMESTAMP_EMPTY')
  const { db } = deps
  const { userId } = by
  const date = deps.clock.nowSec()
  const state = must(await readStateWithQts(db, userId, queueOf(by)), 'every account has a box')
  const behind = state.pts - since.pts
  const total = Math.min(since.ptsTotalLimit ?? DIFFERENCE_TOTAL, DIFFERENCE_TOTAL)
  if (behind < 0 || behind > total) return tl['updates.differenceTooLong']({ pts: state.pts })

  const others = await readOthersSince(db, userId, {
    sinceSec: Math.max(since.date - DIFFERENCE_OVERLAP_SEC, 0),
    untilPts: since.pts,
    device: by.keyId,
    limit: DIFFERENCE_OTHERS,
  })
  const limit = bounded(since.ptsLimit, DIFFERENCE_ROWS)
  const after = { pts: since.pts, device: by.keyId }
  const counted = sliceOf(await readLog(db, userId, after, limit + 1), limit)
  const first = counted.rows.find((row) => row.seq === 0)
  // What follows the client's pts is no longer in the log.
  if (behind > 0 && (!first || first.pts - first.count > since.pts)) {
    return tl['updates.differenceTooLong']({ pts: state.pts })
  }
  const secret = await readSecret(deps, by, since, state.qts)
  if (counted.rows.length + others.length + secret.rows.length === 0) {
    return tl['updates.differenceEmpty']({ date, seq: 1 })
  }

  const last = counted.rows.at(-1)
  const pts = counted.isCut && last ? last.pts : Math.max(last?.pts ?? 0, state.pts)
  const qts = secret.rows.at(-1)?.qts ?? state.qts
  // Clients take the messages of a difference before everything else in it.
  const rendered = await deps.render(userId, [...others, ...counted.rows, ...secret.rows], {
    countedAtPts: pts,
  })
  const parts = splitMessages(rendered)
  if (counted.isCut || secret.isCut) {
    const intermediateState = view(pts, qts, counted.isCut && last ? last.date : since.date)
    return tl['updates.differenceSlice']({ ...parts, intermediateState })
  }
  return tl['updates.difference']({ ...parts, state: view(pts, qts, date) })
}

function bounded(wish: number | undefined, limit: number): number {
  return Math.max(1, Math.min(wish ?? limit, limit))
}

/** Rows of one answer, and whether others follow. */
interface Slice {
  readonly rows: readonly LogRow[]
  readonly isCut: boolean
}

function sliceOf(rows: readonly LogRow[], limit: number): Slice {
  return { rows: rows.slice(0, limit), isCut: rows.length > limit }
}

/** What counts in qts. Its beginning may be gone after a long time: the rest is told all the same. */
async function readSecret(deps: FeedDeps, by: Actor, since: DifferenceSince, qts: number): Promise<Slice> {
  if (since.qts >= qts) return { rows: [], isCut: false }
  const limit = bounded(since.qtsLimit, DIFFERENCE_QTS)
  const after = { queue: queueOf(by), qts: since.qts }
  return sliceOf(await readQueueAfter(deps.db, by.userId, after, limit + 1), limit)
}

/** A difference carries new messages, plain and encrypted, apart from all other updates. */
function splitMessages(rendered: Rendered): {
  newMessages: T.Message[]
  newEncryptedMessages: T.EncryptedMessage[]
  otherUpdates: T.Update[]
  chats: T.Chat[]
  users: T.User[]
} {
  const newMessages: T.Message[] = []
  const newEncryptedMessages: T.EncryptedMessage[] = []
  const otherUpdates: T.Update[] = []
  for (const update of rendered.updates) {
    if (update._ === 'updateNewMessage') newMessages.push(update.message)
    else if (update._ === 'updateNewEncryptedMessage') newEncryptedMessages.push(update.message)
    else otherUpdates.push(update)
  }
  return {
    newMessages,
    newEncryptedMessages,
    otherUpdates,
    chats: [...rendered.chats],
    users: [...rendered.users],
  }
}
