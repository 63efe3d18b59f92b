import { createRequire, Module } from 'node:module'
import type { Parcel } from './parcel.ts'
import { modulusOf, oldRsaEncrypt } from './server-facts.ts'
import type { Facts } from './server-facts.ts'
import { uploadByCalls, type Stored } from './tl-files.ts'
import { fromGramjs, upperFirst } from './tl-value.ts'
import type { TlClient, TlValue } from './tl-value.ts'

const require = createRequire(import.meta.url)

/** GramJS before it was rewritten: classes by other names, and generated code. */
const ALPHA_LAYER = 105
/** From here on sizes of files are big-integer's. */
const BIG_SIZES_LAYER = 143
/** Its own way to load files has several calls on the way, and it drops an answer that is older than its last call. */
const FORGETFUL_LAYER = 131

type TlClass = new (fields: Readonly<Record<string, unknown>>) => object
type Namespace = Record<string, TlClass | Record<string, TlClass>>

interface Client {
  connect(): Promise<unknown>
  disconnect(): Promise<unknown>
  start?(options: Readonly<Record<string, unknown>>): Promise<unknown>
  signInUserWithQrCode?(
    app: { readonly apiId: number; readonly apiHash: string },
    options: {
      readonly qrCode: (code: { readonly token: Uint8Array }) => Promise<void>
      readonly password: () => Promise<string>
      readonly onError: (error: Error) => Promise<never>
    },
  ): Promise<unknown>
  updateTwoFaSettings?(options: {
    readonly isCheckPassword: boolean
    readonly currentPassword?: string
    readonly newPassword?: string
    readonly hint?: string
  }): Promise<void>
  getDialogs?(
    options: Readonly<Record<string, unknown>>,
  ): Promise<readonly { title?: string; name?: string }[]>
  invoke(request: object): Promise<unknown>
  uploadFile?(options: { readonly file: object; readonly workers: number }): Promise<unknown>
  downloadFile?(location: object, options: Readonly<Record<string, unknown>>): Promise<unknown>
  addEventHandler(take: (update: unknown) => void, event?: unknown): void
  readonly session: Session
}

interface Session {
  save(): string
  setDC(dc: number, host: string, port: number): void
}

/** What of the package is used, at whatever place its version has it. */
interface Library {
  readonly layer: number | undefined
  readonly TelegramClient: new (session: Session, id: number, hash: string, options: object) => Client
  readonly StringSession: new (saved?: string) => Session
  readonly rsa: {
    _serverKeys?: Map<string, unknown>
    encrypt: (fingerprint: unknown, data: Buffer) => unknown
  }
  readonly sockets: { prototype: { connect: (this: unknown, port: number, ip: string) => unknown } }
  readonly types: Namespace
  readonly functions: Namespace
  readonly CustomFile?: new (name: string, size: number, path: string) => object
  readonly Raw?: new (options: object) => unknown
}

/** Keeps warnings and errors, prints nothing. What asks a logger for anything else gets a function that does nothing. */
function newLogger(complaints: string[]): object {
  const keep = (message: unknown): void => {
    if (!ROUTINE.some((part) => String(message).includes(part))) complaints.push(String(message))
  }
  const logger = { warn: keep, error: keep, canSend: () => true, logLevel: 'warn', errors: [] }
  return new Proxy(logger, { get: (own, key) => own[key as keyof typeof own] ?? ((): void => {}) })
}

/**
 * What GramJS says at the level of warnings whenever it ends; when what it receives was sent before its last message, of
 * which one version takes none; and when it makes another key because it stripped zeros that
 * the first began with, as one in 256 does.
 */
const ROUTINE = [
  'Disconnecting',
  'Connection closed',
  'Not connected',
  'Received old message from server',
  'Attempt 0 at generating auth key failed',
  'Step 3 invalid new nonce hash',
  // Nine seconds after its start, where the machine is so slow, some pings though it has been told to quit.
  'Cannot send requests while disconnected',
]

/** GramJS (the package telegram) or teleproto, which continues it, of any layer. */
export class Gramjs implements TlClient {
  readonly name: string
  readonly layer: number
  readonly catchesUp = false
  readonly complaints: string[] = []
  readonly #facts: Facts
  readonly #library: Library
  #client: Client
  #entered = { phone: '', code: '' }
  onUpdate: (update: TlValue) => void = () => {}

