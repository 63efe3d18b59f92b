import { MARKS } from '../../domain/dialogs/limits.ts'
import { getDialogUnreadMarks, markDialogUnread } from '../../domain/dialogs/marks.ts'
import { outboxReadDate, readHistory, readMessageContents } from '../../domain/messages/read.ts'
import { resolvePeer } from '../../domain/peers/resolve.ts'
import type { MessageId } from '../../lib/ids.ts'
import type { Handlers } from '../../rpc/handlers.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { dialogPeerView } from '../../views/peer.ts'
import { messageIds } from './answers.ts'

/** What has been read, and marks of what has not. https://core.telegram.org/method/messages.readHistory */
export const reading = {
  'messages.readHistory': async (ctx, req) => {
    const peerId = await resolvePeer(ctx, ctx.actor, req.peer)
    const { pts, ptsCount } = await readHistory(ctx, ctx.actor, { peerId, maxId: req.maxId })
    return tl['messages.affectedMessages']({ pts, ptsCount })
  },

  // Tells that pushed notifications have arrived; there are none that could be taken back.
  'messages.receivedMessages': async () => [],

  'messages.readMessageContents': async (ctx, req) => {
    const { pts, ptsCount } = await readMessageContents(ctx, ctx.actor, messageIds(req.id))
    return tl['messages.affectedMessages']({ pts, ptsCount })
  },

  'messages.getOutboxReadDate': async (ctx, req) => {
    const peerId = await resolvePeer(ctx, ctx.actor, req.peer)
    const messageId = req.msgId as MessageId
    return tl.outboxReadDate({ date: await outboxReadDate(ctx, ctx.actor, { peerId, messageId }) })
  },

  'messages.markDialogUnread': async (ctx, req) => {
    if (req.peer._ !== 'inputDialogPeer') throw rpcError('PEER_ID_INVALID')
    const peerId = await resolvePeer(ctx, ctx.actor, req.peer.peer)
    await markDialogUnread(ctx, ctx.actor, { peerId, isUnread: req.unread })
    return true
  },

  'messages.getDialogUnreadMarks': async (ctx) => {
    const peerIds = await getDialogUnreadMarks(ctx, ctx.actor, MARKS)
    return peerIds.map(dialogPeerView)
  },
} satisfies Partial<Handlers>
