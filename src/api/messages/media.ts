import { wakeAgent } from '../../domain/agents/agents.ts'
import { grantDocument, grantMedia } from '../../domain/files/access.ts'
import { findDocument } from '../../domain/media/documents.ts'
import { uploadMedia } from '../../domain/media/make.ts'
import { sendAlbum, sendMedia } from '../../domain/messages/send-media.ts'
import { resolvePeer } from '../../domain/peers/resolve.ts'
import type { Handlers } from '../../rpc/handlers.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { sentAnswer } from './answers.ts'
import { refuseUnsupported } from './sending.ts'

/** Sending of media. https://core.telegram.org/api/files */
export const media = {
  'messages.sendMedia': async (ctx, req) => {
    await refuseUnsupported(ctx, { ...req, richMessage: undefined })
    const peerId = await resolvePeer(ctx, ctx.actor, req.peer)
    const sent = await sendMedia(ctx, ctx.actor, {
      peerId,
      randomId: req.randomId,
      text: req.message,
      entities: req.entities,
      media: req.media,
      replyTo: req.replyTo,
      isSilent: req.silent,
      noforwards: req.noforwards,
      clearDraft: req.clearDraft,
      invertMedia: req.invertMedia,
    })
    wakeAgent(ctx, ctx.actor.userId, peerId, req.message)
    return await sentAnswer(ctx, [sent])
  },

  'messages.sendMultiMedia': async (ctx, req) => {
    const missing = { scheduleRepeatPeriod: undefined, suggestedPost: undefined, richMessage: undefined }
    await refuseUnsupported(ctx, { ...req, ...missing })
    const sent = await sendAlbum(ctx, ctx.actor, {
      peerId: await resolvePeer(ctx, ctx.actor, req.peer),
      items: req.multiMedia,
      replyTo: req.replyTo,
      isSilent: req.silent,
      noforwards: req.noforwards,
      clearDraft: req.clearDraft,
      invertMedia: req.invertMedia,
    })
    return await sentAnswer(ctx, sent)
  },

  'messages.uploadMedia': async (ctx, req) => {
    if (req.businessConnectionId !== undefined) throw rpcError('BUSINESS_CONNECTION_NOT_ALLOWED')
    await resolvePeer(ctx, ctx.actor, req.peer)
    return grantMedia(ctx, ctx.actor.userId, await uploadMedia(ctx, ctx.actor, req.media))
  },

  'messages.getDocumentByHash': async (ctx, req) => {
    const document = await findDocument(ctx, ctx.actor, req)
    return document ? grantDocument(ctx, ctx.actor.userId, document) : tl.documentEmpty({ id: 0n })
  },
} satisfies Partial<Handlers>
