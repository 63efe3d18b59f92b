import type { Actor, Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { FOUND_PER_SEARCH, GLOBAL_QUERY_MIN, QUERY_LENGTH } from './limits.ts'
import { searchOwn, searchPublic } from './search-store.ts'

/**
 * Finds people by name, public name or number: first one's own, then everybody with a public name.
 * Throws SEARCH_QUERY_EMPTY. https://core.telegram.org/method/contacts.search
 */
export async function searchPeople(
  ctx: Context,
  by: Actor,
  input: { readonly query: string; readonly limit: number },
): Promise<{ own: UserId[]; others: UserId[] }> {
  const query = input.query
    .replaceAll('\u0000', '')
    .trim()
    .replace(/^[@+]/, '')
    .replace(/\s+/gu, ' ')
    .toLowerCase()
    .slice(0, QUERY_LENGTH)
  if (query === '') throw rpcError('SEARCH_QUERY_EMPTY')
  const limit = Math.min(Math.max(input.limit, 1), FOUND_PER_SEARCH)
  const [own, everybody] = await Promise.all([
    searchOwn(ctx.db, by.userId, query, limit),
    query.length < GLOBAL_QUERY_MIN ? [] : searchPublic(ctx.db, query, limit + 1),
  ])
  const isOwn = new Set(own)
  const others = everybody.filter((id) => !isOwn.has(id) && id !== by.userId).slice(0, limit)
  return { own, others }
}
