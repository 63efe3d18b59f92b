import { tl } from '../factories.ts'
import type { TlObject } from '../object.ts'
import type { Fields } from './rules.ts'

/** What stands in for a constructor that a layer lacks, by the union it stands in. */
export interface Fallback {
  /** The constructors that `make` makes. A layer that lacks one of them has no fallback. */
  readonly constructors: readonly string[]
  /** Whether `make` has an answer for every value. */
  readonly isTotal: boolean
  readonly make: (value: Fields) => TlObject | undefined
}

function always(value: TlObject): Fallback {
  return { constructors: [value._], isTotal: true, make: () => value }
}

/**
 * Fallbacks by union. Without one an object is left out of its vector or its optional field, and where it is required
 * its parent fails in turn.
 */
export const FALLBACKS: ReadonlyMap<string, Fallback> = new Map<string, Fallback>([
  ['MessageMedia', always(tl.messageMediaUnsupported())],
  ['MessageAction', always(tl.messageActionEmpty())],
  ['PageBlock', always(tl.pageBlockUnsupported())],
  ['RichText', always(tl.textEmpty())],
  ['SendMessageAction', always(tl.sendMessageTypingAction())],
  ['InputStickerSet', always(tl.inputStickerSetEmpty())],
  ['MessagesFilter', always(tl.inputMessagesFilterEmpty())],
  ['StarsTransactionPeer', always(tl.starsTransactionPeerUnsupported())],
  ['Reaction', always(tl.reactionEmpty())],
  ['EmojiStatus', always(tl.emojiStatusEmpty())],
  [
    'Update',
    { constructors: ['updateDeleteMessages', 'updateDeleteChannelMessages'], isTotal: false, make: noOp },
  ],
])

/** An update that deletes nothing but takes the same pts: without it the client would see a gap. */
function noOp(update: Fields): TlObject | undefined {
  const { pts, ptsCount, channelId } = update
  if (typeof pts !== 'number' || typeof ptsCount !== 'number') return undefined
  if (typeof channelId !== 'number') return tl.updateDeleteMessages({ messages: [], pts, ptsCount })
  return tl.updateDeleteChannelMessages({ channelId, messages: [], pts, ptsCount })
}
