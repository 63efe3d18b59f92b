import { describe, expect, test } from 'vitest'
import { decodeRequest } from '../../src/tl/decode.ts'
import { encodeRequest } from '../../src/tl/encode.ts'
import { TlError } from '../../src/tl/error.ts'
import type * as T from '../../src/tl/schema.d.ts'
import { strictWrite } from './strict-write.ts'
import { StrictLayer, strictPool } from './strict.ts'

/** What today's handlers get of old layers' requests, a row a rule. */

const { definitions } = strictPool()

/** A request of an old layer. */
type OldRequest = { _: string; [key: string]: unknown }

/** A request as a client of a layer writes it, as a handler sees it. */
function received(number: number, request: OldRequest): T.AnyMethod {
  const layer = new StrictLayer(definitions, number)
  const definition = layer.byName.get(request._)
  if (!definition) throw new Error(`layer ${number} has ${request._}`)
  return decodeRequest(strictWrite(layer, definition, request))
}

const self = { _: 'inputPeerSelf' }
const someone = { _: 'inputUser', userId: 5, accessHash: 6n }
const someonesPeer = { _: 'inputPeerUser', userId: 5, accessHash: 6n }
const channel = { _: 'inputChannel', channelId: 8, accessHash: 6n }
const channelsPeer = { _: 'inputPeerChannel', channelId: 8, accessHash: 6n }
const text = (value: string): object => ({ _: 'textWithEntities', text: value, entities: [] })
const media = { peer: self, media: { _: 'inputMediaEmpty' }, message: '', randomId: 1n }
const rights = { _: 'chatBannedRights', untilDate: 0 }
const keyboard = (_: string, fields: object): object => ({
  _: 'replyInlineMarkup',
  rows: [{ _: 'keyboardButtonRow', buttons: [{ _, text: 'b', ...fields }] }],
})
const inline = (type: object): object => ({
  replyMarkup: {
    rows: [{ _: 'keyboardInlineButtonRow', buttons: [{ _: 'keyboardInlineButton', text: 'b', type }] }],
  },
})
const markup = (replyMarkup: object): object => ({ peer: self, message: 'm', randomId: 1n, replyMarkup })
const purpose = { purpose: { _: 'emailVerifyPurposePassport' } }

