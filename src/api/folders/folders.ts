import { editPeerFolders } from '../../domain/dialogs/folders.ts'
import { REQUEST_PEERS } from '../../domain/dialogs/limits.ts'
import { resolvePeer } from '../../domain/peers/resolve.ts'
import type { PeerId } from '../../lib/ids.ts'
import type { Handlers } from '../../rpc/handlers.ts'
import { rpcError } from '../../tl/rpc-error.ts'

/** The archive. https://core.telegram.org/api/folders#peer-folders */
export const folders = {
  'folders.editPeerFolders': async (ctx, req) => {
    if (req.folderPeers.length > REQUEST_PEERS) throw rpcError('LIMIT_INVALID')
    const moves = new Map<number, PeerId[]>([
      [0, []],
      [1, []],
    ])
    for (const { peer, folderId } of req.folderPeers) {
      const peerIds = moves.get(folderId)
      if (!peerIds) throw rpcError('FOLDER_ID_INVALID')
      peerIds.push(await resolvePeer(ctx, ctx.actor, peer, 'CHAT_ID_INVALID'))
    }
    const rows = await editPeerFolders(
      ctx,
      ctx.actor,
      [...moves].map(([folderId, peerIds]) => ({ folderId, peerIds })),
    )
    return await ctx.updates.render(ctx.actor.userId, rows)
  },
} satisfies Partial<Handlers>
