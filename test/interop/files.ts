import { InputMedia } from '@mtcute/node'
/// <reference types="@prebuilt-tdlib/types" />
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Client } from 'tdl'
import type { InputMessageContent$Input, Message, Update } from 'tdlib-types'
import { must } from '../../src/lib/assert.ts'
import { within } from '../harness/server.ts'
import { GramjsPerson } from './gramjs.ts'
import { MtcutePerson } from './mtcute.ts'
import type { Person } from './person.ts'
import { TdlibPerson } from './tdlib.ts'

/** A file on this machine, and as what it is to be sent. */
export interface LocalFile {
  readonly path: string
  readonly as: 'photo' | 'document'
}

/** TDLib numbers messages of the server in steps. */
const ID_STEP = 2 ** 20
const SENT_MS = 60_000

/** Uploads a file and sends it, by what the client itself has for that. */
export async function sendFile(person: Person, toId: number, file: LocalFile): Promise<void> {
  if (person instanceof MtcutePerson) {
    const make = file.as === 'photo' ? InputMedia.photo : InputMedia.document
    await person.api.sendMedia(toId, make(`file:${file.path}`, { fileName: basename(file.path) }))
  } else if (person instanceof GramjsPerson) {
    await person.api.sendFile(toId, { file: file.path, forceDocument: file.as === 'document' })
  } else if (person instanceof TdlibPerson) {
    await sendByTdlib(person.api, toId, file)
  } else {
    throw new Error(`nobody knows how ${person.client} sends a file`)
  }
}

/** A message with a file, as a client has it. */
export interface HeldFile {
  /** Fetches the file by what the message said when it was looked at. */
  fetch(): Promise<Uint8Array>
  /** The same after it was looked at again. */
  fetchAnew(): Promise<Uint8Array>
}

/** Fetches the file of a message, by what the client itself has for that. */
export async function fetchFile(person: Person, withId: number, messageId: number): Promise<Uint8Array> {
  return await (await holdFile(person, withId, messageId)).fetch()
}

/** Looks at a message with a file. */
export async function holdFile(person: Person, withId: number, messageId: number): Promise<HeldFile> {
  const look = (): Promise<() => Promise<Uint8Array>> => lookAtFile(person, withId, messageId)
  return { fetch: await look(), fetchAnew: async () => await (await look())() }
}

async function lookAtFile(
  person: Person,
  withId: number,
  messageId: number,
): Promise<() => Promise<Uint8Array>> {
  if (person instanceof MtcutePerson) {
    const [message] = await person.api.getMessages(withId, [messageId])
    const media = message?.media
    if (media?.type !== 'photo' && media?.type !== 'document') throw new Error(`it has ${media?.type}`)
    return () => person.api.downloadAsBuffer(media)
  }
  if (person instanceof GramjsPerson) {
    const [message] = await person.api.getMessages(withId, { ids: [messageId] })
    return async () => {
      const bytes = await person.api.downloadMedia(must(message, 'the message is there'))
      if (typeof bytes === 'string' || bytes === undefined) throw new Error('it has nothing to fetch')
      return bytes
    }
  }
  if (person instanceof TdlibPerson) {
    const id = messageId * ID_STEP
    const message = await person.api.invoke({ _: 'getMessage', chat_id: withId, message_id: id })
    return () => fetchByTdlib(person.api, message)
  }
  throw new Error(`nobody knows how ${person.client} fetches a file`)
}

async function fetchByTdlib(client: Client, { content }: Message): Promise<Uint8Array> {
  const file =
    content._ === 'messageDocument'
      ? content.document.document
      : content._ === 'messagePhoto'
        ? content.photo.sizes.at(-1)?.photo
        : undefined
  const { id } = must(file, `a ${content._} has a file`)
  const { local } = await client.invoke({ _: 'downloadFile', file_id: id, priority: 32, synchronous: true })
  return await readFile(local.path)
}

async function sendByTdlib(client: Client, toId: number, { path, as }: LocalFile): Promise<void> {
  const local = { _: 'inputFileLocal', path } as const
  const content: InputMessageContent$Input =
    as === 'photo'
      ? { _: 'inputMessagePhoto', photo: { _: 'inputPhoto', photo: local } }
      : {
          _: 'inputMessageDocument',
          document: { _: 'inputDocument', document: local, disable_content_type_detection: true },
        }
  await client.invoke({ _: 'createPrivateChat', user_id: toId })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const take = (update: Update): void => {
    if (update._ === 'updateMessageSendSucceeded') resolve()
    if (update._ === 'updateMessageSendFailed') reject(new Error(JSON.stringify(update.error)))
  }
  client.on('update', take)
  try {
    await client.invoke({ _: 'sendMessage', chat_id: toId, input_message_content: content })
    await within(promise, SENT_MS, () => 'TDLib has not sent the file')
  } finally {
    client.off('update', take)
  }
}
