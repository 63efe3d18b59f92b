import type { BoxId, MessageId, PeerId } from '../../lib/ids.ts'
import type * as T from '../../tl/schema.d.ts'
import type { MessageFacts } from '../../views/message.ts'
import type { MediaKind } from '../media/kinds.ts'
import { unpack, unpackAll } from './packed.ts'

/** A message as one box stores it; nested values are TL. */
export interface MessageRow {
  readonly boxId: BoxId
  readonly id: MessageId
  readonly peerId: PeerId
  readonly fromId: PeerId
  readonly randomId: bigint
  readonly date: number
  readonly editDate: number | null
  readonly flags: number
  readonly replyToId: MessageId | null
  readonly text: string
  readonly entities: Uint8Array | null
  readonly reply: Uint8Array | null
  readonly forward: Uint8Array | null
  readonly media: Uint8Array | null
  readonly mediaKind: MediaKind | null
  /** The album that the message is part of. */
  readonly groupedId: bigint | null
  readonly action: Uint8Array | null
  readonly replyMarkup: Uint8Array | null
}

/** A stored message with its nested values decoded. */
export function factsOf(row: MessageRow): MessageFacts {
  return {
    id: row.id,
    peerId: row.peerId,
    fromId: row.fromId,
    date: row.date,
    editDate: row.editDate ?? undefined,
    flags: row.flags,
    replyToId: row.replyToId ?? undefined,
    text: row.text,
    entities: unpackAll(row.entities) as T.MessageEntity[] | undefined,
    reply: unpack(row.reply) as T.messageReplyHeader | undefined,
    forward: unpack(row.forward) as T.messageFwdHeader | undefined,
    media: unpack(row.media) as T.MessageMedia | undefined,
    groupedId: row.groupedId ?? undefined,
    action: unpack(row.action) as T.MessageAction | undefined,
    replyMarkup: unpack(row.replyMarkup) as T.ReplyMarkup | undefined,
  }
}
