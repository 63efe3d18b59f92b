import { createRequire } from 'node:module'
import type { Parcel } from './parcel.ts'
import type { Facts } from './server-facts.ts'
import type { Stored } from './tl-files.ts'
import { fromMtcute } from './tl-value.ts'
import type { TlClient, TlValue } from './tl-value.ts'

/** mtcute before it was one package: no storage in memory of its own, keys and crypto elsewhere. */
const SPLIT_LAYER = 167
/** From here on happenings are emitters of their own. */
const EMITTERS_LAYER = 216

interface Emitter<Value> {
  add(take: (value: Value) => void): void
}

interface Client {
  connect(): Promise<void>
  start(options: Readonly<Record<string, unknown>>): Promise<unknown>
  startUpdatesLoop(): Promise<void>
  call(request: object): Promise<unknown>
  on(event: 'raw_update', take: (update: unknown) => void): void
  readonly onRawUpdate: Emitter<{ update: unknown }>
  iterDialogs(): AsyncIterable<{ peer?: { displayName: string }; chat?: { displayName: string } }>
  handleClientUpdate?(updates: unknown): void
  notifyLoggedIn(authorization: unknown): Promise<unknown>
  uploadFile(params: {
    readonly file: Uint8Array
    readonly fileName: string
  }): Promise<{ inputFile: unknown }>
  downloadAsBuffer(location: unknown, params: Readonly<Record<string, unknown>>): Promise<Uint8Array>
  enableCloudPassword(params: { readonly password: string; readonly hint: string }): Promise<void>
  changeCloudPassword(params: {
    readonly currentPassword: string
    readonly newPassword: string
    readonly hint: string
  }): Promise<void>
  removeCloudPassword(password: string): Promise<void>
  close(): Promise<void>
  destroy?(): Promise<void>
  readonly log: { mgr: { handler: LogHandler; level: number } }
}

type LogHandler = (color: number, level: number, tag: string, format: string, args: unknown[]) => void

interface Library {
  readonly TelegramClient: new (options: object) => Client
  readonly MemoryStorage: new () => object
}

interface Crypto {
  initialize(): Promise<void> | void
}

interface Utils {
  readonly NodeCryptoProvider?: new () => Crypto
  readonly defaultCryptoProviderFactory?: () => Crypto
  addPublicKey(crypto: Crypto, pem: string): void
}

/**
 * What mtcute says in its ordinary life: when it sends a ping before it has noticed that it is connected, and then
 * forgets it; when it asks whether it is logged in.
 */
const ROUTINE = [
  'received pong to unknown ping',
  'AUTH_KEY_UNREGISTERED',
  // It strips zeros that a key begins with, as one in 256 does, and makes another.
  'Step 4: invalid nonce hash',
  // The other client computes its key in this process, which takes many seconds where the machine is busy, and can do
  // nothing else meanwhile. It connects again then, and ends the session that it had.
  'read timeout, last read was',
  'received unexpected ack for %s query',
]

/** @mtcute/node of any layer. Whoever quits keeps the storage, as a file would. */
export class Mtcute implements TlClient {
  readonly name: string
  readonly layer: number
  readonly catchesUp = true
  readonly complaints: string[] = []
  readonly #facts: Facts
  readonly #library: Library
  readonly #utils: Utils
  readonly #crypto: Crypto
  readonly #storage: object
  #client: Client
  onUpdate: (update: TlValue) => void = () => {}

  private constructor(name: string, layer: number, facts: Facts, library: Library, utils: Utils) {
    this.name = name
    this.layer = layer
    this.#facts = facts
    this.#library = library
    this.#utils = utils
    this.#crypto = utils.NodeCryptoProvider
      ? new utils.NodeCryptoProvider()
      : utils.defaultCryptoProviderFactory!()
    this.#storage = new library.MemoryStorage()
    this.#client = this.#create()
  }

  /** `alias`: what to import; `load`: how, where the package is not one of this folder's. */
  static async load(
    alias: string,
    layer: number,
    facts: Facts,
    load: (name: string) => Promise<unknown> = (name) => import(name),
  ): Promise<Mtcute> {
    const library = (await load(alias)) as Library
    const utils = (await load(layer === SPLIT_LAYER ? '@mtcute/core/utils.js' : `${alias}/utils.js`)) as Utils
    const storages = library.MemoryStorage ? library : await load('@mtcute/core/storage/memory.js')
    const { MemoryStorage } = storages as Library
    return new Mtcute(alias, layer, facts, { TelegramClient: library.TelegramClient, MemoryStorage }, utils)
  }

