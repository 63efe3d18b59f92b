import { loadUsers } from '../../domain/accounts/users.ts'
import { clearAllDrafts, getAllDrafts, saveDraft } from '../../domain/dialogs/drafts.ts'
import { collectPeers } from '../../domain/peers/collect.ts'
import { resolvePeer } from '../../domain/peers/resolve.ts'
import type { Handlers } from '../../rpc/handlers.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'

/** Drafts, the same on all devices. https://core.telegram.org/api/drafts */
export const drafts = {
  'messages.saveDraft': async (ctx, req) => {
    if (req.media || req.suggestedPost || req.richMessage || req.effect !== undefined) {
      throw rpcError('METHOD_INVALID')
    }
    await saveDraft(ctx, ctx.actor, {
      peerId: await resolvePeer(ctx, ctx.actor, req.peer),
      text: req.message,
      entities: req.entities,
      replyTo: req.replyTo,
      noWebpage: req.noWebpage,
      invertMedia: req.invertMedia,
    })
    return true
  },

  'messages.getAllDrafts': async (ctx) => {
    const updates = await getAllDrafts(ctx, ctx.actor)
    const users = await loadUsers(ctx, ctx.actor.userId, collectPeers(updates).users)
    return tl.updates({ updates, users, chats: [], date: ctx.clock.nowSec(), seq: 0 })
  },

  'messages.clearAllDrafts': async (ctx) => {
    await clearAllDrafts(ctx, ctx.actor)
    return true
  },
} satisfies Partial<Handlers>
