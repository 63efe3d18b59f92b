import type { MessageId } from '../../lib/ids.ts'
import { getHistory, getMessages } from '../../domain/messages/history.ts'
import { REQUEST_IDS } from '../../domain/messages/limits.ts'
import { resolvePeer } from '../../domain/peers/resolve.ts'
import type { Handlers } from '../../rpc/handlers.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { messagesAnswer, pageAnswer } from './answers.ts'

/** Reading of messages. https://core.telegram.org/api/offsets */
export const history = {
  'messages.getHistory': async (ctx, req) => {
    const peerId = await resolvePeer(ctx, ctx.actor, req.peer)
    return await pageAnswer(ctx, await getHistory(ctx, ctx.actor, peerId, req), req.hash)
  },

  'messages.getMessages': async (ctx, req) => {
    if (req.id.length > REQUEST_IDS) throw rpcError('LIMIT_INVALID')
    const wanted = req.id.map((input) => {
      switch (input._) {
        case 'inputMessageID':
          return { id: input.id as MessageId, kind: 'itself' as const }
        case 'inputMessageReplyTo':
          return { id: input.id as MessageId, kind: 'repliedTo' as const }
        // Pinned messages and callback queries belong to chats that are asked for by other methods.
        case 'inputMessagePinned':
        case 'inputMessageCallbackQuery':
          return { id: 0 as MessageId, kind: 'itself' as const }
      }
    })
    const rows = await getMessages(ctx, ctx.actor, wanted)
    return await messagesAnswer(
      ctx,
      wanted.map((message) => message.id),
      rows,
    )
  },
} satisfies Partial<Handlers>