  constructor(alias: string, layer: number, facts: Facts) {
    this.name = alias
    this.layer = layer
    this.#facts = facts
    this.#library = layer === ALPHA_LAYER ? loadAlpha(alias) : load(alias)
    if (this.#library.layer !== layer) throw new Error(`${alias} speaks layer ${this.#library.layer}`)
    this.#trustKey()
    // Versions differ in whether a session, the client or an option knows the port: none is asked.
    const { prototype } = this.#library.sockets
    const connect = prototype.connect
    prototype.connect = function (_port, _ip) {
      return connect.call(this, facts.port, facts.host)
    }
    this.#client = this.#create('')
  }

  #trustKey(): void {
    const { rsa } = this.#library
    if (rsa._serverKeys && this.layer !== ALPHA_LAYER) {
      const n = newBig(this.name, modulusOf(this.#facts).toString())
      const fingerprint = BigInt.asIntN(64, BigInt(`0x${this.#facts.fingerprint}`))
      rsa._serverKeys.set(String(fingerprint), { n, e: 65537 })
    } else {
      rsa.encrypt = (_fingerprint, data) => oldRsaEncrypt(this.#facts, data)
    }
  }

  #create(saved: string): Client {
    const { TelegramClient, StringSession } = this.#library
    const session = new StringSession(saved)
    if (!saved) session.setDC(this.#facts.dc, this.#facts.host, 443)
    return new TelegramClient(session, this.#facts.apiId, this.#facts.apiHash, {
      baseLogger: newLogger(this.complaints),
      connectionRetries: 2,
      useWSS: false,
    })
  }

  async connect(): Promise<void> {
    await this.#client.connect()
    // A handler that is there earlier makes GramJS ask who it is, in a container with its first call, and some versions
    // do not send a container again that had a wrong salt.
    const { Raw } = this.#library
    const take = (update: unknown): void => this.onUpdate(fromGramjs(update) as TlValue)
    this.#client.addEventHandler(take, Raw && new Raw({}))
  }

  async logIn(phone: string, code: string): Promise<void> {
    const refuse = (error: Error): Promise<never> => Promise.reject(error)
    this.#entered = { phone, code }
    await this.#client.start!({
      phoneNumber: () => Promise.resolve(phone),
      phone,
      phoneCode: () => Promise.resolve(code),
      code: () => Promise.resolve(code),
      onError: refuse,
    })
  }

  async call(
    method: string,
    params: Readonly<Record<string, unknown>>,
  ): Promise<{ value: TlValue; raw: unknown }> {
    const raw = await this.#client.invoke(this.#make(method, params, this.#library.functions))
    return { value: fromGramjs(raw) as TlValue, raw }
  }

  #make(name: string, fields: Readonly<Record<string, unknown>>, from: Namespace): object {
    const path = upperFirst(name).split('.')
    const [first = '', second] = path
    const found = second ? (from[first] as Record<string, TlClass> | undefined)?.[second] : from[first]
    if (typeof found !== 'function') throw new Error(`${this.name} has no ${name}`)
    const made = Object.entries(fields).map(([key, field]) => [key, this.#toNative(field)] as const)
    return new found(Object.fromEntries(made.filter(([key]) => key !== '_')))
  }

  #toNative(value: unknown): unknown {
    if (typeof value === 'bigint')
      return this.layer === ALPHA_LAYER ? value : newBig(this.name, String(value))
    if (Array.isArray(value)) return value.map((one) => this.#toNative(one))
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
    const { _: name, ...fields } = value as TlValue
    return this.#make(name, fields, this.#library.types)
  }

  async guard(first: string, second: string): Promise<void> {
    const client = this.#client
    if (!client.updateTwoFaSettings) return
    const isCheckPassword = false
    await client.updateTwoFaSettings({ isCheckPassword, newPassword: first, hint: 'first' })
    await this.#enterAgain(first)
    await client.updateTwoFaSettings({ isCheckPassword, currentPassword: first, newPassword: second })
    await client.updateTwoFaSettings({ isCheckPassword, currentPassword: second })
  }

  /** Comes in once more with the password, by a code and, where the version can, by what another device scans. */
  async #enterAgain(password: string): Promise<void> {
    const { phone, code } = this.#entered
    const ask = {
      password: () => Promise.resolve(password),
      onError: (error: Error) => Promise.reject(error),
    }
    const again = this.#create('')
    await again.start!({
      ...ask,
      phoneNumber: () => Promise.resolve(phone),
      phoneCode: () => Promise.resolve(code),
    })
    await this.#leave(again)
    const scanned = this.#create('')
    if (!scanned.signInUserWithQrCode) return
    await scanned.connect()
    const { apiId, apiHash } = this.#facts
    const accept = async ({ token }: { readonly token: Uint8Array }): Promise<void> => {
      await this.#client.invoke(this.#make('auth.acceptLoginToken', { token }, this.#library.functions))
    }
    await scanned.signInUserWithQrCode({ apiId, apiHash }, { ...ask, qrCode: accept })
    await this.#leave(scanned)
  }

