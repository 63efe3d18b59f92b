import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from 'tdl'
import type { DialogSeen, Found, Happenings } from '../interop/person.ts'
import { TdlibPerson } from '../interop/tdlib.ts'
import type { Correspondent, Entity, Letter } from './letter.ts'
import { PHOTO_SIZE, type Parcel } from './parcel.ts'
import type { Facts } from './server-facts.ts'

/** TDLib numbers messages of the server in steps. */
const ID_STEP = 2 ** 20

/** What of TDLib's objects is read, in the words of every release. */
interface Message {
  readonly id: number
  readonly chat_id: number
  readonly is_outgoing: boolean
  readonly edit_date: number
  readonly content: Content
  readonly reply_to?: { readonly message_id: number } | null
  readonly reply_to_message_id?: number
  readonly forward_info?: { readonly origin: { readonly sender_user_id?: number } } | null
}

interface Content {
  readonly _: string
  readonly text?: FormattedText
  readonly caption?: FormattedText
  readonly photo?: { readonly sizes: readonly { readonly photo: { readonly id: number } }[] }
  readonly document?: { readonly document: { readonly id: number } }
}

/** Of one username, or of several. */
interface User {
  readonly first_name: string
  readonly username?: string
  readonly usernames?: { readonly editable_username: string }
  readonly profile_photo?: { readonly big: { readonly id: number } } | null
}

interface FormattedText {
  readonly text: string
  readonly entities: readonly {
    readonly offset: number
    readonly length: number
    readonly type: { readonly _: string; readonly url?: string; readonly language?: string }
  }[]
}

type Call = (request: Readonly<Record<string, unknown>> & { readonly _: string }) => Promise<unknown>

/** TDLib's names of entities for the schema's; the rest have `textEntityType` in front of the same. */
const ENTITIES: Readonly<Record<string, string>> = {
  PreCode: 'Pre',
  Strikethrough: 'Strike',
  BlockQuote: 'Blockquote',
  ExpandableBlockQuote: 'Blockquote',
}

const FILES: Readonly<Record<string, Parcel['kind']>> = {
  messagePhoto: 'photo',
  messageDocument: 'document',
}

/** A release of TDLib, adapted by `chappe adapt`: TdlibPerson, and what only clients of layers are asked. */
export class TdlibCorrespondent implements Correspondent {
  readonly client: string
  readonly layer: number
  readonly hidesClearing = true
  readonly happenings: Happenings
  readonly #person: TdlibPerson
  #client!: Client

  private constructor(
    name: string,
    layer: number,
    directory: string,
    open: (at: string, more: object) => Client,
  ) {
    this.client = name
    this.layer = layer
    const createClient = (at: string, more: object): Client => (this.#client = open(at, more))
    this.#person = new TdlibPerson({ createClient }, directory)
    this.happenings = this.#person.happenings
  }

  static async load(name: string, layer: number, facts: Facts, library: string): Promise<TdlibCorrespondent> {
    const { default: tdl } = await import('tdl')
    tdl.configure({ tdjson: library, verbosityLevel: Number(process.env['TDLIB_LOG_LEVEL'] ?? 0) })
    return new TdlibCorrespondent(name, layer, join(facts.directory, name), (directory, more) =>
      tdl.createClient({
        apiId: facts.apiId,
        apiHash: facts.apiHash,
        databaseDirectory: directory,
        filesDirectory: join(directory, 'files'),
        ...more,
      }),
    )
  }

  get #call(): Call {
    return this.#client.invoke as unknown as Call
  }

  userId(): number {
    return this.#person.userId()
  }

  logIn(phone: string, code: string): Promise<void> {
    return this.#person.signUp({ phone, firstName: '', lastName: '', code: () => Promise.resolve(code) })
  }

