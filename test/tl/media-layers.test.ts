import { describe, expect, test } from 'vitest'
import { decodeRequest } from '../../src/tl/decode.ts'
import { codecFor } from '../../src/tl/encode.ts'
import { tl } from '../../src/tl/factories.ts'
import type { TlObject } from '../../src/tl/object.ts'
import { strictWrite } from './strict-write.ts'
import { plain, StrictLayer, strictPool, type StrictDefinition } from './strict.ts'

/**
 * Files, media, photos of people and secret chats in every layer: what the layer has a word for arrives, in both
 * directions. A field that the layer calls otherwise is in the list of what differs, or it is lost.
 */

const { definitions, layers } = strictPool()
const strict = new Map(layers.map((layer) => [layer, new StrictLayer(definitions, layer)]))

type Values = Readonly<Record<string, unknown>>

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)
const PHOTO_ID = 77n
const SIZES = [
  tl.photoStrippedSize({ type: 'i', bytes: bytes(1, 2) }),
  tl.photoSize({ type: 'm', w: 320, h: 200, size: 3 }),
  tl.photoCachedSize({ type: 's', w: 10, h: 10, bytes: bytes(5) }),
  tl.photoSizeProgressive({ type: 'y', w: 1280, h: 800, sizes: [4, 5, 6] }),
  tl.photoPathSize({ type: 'j', bytes: bytes(7) }),
]
const FILE = { accessHash: -6n, fileReference: bytes(1, 2, 3), date: 4, dcId: 2 }
const photo = tl.photo({
  ...FILE,
  id: PHOTO_ID,
  hasStickers: true,
  sizes: SIZES,
  videoSizes: [tl.videoSize({ type: 'u', w: 8, h: 8, size: 9, videoStartTs: 1.5 })],
})
const stickerset = tl.inputStickerSetID({ id: 1n, accessHash: 2n })
const document = tl.document({
  ...FILE,
  id: 78n,
  mimeType: 'video/mp4',
  size: 2_000_000_000,
  thumbs: SIZES,
  videoThumbs: [tl.videoSize({ type: 'v', w: 8, h: 8, size: 9 })],
  attributes: [
    tl.documentAttributeFilename({ fileName: 'a.mp4' }),
    tl.documentAttributeImageSize({ w: 1, h: 2 }),
    tl.documentAttributeAnimated(),
    tl.documentAttributeHasStickers(),
    tl.documentAttributeSticker({ mask: true, alt: 'a', stickerset }),
    tl.documentAttributeCustomEmoji({ free: true, textColor: true, alt: 'a', stickerset }),
    tl.documentAttributeVideo({
      roundMessage: true,
      supportsStreaming: true,
      nosound: true,
      duration: 3,
      w: 1,
      h: 2,
      preloadPrefixSize: 4,
      videoStartTs: 0.5,
      videoCodec: 'h264',
    }),
    tl.documentAttributeAudio({
      voice: true,
      duration: 3,
      title: 't',
      performer: 'p',
      waveform: bytes(1),
    }),
  ],
})
const geo = tl.geoPoint({ long: 1.5, lat: 2.5, accessHash: 3n, accuracyRadius: 4 })
const profilePhoto = tl.userProfilePhoto({
  hasVideo: true,
  personal: true,
  photoId: PHOTO_ID,
  strippedThumb: bytes(1),
  dcId: 2,
})
const user = tl.user({ id: 5, accessHash: 6n, firstName: 'A', photo: profilePhoto })
const fullUser = tl.userFull({
  id: 5,
  settings: tl.peerSettings({}),
  notifySettings: tl.peerNotifySettings({}),
  commonChatsCount: 0,
  profilePhoto: photo,
  fallbackPhoto: tl.photo({ ...photo, id: 79n }),
})
const message = tl.message({
  id: 7,
  peerId: tl.peerChat({ chatId: 9 }),
  date: 1,
  message: 'caption',
  mediaUnread: true,
  groupedId: 123n,
  media: tl.messageMediaPhoto({ photo, spoiler: true }),
})
const encryptedFile = tl.encryptedFile({
  id: 1n,
  accessHash: 2n,
  size: 2_000_000_000,
  dcId: 2,
  keyFingerprint: -3,
})
const secret = { id: 3, accessHash: 4n, date: 5, adminId: 6, participantId: 7 }