  async upload(parcel: Parcel): Promise<TlValue> {
    const { CustomFile } = this.#library
    if (!CustomFile || this.layer === FORGETFUL_LAYER) return uploadByCalls(this, parcel)
    const file = new CustomFile(parcel.name, parcel.bytes.length, parcel.path)
    return fromGramjs(await this.#client.uploadFile!({ file, workers: 1 })) as TlValue
  }

  async download({ location, dcId, size }: Stored): Promise<Buffer | undefined> {
    if (!this.#library.CustomFile || this.layer === FORGETFUL_LAYER) return undefined
    const fileSize = this.layer < BIG_SIZES_LAYER ? size : size && newBig(this.name, String(size))
    if (this.layer < BIG_SIZES_LAYER && fileSize === undefined) return undefined
    const options = { dcId, fileSize, workers: 1 }
    return (await this.#client.downloadFile!(this.#toNative(location) as object, options)) as Buffer
  }

  async #leave(client: Client): Promise<void> {
    await client.invoke(this.#make('auth.logOut', {}, this.#library.functions))
    await client.disconnect()
  }

  async listDialogs(): Promise<string[] | undefined> {
    if (!this.#client.getDialogs) return undefined
    return [...(await this.#client.getDialogs({}))].map(({ title, name }) => title ?? name ?? '')
  }

  async quit(): Promise<void> {
    await this.#client.disconnect()
  }

  async comeBack(): Promise<void> {
    this.#client = this.#create(this.#client.session.save())
    await this.connect()
    // Updates come to a session once it has asked something as the account.
    await this.call('updates.getState', {})
  }
}

function newBig(alias: string, digits: string): unknown {
  const bigInt = requireOf(alias)('big-integer') as (digits: string) => unknown
  return bigInt(digits)
}

/** `require` as a file of this package would call it. */
function requireOf(alias: string): NodeJS.Require {
  return createRequire(require.resolve(`${alias}/package.json`))
}

function load(alias: string): Library {
  const own = requireOf(alias)
  const main = own('./index.js') as { TelegramClient: Library['TelegramClient']; Api: Namespace }
  const { StringSession } = own('./sessions') as Pick<Library, 'StringSession'>
  const { PromisedNetSockets } = own('./extensions') as { PromisedNetSockets: Library['sockets'] }
  const rsa = own('./crypto/RSA') as Library['rsa']
  const layer = (own('./tl') as Layered).LAYER ?? (own('./tl/AllTLObjects') as Layered).LAYER
  const { CustomFile } = own('./client/uploads') as Required<Pick<Library, 'CustomFile'>>
  const { TelegramClient, Api } = main
  return {
    layer,
    TelegramClient,
    StringSession,
    CustomFile,
    rsa,
    sockets: PromisedNetSockets,
    types: Api,
    functions: Api,
  }
}

/** Where the package says its layer. */
interface Layered {
  readonly LAYER?: number
}

function loadAlpha(alias: string): Library {
  const own = requireOf(alias)
  // It wants a database that needs a compiler, and then works without.
  const sqlite = own.resolve('better-sqlite3')
  own.cache[sqlite] = Object.assign(new Module(sqlite), { loaded: true })
  const { TelegramClient, tl, session, events } = own('./gramjs') as {
    TelegramClient: Library['TelegramClient']
    tl: { types: Namespace; functions: Namespace }
    session: Pick<Library, 'StringSession'>
    events: { Raw: Library['Raw'] }
  }
  // It writes the length of a longer packet as text.
  const { AbridgedPacketCodec } = own('./gramjs/network/connection/TCPAbridged') as {
    AbridgedPacketCodec: { prototype: { encodePacket: (data: Buffer) => Buffer } }
  }
  AbridgedPacketCodec.prototype.encodePacket = (data) => {
    const words = data.length >> 2
    const head = words < 127 ? [words] : [127, words & 255, (words >> 8) & 255, words >> 16]
    return Buffer.concat([Buffer.from(head), data])
  }
  // It makes media fit by a function that it does not have.
  const utils = own('./gramjs/Utils') as { getInputMedia?: (media: object) => object }
  utils.getInputMedia = (media) => media
  // It looks for users in whatever a call answers, be it only true.
  const sessions = session.StringSession.prototype as unknown as {
    processEntities: (this: unknown, answer: unknown) => void
  }
  const { processEntities } = sessions
  sessions.processEntities = function (answer) {
    if (typeof answer === 'object') processEntities.call(this, answer)
  }
  const sockets = own('./gramjs/extensions/PromisedNetSockets') as Library['sockets']
  const rsa = own('./gramjs/crypto/RSA') as Library['rsa']
  const { LAYER: layer } = own('./gramjs/tl/AllTLObjects') as Layered
  return {
    layer,
    TelegramClient,
    StringSession: session.StringSession,
    rsa,
    sockets,
    types: tl.types,
    functions: withoutRequest(tl.functions),
    ...(events.Raw ? { Raw: events.Raw } : {}),
  }
}

/** The methods by their own names, which here end in Request. */
function withoutRequest(functions: Namespace): Namespace {
  const named = Object.entries(functions).map(([name, one]) => [
    name.replace(/Request$/, ''),
    typeof one === 'function' ? one : withoutRequest(one),
  ])
  return Object.fromEntries(named) as Namespace
}
