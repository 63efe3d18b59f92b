import type { Actor, Context } from '../../context.ts'
import type { PeerId } from '../../lib/ids.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { kindsOfFilter } from '../media/kinds.ts'
import { readMessageCount } from './history-store.ts'
import { pageLimit, withinBounds, type Page, type Window } from './history.ts'
import { ADD_OFFSET, QUERY_LENGTH, QUERY_WORDS, SEARCH_MATCHES } from './limits.ts'
import { countMatches, readMatchesBefore, readMatchesFrom, type SearchFor } from './search-store.ts'

/** A search in one chat, or in all private chats. */
export interface Search extends Window {
  readonly peerId: PeerId | undefined
  readonly query: string
  readonly fromId: PeerId | undefined
  readonly filter: T.MessagesFilter
  readonly minDate: number
  readonly maxDate: number
}

/** Part of what was found. */
export interface Found extends Page {
  /** Counting was given up: there are more. */
  readonly isInexact: boolean
}

const AFTER_ALL = 0x7fffffff

/**
 * Messages of a chat that have all the words of a query, each as the beginning of a word, whatever the case. Without
 * words it is the history. https://core.telegram.org/method/messages.search
 */
export async function searchMessages(ctx: Context, by: Actor, search: Search): Promise<Found> {
  const kind = kindOf(search.filter)
  if (kind === undefined) return NOTHING
  const wanted: SearchFor = {
    boxId: by.userId,
    peerId: search.peerId,
    patterns: patternsOf(search.query),
    fromId: search.fromId,
    kind,
    minDate: search.minDate,
    maxDate: search.maxDate,
    folderId: undefined,
  }
  const limit = pageLimit(search.limit)
  const positionId = search.offsetId > 0 ? search.offsetId : AFTER_ALL
  const addOffset = Math.max(-ADD_OFFSET, search.addOffset)
  const newer = Math.max(0, -addOffset)
  const [after, before] = await Promise.all([
    readMatchesFrom(ctx.db, wanted, {
      positionId,
      skip: Math.max(0, newer - limit),
      limit: Math.min(newer, limit),
    }),
    readMatchesBefore(ctx.db, wanted, {
      positionId,
      skip: Math.max(0, addOffset),
      limit: limit - Math.min(newer, limit),
    }),
  ])
  const rows = [...after, ...before]
  const isAll = search.offsetId <= 0 && addOffset <= 0 && rows.length < limit
  const count = isAll ? rows.length : await countMatches(ctx.db, wanted, SEARCH_MATCHES)
  return { rows: withinBounds(rows, search), count, isInexact: count >= SEARCH_MATCHES }
}

/** A search in everything that somebody has. */
export interface GlobalSearch {
  readonly query: string
  readonly filter: T.MessagesFilter
  readonly folderId: number | undefined
  readonly minDate: number
  readonly maxDate: number
  /** The date of the last message found before. */
  readonly offsetRate: number
  readonly offsetId: number
  readonly limit: number
}

/**
 * Messages of all chats, the newest first. Throws SEARCH_QUERY_EMPTY.
 * https://core.telegram.org/method/messages.searchGlobal
 */
export async function searchGlobal(
  ctx: Context,
  by: Actor,
  search: GlobalSearch,
): Promise<Found & { readonly nextRate: number | undefined }> {
  const kind = kindOf(search.filter)
  const patterns = patternsOf(search.query)
  if (kind === 'any' && patterns.length === 0) throw rpcError('SEARCH_QUERY_EMPTY')
  if (kind === undefined) return { ...NOTHING, nextRate: undefined }
  const wanted: SearchFor = {
    boxId: by.userId,
    peerId: undefined,
    patterns,
    fromId: undefined,
    kind,
    minDate: search.minDate,
    maxDate: search.maxDate,
    folderId: search.folderId,
  }
  const limit = pageLimit(search.limit)
  const isFirst = search.offsetRate <= 0 && search.offsetId <= 0
  const rows = await readMatchesBefore(
    ctx.db,
    // A client that names no message goes on by date alone.
    search.offsetId <= 0 && search.offsetRate > 0 ? { ...wanted, maxDate: search.offsetRate } : wanted,
    { positionId: search.offsetId > 0 ? search.offsetId : AFTER_ALL, skip: 0, limit },
  )
  const isAll = isFirst && rows.length < limit
  const count = isAll ? rows.length : await countMatches(ctx.db, wanted, SEARCH_MATCHES)
  const nextRate = rows.length < limit ? undefined : rows.at(-1)?.date
  return { rows, count, isInexact: count >= SEARCH_MATCHES, nextRate }
}

/** How many messages of a chat are of a kind. https://core.telegram.org/method/messages.getSearchCounters */
export async function countKind(
  ctx: Context,
  by: Actor,
  peerId: PeerId,
  filter: T.MessagesFilter,
): Promise<{ readonly count: number; readonly isInexact: boolean }> {
  const kind = kindOf(filter)
  if (kind === undefined) return { count: 0, isInexact: false }
  if (kind === 'any') {
    return { count: await readMessageCount(ctx.db, by.userId, peerId), isInexact: false }
  }
  const wanted: SearchFor = {
    boxId: by.userId,
    peerId,
    patterns: [],
    fromId: undefined,
    kind,
    minDate: 0,
    maxDate: 0,
    folderId: undefined,
  }
  const count = await countMatches(ctx.db, wanted, SEARCH_MATCHES)
  return { count, isInexact: count >= SEARCH_MATCHES }
}

const NOTHING: Found = { rows: [], count: 0, isInexact: false }

/** Undefined for kinds of messages that there are none of: calls, polls, mentions in groups. */
function kindOf(filter: T.MessagesFilter): SearchFor['kind'] | undefined {
  switch (filter._) {
    case 'inputMessagesFilterEmpty':
      return 'any'
    case 'inputMessagesFilterUrl':
      return 'links'
    case 'inputMessagesFilterPinned':
      return 'pinned'
    default:
      return kindsOfFilter(filter)
  }
}

/** One pattern for each word; a query of nothing but signs is looked for as it is. */
function patternsOf(query: string): string[] {
  // A message holds no NUL, and the database takes none.
  const text = query.slice(0, QUERY_LENGTH).replaceAll('\u0000', ' ').trim()
  if (text === '') return []
  const words = text.match(/[\p{L}\p{M}\p{N}_]+/gu)?.slice(0, QUERY_WORDS)
  if (words) return words.map((word) => `\\m${word}`)
  return [text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&')]
}
