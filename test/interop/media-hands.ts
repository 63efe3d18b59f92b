import { InputMedia, SearchFilters, type Message as MtcuteMessage } from '@mtcute/node'
/// <reference types="@prebuilt-tdlib/types" />
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type {
  file as TdFile,
  InputMessageContent$Input,
  Message as TdMessage,
  MessageContent,
} from 'tdlib-types'
import { Api } from 'telegram'
import { CustomFile } from 'telegram/client/uploads.js'
import { must } from '../../src/lib/assert.ts'
import { GramjsPerson } from './gramjs.ts'
import { MtcutePerson } from './mtcute.ts'
import type { Person } from './person.ts'
import { TdlibPerson } from './tdlib.ts'

export type MediaName = 'photo' | 'document' | 'voice' | 'place' | 'none'

/** What a client shows of a message with media. */
export interface SeenMedia {
  readonly id: number
  readonly kind: MediaName
  readonly caption: string
  readonly fileName: string | undefined
  readonly hasThumbnail: boolean
  /** Equal for the messages of an album. */
  readonly album: string | undefined
  /** Latitude and longitude, rounded. */
  readonly place: string | undefined
}

/** What people do with media, the same for every client. Ids are those of the person's own box. */
export interface MediaHand {
  sendPhoto(toId: number, image: Buffer, caption: string): Promise<number>
  sendDocument(toId: number, file: Buffer, name: string, thumbnail: Buffer): Promise<number>
  sendVoice(toId: number, file: Buffer): Promise<number>
  sendAlbum(toId: number, images: readonly Buffer[], caption: string): Promise<number>
  sendPlace(toId: number, latitude: number, longitude: number): Promise<number>
  editCaption(withId: number, id: number, caption: string): Promise<void>
  /** Newest first, fetched from the server. */
  history(withId: number, limit: number): Promise<SeenMedia[]>
  /** Ids of the shared photos of a chat, newest first. */
  photosWith(withId: number): Promise<number[]>
  /** The bytes of a document or of the largest size of a photo. */
  fetch(withId: number, id: number): Promise<Buffer>
}

/** The hand of whoever it is. */
export function handOf(person: Person): MediaHand {
  if (person instanceof MtcutePerson) return mtcuteHand(person)
  if (person instanceof GramjsPerson) return gramjsHand(person)
  if (person instanceof TdlibPerson) return tdlibHand(person)
  throw new Error(`${person.client} has no hand`)
}

function placeText(latitude: number, longitude: number): string {
  return `${latitude.toFixed(3)} ${longitude.toFixed(3)}`
}

function mtcuteHand({ api }: MtcutePerson): MediaHand {
  const one = async (withId: number, id: number): Promise<MtcuteMessage> =>
    must((await api.getMessages(withId, id))[0] ?? undefined, 'the message is there')
  return {
    sendPhoto: async (toId, image, caption) =>
      (await api.sendMedia(toId, InputMedia.photo(image, { caption }))).id,
    sendDocument: async (toId, file, fileName, thumb) =>
      (await api.sendMedia(toId, InputMedia.document(file, { fileName, thumb }))).id,
    sendVoice: async (toId, file) =>
      (await api.sendMedia(toId, InputMedia.voice(file, { duration: 2, fileMime: 'audio/ogg' }))).id,
    sendAlbum: async (toId, images, caption) => {
      const medias = images.map((image, index) => InputMedia.photo(image, index === 0 ? { caption } : {}))
      return must((await api.sendMediaGroup(toId, medias))[0], 'an album has a message').id
    },
    sendPlace: async (toId, latitude, longitude) =>
      (await api.sendMedia(toId, InputMedia.geo(latitude, longitude))).id,
    editCaption: async (withId, id, text) => {
      await api.editMessage({ chatId: withId, message: id, text })
    },
    history: async (withId, limit) => (await api.getHistory(withId, { limit })).map(seenByMtcute),
    photosWith: async (withId) => {
      const found = await api.searchMessages({ chatId: withId, filter: SearchFilters.Photo })
      return found.map(({ id }) => id)
    },
    fetch: async (withId, id) => {
      const { media } = await one(withId, id)
      if (media?.type !== 'photo' && media?.type !== 'document') throw new Error(`no file: ${media?.type}`)
      return Buffer.from(await api.downloadAsBuffer(media))
    },
  }
}

function seenByMtcute(message: MtcuteMessage): SeenMedia {
  const { media } = message
  const isNamed = media?.type === 'document'
  return {
    id: message.id,
    kind: KINDS_OF_MTCUTE[media?.type ?? ''] ?? 'none',
    caption: message.text,
    fileName: (isNamed && media.fileName) || undefined,
    hasThumbnail: isNamed && media.thumbnails.length > 0,
    album: message.groupedId?.toString(),
    place: media?.type === 'location' ? placeText(media.latitude, media.longitude) : undefined,
  }
}

