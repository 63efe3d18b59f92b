import type { Actor, Context } from '../../context.ts'
import type { MessageId, PeerId, UserId } from '../../lib/ids.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { peerView } from '../../views/peer.ts'
import { resolvePeer } from '../peers/resolve.ts'
import { pack, unpack, unpackAll } from './packed.ts'
import type { MessageRow } from './rows.ts'
import { readCounterpart, readMessage } from './store.ts'

/** What a message replies to, as each side stores it. */
export interface Reply {
  readonly ownId: MessageId | null
  readonly otherId: MessageId | null
  /** The header without the message id; null when the id is all there is to say. */
  readonly header: Uint8Array | null
}

/**
 * Finds what a message is to reply to: a message of this chat, which each side knows by its own id, or one of another
 * chat, which is carried along as a quotation. Throws REPLY_MESSAGE_ID_INVALID, QUOTE_TEXT_INVALID, STORY_ID_INVALID,
 * REPLY_TO_INVALID, REPLY_TO_MONOFORUM_PEER_INVALID. https://core.telegram.org/type/InputReplyTo
 */
export async function findReply(
  ctx: Context,
  by: Actor,
  peerId: PeerId,
  input: T.InputReplyTo | undefined,
): Promise<Reply | undefined> {
  if (!input) return undefined
  switch (input._) {
    case 'inputReplyToStory':
      throw rpcError('STORY_ID_INVALID')
    case 'inputReplyToMonoForum':
      throw rpcError('REPLY_TO_MONOFORUM_PEER_INVALID')
    case 'inputReplyToMessage':
      return input.replyToMsgId === 0 ? undefined : await replyToMessage(ctx, by, peerId, input)
    default:
      throw rpcError('REPLY_TO_INVALID')
  }
}

async function replyToMessage(
  ctx: Context,
  by: Actor,
  peerId: PeerId,
  input: T.inputReplyToMessage,
): Promise<Reply> {
  const fromPeerId = input.replyToPeerId ? await resolvePeer(ctx, by, input.replyToPeerId) : peerId
  const message = await readMessage(ctx.db, by.userId, input.replyToMsgId as MessageId)
  if (!message || message.peerId !== fromPeerId) throw rpcError('REPLY_MESSAGE_ID_INVALID')
  const quote = input.quoteText ? quoteOf(message, input) : undefined
  if (fromPeerId !== peerId) return quotation(message, quote)
  const isSaved = peerId === by.userId
  const otherId = isSaved ? undefined : await readCounterpart(ctx.db, message, peerId as UserId)
  return {
    ownId: message.id,
    otherId: otherId ?? null,
    header: quote ? pack(tl.messageReplyHeader({ quote: true, ...quote }), 'MessageReplyHeader') : null,
  }
}

/** A message of another chat: the reader has no access to it, so the reply says who wrote what and when. */
function quotation(message: MessageRow, quote: Quote | undefined): Reply {
  const header = tl.messageReplyHeader({
    quote: quote !== undefined,
    replyFrom: tl.messageFwdHeader({ fromId: peerView(message.fromId), date: message.date }),
    replyMedia: unpack(message.media) as T.MessageMedia | undefined,
    quoteText: quote?.quoteText ?? (message.text === '' ? undefined : message.text.slice(0, QUOTE_LENGTH)),
    quoteEntities: quote?.quoteEntities,
    quoteOffset: quote?.quoteOffset,
  })
  return { ownId: null, otherId: null, header: pack(header, 'MessageReplyHeader') }
}

/** The longest quotation, as help.getAppConfig announces it (quote_length_max). */
const QUOTE_LENGTH = 1024

interface Quote {
  readonly quoteText: string
  readonly quoteEntities: T.MessageEntity[] | undefined
  readonly quoteOffset: number
}

/** The quoted part must stand in the message; of several such places the one nearest to the offset is meant. */
function quoteOf(message: MessageRow, input: T.inputReplyToMessage): Quote {
  const text = (input.quoteText ?? '').trim()
  const near = input.quoteOffset ?? 0
  if (text === '' || text.length > QUOTE_LENGTH) throw rpcError('QUOTE_TEXT_INVALID')
  const before = message.text.lastIndexOf(text, near)
  const after = message.text.indexOf(text, near)
  if (before < 0 && after < 0) throw rpcError('QUOTE_TEXT_INVALID')
  const isBefore = after < 0 || (before >= 0 && near - before < after - near)
  const offset = isBefore ? before : after
  const entities = (unpackAll(message.entities) as T.MessageEntity[] | undefined)?.flatMap((entity) => {
    const start = Math.max(entity.offset, offset)
    const length = Math.min(entity.offset + entity.length, offset + text.length) - start
    return length > 0 ? [{ ...entity, offset: start - offset, length }] : []
  })
  return { quoteText: text, quoteEntities: entities?.length ? entities : undefined, quoteOffset: offset }
}
