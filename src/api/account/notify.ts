import { getSetting, setSetting } from '../../domain/accounts/settings.ts'
import { loadUsers } from '../../domain/accounts/users.ts'
import {
  getNotifySettings,
  notifyExceptions,
  resetNotifySettings,
  updateNotifySettings,
} from '../../domain/notify/settings.ts'
import type { NotifyTarget } from '../../domain/notify/store.ts'
import { collectPeers } from '../../domain/peers/collect.ts'
import { resolvePeer } from '../../domain/peers/resolve.ts'
import type { CallContext, Handlers } from '../../rpc/handlers.ts'
import { tl } from '../../tl/factories.ts'
import { RpcError, rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'

/** What makes a sound, and where. */
export const notify = {
  'account.getNotifySettings': async (ctx, req) =>
    await getNotifySettings(ctx, ctx.actor.userId, await targetOf(ctx, req.peer)),

  'account.updateNotifySettings': async (ctx, req) => {
    const of = await targetOf(ctx, req.peer)
    await updateNotifySettings(ctx, ctx.actor, { of, settings: req.settings })
    return true
  },

  'account.resetNotifySettings': async (ctx) => {
    await resetNotifySettings(ctx, ctx.actor)
    return true
  },

  'account.getNotifyExceptions': async (ctx, req) => {
    const only = req.peer && (await targetOf(ctx, req.peer).catch(noTarget))
    const updates = only === NO_TARGET ? [] : await notifyExceptions(ctx, ctx.actor.userId, only)
    const users = await loadUsers(ctx, ctx.actor.userId, collectPeers(updates).users)
    return tl.updates({ updates, users, chats: [], date: ctx.clock.nowSec(), seq: 0 })
  },

  'account.getReactionsNotifySettings': async (ctx) =>
    await getSetting(ctx, ctx.actor.userId, 'reactionsNotifySettings'),

  'account.setReactionsNotifySettings': async (ctx, req) => {
    await setSetting(ctx, ctx.actor, 'reactionsNotifySettings', req.settings)
    return req.settings
  },
} satisfies Partial<Handlers>

const NO_TARGET = 'none'

/** Nobody has exceptions for a peer that is none; the method has no error to say so. */
function noTarget(error: unknown): typeof NO_TARGET {
  if (error instanceof RpcError) return NO_TARGET
  throw error
}

async function targetOf(ctx: CallContext, peer: T.InputNotifyPeer): Promise<NotifyTarget> {
  switch (peer._) {
    case 'inputNotifyUsers':
      return { target: 'users' }
    case 'inputNotifyChats':
      return { target: 'chats' }
    case 'inputNotifyBroadcasts':
      return { target: 'broadcasts' }
    case 'inputNotifyPeer':
      return { target: 'peer', peerId: await resolvePeer(ctx, ctx.actor, peer.peer) }
    // There are no forums and no communities as yet.
    case 'inputNotifyForumTopic':
    case 'inputNotifyCommunity':
      throw rpcError('PEER_ID_INVALID')
  }
}
