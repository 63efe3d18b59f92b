import type { Delivered } from '../../domain/messages/deliver.ts'
import { hashIds, type Page } from '../../domain/messages/history.ts'
import { presentMessages } from '../../domain/messages/present.ts'
import type { MessageRow } from '../../domain/messages/rows.ts'
import type { MessageId } from '../../lib/ids.ts'
import type { CallContext } from '../../rpc/handlers.ts'
import { tl } from '../../tl/factories.ts'
import type * as T from '../../tl/schema.d.ts'

/**
 * The answer to whoever has sent messages: which random id became which message, and the messages as updates, as the
 * sender's other devices get them.
 */
export async function sentAnswer(ctx: CallContext, delivered: readonly Delivered[]): Promise<T.updates> {
  const answer = await ctx.updates.render(
    ctx.actor.userId,
    delivered.map((sent) => sent.logRow),
    delivered.map((sent) => sent.row),
  )
  const ids = delivered.map((sent) => tl.updateMessageID({ id: sent.row.id, randomId: sent.row.randomId }))
  return { ...answer, updates: [...ids, ...answer.updates] }
}

/** A page of a list of messages, or that the client has it already. https://core.telegram.org/api/offsets */
export async function pageAnswer(
  ctx: CallContext,
  page: Page & { readonly isInexact?: boolean; readonly nextRate?: number | undefined },
  hash: bigint,
): Promise<T.messages.Messages> {
  const { rows, count } = page
  if (hash !== 0n && hashIds(rows.map((row) => row.id)) === hash) {
    return tl['messages.messagesNotModified']({ count })
  }
  const presented = await presentMessages(ctx, ctx.actor.userId, rows)
  if (rows.length >= count) return tl['messages.messages']({ ...presented, topics: [] })
  return tl['messages.messagesSlice']({
    ...presented,
    topics: [],
    count,
    inexact: page.isInexact,
    nextRate: page.nextRate,
  })
}

/** Messages by id, in the order asked for; a gap is shown as such. */
export async function messagesAnswer(
  ctx: CallContext,
  ids: readonly MessageId[],
  rows: readonly (MessageRow | undefined)[],
): Promise<T.messages.messages> {
  const found = rows.filter((row) => row !== undefined)
  const presented = await presentMessages(ctx, ctx.actor.userId, found)
  const views = new Map(found.map((row, index) => [row, presented.messages[index]]))
  const messages = rows.map(
    (row, index) => (row && views.get(row)) ?? tl.messageEmpty({ id: ids[index] ?? 0 }),
  )
  return tl['messages.messages']({ ...presented, messages, topics: [] })
}

/** An empty list of messages. */
export function noMessages(): T.messages.messages {
  return tl['messages.messages']({ messages: [], topics: [], chats: [], users: [] })
}

/** Message ids of a request; the type says that they are meant to be such. */
export function messageIds(ids: readonly number[]): MessageId[] {
  return ids.filter((id) => Number.isInteger(id) && id > 0) as MessageId[]
}
