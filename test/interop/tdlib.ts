import type { Client, ClientOptions } from 'tdl'
import type { Message, Update, error as TdError } from 'tdlib-types'
/// <reference types="@prebuilt-tdlib/types" />
import { expect } from 'vitest'
import { Happenings } from './person.ts'
import type { DialogSeen, Found, Person, Seen, SignUp } from './person.ts'

/** The module that `chappe connect tdlib` prints. */
export interface TdlibModule {
  createClient(directory: string, options: Partial<ClientOptions>): Client
}

type Sent = Extract<Update, { _: 'updateMessageSendSucceeded' | 'updateMessageSendFailed' }>

/** TDLib numbers messages of the server in steps, and its own unsent ones between them. */
const ID_STEP = 2 ** 20

const CHAT_PAGE = 100

/** A person with TDLib, driven by tdl. Whoever quits keeps the database in `directory`. */
export class TdlibPerson implements Person {
  readonly client = 'TDLib'
  readonly hearsWhatItMissed = true
  readonly happenings = new Happenings('TDLib')
  readonly #module: TdlibModule
  readonly #directory: string
  readonly #complaints: string[] = []
  /** By the number that a message had before the server took it. */
  readonly #sent = new Map<number, PromiseWithResolvers<Sent>>()
  readonly #looked = new Map<number, Promise<unknown>>()
  #client: Client
  #userId = 0

  constructor(module: TdlibModule, directory: string) {
    this.#module = module
    this.#directory = directory
    this.#client = this.#create()
  }

