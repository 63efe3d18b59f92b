import type { Actor, Context } from '../../context.ts'
import type { BoxId, PeerId } from '../../lib/ids.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { Kind, type LogEntry } from '../../updates/log.ts'
import { dialogPeerView } from '../../views/peer.ts'
import { pack } from '../messages/packed.ts'
import { lockBoxes } from '../messages/store.ts'
import { PINNED } from './limits.ts'
import { readDialog, readPeerDialogs, readPinned, updatePin, updatePinnedOrder } from './store.ts'

/**
 * Pins a dialog to the top of its folder, or unpins it. Throws PEER_HISTORY_EMPTY, PINNED_DIALOGS_TOO_MUCH.
 * https://core.telegram.org/method/messages.toggleDialogPin
 */
export async function toggleDialogPin(
  ctx: Context,
  by: Actor,
  input: { readonly peerId: PeerId; readonly isPinned: boolean },
): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    await lockBoxes(tx, [by.userId])
    const dialog = await readDialog(tx, by.userId, input.peerId)
    if (!dialog || dialog.topMessageId === 0) throw rpcError('PEER_HISTORY_EMPTY')
    if (dialog.pinnedOrder > 0 === input.isPinned) return
    if (input.isPinned) {
      const pinned = await readPinned(tx, by.userId, dialog.folderId === 0 ? [0] : [1])
      if (pinned.length >= pinLimit(dialog.folderId)) throw rpcError('PINNED_DIALOGS_TOO_MUCH')
    }
    await updatePin(tx, by.userId, dialog, input.isPinned)
    await ctx.updates.record(tx, [pinnedEntry(by.userId, input.peerId, input.isPinned, dialog.folderId)], by)
  })
}

/**
 * Puts the pinned dialogs of a folder into an order. Only with `isForced` do those that the client does not name lose
 * their pin; otherwise they stay below. https://core.telegram.org/method/messages.reorderPinnedDialogs
 */
export async function reorderPinnedDialogs(
  ctx: Context,
  by: Actor,
  input: { readonly folderId: number; readonly peerIds: readonly PeerId[]; readonly isForced: boolean },
): Promise<void> {
  const wanted = [...new Set(input.peerIds)]
  await ctx.db.transaction(async (tx) => {
    await lockBoxes(tx, [by.userId])
    const pinned = await readPinned(tx, by.userId, input.folderId === 0 ? [0] : [1])
    const known = await readPeerDialogs(tx, by.userId, wanted)
    const here = new Set(
      known.filter((dialog) => dialog.folderId === input.folderId).map((dialog) => dialog.peerId),
    )
    const before = pinned.map((dialog) => dialog.peerId)
    const named = wanted.filter((peerId) => here.has(peerId) && (input.isForced || before.includes(peerId)))
    const order = input.isForced ? named : [...named, ...before.filter((peerId) => !named.includes(peerId))]
    if (order.length > pinLimit(input.folderId)) throw rpcError('PINNED_DIALOGS_TOO_MUCH')
    if (order.join() === before.join()) return
    await updatePinnedOrder(tx, by.userId, input.folderId, order)
    const update = tl.updatePinnedDialogs({
      folderId: input.folderId === 0 ? undefined : input.folderId,
      order: order.map(dialogPeerView),
    })
    await ctx.updates.record(
      tx,
      [{ boxId: by.userId, kind: Kind.other, count: 0, data: pack(update, 'Update') }],
      by,
    )
  })
}

function pinLimit(folderId: number): number {
  return folderId === 0 ? PINNED.main : PINNED.archive
}

/** Tells that a dialog was pinned or unpinned. https://core.telegram.org/constructor/updateDialogPinned */
export function pinnedEntry(boxId: BoxId, peerId: PeerId, isPinned: boolean, folderId: number): LogEntry {
  const update = tl.updateDialogPinned({
    pinned: isPinned,
    folderId: folderId === 0 ? undefined : folderId,
    peer: dialogPeerView(peerId),
  })
  return { boxId, kind: Kind.other, count: 0, data: pack(update, 'Update') }
}
