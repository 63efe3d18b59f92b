import { randomBytes } from 'node:crypto'
import { Happenings } from '../interop/person.ts'
import type { DialogSeen, Found } from '../interop/person.ts'
import type { Correspondent, Entity, Letter } from './letter.ts'
import type { Parcel } from './parcel.ts'
import { download, fileOf, kindOf, photoOf, upload, uploadMedia } from './tl-files.ts'
import { list, number, object, string } from './tl-value.ts'
import type { TlClient, TlValue } from './tl-value.ts'

/** From here on ids of users and hashes are long. */
const LONG_IDS_LAYER = 133
/** From here on a reply is an object. */
const REPLY_TO_LAYER = 160

interface State {
  readonly pts: number
  readonly date: number
  readonly qts: number
}

/** Somebody with a library that speaks TL, by calls of the library's own layer. */
export class TlCorrespondent implements Correspondent {
  readonly client: string
  readonly layer: number
  readonly hidesClearing = false
  readonly happenings: Happenings
  readonly #library: TlClient
  readonly #appOf: { apiId: number; apiHash: string }
  readonly #accessHashes = new Map<number, bigint>()
  #left: State | undefined
  #userId = 0

  constructor(library: TlClient, app: { apiId: number; apiHash: string }) {
    this.#library = library
    this.#appOf = app
    this.client = library.name
    this.layer = library.layer
    this.happenings = new Happenings(library.name)
    library.onUpdate = (update) => this.#take(update)
  }