  #create(): Client {
    const { apiId, apiHash, dc: id, host: ipAddress, port } = this.#facts
    const dc = { id, ipAddress, port, testMode: false }
    const client = new this.#library.TelegramClient({
      apiId,
      apiHash,
      storage: this.#storage,
      crypto: this.layer === SPLIT_LAYER ? () => this.#crypto : this.#crypto,
      testMode: false,
      defaultDcs: { main: dc, media: { ...dc, mediaOnly: true } },
      updates: { catchUp: true },
      logLevel: 2,
    })
    client.log.mgr.level = 2
    client.log.mgr.handler = (_color, level, tag, format, args) => {
      const line = `${tag}: ${format} ${args.map(String).join(' ')}`
      if (level <= 2 && !ROUTINE.some((part) => line.includes(part))) this.complaints.push(line)
    }
    const take = (update: unknown): void => this.onUpdate(asUpdate(fromMtcute(update) as TlValue))
    if (this.layer < EMITTERS_LAYER) client.on('raw_update', take)
    else client.onRawUpdate.add(({ update }) => take(update))
    return client
  }

  async connect(): Promise<void> {
    // Keys can be added once a client has said which platform this is.
    await this.#crypto.initialize()
    this.#utils.addPublicKey(this.#crypto, this.#facts.publicKey)
    await this.#client.connect()
  }

  async logIn(phone: string, code: string): Promise<void> {
    await this.#client.start({ phone, code: () => Promise.resolve(code), password: '' })
    await this.#client.startUpdatesLoop()
  }

  async noteLogin(authorization: unknown): Promise<void> {
    await this.#client.notifyLoggedIn(authorization)
    await this.#client.startUpdatesLoop()
  }

  async call(
    method: string,
    params: Readonly<Record<string, unknown>>,
  ): Promise<{ value: TlValue; raw: unknown }> {
    const raw = await this.#client.call(toNative({ _: method, ...params }) as object)
    const value = fromMtcute(raw) as TlValue
    // What a call did counts in pts, and its own methods tell the client so: otherwise it asks for the difference.
    if (value?._ === 'updates') this.#client.handleClientUpdate?.(raw)
    if (value?.['ptsCount'] !== undefined) this.#client.handleClientUpdate?.(affected(value))
    return { value, raw }
  }

  async upload({ bytes, name }: Parcel): Promise<TlValue> {
    const { inputFile } = await this.#client.uploadFile({ file: bytes, fileName: name })
    return fromMtcute(inputFile) as TlValue
  }

  async download({ location, dcId, size }: Stored): Promise<Buffer> {
    const params = { dcId, ...(size ? { fileSize: size } : {}) }
    return Buffer.from(await this.#client.downloadAsBuffer(toNative(location), params))
  }

  async guard(first: string, second: string): Promise<void> {
    await this.#client.enableCloudPassword({ password: first, hint: 'first' })
    await this.#client.changeCloudPassword({ currentPassword: first, newPassword: second, hint: '' })
    await this.#client.removeCloudPassword(second)
  }

  async listDialogs(): Promise<string[]> {
    const titles: string[] = []
    for await (const { peer, chat } of this.#client.iterDialogs())
      titles.push((peer ?? chat)?.displayName ?? '')
    return titles
  }

  async quit(): Promise<void> {
    await (this.#client.destroy?.() ?? this.#client.close())
  }

  async comeBack(): Promise<void> {
    this.#client = this.#create()
    await this.#client.start({})
  }
}

/** What messages.affectedMessages says of pts, as an update. */
function affected({ pts, ptsCount }: TlValue): object {
  const update = { _: 'updateDeleteMessages', messages: [], pts, ptsCount }
  return { _: 'updates', updates: [update], users: [], chats: [], date: 0, seq: 0 }
}

/** Messages are told of as they are, not as updates. */
function asUpdate(told: TlValue): TlValue {
  return told._ === 'message' || told._ === 'messageService' ? { _: 'updateNewMessage', message: told } : told
}

const Long = createRequire(import.meta.url)('long') as {
  fromString(digits: string): unknown
}

/** Long for bigint, but ids of users, which are plain numbers here. */
function toNative(value: unknown, key = ''): unknown {
  if (value instanceof Uint8Array) return value
  if (typeof value === 'bigint') return key === 'userId' ? Number(value) : Long.fromString(String(value))
  if (Array.isArray(value)) return value.map((one) => toNative(one))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, toNative(field, key)]))
}
