import type { Actor, Context } from '../../context.ts'
import type { BoxId, PeerId, UserId } from '../../lib/ids.ts'
import { tl } from '../../tl/factories.ts'
import { Kind, type LogEntry, type LogRow } from '../../updates/log.ts'
import { peerView } from '../../views/peer.ts'
import { getSetting } from '../accounts/settings.ts'
import { pack } from '../messages/packed.ts'
import { lockBoxes } from '../messages/store.ts'
import { loadPeerNotifySettings } from '../notify/settings.ts'
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
  return await moveDialogs(ctx, by.userId, moves, by)
}

/**
 * Takes a dialog out of the archive because a message has come, unless its owner has muted it or wants archived chats to
 * stay where they are. https://core.telegram.org/api/folders#peer-folders
 */
export async function leaveArchive(ctx: Context, userId: UserId, peerId: PeerId): Promise<void> {
  const [settings, global] = await Promise.all([
    loadPeerNotifySettings(ctx, userId, [peerId]),
    getSetting(ctx, userId, 'globalPrivacySettings'),
  ])
  const isMuted = (settings.get(peerId)?.muteUntil ?? 0) > ctx.clock.nowSec()
  if (isMuted || global.keepArchivedUnmuted) return
  await moveDialogs(ctx, userId, [{ folderId: 0, peerIds: [peerId] }])
}

async function moveDialogs(
  ctx: Context,
  userId: UserId,
  moves: readonly MoveDialogs[],
  by?: Actor,
): Promise<LogRow[]> {
  return await ctx.db.transaction(async (tx) => {
    await lockBoxes(tx, [userId])
    const entries: LogEntry[] = []
    for (const move of moves) {
      const moved = await updateFolder(tx, userId, move.folderId, move.peerIds)
      if (moved.length > 0) entries.push(folderEntry(userId, move.folderId, moved))
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