  async guard(first: string, second: string): Promise<void> {
    for (const [old, next] of [
      ['', first],
      [first, second],
      [second, ''],
    ] as const)
      await this.#call({ _: 'setPassword', old_password: old, new_password: next, new_hint: '' })
    const state = (await this.#call({ _: 'getPasswordState' })) as { has_password: boolean }
    if (state.has_password) throw new Error('the password is still there')
  }

  async addContact(phone: string, firstName: string): Promise<Found | undefined> {
    const found = await this.#person.addContact(phone, firstName)
    return found && this.#found(found.userId)
  }

  async findByUsername(username: string): Promise<Found> {
    return this.#found((await this.#person.findByUsername(username)).userId)
  }

  async #found(userId: number): Promise<Found> {
    const user = (await this.#call({ _: 'getUser', user_id: userId })) as User
    return {
      userId,
      firstName: user.first_name,
      username: user.usernames?.editable_username ?? user.username,
    }
  }

  async send(
    toId: number,
    text: string,
    entities: readonly Entity[] = [],
    replyToId?: number,
  ): Promise<Letter> {
    await this.#call({ _: 'createPrivateChat', user_id: toId })
    const replyTo = replyToId && replyToId * ID_STEP
    return this.#sent({
      _: 'sendMessage',
      chat_id: toId,
      // Of the two ways to say it, each release knows one.
      ...(replyTo
        ? {
            reply_to_message_id: replyTo,
            reply_to: {
              _: this.layer < 179 ? 'messageReplyToMessage' : 'inputMessageReplyToMessage',
              message_id: replyTo,
            },
          }
        : {}),
      input_message_content: { _: 'inputMessageText', text: formatted(text, entities) },
    })
  }

  sendFile(toId: number, { kind, path }: Parcel, caption: string): Promise<Letter> {
    const file = { _: 'inputFileLocal', path }
    const [width, height] = PHOTO_SIZE
    return this.#sent({
      _: 'sendMessage',
      chat_id: toId,
      input_message_content: {
        ...(kind === 'photo'
          ? { _: 'inputMessagePhoto', photo: file, width, height }
          : { _: 'inputMessageDocument', document: file }),
        caption: formatted(caption, []),
      },
    })
  }

  async download(withId: number, id: number): Promise<Buffer> {
    const where = { chat_id: withId, message_id: id * ID_STEP }
    const { content } = (await this.#call({ _: 'getMessage', ...where })) as Message
    return this.#read((content.photo?.sizes.at(-1)?.photo ?? content.document!.document).id)
  }

  async #read(fileId: number): Promise<Buffer> {
    const wanted = { file_id: fileId, priority: 32, synchronous: true }
    const file = (await this.#call({ _: 'downloadFile', ...wanted })) as { local: { path: string } }
    return readFile(file.local.path)
  }

  async showPhoto({ path }: Parcel): Promise<void> {
    const photo = { _: 'inputChatPhotoStatic', photo: { _: 'inputFileLocal', path } }
    await this.#call({ _: 'setProfilePhoto', photo })
  }

  async photoOf(userId: number): Promise<Buffer | undefined> {
    const { profile_photo: photo } = (await this.#call({ _: 'getUser', user_id: userId })) as User
    return photo ? this.#read(photo.big.id) : undefined
  }

  async #sent(request: Parameters<Call>[0]): Promise<Letter> {
    const done = Promise.withResolvers<Message>()
    const early: Update[] = []
    let sentId = 0
    const look = (update: Update): void => {
      if (sentId === 0) early.push(update)
      if (update.old_message_id !== sentId || !update.message) return
      if (update._ === 'updateMessageSendSucceeded') done.resolve(update.message)
      if (update._ === 'updateMessageSendFailed') done.reject(new Error(JSON.stringify(update)))
    }
    const take = (update: unknown): void => look(update as Update)
    this.#client.on('update', take)
    const answer = (await this.#call(request)) as Message | { messages: readonly Message[] }
    sentId = 'messages' in answer ? answer.messages[0]!.id : answer.id
    for (const update of early) look(update)
    return done.promise.then(letter).finally(() => this.#client.off('update', take))
  }

  async edit(withId: number, id: number, text: string, entities: readonly Entity[] = []): Promise<void> {
    await this.#call({
      _: 'editMessageText',
      chat_id: withId,
      message_id: id * ID_STEP,
      input_message_content: { _: 'inputMessageText', text: formatted(text, entities) },
    })
    await this.happenings.next('edit', ({ message }) => message.id === id)
  }

  forward(fromId: number, id: number, toId: number): Promise<Letter> {
    return this.#sent({
      _: 'forwardMessages',
      chat_id: toId,
      from_chat_id: fromId,
      message_ids: [id * ID_STEP],
    })
  }

  deleteForBoth(withId: number, ids: readonly number[]): Promise<void> {
    return this.#person.deleteForBoth(withId, ids)
  }

  read(withId: number, upToId: number): Promise<void> {
    return this.#person.read(withId, upToId)
  }

  async history(withId: number, limit: number): Promise<Letter[]> {
    const messages = await this.#person.history(withId, limit)
    return Promise.all(messages.map(({ id }) => this.look(withId, id)))
  }

  /** A message that is told of, with all that TDLib knows of it. */
  async look(withId: number, id: number): Promise<Letter> {
    return letter(
      (await this.#call({ _: 'getMessage', chat_id: withId, message_id: id * ID_STEP })) as Message,
    )
  }

  dialogs(): Promise<DialogSeen[]> {
    return this.#person.dialogs()
  }

  async clearHistory(withId: number): Promise<void> {
    await this.#call({ _: 'deleteChatHistory', chat_id: withId, remove_from_chat_list: false, revoke: false })
  }

  quit(): Promise<void> {
    return this.#person.quit()
  }

  comeBack(): Promise<void> {
    return this.#person.comeBack()
  }

  complaints(): Promise<string[]> {
    return this.#person.complaints()
  }
}

interface Update {
  readonly _: string
  readonly old_message_id?: number
  readonly message?: Message
}

function letter(message: Message): Letter {
  const replyTo = message.reply_to?.message_id ?? message.reply_to_message_id
  const { _: kind, text = message.content.caption } = message.content
  return {
    id: message.id / ID_STEP,
    text: text?.text ?? '',
    withId: message.chat_id,
    isOut: message.is_outgoing,
    replyToId: replyTo ? replyTo / ID_STEP : undefined,
    isEdited: message.edit_date > 0,
    entities: (text?.entities ?? []).map(({ offset, length, type }) => {
      const name = type._.replace('textEntityType', '')
      return { kind: ENTITIES[name] ?? name, offset, length, detail: type.url ?? type.language }
    }),
    forwardedFromId: message.forward_info?.origin.sender_user_id,
    file: FILES[kind],
    service: kind === 'messageText' || FILES[kind] ? undefined : kind.replace('message', ''),
  }
}

function formatted(text: string, entities: readonly Entity[]): object {
  return {
    _: 'formattedText',
    text,
    entities: entities.map(({ kind, offset, length, detail }) => {
      const name = Object.entries(ENTITIES).find(([, ours]) => ours === kind)?.[0] ?? kind
      const more = kind === 'TextUrl' ? { url: detail } : kind === 'Pre' ? { language: detail } : {}
      return { _: 'textEntity', offset, length, type: { _: `textEntityType${name}`, ...more } }
    }),
  }
}