/** What a server sends, with the union it stands in. */
const OBJECTS: readonly (readonly [union: string, value: TlObject])[] = [
  ['Photo', photo],
  ['Photo', tl.photoEmpty({ id: 1n })],
  ['Document', document],
  ['Document', tl.documentEmpty({ id: 1n })],
  ['MessageMedia', tl.messageMediaPhoto({ photo, spoiler: true, ttlSeconds: 5 })],
  [
    'MessageMedia',
    tl.messageMediaDocument({
      document,
      nopremium: true,
      spoiler: true,
      video: true,
      round: true,
      voice: true,
      altDocuments: [document],
      videoCover: photo,
      videoTimestamp: 6,
      ttlSeconds: 5,
    }),
  ],
  [
    'MessageMedia',
    tl.messageMediaContact({ phoneNumber: '1', firstName: 'a', lastName: 'b', vcard: 'c', userId: 5 }),
  ],
  ['MessageMedia', tl.messageMediaGeo({ geo })],
  ['MessageMedia', tl.messageMediaGeo({ geo: tl.geoPointEmpty() })],
  ['MessageMedia', tl.messageMediaGeoLive({ geo, heading: 1, period: 2, proximityNotificationRadius: 3 })],
  [
    'MessageMedia',
    tl.messageMediaVenue({ geo, title: 'a', address: 'b', provider: 'c', venueId: 'd', venueType: 'e' }),
  ],
  ['MessageMedia', tl.messageMediaDice({ value: 6, emoticon: '🎲' })],
  ['Message', message],
  ['User', user],
  ['User', tl.user({ id: 5, photo: tl.userProfilePhotoEmpty() })],
  [
    'UserFull',
    // Old layers want the user inside; src/tl/layers/rules/peers.ts puts it there.
    { ...fullUser, user } as TlObject,
  ],
  ['photos.Photo', tl['photos.photo']({ photo, users: [user] })],
  ['photos.Photos', tl['photos.photosSlice']({ count: 9, photos: [photo], users: [user] })],
  ['upload.File', tl['upload.file']({ type: tl['storage.fileJpeg'](), mtime: 1, bytes: bytes(1) })],
  ['FileHash', tl.fileHash({ offset: 1 << 20, limit: 3, hash: bytes(4) })],
  ['EncryptedChat', tl.encryptedChatEmpty({ id: 3 })],
  ['EncryptedChat', tl.encryptedChatWaiting(secret)],
  ['EncryptedChat', tl.encryptedChatRequested({ ...secret, folderId: 1, gA: bytes(1) })],
  ['EncryptedChat', tl.encryptedChat({ ...secret, gAOrB: bytes(1), keyFingerprint: -8n })],
  ['EncryptedChat', tl.encryptedChatDiscarded({ id: 3, historyDeleted: true })],
  ['EncryptedFile', encryptedFile],
  ['EncryptedFile', tl.encryptedFileEmpty()],
  [
    'Update',
    tl.updateNewEncryptedMessage({
      message: tl.encryptedMessage({
        randomId: 1n,
        chatId: 2,
        date: 3,
        bytes: bytes(4),
        file: encryptedFile,
      }),
      qts: 5,
    }),
  ],
  [
    'Update',
    tl.updateNewEncryptedMessage({
      message: tl.encryptedMessageService({ randomId: 1n, chatId: 2, date: 3, bytes: bytes(4) }),
      qts: 5,
    }),
  ],
  [
    'Update',
    tl.updateEncryption({
      chat: tl.encryptedChat({ ...secret, gAOrB: bytes(1), keyFingerprint: 8n }),
      date: 1,
    }),
  ],
  ['Update', tl.updateEncryptedChatTyping({ chatId: 3 })],
  ['Update', tl.updateEncryptedMessagesRead({ chatId: 3, maxDate: 4, date: 5 })],
  ['messages.SentEncryptedMessage', tl['messages.sentEncryptedMessage']({ date: 1 })],
  ['messages.SentEncryptedMessage', tl['messages.sentEncryptedFile']({ date: 1, file: encryptedFile })],
  ['messages.DhConfig', tl['messages.dhConfig']({ g: 3, p: bytes(1), version: 2, random: bytes(3) })],
  ['messages.DhConfig', tl['messages.dhConfigNotModified']({ random: bytes(3) })],
  [
    'messages.SearchCounter',
    tl['messages.searchCounter']({ filter: tl.inputMessagesFilterPhotos(), count: 3 }),
  ],
]