  #create(): Client {
    const client = this.#module.createClient(this.#directory, {
      skipOldUpdates: false,
      // tdl leaves it off, unlike apps.
      tdlibParameters: { use_secret_chats: true },
    })
    client.on('update', (update) => this.#take(update))
    client.on('error', (error) => this.#complaints.push(String(error)))
    return client
  }

  #take(update: Update): void {
    switch (update._) {
      case 'updateNewMessage':
        if (update.message.is_outgoing) return
        return this.happenings.add({ kind: 'message', message: seen(update.message) })
      case 'updateMessageContent':
        if (update.new_content._ !== 'messageText') return
        return this.happenings.add({
          kind: 'edit',
          message: {
            id: update.message_id / ID_STEP,
            text: update.new_content.text.text,
            withId: update.chat_id,
            isOut: false,
            replyToId: undefined,
            isEdited: true,
          },
        })
      case 'updateDeleteMessages':
        if (!update.is_permanent || update.from_cache) return
        return this.happenings.add({ kind: 'delete', ids: update.message_ids.map((id) => id / ID_STEP) })
      case 'updateChatReadOutbox': {
        const upToId = update.last_read_outbox_message_id / ID_STEP
        return this.happenings.add({ kind: 'read', withId: update.chat_id, upToId })
      }
      case 'updateMessageSendSucceeded':
      case 'updateMessageSendFailed':
        return this.#outcome(update.old_message_id).resolve(update)
      default:
    }
  }

  #outcome(oldId: number): PromiseWithResolvers<Sent> {
    const known = this.#sent.get(oldId) ?? Promise.withResolvers<Sent>()
    this.#sent.set(oldId, known)
    return known
  }

  userId(): number {
    return this.#userId
  }

  /** The client itself. */
  get api(): Client {
    return this.#client
  }

  datacenter(): Promise<undefined> {
    return Promise.resolve(undefined)
  }

  /** Carries the login to another datacenter, as is done to fetch a file there. */
  async visit(dcId: number): Promise<void> {
    const { id } = await this.#client.invoke({
      _: 'getRemoteFile',
      remote_file_id: remoteFileId(dcId),
      file_type: { _: 'fileTypeDocument' },
    })
    const download = { _: 'downloadFile', file_id: id, priority: 32, synchronous: true } as const
    await expect(this.#client.invoke(download)).rejects.toThrow('File download has failed')
  }

  /** Resolves when TDLib, logged out, has thrown away all that it had and closed itself. */
  async closed(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#client.on('update', (update) => {
        if (update._ !== 'updateAuthorizationState') return
        if (update.authorization_state._ === 'authorizationStateClosed') resolve()
      })
    })
  }

  async signUp({ phone, firstName, lastName, code }: SignUp): Promise<void> {
    await this.#client.login({
      type: 'user',
      getPhoneNumber: (isRetry) => once(isRetry, () => Promise.resolve(phone)),
      getAuthCode: (isRetry) => once(isRetry, code),
      getName: () => Promise.resolve({ firstName, lastName }),
      getEmailAddress: unexpected,
      getEmailCode: unexpected,
      getPassword: unexpected,
      confirmOnAnotherDevice: () => {},
    })
    this.#userId = (await this.#client.invoke({ _: 'getMe' })).id
    // A message that comes while TDLib still loads its first chats is shown as a part of them, not as new.
    await this.dialogs()
  }

  async setName(firstName: string, lastName: string): Promise<void> {
    await this.#client.invoke({ _: 'setName', first_name: firstName, last_name: lastName })
  }

  async setUsername(username: string): Promise<void> {
    await this.#client.invoke({ _: 'setUsername', username })
  }

  async addContact(phone: string, firstName: string): Promise<Found | undefined> {
    const contacts = [{ _: 'importedContact', phone_number: phone, first_name: firstName } as const]
    const { user_ids: ids } = await this.#client.invoke({ _: 'importContacts', contacts })
    return ids[0] ? this.#found(ids[0]) : undefined
  }

  async findByUsername(username: string): Promise<Found> {
    const chat = await this.#client.invoke({ _: 'searchPublicChat', username })
    if (chat.type._ !== 'chatTypePrivate') throw new Error(`${username} is not a user`)
    await this.#lookInto(chat.id)
    return this.#found(chat.type.user_id)
  }

  async #found(userId: number): Promise<Found> {
    const user = await this.#client.invoke({ _: 'getUser', user_id: userId })
    return { userId, firstName: user.first_name, username: user.usernames?.editable_username }
  }

  async send(toId: number, text: string, replyToId?: number): Promise<Seen> {
    await this.#client.invoke({ _: 'createPrivateChat', user_id: toId })
    await this.#lookInto(toId)
    const { id } = await this.#client.invoke({
      _: 'sendMessage',
      chat_id: toId,
      ...(replyToId
        ? { reply_to: { _: 'inputMessageReplyToMessage', message_id: replyToId * ID_STEP } }
        : {}),
      input_message_content: { _: 'inputMessageText', text: { _: 'formattedText', text } },
    })
    return seen(await this.sent(id))
  }

  /** A message as the server took it, by the number that it had before. */
  async sent(oldId: number): Promise<Message> {
    const sent = await this.#outcome(oldId).promise
    if (sent._ !== 'updateMessageSendSucceeded')
      throw Object.assign(new Error(`not sent: ${sent.error.message}`), { code: sent.error.code })
    return sent.message
  }

  /** Likewise TDLib first looks into a chat that is new to it; here it has done so afterwards. */
  #lookInto(chatId: number): Promise<unknown> {
    const looked = this.#looked.get(chatId) ?? this.history(chatId, 1)
    this.#looked.set(chatId, looked)
    return looked
  }

  async edit(withId: number, id: number, text: string): Promise<void> {
    await this.#client.invoke({
      _: 'editMessageText',
      chat_id: withId,
      message_id: id * ID_STEP,
      input_message_content: { _: 'inputMessageText', text: { _: 'formattedText', text } },
    })
    await this.happenings.next('edit', ({ message }) => message.id === id)
  }

  async deleteForBoth(withId: number, ids: readonly number[]): Promise<void> {
    const messageIds = ids.map((id) => id * ID_STEP)
    await this.#client.invoke({ _: 'deleteMessages', chat_id: withId, message_ids: messageIds, revoke: true })
    await this.happenings.next('delete', (gone) => gone.ids.length === ids.length)
  }

  async read(withId: number, upToId: number): Promise<void> {
    await this.#client.invoke({
      _: 'viewMessages',
      chat_id: withId,
      message_ids: [upToId * ID_STEP],
      source: { _: 'messageSourceChatHistory' },
      force_read: true,
    })
  }

  async history(withId: number, limit: number): Promise<Seen[]> {
    const messages: Message[] = []
    while (messages.length < limit) {
      const page = await this.#client.invoke({
        _: 'getChatHistory',
        chat_id: withId,
        from_message_id: messages.at(-1)?.id ?? 0,
        limit: limit - messages.length,
      })
      const found = page.messages.filter((message) => message !== null)
      if (found.length === 0) break
      messages.push(...found)
    }
    return messages.map(seen)
  }

  async dialogs(): Promise<DialogSeen[]> {
    for (;;) {
      const loaded = await this.#client
        .invoke({ _: 'loadChats', limit: CHAT_PAGE })
        .catch((error: TdError) => (error.code === 404 ? undefined : Promise.reject(error)))
      if (!loaded) break
    }
    const { chat_ids: ids } = await this.#client.invoke({ _: 'getChats', limit: CHAT_PAGE })
    const chats = await Promise.all(ids.map((id) => this.#client.invoke({ _: 'getChat', chat_id: id })))
    return chats.map((chat) => ({
      withId: chat.id,
      title: chat.title,
      topText: chat.last_message ? textOf(chat.last_message) : '',
      unreadCount: chat.unread_count,
    }))
  }

  async quit(): Promise<void> {
    await this.#client.close()
  }

  async comeBack(): Promise<void> {
    this.#client = this.#create()
    await this.#client.login({ ...LOGGED_IN })
  }

  async reconnected(): Promise<void> {
    // As a phone does that finds a network again; else TDLib waits longer and longer between attempts.
    await this.#client.invoke({ _: 'setNetworkType', type: { _: 'networkTypeOther' } })
    await this.#client.invoke({ _: 'getCountryCode' })
  }

  complaints(): Promise<string[]> {
    return Promise.resolve(this.#complaints)
  }
}

const unexpected = (): Promise<never> =>
  Promise.reject(new Error('TDLib asks to log in in a way not expected'))

/** Whoever was logged in before is asked nothing. */
const LOGGED_IN = {
  type: 'user',
  getPhoneNumber: unexpected,
  getAuthCode: unexpected,
  getName: unexpected,
  getEmailAddress: unexpected,
  getEmailCode: unexpected,
  getPassword: unexpected,
  confirmOnAnotherDevice: () => {},
} as const

/** What TDLib would call a document with the id 1 that a datacenter keeps. */
function remoteFileId(dcId: number): string {
  const location = Buffer.alloc(24)
  location.writeInt32LE(FILE_TYPE_DOCUMENT, 0)
  location.writeInt32LE(dcId, 4)
  location.writeBigInt64LE(1n, 8)
  location.writeBigInt64LE(1n, 16)
  const packed = location
    .toString('latin1')
    .replaceAll(/\0+/g, (zeros) => `\0${String.fromCharCode(zeros.length)}`)
  return Buffer.concat([Buffer.from(packed, 'latin1'), Buffer.of(32, 4)]).toString('base64url')
}

const FILE_TYPE_DOCUMENT = 5

function once(isRetry: boolean | undefined, answer: () => Promise<string>): Promise<string> {
  return isRetry ? Promise.reject(new Error('TDLib asks again: the answer was refused')) : answer()
}

function textOf(message: Message): string {
  const { content } = message
  if (content._ === 'messageText') return content.text.text
  return 'caption' in content ? content.caption.text : ''
}

function seen(message: Message): Seen {
  const { reply_to: replyTo } = message
  return {
    id: message.id / ID_STEP,
    text: textOf(message),
    withId: message.chat_id,
    isOut: message.is_outgoing,
    replyToId: replyTo?._ === 'messageReplyToMessage' ? replyTo.message_id / ID_STEP : undefined,
    isEdited: message.edit_date > 0,
  }
}
