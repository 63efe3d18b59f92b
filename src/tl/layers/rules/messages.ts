import { tl } from '../../factories.ts'
import type * as T from '../../schema.d.ts'
import type { Fields, Topic } from '../rule.ts'
import { userAsPeer, userIdOf } from './peer.ts'

/** Messages, forwards, replies and drafts. https://core.telegram.org/constructor/message */
export const messages: Topic = {
  name: 'messages',
  pairs: [
    // Where only users could write or act: a 32-bit id, then a 64-bit one.
    { from: 'Peer', to: 'int', isPartial: true, make: userIdOf },
    { from: 'Peer', to: 'number', isPartial: true, make: userIdOf },
    { from: 'InputUser', to: 'InputPeer', make: userAsPeer },
  ],
  down: [
    {
      from: 'message messageService',
      layers: [105, 118],
      fields: { fromId: senderId, toId: receiver, replyToMsgId: repliedId },
      isTotal: true,
    },
    {
      from: 'updateShortMessage updateShortChatMessage',
      layers: [105, 118],
      fields: { replyToMsgId: repliedId },
    },
    {
      from: 'messageFwdHeader',
      layers: [105, 118],
      fields: { channelId: ({ fromId }) => (fromId?._ === 'peerChannel' ? fromId.channelId : undefined) },
    },
    {
      from: 'draftMessage',
      layers: [105, 165],
      fields: { replyToMsgId: ({ replyTo }) => replyTo?.replyToMsgId },
    },
  ],
  up: [
    {
      from:
        'messages.sendMessage messages.sendMedia messages.sendMultiMedia messages.sendInlineBotResult ' +
        'messages.requestWebView messages.prolongWebView messages.sendScreenshotNotification',
      layers: [105, 159],
      fields: { replyTo },
      uses: 'replyToMsgId topMsgId',
    },
    { from: 'messages.saveDraft', layers: [105, 165], fields: { replyTo }, uses: 'replyToMsgId topMsgId' },
    // Albums are told by the messages themselves.
    { from: 'messages.forwardMessages', layers: [105, 118], uses: 'grouped' },
    {
      from: 'messages.searchGlobal',
      layers: [105, 117],
      fields: { filter: () => tl.inputMessagesFilterEmpty() },
    },
    {
      from: 'messages.report',
      layers: [105, 188],
      fields: { option: ({ reason }) => new Uint8Array(Buffer.from(reason._)) },
      uses: 'reason',
    },
    { from: 'inputReportReasonOther', layers: [105, 123], uses: 'text' },
    {
      from: 'messages.translateText',
      layers: [138, 151],
      fields: {
        id: ({ msgId }) => (msgId === undefined ? undefined : [msgId]),
        text: ({ text }) =>
          text === undefined ? undefined : [tl.textWithEntities({ text: text as string, entities: [] })],
      },
      uses: 'msgId text fromLang',
    },
  ],
  results: [
    {
      method: 'messages.getMessagesViews',
      layers: [105, 117],
      make: ({ views }: T.messages.messageViews) => views.map((one) => one.views ?? 0),
    },
    {
      method: 'messages.getMessagesViews',
      layers: [118, 118],
      make: ({ views }: T.messages.messageViews) => views,
    },
    {
      method: 'messages.report',
      layers: [105, 188],
      make: (result: T.ReportResult) => result._ === 'reportResultReported',
    },
    {
      method: 'messages.getWebPagePreview',
      layers: [105, 196],
      make: ({ media }: T.messages.webPagePreview) => media,
    },
    { method: 'messages.getWebPage', layers: [105, 164], make: ({ webpage }: T.messages.webPage) => webpage },
    {
      method: 'messages.getMessageReadParticipants',
      layers: [133, 153],
      make: (readers: T.readParticipantDate[]) => readers.map(({ userId }) => BigInt(userId)),
    },
  ],
}

/** The sender was told for every message of a user; a channel's posts have none. */
function senderId({ fromId, peerId, out }: Fields, viewerId: number): number | undefined {
  if (fromId !== undefined || peerId?._ !== 'peerUser') return userIdOf(fromId)
  return out ? viewerId || undefined : peerId.userId
}

/** What came in a private chat was sent to whoever reads it; everything else to the chat it is in. */
function receiver({ peerId, out }: Fields, viewerId: number): T.Peer {
  const isForViewer = peerId?._ === 'peerUser' && !out && viewerId !== 0
  return isForViewer ? tl.peerUser({ userId: viewerId }) : peerId
}

function repliedId({ replyTo }: Fields): number | undefined {
  return replyTo?._ === 'messageReplyHeader' ? replyTo.replyToMsgId : undefined
}

/** A topic alone is answered to its first message. */
function replyTo({ replyToMsgId, topMsgId }: Fields): T.InputReplyTo | undefined {
  if (replyToMsgId === undefined && topMsgId === undefined) return undefined
  return tl.inputReplyToMessage({ replyToMsgId: replyToMsgId ?? topMsgId, topMsgId })
}
