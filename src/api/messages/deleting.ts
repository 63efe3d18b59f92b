import { deleteHistory, deleteMessages } from '../../domain/messages/delete.ts'
import { resolvePeer } from '../../domain/peers/resolve.ts'
import type { Handlers } from '../../rpc/handlers.ts'
import { tl } from '../../tl/factories.ts'
import { messageIds } from './answers.ts'

/** Deleting of messages, for oneself or for both. https://core.telegram.org/method/messages.deleteMessages */
export const deleting = {
  'messages.deleteMessages': async (ctx, req) => {
    const affected = await deleteMessages(ctx, ctx.actor, { ids: messageIds(req.id), isRevoked: req.revoke })
    return tl['messages.affectedMessages'](affected)
  },

  'messages.deleteHistory': async (ctx, req) => {
    const affected = await deleteHistory(ctx, ctx.actor, {
      peerId: await resolvePeer(ctx, ctx.actor, req.peer),
      isClearedOnly: req.justClear,
      isRevoked: req.revoke,
      maxId: req.maxId,
      minDate: req.minDate,
      maxDate: req.maxDate,
    })
    const { pts, ptsCount, offset } = affected
    return tl['messages.affectedHistory']({ pts, ptsCount, offset })
  },
} satisfies Partial<Handlers>
