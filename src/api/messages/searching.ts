import { countKind, searchGlobal, searchMessages } from '../../domain/messages/search.ts'
import { resolvePeer } from '../../domain/peers/resolve.ts'
import type { PeerId } from '../../lib/ids.ts'
import type { CallContext, Handlers } from '../../rpc/handlers.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { noMessages, pageAnswer } from './answers.ts'

/** Search in a chat and over all. https://core.telegram.org/api/search */
export const searching = {
  'messages.search': async (ctx, req) => {
    const found = await searchMessages(ctx, ctx.actor, {
      peerId: await peerOrAll(ctx, req.peer),
      query: req.q,
      fromId: req.fromId && (await resolvePeer(ctx, ctx.actor, req.fromId)),
      filter: req.filter,
      minDate: req.minDate,
      maxDate: req.maxDate,
      offsetId: req.offsetId,
      offsetDate: 0,
      addOffset: req.addOffset,
      limit: req.limit,
      maxId: req.maxId,
      minId: req.minId,
    })
    return await pageAnswer(ctx, found, req.hash)
  },

  'messages.searchGlobal': async (ctx, req) => {
    const { folderId } = req
    if (folderId !== undefined && folderId !== 0 && folderId !== 1) throw rpcError('FOLDER_ID_INVALID')
    if (req.broadcastsOnly || req.groupsOnly || req.community) return noMessages()
    const found = await searchGlobal(ctx, ctx.actor, {
      query: req.q,
      filter: req.filter,
      folderId,
      minDate: req.minDate,
      maxDate: req.maxDate,
      offsetRate: req.offsetRate,
      offsetId: req.offsetId,
      limit: req.limit,
    })
    return await pageAnswer(ctx, found, 0n)
  },

  'messages.getSearchCounters': async (ctx, req) => {
    const peerId = await resolvePeer(ctx, ctx.actor, req.peer)
    return await Promise.all(
      req.filters.map(async (filter) => {
        const { count, isInexact } = await countKind(ctx, ctx.actor, peerId, filter)
        return tl['messages.searchCounter']({ inexact: isInexact, filter, count })
      }),
    )
  },
} satisfies Partial<Handlers>

/** No peer means all private chats and basic groups. */
async function peerOrAll(ctx: CallContext, peer: T.InputPeer): Promise<PeerId | undefined> {
  return peer._ === 'inputPeerEmpty' ? undefined : await resolvePeer(ctx, ctx.actor, peer)
}
