import { resolvePeer, resolveUser } from '../../domain/peers/resolve.ts'
import type { Handlers } from '../../rpc/handlers.ts'
import { tl } from '../../tl/factories.ts'
import { noMessages } from './answers.ts'

/** What a private chat has none of, asked for by clients all the same. */
export const absent = {
  // There are no groups that two people could both be in.
  'messages.getCommonChats': async (ctx, req) => {
    await resolveUser(ctx, ctx.actor, req.userId)
    return tl['messages.chats']({ chats: [] })
  },

  // Messages are sent at once; one for later is refused.
  'messages.getScheduledHistory': async (ctx, req) => {
    await resolvePeer(ctx, ctx.actor, req.peer)
    return noMessages()
  },

  // Mentions are counted in groups only.
  'messages.getUnreadMentions': async (ctx, req) => {
    await resolvePeer(ctx, ctx.actor, req.peer)
    return noMessages()
  },
} satisfies Partial<Handlers>
