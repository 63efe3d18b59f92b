import bigInt from 'big-integer'
import { Api, Logger } from 'telegram'
import type { TelegramClient } from 'telegram'
import { LogLevel } from 'telegram/extensions/Logger.js'
import { expect } from 'vitest'
import { Happenings } from './person.ts'
import type { DialogSeen, Found, Person, Seen, SignUp } from './person.ts'

/** The module that `chappe connect gramjs` prints. */
export interface GramjsModule {
  createClient(session: string, options: { baseLogger: Logger; connectionRetries: number }): TelegramClient
}

/** What GramJS has only itself to thank for, or says of itself. */
const ITS_OWN_FAULTS = [
  'Disconnecting...',
  // It strips zeros that an authorization key begins with, as one in 256 does, and makes another key.
  'Step 3 invalid new nonce hash',
  // What this attempt failed of is told by an error of its own.
  'WebSocket connection failed attempt',
]

/** Keeps warnings and errors, prints nothing. */
class Complaints extends Logger {
  readonly #complain: (text: string) => void

  constructor(complain: (text: string) => void) {
    super(LogLevel.WARN)
    this.#complain = complain
  }

  override log(_level: LogLevel, message: string): void {
    this.#complain(message)
  }
}

/** A person with GramJS, the npm package telegram. Its updates are taken raw; it never asks for the difference. */
export class GramjsPerson implements Person {
  readonly client = 'GramJS'
  readonly hearsWhatItMissed = false
  readonly happenings = new Happenings('GramJS')
  readonly #module: GramjsModule
  readonly #complaints: string[] = []
  #client: TelegramClient
  #userId = 0

  constructor(module: GramjsModule) {
    this.#module = module
    this.#client = this.#create('')
  }

  #create(session: string): TelegramClient {
    const complain = (text: string): void => {
      if (!ITS_OWN_FAULTS.some((fault) => text.includes(fault))) this.#complaints.push(text)
    }
    const baseLogger = new Complaints(complain)
    const client = this.#module.createClient(session, { baseLogger, connectionRetries: 30 })
    client.onError = (error) => Promise.resolve(complain(String(error)))
    client.addEventHandler((update: Api.TypeUpdate) => this.#take(update))
    return client
  }