const KINDS_OF_MTCUTE: Readonly<Record<string, MediaName>> = {
  photo: 'photo',
  document: 'document',
  voice: 'voice',
  location: 'place',
}

function gramjsHand({ api }: GramjsPerson): MediaHand {
  const named = (name: string, bytes: Buffer): CustomFile => new CustomFile(name, bytes.length, '', bytes)
  const one = async (withId: number, id: number): Promise<Api.Message> =>
    must((await api.getMessages(withId, { ids: [id] }))[0], 'the message is there')
  return {
    sendPhoto: async (toId, image, caption) =>
      (await api.sendFile(toId, { file: named('photo.jpg', image), caption })).id,
    sendDocument: async (toId, file, name, thumb) =>
      (
        await api.sendFile(toId, {
          file: named(name, file),
          forceDocument: true,
          thumb,
        })
      ).id,
    sendVoice: async (toId, file) =>
      (await api.sendFile(toId, { file: named('voice.ogg', file), voiceNote: true })).id,
    sendAlbum: async (toId, images, caption) => {
      const file = images.map((image, index) => named(`${index}.jpg`, image))
      const sent: unknown = await api.sendFile(toId, { file, caption: [caption] })
      // Of an album it returns all messages, whatever its types say.
      return must(
        (Array.isArray(sent) ? (sent as Api.Message[])[0] : (sent as Api.Message)) ?? undefined,
        'sent',
      ).id
    },
    sendPlace: async (toId, lat, long) => {
      const geoPoint = new Api.InputGeoPoint({ lat, long })
      return (await api.sendFile(toId, { file: new Api.InputMediaGeoPoint({ geoPoint }) })).id
    },
    editCaption: async (withId, id, text) => {
      await api.editMessage(withId, { message: id, text })
    },
    history: async (withId, limit) => [...(await api.getMessages(withId, { limit }))].map(seenByGramjs),
    photosWith: async (withId) => {
      const filter = new Api.InputMessagesFilterPhotos()
      return [...(await api.getMessages(withId, { limit: 100, filter }))].map(({ id }) => id)
    },
    fetch: async (withId, id) => {
      const message = await one(withId, id)
      const bytes = await api.downloadMedia(message)
      const dcId = dcOf(message.media)
      // Else it stays connected for a minute, and comes back to a server that has ended.
      if (dcId !== undefined && dcId !== api.session.dcId) await (await api.getSender(dcId)).disconnect()
      if (!Buffer.isBuffer(bytes)) throw new Error('nothing was downloaded')
      return bytes
    },
  }
}

function dcOf(media: Api.TypeMessageMedia | undefined): number | undefined {
  const file =
    media instanceof Api.MessageMediaPhoto
      ? media.photo
      : media instanceof Api.MessageMediaDocument
        ? media.document
        : undefined
  return file instanceof Api.Photo || file instanceof Api.Document ? file.dcId : undefined
}

function seenByGramjs(message: Api.Message): SeenMedia {
  const { media } = message
  const document = media instanceof Api.MessageMediaDocument ? media.document : undefined
  const attributes = document instanceof Api.Document ? document.attributes : []
  const name = attributes.find((each) => each instanceof Api.DocumentAttributeFilename)
  const audio = attributes.find((each) => each instanceof Api.DocumentAttributeAudio)
  const geo = media instanceof Api.MessageMediaGeo ? media.geo : undefined
  const kind = (): MediaName => {
    if (media instanceof Api.MessageMediaPhoto) return 'photo'
    if (geo) return 'place'
    if (!document) return 'none'
    return audio?.voice ? 'voice' : 'document'
  }
  return {
    id: message.id,
    kind: kind(),
    caption: message.message,
    fileName: kind() === 'document' ? name?.fileName : undefined,
    hasThumbnail:
      kind() === 'document' && document instanceof Api.Document && (document.thumbs ?? []).length > 0,
    album: message.groupedId?.toString(),
    place: geo instanceof Api.GeoPoint ? placeText(geo.lat, geo.long) : undefined,
  }
}

const ID_STEP = 2 ** 20

