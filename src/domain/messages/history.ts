import type { Actor, Context } from '../../context.ts'
import type { MessageId, PeerId } from '../../lib/ids.ts'
import { readBefore, readFrom, readMessageCount, readPositionOf } from './history-store.ts'
import { ADD_OFFSET, DEFAULT_PAGE, PAGE } from './limits.ts'
import type { MessageRow } from './rows.ts'
import { readMessages } from './store.ts'

/** Which part of a list of messages is wanted. https://core.telegram.org/api/offsets */
export interface Window {
  readonly offsetId: number
  readonly offsetDate: number
  readonly addOffset: number
  readonly limit: number
  readonly maxId: number
  readonly minId: number
}

/** Part of a list of messages. */
export interface Page {
  readonly rows: readonly MessageRow[]
  /** Of the whole list. */
  readonly count: number
}

const AFTER_ALL = 0x7fffffff

/**
 * Messages of a chat, the newest first: `limit` of them, `addOffset` places after the offset; then those outside of
 * minId and maxId are left out. https://core.telegram.org/method/messages.getHistory
 */
export async function getHistory(ctx: Context, by: Actor, peerId: PeerId, window: Window): Promise<Page> {
  const limit = pageLimit(window.limit)
  const chat = { boxId: by.userId, peerId }
  const [positionId, count] = await Promise.all([
    startOf(ctx, by, window),
    readMessageCount(ctx.db, by.userId, peerId),
  ])
  const addOffset = Math.max(-ADD_OFFSET, window.addOffset)
  const newer = Math.max(0, -addOffset)
  // The window begins `newer` places before the position; of a window that ends before it, the last part is skipped.
  const [after, before] = await Promise.all([
    readFrom(ctx.db, {
      ...chat,
      positionId,
      skip: Math.max(0, newer - limit),
      limit: Math.min(newer, limit),
    }),
    readBefore(ctx.db, {
      ...chat,
      positionId,
      skip: Math.max(0, addOffset),
      limit: limit - Math.min(newer, limit),
    }),
  ])
  return { rows: withinBounds([...after, ...before], window), count }
}

/** The place in a history that a window is counted from. */
async function startOf(ctx: Context, by: Actor, window: Window): Promise<number> {
  if (window.offsetId > 0) return window.offsetId
  if (window.offsetDate > 0) return await readPositionOf(ctx.db, by.userId, window.offsetDate)
  return AFTER_ALL
}

/** How many rows a page has; as in the official API, 0 means some. */
export function pageLimit(limit: number): number {
  return limit <= 0 ? DEFAULT_PAGE : Math.min(limit, PAGE)
}

/** Leaves out what is not strictly between the two ids; 0 is no bound. */
export function withinBounds(
  rows: readonly MessageRow[],
  bounds: Pick<Window, 'maxId' | 'minId'>,
): MessageRow[] {
  return rows.filter(
    (row) => (bounds.maxId <= 0 || row.id < bounds.maxId) && (bounds.minId <= 0 || row.id > bounds.minId),
  )
}

/**
 * What clients compare a list with: if their hash of the ids is the same, the list need not be sent.
 * https://core.telegram.org/api/offsets#hash-generation
 */
export function hashIds(ids: Iterable<number | bigint>): bigint {
  let hash = 0n
  for (const id of ids) {
    hash ^= hash >> 21n
    hash ^= BigInt.asUintN(64, hash << 35n)
    hash ^= hash >> 4n
    hash = BigInt.asUintN(64, hash + BigInt(id))
  }
  return BigInt.asIntN(64, hash)
}

/** A message that a request names: by its own id, or as what another one replies to. */
export interface WantedMessage {
  readonly id: MessageId
  readonly kind: 'itself' | 'repliedTo'
}

/** Messages by id, in the order of the request; undefined for those that are not there. */
export async function getMessages(
  ctx: Context,
  by: Actor,
  wanted: readonly WantedMessage[],
): Promise<(MessageRow | undefined)[]> {
  const named = await rowsById(
    ctx,
    by,
    wanted.map((message) => message.id),
  )
  const repliedTo = wanted.flatMap((message) => {
    const id = message.kind === 'repliedTo' ? named.get(message.id)?.replyToId : undefined
    return id ? [id] : []
  })
  const others = await rowsById(ctx, by, repliedTo)
  return wanted.map((message) => {
    const row = named.get(message.id)
    if (message.kind === 'itself') return row
    return row?.replyToId ? others.get(row.replyToId) : undefined
  })
}

async function rowsById(
  ctx: Context,
  by: Actor,
  ids: readonly MessageId[],
): Promise<Map<MessageId, MessageRow>> {
  const rows = await readMessages(ctx.db, by.userId, ids)
  return new Map(rows.map((row) => [row.id, row]))
}
