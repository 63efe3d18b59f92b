import { getHistory, getMessages, type WantedMessage } from '../../domain/messages/history.ts'
import { REQUEST_IDS } from '../../domain/messages/limits.ts'
import { resolvePeer } from '../../domain/peers/resolve.ts'
import type { MessageId } from '../../lib/ids.ts'
import type { Handlers } from '../../rpc/handlers.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { messagesAnswer, pageAnswer } from './answers.ts'

/** Reading of messages. https://core.telegram.org/api/offsets */
export const history = {
  'messages.getHistory': async (ctx, req) => {
    const peerId = await resolvePeer(ctx, ctx.actor, req.peer)
    return await pageAnswer(ctx, await getHistory(ctx, ctx.actor, peerId, req), req.hash)
  },

  'messages.getMessages': async (ctx, req) => {
    if (req.id.length > REQUEST_IDS) throw rpcError('LIMIT_INVALID')
    const wanted = req.id.map(wantedMessage)
    const rows = await getMessages(ctx, ctx.actor, wanted)
    return await messagesAnswer(
      ctx,
      wanted.map((message) => message.id),
      rows,
    )
  },
} satisfies Partial<Handlers>

/** Pinned messages and callback queries belong to chats that are asked for by other methods: there is none here. */
function wantedMessage(input: T.InputMessage): WantedMessage {
  const id = 'id' in input && input._ !== 'inputMessageCallbackQuery' ? input.id : 0
  return { id: id as MessageId, kind: input._ === 'inputMessageReplyTo' ? 'repliedTo' : 'itself' }
}
