import { Long, MemoryStorage } from '@mtcute/node'
import type { Message, TelegramClient } from '@mtcute/node'
import { expect } from 'vitest'
import { Happenings } from './person.ts'
import type { DialogSeen, Found, Person, Seen, SignUp } from './person.ts'

/** The module that `chappe connect mtcute` prints. */
export interface MtcuteModule {
  createClient(
    storage: MemoryStorage,
    options: { updates: { catchUp: boolean }; logLevel: number },
  ): TelegramClient
}

/** What mtcute has only itself to thank for. */
const ITS_OWN_FAULTS = [
  // It sends a ping before it has noticed that it is connected, and then forgets it.
  'received pong to unknown ping',
  // It strips zeros that an authorization key begins with, as one in 256 does, and makes another key.
  'Step 4: invalid nonce hash',
]

/** A person with @mtcute/node. Whoever quits keeps the storage, as a file would. */
export class MtcutePerson implements Person {
  readonly client = 'mtcute'
  readonly hearsWhatItMissed = true
  readonly happenings = new Happenings('mtcute')
  readonly #module: MtcuteModule
  readonly #storage = new MemoryStorage()
  readonly #complaints: string[] = []
  #client: TelegramClient
  #userId = 0

  constructor(module: MtcuteModule) {
    this.#module = module
    this.#client = this.#create()
  }

  #create(): TelegramClient {
    const client = this.#module.createClient(this.#storage, { updates: { catchUp: true }, logLevel: 2 })
    client.log.mgr.handler = (_color, level, tag, format, args) => {
      if (level <= 2) this.#complain(`${tag}: ${format} ${args.map(String).join(' ')}`)
    }
    client.onNewMessage.add((message) => this.happenings.add({ kind: 'message', message: seen(message) }))
    client.onEditMessage.add((message) => this.happenings.add({ kind: 'edit', message: seen(message) }))
    client.onDeleteMessage.add(({ messageIds }) => this.happenings.add({ kind: 'delete', ids: messageIds }))
    client.onHistoryRead.add((update) => {
      if (!update.isOutbox) return
      this.happenings.add({ kind: 'read', withId: update.chatId, upToId: update.maxReadId })
    })
    client.onError.add((error) => this.#complain(String(error)))
    return client
  }

  #complain(text: string): void {
    if (!ITS_OWN_FAULTS.some((fault) => text.includes(fault))) this.#complaints.push(text)
  }

  userId(): number {
    return this.#userId
  }

  /** The client itself. */
  get api(): TelegramClient {
    return this.#client
  }

  datacenter(): Promise<number> {
    return this.#client.getPrimaryDcId()
  }

  /** Carries the login to another datacenter, as is done to fetch a file there. */
  async visit(dcId: number): Promise<void> {
    const location = {
      _: 'inputDocumentFileLocation',
      id: Long.ONE,
      accessHash: Long.ONE,
      fileReference: new Uint8Array(),
      thumbSize: '',
    } as const
    const call = this.#client.call({ _: 'upload.getFile', location, offset: 0, limit: 4096 }, { dcId })
    await expect(call).rejects.toMatchObject({ code: 400 })
  }

  async signUp({ phone, firstName, lastName, code }: SignUp): Promise<void> {
    const sent = await this.#client.sendCode({ phone })
    if (!('phoneCodeHash' in sent)) throw new Error('logged in without a code')
    const { phoneCodeHash } = sent
    const answer = await this.#client.call({
      _: 'auth.signIn',
      phoneNumber: phone,
      phoneCodeHash,
      phoneCode: await code(),
    })
    const isNew = answer._ === 'auth.authorizationSignUpRequired'
    const details = { phoneNumber: phone, phoneCodeHash, firstName, lastName }
    const isIn = isNew ? await this.#client.call({ _: 'auth.signUp', ...details }) : answer
    const user = await this.#client.notifyLoggedIn(isIn)
    this.#userId = user.id
    await this.#client.startUpdatesLoop()
  }

  async setName(firstName: string, lastName: string): Promise<void> {
    await this.#client.updateProfile({ firstName, lastName })
  }

  async setUsername(username: string): Promise<void> {
    await this.#client.setMyUsername(username)
  }

  async addContact(phone: string, firstName: string): Promise<Found | undefined> {
    const { users } = await this.#client.importContacts([{ phone, firstName, lastName: '' }])
    const [user] = users
    if (user?._ !== 'user') return undefined
    return { userId: user.id, firstName: user.firstName ?? '', username: user.username }
  }

  async findByUsername(username: string): Promise<Found> {
    const { users } = await this.#client.call({ _: 'contacts.resolveUsername', username })
    const [user] = users
    if (user?._ !== 'user') throw new Error(`${username} is not a user`)
    return { userId: user.id, firstName: user.firstName ?? '', username: user.username }
  }

  async send(toId: number, text: string, replyToId?: number): Promise<Seen> {
    return seen(await this.#client.sendText(toId, text, replyToId ? { replyTo: replyToId } : {}))
  }

  async edit(withId: number, id: number, text: string): Promise<void> {
    await this.#client.editMessage({ chatId: withId, message: id, text })
  }

  async deleteForBoth(withId: number, ids: readonly number[]): Promise<void> {
    await this.#client.deleteMessagesById(withId, [...ids], { revoke: true })
  }

  async read(withId: number, upToId: number): Promise<void> {
    await this.#client.readHistory(withId, { maxId: upToId })
  }

  async history(withId: number, limit: number): Promise<Seen[]> {
    return (await this.#client.getHistory(withId, { limit })).map(seen)
  }

  async dialogs(): Promise<DialogSeen[]> {
    const dialogs: DialogSeen[] = []
    for await (const dialog of this.#client.iterDialogs()) {
      dialogs.push({
        withId: dialog.peer.id,
        title: dialog.peer.displayName,
        topText: dialog.lastMessage?.text ?? '',
        unreadCount: dialog.unreadCount,
      })
    }
    return dialogs
  }

  async quit(): Promise<void> {
    await this.#client.destroy()
  }

  async comeBack(): Promise<void> {
    this.#client = this.#create()
    await this.#client.start({})
  }

  async reconnected(): Promise<void> {
    await this.dialogs()
  }

  complaints(): Promise<string[]> {
    return Promise.resolve(this.#complaints)
  }
}

function seen(message: Message): Seen {
  return {
    id: message.id,
    text: message.text,
    withId: message.chat.id,
    isOut: message.isOutgoing,
    replyToId: message.replyToMessage?.id ?? undefined,
    isEdited: message.editDate !== null,
  }
}
