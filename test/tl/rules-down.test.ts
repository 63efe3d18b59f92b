import { describe, expect, test } from 'vitest'
import { codecFor } from '../../src/tl/encode.ts'
import { tl } from '../../src/tl/factories.ts'
import type { TlObject } from '../../src/tl/object.ts'
import type * as T from '../../src/tl/schema.d.ts'
import { StrictLayer, strictPool } from './strict.ts'

/** What clients of old layers read of today's objects and answers, a row a rule. */

const { definitions } = strictPool()
const strict = new Map<number, StrictLayer>()

function layerOf(number: number): StrictLayer {
  const layer = strict.get(number) ?? new StrictLayer(definitions, number)
  strict.set(number, layer)
  return layer
}

function seen(layer: number, value: TlObject, union: string): unknown {
  return layerOf(layer).read(codecFor(layer).encode(value, union), union)
}

const user = (id: number): T.peerUser => tl.peerUser({ userId: id })
const text = (value: string): T.textWithEntities => tl.textWithEntities({ text: value, entities: [] })
const message = tl.message({
  id: 7,
  fromId: user(5),
  peerId: tl.peerChat({ chatId: 9 }),
  date: 1,
  message: 'hi',
  replyTo: tl.messageReplyHeader({ replyToMsgId: 3 }),
})
const username = (name: string, active: boolean): T.username => tl.username({ username: name, active })
const reaction = (emoticon: string): T.reactionEmoji => tl.reactionEmoji({ emoticon })
const inline = (type: T.InlineButtonType): T.replyInlineMarkup =>
  tl.replyInlineMarkup({
    rows: [tl.keyboardInlineButtonRow({ buttons: [tl.keyboardInlineButton({ text: 'b', type })] })],
  })
const button = (name: string, fields: object = {}): object => ({
  rows: [{ _: 'keyboardButtonRow', buttons: [{ _: name, text: 'b', ...fields }] }],
})
const poll = tl.poll({
  id: 1n,
  question: text('q'),
  answers: [tl.pollAnswer({ text: text('a'), option: Uint8Array.of(1) })],
  hash: 0n,
})
const stickerSet = tl.stickerSet({
  id: 1n,
  accessHash: 2n,
  title: 't',
  shortName: 's',
  count: 0,
  hash: 0,
  thumbs: [tl.photoSize({ type: 's', w: 1, h: 1, size: 1 })],
  thumbDcId: 2,
  thumbVersion: 1,
})
const changedUsers = {
  updates: [5, 6, 7].map((userId) => tl.updateUser({ userId })),
  users: [
    tl.user({ id: 5, photo: tl.userProfilePhoto({ photoId: 77n, dcId: 2 }) }),
    tl.user({ id: 6 }),
    tl.userEmpty({ id: 7 }),
  ],
  chats: [],
}
const photoOf = (id: bigint): T.photo =>
  tl.photo({ id, accessHash: 1n, fileReference: Uint8Array.of(), date: 1, sizes: [], dcId: 2 })
const fullUser = {
  ...tl.userFull({
    id: 5,
    settings: tl.peerSettings({}),
    notifySettings: tl.peerNotifySettings({}),
    commonChatsCount: 0,
    profilePhoto: photoOf(2n),
    fallbackPhoto: photoOf(3n),
  }),
  user: tl.user({ id: 5 }),
}
const stars = (amount: bigint): T.starsAmount => tl.starsAmount({ amount, nanos: 0 })

