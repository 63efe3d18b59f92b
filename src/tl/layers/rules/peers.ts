import { tl } from '../../factories.ts'
import type { TlObject } from '../../object.ts'
import type * as T from '../../schema.d.ts'
import type { Fields, Topic } from '../rule.ts'
import { userIdOf } from './peer.ts'

/** Users, groups and channels and what is known of them. https://core.telegram.org/api/peers */
export const peers: Topic = {
  name: 'peers',
  pairs: [
    { from: 'RecentStory', to: 'int', isPartial: true, make: ({ maxId }: T.recentStory) => maxId },
    {
      from: 'PeerColor',
      to: 'int',
      isPartial: true,
      make: (color: T.PeerColor) => (color._ === 'peerColor' ? color.color : undefined),
    },
    { from: 'PeerBlocked', to: 'ContactBlocked', isPartial: true, make: contactBlocked },
    { from: 'SendAsPeer', to: 'Peer', make: ({ peer }: T.sendAsPeer) => peer },
  ],
  down: [
    {
      from: 'user channel',
      layers: [166, 166],
      fields: { backgroundEmojiId: ({ color }) => color?.backgroundEmojiId },
    },
    // A user's own page carried the user, and so did no answer around it: the rule of the result adds it.
    { from: 'userFull', layers: [105, 134], fields: { user: ({ user }) => user } },
    // There was one photo of a user: the one that stands for them wherever the reader sees them.
    {
      from: 'userFull',
      layers: [105, 150],
      fields: {
        profilePhoto: ({ personalPhoto, profilePhoto, fallbackPhoto }) =>
          personalPhoto ?? profilePhoto ?? fallbackPhoto,
      },
    },
    { from: 'userFull', layers: [132, 213], fields: { themeEmoticon: ({ theme }) => theme?.emoticon } },
    {
      from: 'chatFull channelFull',
      layers: [105, 122],
      fields: { exportedInvite: ({ exportedInvite }) => exportedInvite ?? { _: 'chatInviteEmpty' } },
      isTotal: true,
    },
    // What old layers know of a photo is where its file is: its id and its size take that place.
    {
      from: 'userProfilePhoto chatPhoto',
      layers: [105, 127],
      fields: { photoSmall: (photo) => location(photo, SMALL), photoBig: (photo) => location(photo, BIG) },
      isTotal: true,
    },
    // Newer ones look at the user that comes with the update; older ones were told of its photo.
    {
      from: 'updates updatesCombined',
      layers: [105, 150],
      fields: { updates: ({ updates, users, date }) => tellingPhotos(updates, users, date) },
      isTotal: true,
    },
    {
      from: 'updates.difference updates.differenceSlice',
      layers: [105, 150],
      fields: {
        otherUpdates: ({ otherUpdates, users, state, intermediateState }) =>
          tellingPhotos(otherUpdates, users, (state ?? intermediateState).date),
      },
      isTotal: true,
    },
    {
      from: 'channelParticipantBanned channelParticipantLeft',
      layers: [105, 125],
      fields: { userId: ({ peer }) => userIdOf(peer) ?? 0 },
      isTotal: true,
    },
    {
      from: 'updateUserName',
      layers: [105, 147],
      fields: {
        username: ({ usernames }) => (usernames as T.username[]).find(({ active }) => active)?.username ?? '',
      },
      isTotal: true,
    },
    { from: 'updatePeerBlocked', layers: [105, 118], as: userBlocked },
    {
      from: 'updateChatUserTyping updateChannelUserTyping',
      layers: [105, 124],
      fields: { userId: ({ fromId }) => userIdOf(fromId) ?? 0 },
      isTotal: true,
    },
    {
      from: 'emojiStatus',
      layers: [145, 197],
      as: ({ documentId, until }) =>
        until === undefined ? undefined : ({ _: 'emojiStatusUntil', documentId, until } as TlObject),
    },
  ],
  up: [
    {
      from: 'inputPeerPhotoFileLocation',
      layers: [105, 127],
      fields: { photoId: ({ volumeId }) => volumeId },
      uses: 'volumeId localId',
    },
    {
      from: 'emojiStatusUntil',
      layers: [145, 226],
      to: 'emojiStatus',
      fields: { documentId: ({ documentId }) => documentId, until: ({ until }) => until },
      uses: 'documentId until',
    },
    {
      from: 'account.updateColor',
      layers: [166, 215],
      fields: { color },
      uses: 'color backgroundEmojiId',
    },
  ],
  results: [
    { method: 'users.getFullUser', layers: [105, 134], make: wholeUser },
    {
      method: 'messages.getPeerSettings',
      layers: [105, 134],
      make: ({ settings }: T.messages.peerSettings) => settings,
    },
    { method: 'photos.updateProfilePhoto', layers: [105, 116], make: ownPhoto },
  ],
  fallbacks: [
    {
      union: 'ExportedChatInvite',
      constructors: ['chatInviteEmpty'],
      isTotal: true,
      make: () => ({ _: 'chatInviteEmpty' }),
    },
  ],
}

const SMALL = 1
const BIG = 2

function location({ photoId }: Fields, size: number): TlObject {
  return { _: 'fileLocationToBeDeprecated', volumeId: photoId, localId: size } as TlObject
}

function tellingPhotos(updates: T.Update[], users: T.User[], date: number): TlObject[] {
  if (!updates.some((update) => update._ === 'updateUser')) return updates
  return updates.map((update) => {
    const user = update._ === 'updateUser' && users.find(({ id }) => id === update.userId)
    if (!user || user._ !== 'user') return update
    const { id, photo = tl.userProfilePhotoEmpty() } = user
    return { _: 'updateUserPhoto', userId: id, date, photo, previous: false } as TlObject
  })
}

function contactBlocked({ peerId, date }: T.peerBlocked): object | undefined {
  const userId = userIdOf(peerId)
  return userId === undefined ? undefined : { _: 'contactBlocked', userId, date }
}

function userBlocked({ peerId, blocked }: Fields): TlObject | undefined {
  const userId = userIdOf(peerId)
  return userId === undefined ? undefined : ({ _: 'updateUserBlocked', userId, blocked } as TlObject)
}

function color({ color, backgroundEmojiId }: Fields): T.PeerColor | undefined {
  if (color === undefined && backgroundEmojiId === undefined) return undefined
  return tl.peerColor({ color, backgroundEmojiId })
}

function wholeUser({ fullUser, users }: T.users.userFull): object | undefined {
  const user = users.find(({ id }) => id === fullUser.id)
  return user && { ...fullUser, user }
}

function ownPhoto({ users }: T.photos.photo): T.UserProfilePhoto {
  const self = users.find((user) => user._ === 'user' && user.self)
  return (self?._ === 'user' ? self.photo : undefined) ?? tl.userProfilePhotoEmpty()
}
