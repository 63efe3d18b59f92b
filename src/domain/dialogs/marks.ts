import type { Actor, Context } from '../../context.ts'
import type { BoxId, PeerId } from '../../lib/ids.ts'
import { tl } from '../../tl/factories.ts'
import { Kind, type LogEntry } from '../../updates/log.ts'
import { dialogPeerView } from '../../views/peer.ts'
import { pack } from '../messages/packed.ts'
import { lockBoxes } from '../messages/store.ts'
import { readMarked, updateMark } from './store.ts'

/** Marks a dialog as unread by hand, or takes the mark away. https://core.telegram.org/method/messages.markDialogUnread */
export async function markDialogUnread(
  ctx: Context,
  by: Actor,
  input: { readonly peerId: PeerId; readonly isUnread: boolean },
): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    await lockBoxes(tx, [by.userId])
    if (!(await updateMark(tx, by.userId, input.peerId, input.isUnread))) return
    await ctx.updates.record(tx, [unreadMarkEntry(by.userId, input.peerId, input.isUnread)], by)
  })
}

/** Tells that the unread mark changed. https://core.telegram.org/constructor/updateDialogUnreadMark */
export function unreadMarkEntry(boxId: BoxId, peerId: PeerId, isUnread: boolean): LogEntry {
  const update = tl.updateDialogUnreadMark({ unread: isUnread, peer: dialogPeerView(peerId) })
  return { boxId, kind: Kind.other, count: 0, data: pack(update, 'Update') }
}

/** With whom the actor's marked dialogs are. https://core.telegram.org/method/messages.getDialogUnreadMarks */
export async function getDialogUnreadMarks(ctx: Context, by: Actor, limit: number): Promise<PeerId[]> {
  return await readMarked(ctx.db, by.userId, limit)
}
