import type * as T from '../../tl/schema.d.ts'

/** What a message carries, as shared media are told apart; `message.media_kind` in the database. */
export const MediaKind = {
  photo: 1,
  video: 2,
  document: 3,
  animation: 4,
  voice: 5,
  music: 6,
  round: 7,
  place: 8,
  contact: 9,
  sticker: 10,
  dice: 11,
} as const

/** One of MediaKind. */
export type MediaKind = (typeof MediaKind)[keyof typeof MediaKind]

/** What kind of media this is; undefined for what the server does not store. */
export function mediaKind(media: T.MessageMedia): MediaKind | undefined {
  switch (media._) {
    case 'messageMediaPhoto':
      return MediaKind.photo
    case 'messageMediaDocument':
      return media.document?._ === 'document' ? documentKind(media.document.attributes) : MediaKind.document
    case 'messageMediaGeo':
    case 'messageMediaVenue':
      return MediaKind.place
    case 'messageMediaContact':
      return MediaKind.contact
    case 'messageMediaDice':
      return MediaKind.dice
    default:
      return undefined
  }
}

/** What kind of document its attributes make of it: https://core.telegram.org/type/DocumentAttribute */
export function documentKind(attributes: readonly T.DocumentAttribute[]): MediaKind {
  const has = (name: T.DocumentAttribute['_']): boolean => attributes.some((each) => each._ === name)
  const video = attributes.find((each) => each._ === 'documentAttributeVideo')
  if (video?.roundMessage) return MediaKind.round
  if (has('documentAttributeSticker')) return MediaKind.sticker
  if (has('documentAttributeAnimated')) return MediaKind.animation
  if (video) return MediaKind.video
  const audio = attributes.find((each) => each._ === 'documentAttributeAudio')
  if (audio) return audio.voice ? MediaKind.voice : MediaKind.music
  return MediaKind.document
}

const { photo, video, document, animation, voice, music, round, place, contact } = MediaKind

/** What each filter of a search lets through. https://core.telegram.org/type/MessagesFilter */
const FILTERED: Partial<Record<T.MessagesFilter['_'], readonly MediaKind[]>> = {
  inputMessagesFilterPhotos: [photo],
  inputMessagesFilterVideo: [video],
  inputMessagesFilterPhotoVideo: [photo, video],
  inputMessagesFilterDocument: [document],
  inputMessagesFilterGif: [animation],
  inputMessagesFilterVoice: [voice],
  inputMessagesFilterMusic: [music],
  inputMessagesFilterRoundVideo: [round],
  inputMessagesFilterRoundVoice: [voice, round],
  inputMessagesFilterGeo: [place],
  inputMessagesFilterContacts: [contact],
}

/** The kinds that a filter asks for; undefined when it asks for none of these. */
export function kindsOfFilter(filter: T.MessagesFilter): readonly MediaKind[] | undefined {
  return FILTERED[filter._]
}

/** What is played, and counts as unread until it was. */
export function isPlayed(kind: MediaKind | null | undefined): boolean {
  return kind === voice || kind === round
}

/** What has a caption that can be written and changed. */
export function hasCaption(kind: MediaKind): boolean {
  return CAPTIONED.has(kind)
}

const CAPTIONED: ReadonlySet<MediaKind> = new Set([photo, video, document, animation, voice, music])

/** What of an album or of an edited message may stand beside or in the place of what; undefined: of nothing. */
export function albumKind(kind: MediaKind): 'pictures' | 'documents' | 'music' | undefined {
  if (kind === photo || kind === video) return 'pictures'
  if (kind === document) return 'documents'
  return kind === music ? 'music' : undefined
}
