import { peerSettings } from '../../domain/accounts/full.ts'
import { loadUsers } from '../../domain/accounts/users.ts'
import { hideBar } from '../../domain/contacts/blocks.ts'
import { resolvePeer } from '../../domain/peers/resolve.ts'
import type { UserId } from '../../lib/ids.ts'
import type { CallContext, Handlers } from '../../rpc/handlers.ts'
import { tl } from '../../tl/factories.ts'
import type * as T from '../../tl/schema.d.ts'

/** The bar of actions above a chat. https://core.telegram.org/api/action-bar */
export const actionBar = {
  'messages.getPeerSettings': async (ctx, req) => {
    const userId = await userOf(ctx, req.peer)
    const [settings, users] = await Promise.all([
      peerSettings(ctx.db, ctx.actor.userId, userId),
      loadUsers(ctx, ctx.actor.userId, [userId]),
    ])
    return tl['messages.peerSettings']({ settings, chats: [], users })
  },

  'messages.hidePeerSettingsBar': async (ctx, req) => {
    await hideBar(ctx, ctx.actor, await userOf(ctx, req.peer))
    return true
  },
} satisfies Partial<Handlers>

/** There are no chats but those with users as yet. */
async function userOf(ctx: CallContext, peer: T.InputPeer): Promise<UserId> {
  return (await resolvePeer(ctx, ctx.actor, peer)) as UserId
}