  #take(update: Api.TypeUpdate): void {
    if (update instanceof Api.UpdateNewMessage && update.message instanceof Api.Message) {
      this.happenings.add({ kind: 'message', message: seen(update.message) })
    } else if (update instanceof Api.UpdateShortMessage) {
      this.happenings.add({ kind: 'message', message: seenShort(update) })
    } else if (update instanceof Api.UpdateEditMessage && update.message instanceof Api.Message) {
      this.happenings.add({ kind: 'edit', message: seen(update.message) })
    } else if (update instanceof Api.UpdateDeleteMessages) {
      this.happenings.add({ kind: 'delete', ids: update.messages })
    } else if (update instanceof Api.UpdateReadHistoryOutbox) {
      this.happenings.add({ kind: 'read', withId: peerId(update.peer), upToId: update.maxId })
    }
  }

  userId(): number {
    return this.#userId
  }

  /** The client itself. */
  get api(): TelegramClient {
    return this.#client
  }

  datacenter(): Promise<number> {
    return Promise.resolve(this.#client.session.dcId)
  }

  /** Carries the login to another datacenter, as is done to fetch a file there. */
  async visit(dcId: number): Promise<void> {
    const location = new Api.InputDocumentFileLocation({
      id: bigInt.one,
      accessHash: bigInt.one,
      fileReference: Buffer.alloc(0),
      thumbSize: '',
    })
    const get = new Api.upload.GetFile({ location, offset: bigInt.zero, limit: 4096 })
    await expect(this.#client.invoke(get, dcId)).rejects.toMatchObject({ code: 400 })
    // Else it stays connected for a minute, and comes back to a server that has ended.
    await (await this.#client.getSender(dcId)).disconnect()
  }

  async signUp({ phone, firstName, lastName, code }: SignUp): Promise<void> {
    await this.#client.start({
      phoneNumber: () => Promise.resolve(phone),
      phoneCode: code,
      firstAndLastNames: () => Promise.resolve([firstName, lastName]),
      onError: (error) => Promise.reject(error),
    })
    this.#userId = Number((await this.#client.getMe()).id)
  }

  async setName(firstName: string, lastName: string): Promise<void> {
    await this.#client.invoke(new Api.account.UpdateProfile({ firstName, lastName }))
  }

  async setUsername(username: string): Promise<void> {
    await this.#client.invoke(new Api.account.UpdateUsername({ username }))
  }

  async addContact(phone: string, firstName: string): Promise<Found | undefined> {
    const contacts = [new Api.InputPhoneContact({ clientId: bigInt.one, phone, firstName, lastName: '' })]
    const { users } = await this.#client.invoke(new Api.contacts.ImportContacts({ contacts }))
    return users[0] && found(users[0])
  }

  async findByUsername(username: string): Promise<Found> {
    const { users } = await this.#client.invoke(new Api.contacts.ResolveUsername({ username }))
    return found(users[0])
  }

  async send(toId: number, text: string, replyToId?: number): Promise<Seen> {
    return seen(
      await this.#client.sendMessage(toId, { message: text, ...(replyToId ? { replyTo: replyToId } : {}) }),
    )
  }

  async edit(withId: number, id: number, text: string): Promise<void> {
    await this.#client.editMessage(withId, { message: id, text })
  }

  async deleteForBoth(withId: number, ids: readonly number[]): Promise<void> {
    await this.#client.deleteMessages(withId, [...ids], { revoke: true })
  }

  async read(withId: number, upToId: number): Promise<void> {
    await this.#client.markAsRead(withId, upToId)
  }

  async history(withId: number, limit: number): Promise<Seen[]> {
    return [...(await this.#client.getMessages(withId, { limit }))].map(seen)
  }

  async dialogs(): Promise<DialogSeen[]> {
    return [...(await this.#client.getDialogs({}))].map((dialog) => ({
      withId: Number(dialog.id),
      title: dialog.title ?? '',
      topText: dialog.message?.message ?? '',
      unreadCount: dialog.unreadCount,
    }))
  }

  async quit(): Promise<void> {
    await this.#client.destroy()
  }

  async comeBack(): Promise<void> {
    this.#client = this.#create(String(this.#client.session.save()))
    await this.#client.connect()
    await this.#client.getMe()
  }

  async reconnected(): Promise<void> {
    await this.dialogs()
  }

  complaints(): Promise<string[]> {
    return Promise.resolve(this.#complaints)
  }
}

function found(user: Api.TypeUser | undefined): Found {
  if (!(user instanceof Api.User)) throw new Error('not a user')
  return { userId: Number(user.id), firstName: user.firstName ?? '', username: user.username }
}

function peerId(peer: Api.TypePeer): number {
  if (!(peer instanceof Api.PeerUser)) throw new Error(`not a private chat: ${peer.className}`)
  return Number(peer.userId)
}

function seen(message: Api.Message): Seen {
  const { replyTo } = message
  return {
    id: message.id,
    text: message.message,
    withId: peerId(message.peerId),
    isOut: message.out ?? false,
    replyToId: replyTo instanceof Api.MessageReplyHeader ? replyTo.replyToMsgId : undefined,
    isEdited: message.editDate !== undefined && message.editDate !== null,
  }
}

function seenShort(message: Api.UpdateShortMessage): Seen {
  const { replyTo } = message
  return {
    id: message.id,
    text: message.message,
    withId: Number(message.userId),
    isOut: message.out ?? false,
    replyToId: replyTo instanceof Api.MessageReplyHeader ? replyTo.replyToMsgId : undefined,
    isEdited: false,
  }
}