function tdlibHand(person: TdlibPerson): MediaHand {
  const { api } = person
  const text = (value: string) => ({ _: 'formattedText', text: value }) as const
  /** TDLib sends files that lie on the disk. */
  const withFiles = async <V>(
    files: readonly Buffer[],
    name: string,
    use: (paths: readonly string[]) => Promise<V>,
  ): Promise<V> => {
    const directory = await mkdtemp(join(tmpdir(), 'chappe-media-'))
    try {
      const paths = files.map((_, index) => join(directory, `${index}-${name}`))
      await Promise.all(files.map((bytes, index) => writeFile(paths[index]!, bytes)))
      return await use(paths)
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  }
  const local = (path: string) => ({ _: 'inputFileLocal', path }) as const
  const send = async (toId: number, content: InputMessageContent$Input): Promise<number> => {
    await api.invoke({ _: 'createPrivateChat', user_id: toId })
    const { id } = await api.invoke({ _: 'sendMessage', chat_id: toId, input_message_content: content })
    return (await person.sent(id)).id / ID_STEP
  }
  const photo = (path: string, caption: string): InputMessageContent$Input => ({
    _: 'inputMessagePhoto',
    photo: { _: 'inputPhoto', photo: local(path), width: 300, height: 200 },
    caption: text(caption),
  })
  return {
    sendPhoto: async (toId, image, caption) =>
      await withFiles([image], 'photo.jpg', ([path]) => send(toId, photo(path!, caption))),
    sendDocument: async (toId, file, name, thumbnail) =>
      await withFiles([file, thumbnail], name, ([path, thumb]) =>
        send(toId, {
          _: 'inputMessageDocument',
          document: {
            _: 'inputDocument',
            document: local(path!),
            thumbnail: { _: 'inputThumbnail', thumbnail: local(thumb!), width: 90, height: 60 },
            disable_content_type_detection: true,
          },
        }),
      ),
    sendVoice: async (toId, file) =>
      await withFiles([file], 'voice.ogg', ([path]) => {
        // The types are of a version before that of the library.
        const note = { _: 'inputVoiceNote', voice_note: local(path!), duration: 2, waveform: 'AAAA' }
        return send(toId, { _: 'inputMessageVoiceNote', voice_note: note as never })
      }),
    sendAlbum: async (toId, images, caption) =>
      await withFiles(images, 'photo.jpg', async (paths) => {
        const { messages } = await api.invoke({
          _: 'sendMessageAlbum',
          chat_id: toId,
          input_message_contents: paths.map((path, index) => photo(path, index === 0 ? caption : '')),
        })
        const sent = await Promise.all(
          messages.map((each) => person.sent(must(each ?? undefined, 'sent').id)),
        )
        return must(sent[0], 'an album has a message').id / ID_STEP
      }),
    sendPlace: async (toId, latitude, longitude) =>
      await send(toId, { _: 'inputMessageLocation', location: { _: 'location', latitude, longitude } }),
    editCaption: async (withId, id, caption) => {
      const edit = { _: 'editMessageCaption', chat_id: withId, message_id: id * ID_STEP } as const
      await api.invoke({ ...edit, caption: text(caption) })
    },
    history: async (withId, limit) => {
      const messages: TdMessage[] = []
      while (messages.length < limit) {
        const page = await api.invoke({
          _: 'getChatHistory',
          chat_id: withId,
          from_message_id: messages.at(-1)?.id ?? 0,
          limit: limit - messages.length,
        })
        const found = page.messages.filter((message) => message !== null)
        if (found.length === 0) break
        messages.push(...found)
      }
      return messages.map(seenByTdlib)
    },
    photosWith: async (withId) => {
      const found = await api.invoke({
        _: 'searchChatMessages',
        chat_id: withId,
        query: '',
        limit: 100,
        filter: { _: 'searchMessagesFilterPhoto' },
      })
      return found.messages.map(({ id }) => id / ID_STEP)
    },
    fetch: async (withId, id) => {
      const message = await api.invoke({ _: 'getMessage', chat_id: withId, message_id: id * ID_STEP })
      const file = must(fileOf(message.content), `${message.content._} has a file`)
      const done = await api.invoke({ _: 'downloadFile', file_id: file.id, priority: 32, synchronous: true })
      return await readFile(done.local.path)
    },
  }
}

function fileOf(content: MessageContent): TdFile | undefined {
  if (content._ === 'messagePhoto') return content.photo.sizes.at(-1)?.photo
  return content._ === 'messageDocument' ? content.document.document : undefined
}

function seenByTdlib(message: TdMessage): SeenMedia {
  const { content } = message
  const document = content._ === 'messageDocument' ? content.document : undefined
  const location = content._ === 'messageLocation' ? content.location : undefined
  return {
    id: message.id / ID_STEP,
    kind: KINDS_OF_TDLIB[content._] ?? 'none',
    caption: 'caption' in content ? content.caption.text : '',
    fileName: document?.file_name,
    hasThumbnail: document?.thumbnail !== undefined && document.minithumbnail !== undefined,
    album: message.media_album_id === '0' ? undefined : message.media_album_id,
    place: location && placeText(location.latitude, location.longitude),
  }
}

const KINDS_OF_TDLIB: Readonly<Record<string, MediaName>> = {
  messagePhoto: 'photo',
  messageDocument: 'document',
  messageVoiceNote: 'voice',
  messageLocation: 'place',
}
