import type { Actor, Context } from '../../context.ts'
import type { BoxId, PeerId } from '../../lib/ids.ts'
import { tl } from '../../tl/factories.ts'
import { Kind, type LogEntry, type LogRow } from '../../updates/log.ts'
import { peerView } from '../../views/peer.ts'
import { pack } from '../messages/packed.ts'
import { lockBoxes } from '../messages/store.ts'
import { updateFolder } from './store.ts'

/** Dialogs to be moved between the list of chats (0) and the archive (1). */
export interface MoveDialogs {
  readonly folderId: number
  readonly peerIds: readonly PeerId[]
}

/**
 * Moves dialogs between the list of chats and the archive. Dialogs that are there already, or nowhere, are passed over.
 * https://core.telegram.org/method/folders.editPeerFolders
 */
export async function editPeerFolders(
  ctx: Context,
  by: Actor,
  moves: readonly MoveDialogs[],
): Promise<LogRow[]> {
  return await ctx.db.transaction(async (tx) => {
    await lockBoxes(tx, [by.userId])
    const entries: LogEntry[] = []
    for (const move of moves) {
      const moved = await updateFolder(tx, by.userId, move.folderId, move.peerIds)
      if (moved.length > 0) entries.push(folderEntry(by.userId, move.folderId, moved))
    }
    return await ctx.updates.record(tx, entries, by)
  })
}

/** Counts in pts, unlike other changes of the list. https://core.telegram.org/constructor/updateFolderPeers */
function folderEntry(boxId: BoxId, folderId: number, peerIds: readonly PeerId[]): LogEntry {
  const update = tl.updateFolderPeers({
    folderPeers: peerIds.map((peerId) => tl.folderPeer({ peer: peerView(peerId), folderId })),
    pts: 0,
    ptsCount: 0,
  })
  return { boxId, kind: Kind.other, count: 1, data: pack(update, 'Update') }
}