const place = (volumeId: bigint, localId: number): object => ({
  _: 'fileLocationToBeDeprecated',
  volumeId,
  localId,
})

/** Fields of old definitions that today's objects have under another name, or nowhere. */
const OTHERWISE: Readonly<Record<string, (owner: Values, path: readonly Values[]) => unknown>> = {
  'userProfilePhoto.photoSmall': ({ photoId }) => place(photoId as bigint, 1),
  'userProfilePhoto.photoBig': ({ photoId }) => place(photoId as bigint, 2),
  'message.replyToMsgId': () => undefined,
  'user.backgroundEmojiId': () => undefined,
  'userFull.premiumGifts': () => undefined,
  'userFull.themeEmoticon': () => undefined,
  'peerNotifySettings.sound': () => undefined,
  'message.toId': ({ peerId }) => peerId,
  'messageMediaDocument.altDocument': ({ altDocuments }) => (altDocuments as object[])[0],
}
for (const name of ['photoSize', 'photoCachedSize', 'photoSizeProgressive', 'videoSize'])
  Object.assign(OTHERWISE, {
    [`${name}.location`]: ({ type }: Values, path: readonly Values[]) =>
      place(path.at(-2)?.['id'] as bigint, (type as string).charCodeAt(0)),
  })

/** Says where what a client of the layer reads differs from what was meant for it. */
function differences(
  layer: StrictLayer,
  meant: unknown,
  read: unknown,
  path: readonly Values[] = [],
): string[] {
  if (Array.isArray(meant) && Array.isArray(read)) {
    const said = meant
      .map((one: unknown) => (isObject(one) ? inWords(layer, one) : one))
      .filter((one) => !isObject(one) || layer.byName.has(one['_'] as string))
    if (said.length !== read.length) return [`${said.length} are meant, ${read.length} read`]
    return said.flatMap((one, i) => differences(layer, one, read[i], path))
  }
  if (!isObject(meant) || !isObject(read)) {
    return plain(meant) === plain(read) ? [] : [`${plain(meant)} is meant, ${plain(read)} read`]
  }
  const [from, to] = [inWords(layer, meant), read]
  if (from['_'] !== to['_']) return [`${String(from['_'])} is meant, ${String(to['_'])} read`]
  return Object.keys(to).flatMap((key) => {
    const name = `${String(to['_'])}.${key}`
    if (!(key in from) && !OTHERWISE[name]) return [`${name}: nothing of that name`]
    const wanted = key in from ? from[key] : OTHERWISE[name]?.(from, [...path, from])
    return differences(layer, wanted, to[key], [...path, from]).map((why) => `${name}: ${why}`)
  })
}

function isObject(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && '_' in value
}

/** Progressive photos are whole ones to clients that do not know them. */
function inWords(layer: StrictLayer, value: Values): Values {
  if (value['_'] !== 'photoSizeProgressive' || layer.byName.has('photoSizeProgressive')) return value
  const { type, w, h, sizes } = value
  return { _: 'photoSize', type, w, h, size: (sizes as number[]).at(-1) }
}

