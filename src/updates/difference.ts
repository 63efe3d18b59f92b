import type { UserId } from '../lib/ids.ts'
import { must } from '../lib/assert.ts'
import { tl } from '../tl/factories.ts'
import { rpcError } from '../tl/rpc-error.ts'
import type * as T from '../tl/schema.d.ts'
import type { FeedDeps } from './feed.ts'
import { DIFFERENCE_OTHERS, DIFFERENCE_OVERLAP_SEC, DIFFERENCE_ROWS, DIFFERENCE_TOTAL } from './limits.ts'
import { readLog, readOthersSince, readState } from './log.ts'
import type { DifferenceSince, Rendered } from './updates.ts'

/** The state as clients keep it. seq is constant: pushes are never numbered by it (https://core.telegram.org/api/updates). */
function view(pts: number, date: number): T.updates.state {
  return tl['updates.state']({ pts, qts: 0, date, seq: 1, unreadCount: 0 })
}

/** Answers updates.getState. */
export async function stateView(deps: FeedDeps, userId: UserId): Promise<T.updates.state> {
  const state = must(await readState(deps.db, userId), 'every account has a box')
  return view(state.pts, deps.clock.nowSec())
}

/**
 * Answers updates.getDifference from the log: whole, in slices, or "too long" when a client is so far behind that it
 * had better start anew. https://core.telegram.org/method/updates.getDifference
 */
export async function readDifference(
  deps: FeedDeps,
  userId: UserId,
  since: DifferenceSince,
): Promise<T.updates.Difference> {
  if (since.pts <= 0) throw rpcError('PERSISTENT_TIMESTAMP_EMPTY')
  const date = deps.clock.nowSec()
  const state = must(await readState(deps.db, userId), 'every account has a box')
  const behind = state.pts - since.pts
  const total = Math.min(since.ptsTotalLimit ?? DIFFERENCE_TOTAL, DIFFERENCE_TOTAL)
  if (behind < 0 || behind > total) return tl['updates.differenceTooLong']({ pts: state.pts })

  const limit = Math.max(1, Math.min(since.ptsLimit ?? DIFFERENCE_ROWS, DIFFERENCE_ROWS))
  const others = await readOthersSince(deps.db, userId, {
    sinceSec: since.date - DIFFERENCE_OVERLAP_SEC,
    untilPts: since.pts,
    limit: DIFFERENCE_OTHERS,
  })
  const rows = await readLog(deps.db, userId, since.pts, limit + 1)
  const first = rows.find((row) => row.seq === 0)
  // What follows the client's pts is no longer in the log.
  if (behind > 0 && (!first || first.pts - first.count > since.pts)) {
    return tl['updates.differenceTooLong']({ pts: state.pts })
  }
  if (rows.length === 0 && others.length === 0) return tl['updates.differenceEmpty']({ date, seq: 1 })

  const isSlice = rows.length > limit
  const taken = isSlice ? rows.slice(0, limit) : rows
  const rendered = await deps.render(userId, [...others, ...taken])
  const last = taken.at(-1)
  const parts = splitMessages(rendered)
  if (isSlice && last) {
    return tl['updates.differenceSlice']({ ...parts, intermediateState: view(last.pts, last.date) })
  }
  return tl['updates.difference']({ ...parts, state: view(Math.max(last?.pts ?? 0, state.pts), date) })
}

/** A difference carries new messages apart from all other updates. */
function splitMessages(rendered: Rendered): {
  newMessages: T.Message[]
  newEncryptedMessages: T.EncryptedMessage[]
  otherUpdates: T.Update[]
  chats: T.Chat[]
  users: T.User[]
} {
  const newMessages: T.Message[] = []
  const otherUpdates: T.Update[] = []
  for (const update of rendered.updates) {
    if (update._ === 'updateNewMessage') newMessages.push(update.message)
    else otherUpdates.push(update)
  }
  return {
    newMessages,
    newEncryptedMessages: [],
    otherUpdates,
    chats: [...rendered.chats],
    users: [...rendered.users],
  }
}
