import { REQUEST_PEERS } from '../../domain/dialogs/limits.ts'
import { getDialogs, getPeerDialogs, getPinnedDialogs } from '../../domain/dialogs/list.ts'
import { reorderPinnedDialogs, toggleDialogPin } from '../../domain/dialogs/pins.ts'
import type { FolderIds } from '../../domain/dialogs/store.ts'
import { resolvePeer } from '../../domain/peers/resolve.ts'
import type { PeerId } from '../../lib/ids.ts'
import type { CallContext, Handlers } from '../../rpc/handlers.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'

/** The list of chats. https://core.telegram.org/method/messages.getDialogs */
export const dialogs = {
  'messages.getDialogs': async (ctx, req) => {
    const page = await getDialogs(ctx, ctx.actor, {
      folderIds: foldersOf(req.folderId),
      excludePinned: req.excludePinned,
      offsetDate: req.offsetDate,
      offsetId: req.offsetId,
      offsetPeerId: await offsetPeer(ctx, req.offsetPeer),
      limit: req.limit,
    })
    const { dialogs, messages, chats, users, count } = page
    if (page.isWhole) return tl['messages.dialogs']({ dialogs, messages, chats, users })
    return tl['messages.dialogsSlice']({ count, dialogs, messages, chats, users })
  },

  'messages.getPinnedDialogs': async (ctx, req) => {
    if (req.folderId !== 0 && req.folderId !== 1) throw rpcError('FOLDER_ID_INVALID')
    const { dialogs, messages, chats, users } = await getPinnedDialogs(ctx, ctx.actor, req.folderId)
    const state = await ctx.updates.state(ctx.actor)
    return tl['messages.peerDialogs']({ dialogs, messages, chats, users, state })
  },

  'messages.getPeerDialogs': async (ctx, req) => {
    if (req.peers.length === 0) throw rpcError('INPUT_PEERS_EMPTY')
    if (req.peers.length > REQUEST_PEERS) throw rpcError('LIMIT_INVALID')
    const peerIds = await dialogPeers(ctx, req.peers)
    const { dialogs, messages, chats, users } = await getPeerDialogs(ctx, ctx.actor, peerIds)
    const state = await ctx.updates.state(ctx.actor)
    return tl['messages.peerDialogs']({ dialogs, messages, chats, users, state })
  },

  'messages.toggleDialogPin': async (ctx, req) => {
    if (req.peer._ !== 'inputDialogPeer') throw rpcError('PEER_ID_INVALID')
    const peerId = await resolvePeer(ctx, ctx.actor, req.peer.peer)
    await toggleDialogPin(ctx, ctx.actor, { peerId, isPinned: req.pinned })
    return true
  },

  'messages.reorderPinnedDialogs': async (ctx, req) => {
    if (req.order.length > REQUEST_PEERS) throw rpcError('LIMIT_INVALID')
    const peerIds = await dialogPeers(ctx, req.order)
    await reorderPinnedDialogs(ctx, ctx.actor, {
      folderId: req.folderId === 1 ? 1 : 0,
      peerIds,
      isForced: req.force,
    })
    return true
  },
} satisfies Partial<Handlers>

/** Without a folder, the list of chats and the archive are one. https://core.telegram.org/api/folders#peer-folders */
function foldersOf(folderId: number | undefined): FolderIds {
  switch (folderId) {
    case undefined:
      return [0, 1]
    case 0:
      return [0]
    case 1:
      return [1]
    default:
      throw rpcError('FOLDER_ID_INVALID')
  }
}

async function offsetPeer(ctx: CallContext, input: T.InputPeer): Promise<PeerId | undefined> {
  if (input._ === 'inputPeerEmpty') return undefined
  // Only the order of peers is asked of it, which is no secret: some clients send it without an access hash.
  if (input._ === 'inputPeerUser') return input.userId as PeerId
  return await resolvePeer(ctx, ctx.actor, input).catch(() => {
    throw rpcError('OFFSET_PEER_ID_INVALID')
  })
}

/** The peers of a list of dialogs; folders in it, which have an order of their own, are passed over. */
async function dialogPeers(ctx: CallContext, inputs: readonly T.InputDialogPeer[]): Promise<PeerId[]> {
  const peers = inputs.flatMap((input) => (input._ === 'inputDialogPeer' ? [input.peer] : []))
  return await Promise.all(peers.map((peer) => resolvePeer(ctx, ctx.actor, peer)))
}