const peer = { _: 'inputPeerUser', userId: 5, accessHash: 6n }
const named = { id: 1n, accessHash: -2n, fileReference: bytes(3) }
const inputPhoto = { _: 'inputPhoto', ...named }
const inputDocument = { _: 'inputDocument', ...named }
const file = { _: 'inputFile', id: 1n, parts: 2, name: 'a', md5Checksum: 'b' }
const big = { _: 'inputFileBig', id: 1n, parts: 2, name: 'a' }
const geoPoint = { _: 'inputGeoPoint', lat: 1.5, long: 2.5, accuracyRadius: 3 }
const chat = { _: 'inputEncryptedChat', chatId: 3, accessHash: 4n }
const attributes = document.attributes
const LOCATIONS: readonly Values[] = [
  { _: 'inputDocumentFileLocation', ...named, thumbSize: 'm' },
  { _: 'inputPhotoFileLocation', ...named, thumbSize: 'y' },
  { _: 'inputPeerPhotoFileLocation', big: true, peer, photoId: PHOTO_ID, volumeId: PHOTO_ID, localId: 2 },
  { _: 'inputEncryptedFileLocation', id: 1n, accessHash: 2n },
  { _: 'inputPhotoLegacyFileLocation', ...named, volumeId: 4n, localId: 5, secret: 6n },
  { _: 'inputFileLocation', volumeId: 4n, localId: 5, secret: 6n, fileReference: bytes(7) },
]
const MEDIA: readonly Values[] = [
  { _: 'inputMediaUploadedPhoto', spoiler: true, file, stickers: [inputDocument], ttlSeconds: 5 },
  { _: 'inputMediaPhoto', spoiler: true, id: inputPhoto, ttlSeconds: 5 },
  {
    _: 'inputMediaUploadedDocument',
    nosoundVideo: true,
    forceFile: true,
    spoiler: true,
    file: big,
    thumb: file,
    mimeType: 'video/mp4',
    attributes,
    stickers: [inputDocument],
    videoCover: inputPhoto,
    videoTimestamp: 6,
    ttlSeconds: 5,
  },
  { _: 'inputMediaDocument', spoiler: true, id: inputDocument, ttlSeconds: 5, query: 'q' },
  { _: 'inputMediaContact', phoneNumber: '1', firstName: 'a', lastName: 'b', vcard: 'c' },
  { _: 'inputMediaGeoPoint', geoPoint },
  { _: 'inputMediaVenue', geoPoint, title: 'a', address: 'b', provider: 'c', venueId: 'd', venueType: 'e' },
  { _: 'inputMediaDice', emoticon: '🎲' },
]
const encrypted = { _: 'inputEncryptedFileUploaded', id: 1n, parts: 2, md5Checksum: 'a', keyFingerprint: -3 }

/** What clients ask for, with the fields of every layer. */
const REQUESTS: readonly Values[] = [
  ...LOCATIONS.flatMap((location) => [
    { _: 'upload.getFile', precise: true, location, offset: 1 << 20, limit: 4096 },
    { _: 'upload.getFileHashes', location, offset: 1 << 20 },
  ]),
  { _: 'upload.saveFilePart', fileId: -1n, filePart: 2, bytes: bytes(3) },
  { _: 'upload.saveBigFilePart', fileId: -1n, filePart: 2, fileTotalParts: 3, bytes: bytes(3) },
  ...MEDIA.flatMap((media) => [
    { _: 'messages.sendMedia', silent: true, clearDraft: true, peer, media, message: 'm', randomId: 1n },
    { _: 'messages.uploadMedia', peer, media },
    { _: 'messages.editMessage', peer, id: 7, message: 'm', media },
  ]),
  {
    _: 'messages.sendMultiMedia',
    peer,
    multiMedia: [{ _: 'inputSingleMedia', media: MEDIA[1], randomId: 1n, message: 'm' }],
  },
  { _: 'messages.getDocumentByHash', sha256: bytes(1), size: 1 << 30, mimeType: 'a/b' },
  { _: 'messages.getSearchCounters', peer, filters: [{ _: 'inputMessagesFilterDocument' }] },
  { _: 'photos.uploadProfilePhoto', fallback: true, file },
  { _: 'photos.updateProfilePhoto', fallback: true, id: inputPhoto },
  { _: 'photos.deletePhotos', id: [inputPhoto] },
  { _: 'photos.getUserPhotos', userId: { ...peer, _: 'inputUser' }, offset: -1, maxId: 2n, limit: 3 },
  {
    _: 'photos.uploadContactProfilePhoto',
    save: true,
    userId: { ...peer, _: 'inputUser' },
    file,
  },
  { _: 'messages.requestEncryption', userId: { ...peer, _: 'inputUser' }, randomId: 1, gA: bytes(2) },
  { _: 'messages.acceptEncryption', peer: chat, gB: bytes(1), keyFingerprint: -2n },
  { _: 'messages.discardEncryption', deleteHistory: true, chatId: 3 },
  { _: 'messages.sendEncrypted', silent: true, peer: chat, randomId: 1n, data: bytes(2) },
  { _: 'messages.sendEncryptedService', peer: chat, randomId: 1n, data: bytes(2) },
  {
    _: 'messages.sendEncryptedFile',
    silent: true,
    peer: chat,
    randomId: 1n,
    data: bytes(2),
    file: encrypted,
  },
  { _: 'messages.uploadEncryptedFile', peer: chat, file: encrypted },
  { _: 'messages.readEncryptedHistory', peer: chat, maxDate: 1 },
  { _: 'messages.setEncryptedTyping', peer: chat, typing: true },
  { _: 'messages.receivedQueue', maxQts: 1 },
  { _: 'messages.reportEncryptedSpam', peer: chat },
  { _: 'messages.getDhConfig', version: 1, randomLength: 16 },
]

