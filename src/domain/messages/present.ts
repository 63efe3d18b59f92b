import type { Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import { tl } from '../../tl/factories.ts'
import type * as T from '../../tl/schema.d.ts'
import { messageView } from '../../views/message.ts'
import { loadUsers } from '../accounts/users.ts'
import { grantAction, grantMedia } from '../files/access.ts'
import { collectPeers } from '../peers/collect.ts'
import { factsOf, type MessageRow } from './rows.ts'

/** Messages as a viewer sees them, with everybody they mention. */
export interface PresentedMessages {
  readonly messages: T.Message[]
  readonly users: T.User[]
  readonly chats: T.Chat[]
}

/** Renders rows of the viewer's box; one load for all users. */
export async function presentMessages(
  ctx: Context,
  viewer: UserId,
  rows: readonly MessageRow[],
): Promise<PresentedMessages> {
  const messages = rows.map((row) => messageOf(ctx, viewer, row))
  return { messages, users: await loadUsers(ctx, viewer, collectPeers(messages).users), chats: [] }
}

/** A message as a viewer sees it, who gets access to its files. */
export function messageOf(ctx: Context, viewer: UserId, row: MessageRow): T.Message {
  const facts = factsOf(row)
  if (facts.action) {
    return messageView(viewer, { ...facts, action: grantAction(ctx, viewer, facts.action) })
  }
  if (!facts.media && !facts.reply?.replyMedia) return messageView(viewer, facts)
  const { media, reply } = facts
  const replyMedia = reply?.replyMedia && grantMedia(ctx, viewer, reply.replyMedia)
  return messageView(viewer, {
    ...facts,
    media: media && grantMedia(ctx, viewer, media),
    reply: reply && tl.messageReplyHeader({ ...reply, replyMedia }),
  })
}
