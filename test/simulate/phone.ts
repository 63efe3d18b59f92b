import { must } from '../../src/lib/assert.ts'
import { ID } from '../../src/mtproto/ids.ts'
import { decodeObject, decodeResult } from '../../src/tl/decode.ts'
import { encodeRequest } from '../../src/tl/encode.ts'
import { tl } from '../../src/tl/factories.ts'
import type * as T from '../../src/tl/schema.d.ts'
import { RpcFailure, type Fields } from '../harness/device.ts'
import { within } from '../harness/server.ts'
import { connectClient, type Client } from '../mtproto/client/client.ts'
import type { Chance } from './chance.ts'
import { Following } from './following.ts'
import { Holding } from './holding.ts'

const RPC_ERROR_ID = 0x2144ca19
/** No answer takes longer, connections lost on the way and servers started anew included. */
const ANSWER_MS = 60_000
const RETRY_MS = 60
const MOST_TRIES = 900
/** The code of every number of the test range of datacenter 2. */
const CODE = '22222'

/** The server as devices know it. */
export interface Venue {
  readonly host: string
  readonly port: number
  readonly publicKey: string
  readonly apiId: number
  readonly apiHash: string
  readonly clock: { nowMs(): number }
  readonly chance: Chance
  /** Nothing that happens from now on counts. */
  readonly isOver: boolean
}

/**
 * A device of a simulation: one key, one session at a time, connections that come and go. What was asked when a
 * connection broke is asked again on the next; an error of the server's own is tried again.
 */
export class Phone {
  readonly name: string
  readonly layer: number
  readonly holding = new Holding()
  readonly following: Following
  userId = 0
  /** The server has closed the connection. */
  onLost = (): void => {}
  readonly #venue: Venue
  #client: Client | undefined
  /** Connections that were given up without the server being told. */
  #left: Client[] = []
  #isOnline = false
  #isInitialized = false
  #becomesOnline: (() => void)[] = []
  #connecting: Promise<void> | undefined
  /** How often the server had an error of its own, and how long the longest of those answers took. */
  serverErrors = 0
  slowestErrorMs = 0

  constructor(venue: Venue, name: string, layer: number) {
    this.#venue = venue
    this.name = name
    this.layer = layer
    this.following = new Following(this.holding, (method, fields) => this.call(method, fields))
  }

  get isOnline(): boolean {
    return this.#isOnline
  }

  /** Connects: for the first time, in the same session, or in a new one of the same key. */
  async connect(session: 'same' | 'new' = 'same'): Promise<void> {
    this.#connecting ??= this.#connect(session).finally(() => (this.#connecting = undefined))
    await this.#connecting
  }

