import { loadUsers } from '../../domain/accounts/users.ts'
import { block, getBlocked, setBlocked, unblock } from '../../domain/contacts/blocks.ts'
import { MAX_BLOCKED } from '../../domain/contacts/limits.ts'
import { collectPeers } from '../../domain/peers/collect.ts'
import { resolvePeer } from '../../domain/peers/resolve.ts'
import type { PeerId } from '../../lib/ids.ts'
import type { Handlers } from '../../rpc/handlers.ts'
import { tl } from '../../tl/factories.ts'
import { RpcError } from '../../tl/rpc-error.ts'
import { peerView } from '../../views/peer.ts'

/**
 * Who may not write to one. The list of those who may not see one's stories is another one; there are no
 * stories, and so it is empty and stays so. https://core.telegram.org/api/block
 */
export const blocking = {
  'contacts.block': async (ctx, req) => {
    const peerId = await resolvePeer(ctx, ctx.actor, req.id)
    if (!req.myStoriesFrom) await block(ctx, ctx.actor, peerId)
    return !req.myStoriesFrom
  },

  'contacts.unblock': async (ctx, req) => {
    const peerId = await resolvePeer(ctx, ctx.actor, req.id)
    if (!req.myStoriesFrom) await unblock(ctx, ctx.actor, peerId)
    return true
  },

  'contacts.setBlocked': async (ctx, req) => {
    const resolving = req.id
      .slice(0, Math.min(Math.max(req.limit, 0), MAX_BLOCKED))
      .map((input) => resolvePeer(ctx, ctx.actor, input).catch(nobody))
    const peerIds = (await Promise.all(resolving)).filter((peerId) => peerId !== undefined)
    if (!req.myStoriesFrom) await setBlocked(ctx, ctx.actor, peerIds)
    return !req.myStoriesFrom
  },

  'contacts.getBlocked': async (ctx, req) => {
    const { offset, limit } = req
    const { count, blocked: rows } = req.myStoriesFrom
      ? { count: 0, blocked: [] }
      : await getBlocked(ctx, ctx.actor.userId, { offset, limit })
    const blocked = rows.map(({ peerId, date }) => tl.peerBlocked({ peerId: peerView(peerId), date }))
    const users = await loadUsers(ctx, ctx.actor.userId, collectPeers(blocked).users)
    if (offset <= 0 && blocked.length === count) return tl['contacts.blocked']({ blocked, chats: [], users })
    return tl['contacts.blockedSlice']({ count, blocked, chats: [], users })
  },
} satisfies Partial<Handlers>

function nobody(error: unknown): PeerId | undefined {
  if (error instanceof RpcError) return undefined
  throw error
}
