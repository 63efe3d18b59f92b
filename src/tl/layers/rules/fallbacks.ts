import { tl } from '../../factories.ts'
import type { TlObject } from '../../object.ts'
import { always, type Fields, type Topic } from '../rule.ts'

/**
 * Stand-ins by union. Without one an object is left out of its vector or its optional field, and where it is required
 * its parent fails in turn.
 */
export const fallbacks: Topic = {
  name: 'fallbacks',
  fallbacks: [
    always('MessageMedia', tl.messageMediaUnsupported()),
    always('MessageAction', tl.messageActionEmpty()),
    always('PageBlock', tl.pageBlockUnsupported()),
    always('RichText', tl.textEmpty()),
    always('SendMessageAction', tl.sendMessageTypingAction()),
    always('InputStickerSet', tl.inputStickerSetEmpty()),
    always('MessagesFilter', tl.inputMessagesFilterEmpty()),
    always('StarsTransactionPeer', tl.starsTransactionPeerUnsupported()),
    always('Reaction', tl.reactionEmpty()),
    always('EmojiStatus', tl.emojiStatusEmpty()),
    {
      union: 'Update',
      constructors: ['updateDeleteMessages', 'updateDeleteChannelMessages'],
      isTotal: false,
      make: noOp,
    },
  ],
}

/** An update that deletes nothing but takes the same pts: without it the client would see a gap. */
function noOp(update: Fields): TlObject | undefined {
  const { pts, ptsCount, channelId } = update
  if (typeof pts !== 'number' || typeof ptsCount !== 'number') return undefined
  if (typeof channelId !== 'number') return tl.updateDeleteMessages({ messages: [], pts, ptsCount })
  return tl.updateDeleteChannelMessages({ channelId, messages: [], pts, ptsCount })
}
