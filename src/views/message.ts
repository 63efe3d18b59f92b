import type { MessageId, PeerId, UserId } from '../lib/ids.ts'
import { tl } from '../tl/factories.ts'
import type * as T from '../tl/schema.d.ts'
import { peerView } from './peer.ts'

/** What a message is besides its text; the bits of `message.flags` in the database. */
export const MessageFlag = {
  silent: 1,
  noforwards: 2,
  /** A voice or round message that has not been played, or a mention that has not been seen. */
  mediaUnread: 4,
  pinned: 8,
  invertMedia: 16,
  /** Has a link among its entities: what the shared links of a chat are found by. */
  hasUrl: 32,
  editHide: 64,
} as const

/** A message as one side of a chat has it, nested values decoded. */
export interface MessageFacts {
  readonly id: MessageId
  readonly peerId: PeerId
  readonly fromId: PeerId
  readonly date: number
  readonly editDate: number | undefined
  readonly flags: number
  readonly replyToId: MessageId | undefined
  readonly text: string
  readonly entities: T.MessageEntity[] | undefined
  readonly reply: T.messageReplyHeader | undefined
  readonly forward: T.messageFwdHeader | undefined
  readonly media: T.MessageMedia | undefined
  readonly groupedId: bigint | undefined
  readonly action: T.MessageAction | undefined
  readonly replyMarkup: T.ReplyMarkup | undefined
}

/**
 * A message as its viewer sees it. In Saved Messages nothing is outgoing and everything stands under the peer that it
 * was saved from. https://core.telegram.org/constructor/message
 */
export function messageView(viewer: UserId, facts: MessageFacts): T.Message {
  const isSaved = facts.peerId === viewer
  const has = (flag: number): boolean => (facts.flags & flag) !== 0
  if (facts.action) return serviceView(viewer, facts, facts.action)
  return tl.message({
    out: facts.fromId === viewer && !isSaved,
    mediaUnread: has(MessageFlag.mediaUnread),
    silent: has(MessageFlag.silent),
    editHide: has(MessageFlag.editHide),
    pinned: has(MessageFlag.pinned),
    noforwards: has(MessageFlag.noforwards),
    invertMedia: has(MessageFlag.invertMedia),
    id: facts.id,
    fromId: peerView(facts.fromId),
    peerId: peerView(facts.peerId),
    savedPeerId: isSaved ? savedPeerOf(viewer, facts.forward) : undefined,
    fwdFrom: facts.forward,
    replyTo: replyView(facts),
    date: facts.date,
    message: facts.text,
    media: facts.media,
    replyMarkup: facts.replyMarkup,
    entities: facts.entities,
    editDate: facts.editDate,
    groupedId: facts.groupedId,
  })
}

function serviceView(viewer: UserId, facts: MessageFacts, action: T.MessageAction): T.messageService {
  const isSaved = facts.peerId === viewer
  return tl.messageService({
    out: facts.fromId === viewer && !isSaved,
    silent: (facts.flags & MessageFlag.silent) !== 0,
    id: facts.id,
    fromId: peerView(facts.fromId),
    peerId: peerView(facts.peerId),
    savedPeerId: isSaved ? peerView(viewer) : undefined,
    replyTo: replyView(facts),
    date: facts.date,
    action,
  })
}

/** The header is stored once for both sides; each side numbers the message replied to in its own way. */
function replyView(facts: MessageFacts): T.messageReplyHeader | undefined {
  if (facts.replyToId === undefined) return facts.reply
  if (facts.reply) return { ...facts.reply, replyToMsgId: facts.replyToId }
  return tl.messageReplyHeader({ replyToMsgId: facts.replyToId })
}

/** Whose messages of an unknown author are kept under in Saved Messages. https://core.telegram.org/api/saved-messages */
const HIDDEN_AUTHOR_ID = 2_666_000

/** Under which peer a saved message is listed. */
function savedPeerOf(viewer: UserId, forward: T.messageFwdHeader | undefined): T.Peer {
  if (!forward) return peerView(viewer)
  if (forward.savedFromPeer) return forward.savedFromPeer
  if (forward.fromId) return forward.fromId
  return tl.peerUser({ userId: HIDDEN_AUTHOR_ID })
}