  async #call(method: string, params: Readonly<Record<string, unknown>>): Promise<TlValue> {
    const { value } = await this.#library.call(method, params)
    if (value !== null && typeof value === 'object') this.#meet(value)
    return value
  }

  /** Remembers the access hashes of the users in an answer. */
  #meet(value: TlValue): void {
    for (const user of list(value, 'users'))
      if (user['accessHash'] !== undefined)
        // @mtproto/core has digits, the others a bigint.
        this.#accessHashes.set(number(user, 'id'), BigInt(user['accessHash'] as bigint | string))
  }

  #take(update: TlValue): void {
    if (list(update, 'updates').length > 0 || update._ === 'updates' || update._ === 'updatesCombined') {
      this.#meet(update)
      for (const one of list(update, 'updates')) this.#take(one)
    } else if (update._ === 'updateShort') {
      this.#take(object(update, 'update')!)
    } else if (update._ === 'updateNewMessage') {
      const letter = this.#letter(object(update, 'message')!)
      if (!letter.isOut) this.happenings.add({ kind: 'message', message: letter })
    } else if (update._ === 'updateShortMessage') {
      const letter = this.#letter(update)
      if (!letter.isOut) this.happenings.add({ kind: 'message', message: letter })
    } else if (update._ === 'updateEditMessage') {
      const letter = this.#letter(object(update, 'message')!)
      if (!letter.isOut) this.happenings.add({ kind: 'edit', message: letter })
    } else if (update._ === 'updateDeleteMessages') {
      const ids = update['messages'] as number[]
      if (ids.length > 0) this.happenings.add({ kind: 'delete', ids })
    } else if (update._ === 'updateReadHistoryOutbox') {
      const withId = number(object(update, 'peer'), 'userId')
      this.happenings.add({ kind: 'read', withId, upToId: number(update, 'maxId') })
    }
  }

  userId(): number {
    return this.#userId
  }

  async logIn(phone: string, code: string): Promise<void> {
    await this.#library.connect()
    if (this.#library.logIn) await this.#library.logIn(phone, code)
    else await this.#signIn(phone, code)
    const [me] = (await this.#call('users.getUsers', {
      id: [{ _: 'inputUserSelf' }],
    })) as unknown as TlValue[]
    if (me?._ !== 'user' || !(me['self'] ?? me['isSelf']))
      throw new Error(`not oneself: ${JSON.stringify(me, withoutBigint)}`)
    this.#userId = number(me, 'id')
  }

  async guard(first: string, second: string): Promise<void> {
    if (!this.#library.guard) return
    await this.#library.guard(first, second)
    const state = await this.#call('account.getPassword', {})
    if (state['hasPassword'] === true) throw new Error('the password is still there')
  }

  async #sendCode(phone: string): Promise<string> {
    const settings = { _: 'codeSettings' }
    const sent = await this.#call('auth.sendCode', { phoneNumber: phone, ...this.#appOf, settings })
    return sent['phoneCodeHash'] as string
  }

  async #signIn(phone: string, code: string): Promise<void> {
    const phoneCodeHash = await this.#sendCode(phone)
    const params = { phoneNumber: phone, phoneCodeHash, phoneCode: code }
    const answer = await this.#library.call('auth.signIn', params)
    if (answer.value._ !== 'auth.authorization') throw new Error(`signIn answered ${answer.value._}`)
    await this.#library.noteLogin?.(answer.raw)
  }

  /** Makes the account that another client then logs in to. */
  async signUp(phone: string, code: string, firstName: string, username: string): Promise<void> {
    await this.#library.connect()
    const phoneCodeHash = await this.#sendCode(phone)
    const unknown = await this.#call('auth.signIn', { phoneNumber: phone, phoneCodeHash, phoneCode: code })
    if (unknown._ !== 'auth.authorizationSignUpRequired') throw new Error(`signIn answered ${unknown._}`)
    const params = { phoneNumber: phone, phoneCodeHash, firstName, lastName: '' }
    const { value, raw } = await this.#library.call('auth.signUp', params)
    this.#userId = number(object(value, 'user'), 'id')
    await this.#library.noteLogin?.(raw)
    await this.#call('account.updateUsername', { username })
  }

  #id(userId: number): number | bigint {
    return this.layer < LONG_IDS_LAYER ? userId : BigInt(userId)
  }

  #peer(userId: number): TlValue {
    return { _: 'inputPeerUser', userId: this.#id(userId), accessHash: this.#accessHashes.get(userId) ?? 0n }
  }

  #hash(): number | bigint {
    return this.layer < LONG_IDS_LAYER ? 0 : 0n
  }

  async addContact(phone: string, firstName: string): Promise<Found | undefined> {
    const contacts = [{ _: 'inputPhoneContact', clientId: 1n, phone, firstName, lastName: '' }]
    const imported = await this.#call('contacts.importContacts', { contacts })
    return list(imported, 'users').map(found)[0]
  }

  async findByUsername(username: string): Promise<Found> {
    const resolved = await this.#call('contacts.resolveUsername', { username })
    return found(list(resolved, 'users')[0]!)
  }

  async send(
    toId: number,
    text: string,
    entities: readonly Entity[] = [],
    replyToId?: number,
  ): Promise<Letter> {
    const updates = await this.#call('messages.sendMessage', {
      peer: this.#peer(toId),
      message: text,
      randomId: randomLong(),
      ...(replyToId ? this.#replyTo(replyToId) : {}),
      ...(entities.length > 0 ? { entities: entities.map(toTl) } : {}),
    })
    if (updates._ === 'updateShortSentMessage')
      return this.#letter({ ...updates, message: text, peerId: { _: 'peerUser', userId: toId } })
    return this.#sentIn(updates)
  }

  async sendFile(toId: number, parcel: Parcel, caption: string): Promise<Letter> {
    const media = await uploadMedia(this.#library, parcel)
    const where = { peer: this.#peer(toId), randomId: randomLong() }
    return this.#sentIn(await this.#call('messages.sendMedia', { ...where, media, message: caption }))
  }

  async download(_withId: number, id: number): Promise<Buffer> {
    const found = await this.#call('messages.getMessages', { id: [{ _: 'inputMessageID', id }] })
    return download(this.#library, fileOf(list(found, 'messages')[0]!))
  }

  async showPhoto(parcel: Parcel): Promise<void> {
    await this.#call('photos.uploadProfilePhoto', { file: await upload(this.#library, parcel) })
  }

  async photoOf(userId: number): Promise<Buffer | undefined> {
    const { userId: id, accessHash } = this.#peer(userId)
    const users = await this.#call('users.getUsers', { id: [{ _: 'inputUser', userId: id, accessHash }] })
    const photo = photoOf(this.layer, (users as unknown as TlValue[])[0]!, this.#peer(userId))
    return photo && download(this.#library, photo)
  }

  #replyTo(id: number): Readonly<Record<string, unknown>> {
    if (this.layer < REPLY_TO_LAYER) return { replyToMsgId: id }
    return { replyTo: { _: 'inputReplyToMessage', replyToMsgId: id } }
  }

  #sentIn(updates: TlValue): Letter {
    const update = list(updates, 'updates').find((one) => one._ === 'updateNewMessage')
    if (!update) throw new Error(`no new message in ${JSON.stringify(updates, withoutBigint)}`)
    return this.#letter(object(update, 'message')!)
  }

  async edit(withId: number, id: number, text: string, entities: readonly Entity[] = []): Promise<void> {
    const formatting = entities.length > 0 ? { entities: entities.map(toTl) } : {}
    await this.#call('messages.editMessage', { peer: this.#peer(withId), id, message: text, ...formatting })
  }

  async forward(fromId: number, id: number, toId: number): Promise<Letter> {
    const updates = await this.#call('messages.forwardMessages', {
      fromPeer: this.#peer(fromId),
      id: [id],
      randomId: [randomLong()],
      toPeer: this.#peer(toId),
    })
    return this.#sentIn(updates)
  }

  async deleteForBoth(_withId: number, ids: readonly number[]): Promise<void> {
    await this.#call('messages.deleteMessages', { revoke: true, id: [...ids] })
  }

  async read(withId: number, upToId: number): Promise<void> {
    await this.#call('messages.readHistory', { peer: this.#peer(withId), maxId: upToId })
  }

  async history(withId: number, limit: number): Promise<Letter[]> {
    const none = { offsetId: 0, offsetDate: 0, addOffset: 0, maxId: 0, minId: 0 }
    const page = { peer: this.#peer(withId), ...none, limit, hash: this.#hash() }
    const history = await this.#call('messages.getHistory', page)
    return list(history, 'messages').map((message) => this.#letter(message))
  }

  async dialogs(): Promise<DialogSeen[]> {
    const titles = await this.#library.listDialogs?.()
    const offsetPeer = { _: 'inputPeerEmpty' }
    const page = { offsetDate: 0, offsetId: 0, offsetPeer, limit: 100, hash: this.#hash() }
    const answer = await this.#call('messages.getDialogs', page)
    const dialogs = list(answer, 'dialogs').map((dialog) => {
      const withId = number(object(dialog, 'peer'), 'userId')
      const top = list(answer, 'messages').find((message) => message['id'] === dialog['topMessage'])
      const user = list(answer, 'users').find((user) => number(user, 'id') === withId)
      return {
        withId,
        title: string(user, 'firstName'),
        topText: string(top, 'message'),
        unreadCount: number(dialog, 'unreadCount'),
      }
    })
    if (titles && titles.length !== dialogs.length)
      throw new Error(`the library lists ${titles.length} dialogs, the server ${dialogs.length}`)
    return dialogs
  }

  async clearHistory(withId: number): Promise<void> {
    await this.#call('messages.deleteHistory', { justClear: true, peer: this.#peer(withId), maxId: 0 })
  }

  async quit(): Promise<void> {
    if (!this.#library.catchesUp) {
      const state = await this.#call('updates.getState', {})
      this.#left = { pts: number(state, 'pts'), date: number(state, 'date'), qts: number(state, 'qts') }
    }
    await this.#library.quit()
  }

  async comeBack(): Promise<void> {
    await this.#library.comeBack()
    if (!this.#left) return
    const difference = await this.#call('updates.getDifference', { ...this.#left })
    if (!/^(updates\.)?difference$/.test(difference._))
      throw new Error(`getDifference answered ${difference._}`)
    for (const message of list(difference, 'newMessages')) this.#take({ _: 'updateNewMessage', message })
    for (const update of list(difference, 'otherUpdates')) this.#take(update)
    this.#left = undefined
  }

  complaints(): Promise<string[]> {
    return Promise.resolve(this.#library.complaints)
  }

  /** A message, or an update that is short for one. */
  #letter(message: TlValue): Letter {
    const isOut = message['out'] === true
    return {
      id: number(message, 'id'),
      text: string(message, 'message'),
      withId: withWhom(message, isOut),
      isOut,
      replyToId: replied(message),
      isEdited: typeof message['editDate'] === 'number',
      entities: list(message, 'entities').map(fromTl),
      forwardedFromId: forwardedFrom(message),
      file: kindOf(message),
      service: object(message, 'action')?._.replace('messageAction', ''),
    }
  }
}

/** The other of a private chat. Up to layer 119 a message says only from whom and to whom it went. */
function withWhom(message: TlValue, isOut: boolean): number {
  if (message._ === 'updateShortMessage') return number(message, 'userId')
  const peer = object(message, 'peerId')
  if (peer) return number(peer, 'userId')
  const from = number(message, 'fromId')
  const to = number(object(message, 'toId'), 'userId')
  if (from === to) throw new Error(`a message from ${from} says that it went to ${to}`)
  return isOut ? to : from
}

function replied(message: TlValue): number | undefined {
  const id = message['replyToMsgId'] ?? object(message, 'replyTo')?.['replyToMsgId']
  return id === undefined ? undefined : Number(id)
}

function forwardedFrom(message: TlValue): number | undefined {
  const from = object(message, 'fwdFrom')?.['fromId']
  if (from === undefined) return undefined
  return typeof from === 'object' ? number(from as TlValue, 'userId') : Number(from)
}

function toTl(entity: Entity): TlValue {
  const { kind, offset, length, detail } = entity
  const more = kind === 'Pre' ? { language: detail } : kind === 'TextUrl' ? { url: detail } : {}
  return { _: `messageEntity${kind}`, offset, length, ...more }
}

function fromTl(entity: TlValue): Entity {
  return {
    kind: entity._.replace('messageEntity', ''),
    offset: number(entity, 'offset'),
    length: number(entity, 'length'),
    detail: (entity['language'] ?? entity['url']) as string | undefined,
  }
}

function found(user: TlValue): Found {
  return {
    userId: number(user, 'id'),
    firstName: string(user, 'firstName'),
    username: user['username'] as string | undefined,
  }
}

function randomLong(): bigint {
  return randomBytes(8).readBigInt64LE()
}

/** For JSON, which has no bigint. */
function withoutBigint(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value
}