/** What the layer has words for of a value that has those of all layers; undefined when it lacks the constructor. */
function sayable(layer: StrictLayer, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => sayable(layer, one)).filter((one) => one !== undefined)
  if (!isObject(value)) return value
  const definition = layer.byName.get(value['_'] as string)
  const known = definition?.fields.flatMap(({ key, flag, type }): [string, unknown][] => {
    if (!(key in value)) return []
    const said = sayable(layer, value[key])
    return type === 'true' || !flag ? [[key, said]] : said === undefined ? [] : [[key, said]]
  })
  return known && { _: value['_'], ...Object.fromEntries(known) }
}

/** Fields of requests that mean another today. */
const MEANT_OTHERWISE: Readonly<Record<string, (owner: Values) => readonly [key: string, value: unknown]>> = {
  // The place that the layer is told of a photo of somebody.
  'inputPeerPhotoFileLocation.volumeId': ({ volumeId }) => ['photoId', volumeId],
  'inputPeerPhotoFileLocation.localId': ({ big }) => ['big', big],
}

/** Says where what a handler gets differs from what was asked. */
function misheard(asked: unknown, got: unknown): string[] {
  if (Array.isArray(asked) && Array.isArray(got) && asked.length === got.length)
    return asked.flatMap((one, i) => misheard(one, got[i]))
  if (!isObject(asked)) return plain(asked) === plain(got) ? [] : [`${plain(asked)} asked, ${plain(got)} got`]
  return Object.keys(asked).flatMap((key) => {
    const name = `${String(asked['_'])}.${key}`
    const [field, value] = MEANT_OTHERWISE[name]?.(asked) ?? [key, asked[key]]
    return misheard(value, (got as Values)[field]).map((why) => `${name}: ${why}`)
  })
}

describe('in every layer', () => {
  test.each(OBJECTS.map(([union, value], i) => [`${i} ${value._}`, union, value] as const))(
    'what it can say of %s arrives',
    (_, union, value) => {
      const lost: Record<string, string> = {}
      for (const [number, layer] of strict) {
        if (!layer.byName.has(value._)) continue
        const read = layer.read(codecFor(number).encode(value, union), union)
        for (const why of differences(layer, value, read))
          lost[why] = `${lost[why]?.split(' ')[0] ?? number} to ${number}`
      }
      expect(lost).toEqual({})
    },
  )

  test.each(REQUESTS.map((value, i) => [`${i} ${String(value['_'])}`, value] as const))(
    'what is asked by %s is understood',
    (_, value) => {
      const lost: Record<string, string> = {}
      for (const [number, layer] of strict) {
        const asked = sayable(layer, value) as Values | undefined
        if (!asked || missesOne(layer, asked)) continue
        const definition = layer.byName.get(asked['_'] as string) as StrictDefinition
        const got = decodeRequest(strictWrite(layer, definition, asked))
        for (const why of misheard(asked, got))
          lost[why] = `${lost[why]?.split(' ')[0] ?? number} to ${number}`
      }
      expect(lost).toEqual({})
    },
  )
})

/** Whether the layer lacks what stands at a place that may not be empty. */
function missesOne(layer: StrictLayer, value: Values): boolean {
  const definition = layer.byName.get(value['_'] as string)
  return definition!.fields.some(({ key, flag }) => !flag && key in value && value[key] === undefined)
}