const REQUESTS: [layers: number[], request: OldRequest, expected: object][] = [
  [
    [105, 121, 159],
    { _: 'messages.sendMessage', peer: self, message: 'm', randomId: 1n, replyToMsgId: 3 },
    { replyTo: { _: 'inputReplyToMessage', replyToMsgId: 3, topMsgId: undefined } },
  ],
  [
    [148, 159],
    { _: 'messages.sendMessage', peer: self, message: 'm', randomId: 1n, topMsgId: 4 },
    { replyTo: { replyToMsgId: 4, topMsgId: 4 } },
  ],
  [[105, 159], { _: 'messages.sendMedia', ...media, replyToMsgId: 3 }, { replyTo: { replyToMsgId: 3 } }],
  [
    [105, 165],
    { _: 'messages.saveDraft', peer: self, message: 'm', replyToMsgId: 3 },
    { replyTo: { replyToMsgId: 3 } },
  ],
  [
    [105, 159],
    { _: 'messages.sendScreenshotNotification', peer: self, replyToMsgId: 3, randomId: 1n },
    { replyTo: { replyToMsgId: 3 } },
  ],
  [
    [105, 117],
    { _: 'messages.searchGlobal', q: 'q', offsetRate: 0, offsetPeer: self, offsetId: 0, limit: 1 },
    { filter: { _: 'inputMessagesFilterEmpty' }, minDate: 0 },
  ],
  [
    [105, 119],
    {
      _: 'messages.search',
      peer: self,
      q: '',
      fromId: someone,
      filter: { _: 'inputMessagesFilterEmpty' },
      minDate: 0,
      maxDate: 0,
      offsetId: 0,
      addOffset: 0,
      limit: 1,
      maxId: 0,
      minId: 0,
      hash: 0,
    },
    { fromId: someonesPeer, hash: 0n },
  ],
  [[105, 118], { _: 'contacts.block', id: someone }, { id: someonesPeer }],
  [[105, 118], { _: 'contacts.unblock', id: someone }, { id: someonesPeer }],
  [[105, 125], { _: 'channels.getParticipant', channel, userId: someone }, { participant: someonesPeer }],
  [
    [105, 125],
    { _: 'channels.editBanned', channel, userId: someone, bannedRights: rights },
    { participant: someonesPeer },
  ],
  [
    [105, 134],
    { _: 'channels.reportSpam', channel, userId: someone, id: [1] },
    { participant: someonesPeer },
  ],
  [
    [105, 134],
    { _: 'channels.deleteUserHistory', channel, userId: someone },
    { _: 'channels.deleteParticipantHistory', participant: someonesPeer },
  ],
  [[105, 185], { _: 'channels.toggleSignatures', channel, enabled: true }, { signaturesEnabled: true }],
  [
    [148, 215],
    { _: 'channels.createForumTopic', channel, title: 't', randomId: 1n },
    { _: 'messages.createForumTopic', peer: channelsPeer, title: 't' },
  ],
  [
    [148, 215],
    { _: 'channels.getForumTopicsByID', channel, topics: [3] },
    { _: 'messages.getForumTopicsByID', peer: channelsPeer, topics: [3] },
  ],
  [
    [112, 121, 129],
    { _: 'bots.setBotCommands', commands: [] },
    { scope: { _: 'botCommandScopeDefault' }, langCode: '' },
  ],
  [
    [105, 144],
    { _: 'account.verifyEmail', email: 'e', code: 'c' },
    { ...purpose, verification: { _: 'emailVerificationCode', code: 'c' } },
  ],
  [[105, 144], { _: 'account.sendVerifyEmailCode', email: 'e' }, purpose],
  [
    [105, 139],
    {
      _: 'account.updateNotifySettings',
      peer: { _: 'inputNotifyUsers' },
      settings: { _: 'inputPeerNotifySettings', sound: 'default' },
    },
    { settings: { sound: { _: 'notificationSoundDefault' } } },
  ],
  [
    [167, 215],
    { _: 'account.updateColor', color: 3, backgroundEmojiId: 4n },
    { color: { _: 'peerColor', color: 3, backgroundEmojiId: 4n } },
  ],
  [
    [132, 213],
    { _: 'messages.setChatTheme', peer: self, emoticon: '🐥' },
    { theme: { _: 'inputChatTheme', emoticon: '🐥' } },
  ],
  [
    [136, 144],
    { _: 'messages.sendReaction', peer: self, msgId: 1, reaction: '👍' },
    { reaction: [{ _: 'reactionEmoji', emoticon: '👍' }] },
  ],
  [
    [136, 144],
    { _: 'messages.setChatAvailableReactions', peer: self, availableReactions: ['👍'] },
    { availableReactions: { _: 'chatReactionsSome', reactions: [{ _: 'reactionEmoji' }] } },
  ],
  [
    [111, 195],
    {
      _: 'messages.updateDialogFilter',
      id: 2,
      filter: {
        _: 'dialogFilter',
        id: 2,
        title: 'work',
        pinnedPeers: [],
        includePeers: [],
        excludePeers: [],
      },
    },
    { filter: { title: text('work') } },
  ],
  [
    [111],
    { _: 'messages.sendMedia', ...media, media: { _: 'inputMediaDice' } },
    { media: { emoticon: '🎲' } },
  ],
  [
    [112, 178],
    {
      _: 'messages.sendMedia',
      ...media,
      media: {
        _: 'inputMediaPoll',
        poll: {
          _: 'poll',
          id: 1n,
          question: 'q',
          answers: [
            { _: 'pollAnswer', text: 'a', option: Uint8Array.of(1) },
            { _: 'pollAnswer', text: 'b', option: Uint8Array.of(2) },
          ],
        },
        correctAnswers: [Uint8Array.of(2)],
      },
    },
    { media: { poll: { question: text('q'), answers: [{ text: text('a') }, {}] }, correctAnswers: [1] } },
  ],
  [
    [105, 127],
    {
      _: 'upload.getFile',
      offset: 0,
      limit: 1,
      location: { _: 'inputPeerPhotoFileLocation', peer: self, volumeId: 77n, localId: 1 },
    },
    { location: { photoId: 77n } },
  ],
  [
    [188, 228],
    { _: 'messages.sendMessage', ...markup(keyboard('keyboardButtonCopy', { copyText: 'c' })) },
    inline({ _: 'inlineButtonTypeCopy', copyText: 'c' }),
  ],
  [
    [105, 228],
    {
      _: 'messages.sendMessage',
      ...markup(keyboard('keyboardButtonCallback', { data: Uint8Array.of(1) })),
    },
    inline({ _: 'inlineButtonTypeCallback', data: Uint8Array.of(1) }),
  ],
  [
    [105, 228],
    {
      _: 'messages.sendMessage',
      ...markup({ ...keyboard('keyboardButton', {}), _: 'replyKeyboardMarkup' }),
    },
    {
      replyMarkup: {
        rows: [{ buttons: [{ _: 'keyboardButton', text: 'b', type: { _: 'buttonTypeDefault' } }] }],
      },
    },
  ],
  [
    [105, 142],
    {
      _: 'payments.validateRequestedInfo',
      msgId: 3,
      peer: self,
      info: { _: 'paymentRequestedInfo' },
    },
    { invoice: { msgId: 3 } },
  ],
  [[160, 163], { _: 'stories.deleteStories', id: [1] }, { peer: self }],
  [[105, 112], { _: 'help.getProxyData' }, { _: 'help.getPromoData' }],
]

describe('requests', () => {
  test.each(REQUESTS.map((row) => [row[1]._, ...row] as const))(
    '%s of layers %j',
    (_, layers, request, expected) => {
      for (const layer of layers) {
        const seen = received(layer, request)
        expect(seen).toMatchObject(expected)
        // It is one of the newest layer.
        expect(decodeRequest(encodeRequest(seen))).toEqual(seen)
      }
    },
  )

  test('a button that may not replace the keyboard is refused there', () => {
    const wrong = { ...keyboard('keyboardButtonGame', {}), _: 'replyKeyboardMarkup' }
    expect(() => received(200, { _: 'messages.sendMessage', ...markup(wrong) })).toThrow(TlError)
    const plain = keyboard('keyboardButton', {})
    expect(() => received(200, { _: 'messages.sendMessage', ...markup(plain) })).toThrow(TlError)
  })
})