  async #connect(session: 'same' | 'new'): Promise<void> {
    const { host, port, publicKey, clock } = this.#venue
    const before = this.#client
    const isNew = session === 'new' || !before
    const client = await connectClient({
      host,
      port,
      dc: 2,
      nowMs: () => clock.nowMs(),
      holdsRequests: true,
      dropsRepeated: true,
      ...(before ? { key: before.key, after: before } : { publicKey }),
      ...(before && isNew ? { sessionId: this.#venue.chance.long() } : {}),
    })
    client.keepsMessages = false
    client.onPush = (body) => this.#push(client, body)
    this.#client = client
    this.#isOnline = true
    this.#isInitialized = false
    client.onNewSession = () => this.#catchUp()
    void client.closed.then(() => {
      if (this.#client !== client || !this.#isOnline) return
      this.#isOnline = false
      this.onLost()
    })
    if (before) client.takeOver(before)
    // Only from what it is sent does the server know whose connection this is.
    client.send([{ body: ping(this.#venue.chance.long()) }])
    if (before && isNew) this.#catchUp()
    for (const wake of this.#becomesOnline.splice(0)) wake()
  }

  #push(client: Client, body: Buffer): void {
    // What still arrives over a connection that was given up, nobody reads.
    if (client !== this.#client) return
    try {
      this.following.take(decodeObject(body) as T.Updates)
    } catch (error) {
      this.holding.faults.push(`a push was not understood: ${String(error)}`)
    }
  }

  /** Asks for the difference, as whoever was away does. */
  #catchUp(): void {
    if (this.following.pts === 0) return
    this.following.catchUp().catch((error: unknown) => {
      if (!this.#venue.isOver) this.holding.faults.push(`no difference: ${String(error)}`)
    })
  }

  /** The connection breaks. */
  disconnect(): void {
    this.#isOnline = false
    this.#client?.close()
  }

  /** Leaves the connection without a word: the server still believes in it when the next one comes. */
  abandon(): void {
    this.#isOnline = false
    this.#client?.pause()
    if (this.#client) this.#left.push(this.#client)
  }

  /** Reads nothing for a while. */
  stall(forMs: number): void {
    const client = this.#client
    if (!client || !this.#isOnline) return
    client.pause()
    setTimeout(() => client.resume(), forMs)
  }

  close(): void {
    this.following.stop()
    this.#isOnline = false
    this.#client?.close()
    for (const client of this.#left) client.close()
  }

  /** Signs in under a number of the test range; whoever has no account gets one. */
  async signIn(phoneNumber: string, firstName: string): Promise<void> {
    const { apiId, apiHash } = this.#venue
    const settings = tl.codeSettings({})
    const sent = await this.call('auth.sendCode', { phoneNumber, apiId, apiHash, settings })
    if (sent._ !== 'auth.sentCode') throw new Error(`auth.sendCode answered ${sent._}`)
    const { phoneCodeHash } = sent
    let answer = await this.call('auth.signIn', { phoneNumber, phoneCodeHash, phoneCode: CODE })
    if (answer._ === 'auth.authorizationSignUpRequired') {
      answer = await this.call('auth.signUp', { phoneNumber, phoneCodeHash, firstName, lastName: '' })
    }
    if (answer._ !== 'auth.authorization') throw new Error(`auth.signIn answered ${answer._}`)
    this.userId = answer.user.id
  }

  /** Calls a method until it is answered. Rejects with RpcFailure for what the caller did wrong. */
  async call<M extends T.MethodName>(method: M, fields?: Fields<M>): Promise<T.Methods[M]['res']> {
    const make = tl[method] as (fields?: Fields<M>) => T.AnyMethod
    const query = make(fields)
    for (let tries = 1; ; tries++) {
      const askedAt = performance.now()
      const answer = await this.#ask(method, query)
      if (answer.readUInt32LE(0) !== RPC_ERROR_ID) return decodeResult(method, answer)
      const failure = new RpcFailure(decodeObject(answer) as T.rpc_error)
      if (failure.message !== 'RPC_CALL_FAIL' || tries >= MOST_TRIES) throw failure
      this.serverErrors++
      this.slowestErrorMs = Math.max(this.slowestErrorMs, performance.now() - askedAt)
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
  }

  async #ask(method: string, query: T.AnyMethod): Promise<Buffer> {
    while (!this.#isOnline) await new Promise<void>((resolve) => this.#becomesOnline.push(resolve))
    const client = must(this.#client, 'whoever is online has a client')
    const request = this.#isInitialized ? query : this.#initialized(query)
    this.#isInitialized = true
    return await within(
      client.request(encodeRequest(request)),
      ANSWER_MS,
      () => `${method} of ${this.name} was not answered`,
    )
  }

  #initialized(query: T.AnyMethod): T.AnyMethod {
    const init = tl.initConnection({
      apiId: this.#venue.apiId,
      deviceModel: this.name,
      systemVersion: '1.0',
      appVersion: '1.0',
      systemLangCode: 'en',
      langPack: '',
      langCode: 'en',
      query,
    })
    return tl.invokeWithLayer({ layer: this.layer, query: init })
  }
}

function ping(id: bigint): Buffer {
  const body = Buffer.alloc(12)
  body.writeInt32LE(ID.ping)
  body.writeBigInt64LE(id, 4)
  return body
}
