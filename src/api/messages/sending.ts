import { wakeAgent } from '../../domain/agents/agents.ts'
import { setTyping } from '../../domain/dialogs/typing.ts'
import { hasCaption } from '../../domain/media/kinds.ts'
import { editMessage, readEditable } from '../../domain/messages/edit.ts'
import { forwardMessages } from '../../domain/messages/forward.ts'
import { sendMessage } from '../../domain/messages/send.ts'
import { resolvePeer } from '../../domain/peers/resolve.ts'
import type { MessageId } from '../../lib/ids.ts'
import type { CallContext, Handlers } from '../../rpc/handlers.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { sentAnswer } from './answers.ts'

/** Sending, editing and forwarding of text. https://core.telegram.org/method/messages.sendMessage */
export const sending = {
  'messages.sendMessage': async (ctx, req) => {
    await refuseUnsupported(ctx, req)
    const peerId = await resolvePeer(ctx, ctx.actor, req.peer)
    const sent = await sendMessage(ctx, ctx.actor, {
      peerId,
      randomId: req.randomId,
      text: req.message,
      entities: req.entities,
      replyTo: req.replyTo,
      isSilent: req.silent,
      noforwards: req.noforwards,
      clearDraft: req.clearDraft,
    })
    wakeAgent(ctx, ctx.actor.userId, peerId, req.message)
    return await sentAnswer(ctx, [sent])
  },

  'messages.forwardMessages': async (ctx, req) => {
    await refuseUnsupported(ctx, { ...req, richMessage: undefined })
    const delivered = await forwardMessages(ctx, ctx.actor, {
      fromPeerId: await resolvePeer(ctx, ctx.actor, req.fromPeer),
      toPeerId: await resolvePeer(ctx, ctx.actor, req.toPeer),
      ids: req.id as MessageId[],
      randomIds: req.randomId,
      replyTo: req.replyTo,
      isSilent: req.silent,
      noforwards: req.noforwards,
      dropAuthor: req.dropAuthor,
      dropMediaCaptions: req.dropMediaCaptions,
    })
    return await sentAnswer(ctx, delivered)
  },

  'messages.editMessage': async (ctx, req) => {
    if (req.scheduleDate !== undefined) throw rpcError('SCHEDULE_DATE_INVALID')
    if (req.richMessage !== undefined || req.quickReplyShortcutId !== undefined)
      throw rpcError('METHOD_INVALID')
    const edited = await editMessage(ctx, ctx.actor, {
      peerId: await resolvePeer(ctx, ctx.actor, req.peer),
      id: req.id as MessageId,
      text: req.message,
      entities: req.entities,
      media: req.media,
      invertMedia: req.invertMedia,
    })
    return await ctx.updates.render(ctx.actor.userId, [edited.logRow], [edited.row])
  },

  'messages.getMessageEditData': async (ctx, req) => {
    const peerId = await resolvePeer(ctx, ctx.actor, req.peer)
    const row = await readEditable(ctx, ctx.actor, peerId, req.id as MessageId)
    return tl['messages.messageEditData']({ caption: row.mediaKind !== null && hasCaption(row.mediaKind) })
  },

  'messages.setTyping': async (ctx, req) => {
    await setTyping(ctx, ctx.actor, await resolvePeer(ctx, ctx.actor, req.peer), req.action)
    return true
  },
} satisfies Partial<Handlers>

/** A message for this soon or earlier is sent at once, as in the official API. */
const SCHEDULE_MARGIN_SEC = 10

/** What cannot be done yet is refused, not left out in silence. */
export async function refuseUnsupported(
  ctx: CallContext,
  req: Pick<
    T.Methods['messages.sendMessage']['req'],
    | 'scheduleDate'
    | 'scheduleRepeatPeriod'
    | 'sendAs'
    | 'quickReplyShortcut'
    | 'effect'
    | 'suggestedPost'
    | 'richMessage'
  >,
): Promise<void> {
  const isLater = (req.scheduleDate ?? 0) > ctx.clock.nowSec() + SCHEDULE_MARGIN_SEC
  if (isLater || req.scheduleRepeatPeriod !== undefined) throw rpcError('SCHEDULE_DATE_TOO_LATE')
  if (req.suggestedPost) throw rpcError('SUGGESTED_POST_PEER_INVALID')
  if (req.quickReplyShortcut || req.richMessage || req.effect !== undefined) throw rpcError('METHOD_INVALID')
  if (!req.sendAs) return
  const sender = await resolvePeer(ctx, ctx.actor, req.sendAs)
  if (sender !== ctx.actor.userId) throw rpcError('SEND_AS_PEER_INVALID')
}