/** First and last layer of a rule, the value, its union, and what of it a client of such a layer sees. */
const OBJECTS: [layers: number[], value: TlObject, union: string, seen: object][] = [
  [[105, 118], message, 'Message', { fromId: 5, toId: { _: 'peerChat', chatId: 9 }, replyToMsgId: 3 }],
  [[119, 229], message, 'Message', { fromId: { _: 'peerUser' }, replyTo: { replyToMsgId: 3 } }],
  [
    [105, 118],
    tl.messageService({
      id: 1,
      fromId: user(5),
      peerId: user(6),
      date: 1,
      action: tl.messageActionPinMessage(),
    }),
    'Message',
    { fromId: 5, toId: { _: 'peerUser', userId: 6 } },
  ],
  // A post has no sender, a message of a private chat always has one.
  [[105, 118], { ...message, peerId: user(6), fromId: undefined } as TlObject, 'Message', { fromId: 6 }],
  [
    [105, 118],
    { ...message, fromId: tl.peerChannel({ channelId: 8 }) } as TlObject,
    'Message',
    { fromId: undefined },
  ],
  [
    [105, 118],
    tl.messageFwdHeader({ fromId: tl.peerChannel({ channelId: 8 }), channelPost: 4, date: 1 }),
    'MessageFwdHeader',
    { fromId: undefined, channelId: 8, channelPost: 4 },
  ],
  [[105, 118], tl.messageFwdHeader({ fromId: user(5), date: 1 }), 'MessageFwdHeader', { fromId: 5 }],
  [
    [105, 165],
    tl.draftMessage({ message: 'd', date: 1, replyTo: tl.inputReplyToMessage({ replyToMsgId: 3 }) }),
    'DraftMessage',
    { replyToMsgId: 3 },
  ],
  [
    [105, 118],
    tl.updateShortMessage({
      id: 1,
      userId: 5,
      message: 'x',
      pts: 1,
      ptsCount: 1,
      date: 1,
      replyTo: tl.messageReplyHeader({ replyToMsgId: 3 }),
    }),
    'Updates',
    { userId: 5, replyToMsgId: 3 },
  ],
  [
    [105, 147],
    tl.updateUserName({
      userId: 5,
      firstName: 'a',
      lastName: 'b',
      usernames: [username('old', false), username('name', true)],
    }),
    'Update',
    { username: 'name' },
  ],
  [
    [105, 118],
    tl.updatePeerBlocked({ peerId: user(5), blocked: true }),
    'Update',
    { _: 'updateUserBlocked', blocked: true },
  ],
  [[119, 160], tl.updatePeerBlocked({ peerId: user(5), blocked: true }), 'Update', { blocked: true }],
  [
    [105, 124],
    tl.updateChatUserTyping({ chatId: 1, fromId: user(5), action: tl.sendMessageTypingAction() }),
    'Update',
    { userId: 5 },
  ],
  [
    [105, 119],
    tl.updatePinnedMessages({ peer: user(5), messages: [1], pts: 10, ptsCount: 1 }),
    'Update',
    { _: 'updateDeleteMessages', messages: [], pts: 10, ptsCount: 1 },
  ],
  [
    [105, 119],
    tl.updatePinnedChannelMessages({ channelId: 8, messages: [1], pts: 10, ptsCount: 1 }),
    'Update',
    { _: 'updateDeleteChannelMessages', messages: [], pts: 10, ptsCount: 1 },
  ],
  [
    [149, 215],
    tl.updatePinnedForumTopic({ pinned: true, peer: tl.peerChannel({ channelId: 8 }), topicId: 3 }),
    'Update',
    { _: 'updateChannelPinnedTopic', pinned: true, topicId: 3 },
  ],
  [
    [149, 215],
    tl.updatePinnedForumTopics({ peer: tl.peerChannel({ channelId: 8 }), order: [3] }),
    'Update',
    { _: 'updateChannelPinnedTopics', order: [3] },
  ],
  [
    [105, 150],
    tl.updates({ ...changedUsers, date: 3, seq: 4 }),
    'Updates',
    {
      updates: [
        { _: 'updateUserPhoto', date: 3, photo: { _: 'userProfilePhoto' }, previous: false },
        { _: 'updateUserPhoto', date: 3, photo: { _: 'userProfilePhotoEmpty' } },
      ],
    },
  ],
  [
    [105, 150],
    tl['updates.difference']({
      newMessages: [],
      newEncryptedMessages: [],
      otherUpdates: changedUsers.updates,
      chats: [],
      users: changedUsers.users,
      state: tl['updates.state']({ pts: 1, qts: 1, date: 3, seq: 4, unreadCount: 0 }),
    }),
    'updates.Difference',
    { otherUpdates: [{ _: 'updateUserPhoto', date: 3 }, { _: 'updateUserPhoto' }] },
  ],
  [
    [151, 229],
    tl.updates({ ...changedUsers, date: 3, seq: 4 }),
    'Updates',
    { updates: [{ _: 'updateUser' }, { _: 'updateUser' }, { _: 'updateUser' }] },
  ],
  [
    [105, 127],
    tl.userProfilePhoto({ photoId: 77n, dcId: 2 }),
    'UserProfilePhoto',
    { photoSmall: { volumeId: 77n, localId: 1 }, photoBig: { volumeId: 77n, localId: 2 } },
  ],
  [[105, 127], tl.chatPhoto({ photoId: 77n, dcId: 2 }), 'ChatPhoto', { photoBig: { volumeId: 77n } }],
  [
    [105, 127],
    tl.photoSize({ type: 'm', w: 1, h: 2, size: 3 }),
    'PhotoSize',
    { location: { _: 'fileLocationToBeDeprecated', localId: 109 } },
  ],
  [
    [105, 117],
    tl.photoSizeProgressive({ type: 'y', w: 1, h: 2, sizes: [3, 4] }),
    'PhotoSize',
    { _: 'photoSize', w: 1, h: 2, size: 4 },
  ],
  [[105, 121], stickerSet, 'StickerSet', { thumb: { _: 'photoSize', location: { volumeId: 1n } } }],
  [[122, 127], stickerSet, 'StickerSet', { thumbs: [{ _: 'photoSize', location: { volumeId: 1n } }] }],
  [[111, 229], tl.messageMediaDice({ value: 3, emoticon: '🎲' }), 'MessageMedia', { value: 3 }],
  [
    [105, 111],
    tl.messageMediaDice({ value: 3, emoticon: '🎯' }),
    'MessageMedia',
    { _: 'messageMediaUnsupported' },
  ],
  [
    [105, 150],
    { ...fullUser, personalPhoto: photoOf(1n) } as TlObject,
    'UserFull',
    { profilePhoto: { id: 1n } },
  ],
  [[105, 150], fullUser, 'UserFull', { profilePhoto: { id: 2n } }],
  [
    [105, 150],
    { ...fullUser, profilePhoto: undefined } as TlObject,
    'UserFull',
    { profilePhoto: { id: 3n } },
  ],
  [[151, 229], fullUser, 'UserFull', { profilePhoto: { id: 2n }, fallbackPhoto: { id: 3n } }],
  [
    [105, 139],
    tl.peerNotifySettings({ otherSound: tl.notificationSoundNone() }),
    'PeerNotifySettings',
    { sound: '' },
  ],
  [
    [105, 139],
    tl.peerNotifySettings({ iosSound: tl.notificationSoundDefault() }),
    'PeerNotifySettings',
    { sound: 'default' },
  ],
  [[105, 178], poll, 'Poll', { question: 'q', answers: [{ text: 'a' }] }],
  [
    [133, 158],
    tl.pollResults({ recentVoters: [user(5), tl.peerChannel({ channelId: 8 })] }),
    'PollResults',
    { recentVoters: [5n] },
  ],
  [
    [109, 158],
    tl['messages.votesList']({
      count: 1,
      votes: [tl.messagePeerVoteInputOption({ peer: user(5), date: 3 })],
      chats: [],
      users: [],
    }),
    'messages.VotesList',
    { votes: [{ _: 'messageUserVoteInputOption', date: 3 }] },
  ],
  [
    [105, 118],
    tl['contacts.blocked']({
      blocked: [
        tl.peerBlocked({ peerId: user(5), date: 3 }),
        tl.peerBlocked({ peerId: tl.peerChannel({ channelId: 8 }), date: 3 }),
      ],
      chats: [],
      users: [],
    }),
    'contacts.Blocked',
    { blocked: [{ _: 'contactBlocked', userId: 5, date: 3 }] },
  ],
  [
    [136, 144],
    tl.reactionCount({ reaction: reaction('👍'), count: 2, chosenOrder: 0 }),
    'ReactionCount',
    { chosen: true, reaction: '👍' },
  ],
  [
    [138, 144],
    tl.messagePeerReaction({ peerId: user(5), date: 1, reaction: reaction('👍') }),
    'MessagePeerReaction',
    { reaction: '👍' },
  ],
  [
    [136, 137],
    tl.messageReactions({
      results: [],
      recentReactions: [tl.messagePeerReaction({ peerId: user(5), date: 1, reaction: reaction('👍') })],
    }),
    'MessageReactions',
    { recentReactons: [{ _: 'messageUserReaction', userId: 5n, reaction: '👍' }] },
  ],
  [
    [145, 197],
    tl.emojiStatus({ documentId: 4n, until: 9 }),
    'EmojiStatus',
    { _: 'emojiStatusUntil', until: 9 },
  ],
  [
    [111, 195],
    tl.dialogFilter({ id: 2, title: text('work'), pinnedPeers: [], includePeers: [], excludePeers: [] }),
    'DialogFilter',
    { title: 'work' },
  ],
  [
    [135, 144],
    tl['channels.sendAsPeers']({ peers: [tl.sendAsPeer({ peer: user(5) })], chats: [], users: [] }),
    'channels.SendAsPeers',
    { peers: [{ _: 'peerUser' }] },
  ],
  [
    [140, 142],
    tl.botInfo({ userId: 1, description: '', commands: [] }),
    'BotInfo',
    { menuButton: { _: 'botMenuButtonDefault' } },
  ],
  [[105, 142], tl.botInfo({}), 'BotInfo', { description: '', commands: [] }],
  [
    [105, 228],
    inline(tl.inlineButtonTypeUrl({ url: 'u' })),
    'ReplyMarkup',
    button('keyboardButtonUrl', { url: 'u' }),
  ],
  [
    [105, 228],
    inline(tl.inlineButtonTypeCallback({ data: Uint8Array.of(1) })),
    'ReplyMarkup',
    button('keyboardButtonCallback', { data: Uint8Array.of(1) }),
  ],
  [
    [105, 187],
    inline(tl.inlineButtonTypeCopy({ copyText: 'c' })),
    'ReplyMarkup',
    { rows: [{ buttons: [] }] },
  ],
  [
    [188, 228],
    inline(tl.inlineButtonTypeCopy({ copyText: 'c' })),
    'ReplyMarkup',
    button('keyboardButtonCopy'),
  ],
  [
    [105, 228],
    tl.replyKeyboardMarkup({
      rows: [
        tl.keyboardButtonRow({ buttons: [tl.keyboardButton({ text: 'b', type: tl.buttonTypeDefault() })] }),
      ],
    }),
    'ReplyMarkup',
    button('keyboardButton'),
  ],
  [
    [105, 228],
    tl.replyKeyboardMarkup({
      rows: [
        tl.keyboardButtonRow({
          buttons: [tl.keyboardButton({ text: 'b', type: tl.buttonTypeRequestPhone() })],
        }),
      ],
    }),
    'ReplyMarkup',
    button('keyboardButtonRequestPhone'),
  ],
  [
    [105, 150],
    tl.stickerSetNoCovered({ set: stickerSet }),
    'StickerSetCovered',
    { _: 'stickerSetMultiCovered', covers: [] },
  ],
  [
    [105, 143],
    tl['auth.sentCode']({
      type: tl['auth.sentCodeTypeEmailCode']({ emailPattern: 'a', length: 6 }),
      phoneCodeHash: 'h',
    }),
    'auth.SentCode',
    { type: { _: 'auth.sentCodeTypeSms', length: 6 } },
  ],
  [
    [105, 135],
    tl.textSpoiler({ text: tl.textPlain({ text: 'x' }) }),
    'RichText',
    { _: 'textPlain', text: 'x' },
  ],
  [
    [144, 216],
    tl.messageActionGiftPremium({ currency: 'EUR', amount: 1n, days: 90 }),
    'MessageAction',
    { months: 3 },
  ],
  [
    [132, 213],
    tl.messageActionSetChatTheme({ theme: tl.chatTheme({ emoticon: '🐥' }) }),
    'MessageAction',
    { emoticon: '🐥' },
  ],
  [
    [152, 168],
    tl.messageActionRequestedPeer({ buttonId: 1, peers: [user(5)] }),
    'MessageAction',
    { peer: { _: 'peerUser' } },
  ],
  [[181, 194], tl.updateStarsBalance({ balance: stars(5n) }), 'Update', { balance: 5n }],
  [
    [187, 198],
    tl.updatePaidReactionPrivacy({ private: tl.paidReactionPrivacyAnonymous() }),
    'Update',
    { private: true },
  ],
  [
    [133, 195],
    tl.updateGroupCall({
      peer: tl.peerChat({ chatId: 9 }),
      call: tl.groupCallDiscarded({ id: 1n, accessHash: 1n, duration: 1 }),
    }),
    'Update',
    { chatId: 9n },
  ],
  [[160, 163], tl.updateReadStories({ peer: user(5), maxId: 3 }), 'Update', { userId: 5n, maxId: 3 }],
]

describe('objects', () => {
  test.each(OBJECTS.map((row) => [row[1]._, ...row] as const))(
    '%s in layers %j',
    (_, layers, value, union, expected) => {
      for (const layer of layers) expect(seen(layer, value, union)).toMatchObject(expected)
    },
  )

  test.each([
    ['one that came', { out: false, fromId: undefined }, { fromId: 6, toId: { userId: 1 } }],
    ['one that came, with its sender', { out: false, fromId: user(6) }, { fromId: 6, toId: { userId: 1 } }],
    ['an own one', { out: true, fromId: undefined }, { fromId: 1, toId: { userId: 6 } }],
    ['an own one, with its sender', { out: true, fromId: user(1) }, { fromId: 1, toId: { userId: 6 } }],
  ])('%s of a private chat names both users up to layer 118', (_, fields, expected) => {
    const value = tl.message({ id: 7, date: 1, message: 'hi', peerId: user(6), ...fields })
    for (const layer of [105, 118]) {
      const read = layerOf(layer).read(codecFor(layer).encode(value, 'Message', 1), 'Message')
      expect(read).toMatchObject(expected)
    }
  })
})
