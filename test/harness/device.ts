import { randomUUID } from 'node:crypto'
import { collectPeers } from '../../src/domain/peers/collect.ts'
import { must } from '../../src/lib/assert.ts'
import { decodeObject, decodeResult } from '../../src/tl/decode.ts'
import { codecFor, encodeRequest, NEWEST_LAYER } from '../../src/tl/encode.ts'
import { tl } from '../../src/tl/factories.ts'
import type * as T from '../../src/tl/schema.d.ts'
import { connectClient, type Client } from '../mtproto/client/client.ts'
import { undocumented } from './documented.ts'
import type { TestServer } from './in-process.ts'
import { within } from './server.ts'

const PUSH_MS = 15_000
const ANSWER_MS = 25_000
const RPC_ERROR_ID = 0x2144ca19

/** What a method takes, optional fields left out at will. */
export type Fields<M extends T.MethodName> = Parameters<T.Factories[M]>[0]
type UpdateName = T.Update['_']

/** An update of every layer that the server never makes, and that has room for a name. */
export const MARK = 'updateLangPackTooLong'

type UpdatesNamed<N extends readonly UpdateName[]> = {
  [I in keyof N]: Extract<T.Update, { readonly _: N[I] }>
}

/** An rpc_error as a client gets it. */
export class RpcFailure extends Error {
  readonly code: number
  constructor(error: T.rpc_error) {
    super(error.errorMessage)
    this.code = error.errorCode
  }
}

/**
 * One session of somebody, with a key of its own, over MTProto. It keeps account of pts as a client does: a hole, or an
 * update that comes twice, fails the test, and so does a push that names somebody without bringing them along.
 */
export class Device {
  readonly #server: TestServer
  readonly #client: Client
  readonly #layer: number
  readonly #received: T.Update[] = []
  readonly #counted: Counted[] = []
  readonly #watchers = new Set<() => void>()
  /** Statuses come and go by themselves; these came up to now. */
  readonly statuses: T.updateUserStatus[] = []
  /** What a person was shown because a call failed. */
  readonly popups: T.updateServiceNotification[] = []
  /** Whether the test makes the server fail. */
  mayMeetFaults = false
  /** How often a push brought what an answer had brought. */
  repeats = 0
  #isInitialized = false
  #pts: number | undefined
  #isTooLong = false

  private constructor(server: TestServer, client: Client, layer: number) {
    this.#server = server
    this.#client = client
    this.#layer = layer
    client.onPush = (body) => this.#take(body)
  }

  /** Connects with a new key, of the server's own datacenter unless another is named, or with the key of another device. */
  static async connect(
    server: TestServer,
    apiId: number,
    layer = NEWEST_LAYER,
    dc = server.running.facts.thisDc,
    twin?: Device,
  ): Promise<Device> {
    const { host, port } = must(
      server.running.facts.dcs.find(({ id }) => id === dc % 10_000),
      `there is a datacenter ${dc}`,
    )
    const client = await connectClient({
      host,
      port,
      dc,
      publicKey: server.running.facts.publicKey,
      ...(twin && { key: twin.client.key, salt: twin.client.salt }),
      nowMs: () => server.context.clock.nowMs(),
    })
    const device = new Device(server, client, layer)
    device.#apiId = apiId
    return device
  }
  #apiId = 0

  get client(): Client {
    return this.#client
  }

  /** Calls a method. Rejects with RpcFailure. */
  async call<M extends T.MethodName>(method: M, fields?: Fields<M>): Promise<T.Methods[M]['res']> {
    const make = tl[method] as (fields?: Fields<M>) => T.AnyMethod
    const query = make(fields)
    const request = this.#isInitialized ? query : this.#initialized(query)
    this.#isInitialized = true
    const answer = await within(
      this.#client.request(encodeRequest(request)),
      ANSWER_MS,
      () => `${method} was not answered`,
    )
    if (answer.readUInt32LE(0) === RPC_ERROR_ID)
      throw this.#failed(method, decodeObject(answer) as T.rpc_error)
    const result = decodeResult(method, answer)
    this.#countAnswer(method, result)
    return result
  }

  /** Errors that a method does not document fail the test, whoever expects them. */
  #failed(method: string, error: T.rpc_error): Error {
    const fault = undocumented(method, error)
    const isExpected = fault === undefined || (this.mayMeetFaults && error.errorMessage === 'RPC_CALL_FAIL')
    return isExpected ? new RpcFailure(error) : new Error(fault)
  }

  /** Calls a method that must fail. Resolves with the name of the error. */
  async failure<M extends T.MethodName>(method: M, fields?: Fields<M>): Promise<string> {
    try {
      await this.call(method, fields)
    } catch (error) {
      if (error instanceof RpcFailure) return error.message
      throw error
    }
    throw new Error(`${method} should have failed`)
  }

  #initialized(query: T.AnyMethod): T.AnyMethod {
    const init = tl.initConnection({
      apiId: this.#apiId,
      deviceModel: 'Test device',
      systemVersion: '1.0',
      appVersion: '1.0',
      systemLangCode: 'en',
      langPack: '',
      langCode: 'en',
      query,
    })
    return tl.invokeWithLayer({ layer: this.#layer, query: init })
  }

  /** From here on updates are counted and expected; those before are forgotten. */
  async begin(): Promise<void> {
    await this.settle()
    const state = await this.call('updates.getState')
    await this.settle()
    this.#received.length = 0
    this.#counted.length = 0
    this.#pts = state.pts
  }

  /** Where the device stands. */
  get pts(): number {
    return must(this.#pts, 'the device has begun')
  }

  /**
   * Waits until all that has happened up to now has arrived. A mark is put into the log behind it, which every device of
   * the same person passes over: each waits for its own, as that of another may have been on its way for longer.
   */
  async settle(): Promise<void> {
    if (!this.#userId) return
    const { context } = this.#server
    const mark = `mark ${randomUUID()}`
    const data = codecFor(NEWEST_LAYER).encode(tl[MARK]({ langCode: mark }), 'Update')
    await context.db.transaction((tx) =>
      context.updates.record(tx, [{ boxId: this.#userId as never, kind: 32, count: 0, data }]),
    )
    await this.#until(() => this.#marks.delete(mark), 'the mark that ends what has happened')
    this.#checkCount()
  }
  readonly #marks = new Set<string>()
  #userId = 0

  /** Whose device it is, once somebody has signed in. */
  belongTo(userId: number): void {
    this.#userId = userId
  }

  /** All updates that came since they were last asked for, in order. */
  async updates(): Promise<T.Update[]> {
    await this.settle()
    return this.#received.splice(0)
  }

  /** These updates came, in this order, and no others. */
  async expectUpdates<const N extends readonly UpdateName[]>(...names: N): Promise<UpdatesNamed<N>> {
    const updates = await this.updates()
    const came = updates.map((update) => update._)
    if (came.join() !== names.join()) {
      throw new Error(`expected [${names.join(', ')}], but there came [${came.join(', ')}]`)
    }
    return updates as UpdatesNamed<N> // Their names have just been compared.
  }

  /** Waits for one update that comes by itself, such as typing; others stay. */
  async nextUpdate<N extends UpdateName>(name: N): Promise<Extract<T.Update, { readonly _: N }>> {
    const find = (): number => this.#received.findIndex((update) => update._ === name)
    await this.#until(() => find() >= 0, name)
    const [update] = this.#received.splice(find(), 1)
    return update as Extract<T.Update, { readonly _: N }> // It was found by its name.
  }

  /** Waits for what a person is shown because a call failed. */
  async nextPopup(): Promise<T.updateServiceNotification> {
    await this.#until(() => this.popups.length > 0, 'a popup')
    return must(this.popups.shift(), 'just seen')
  }

  /** Whether the server has told the device to ask for the difference. */
  get wasToldTooLong(): boolean {
    return this.#isTooLong
  }

  close(): void {
    this.#client.close()
  }

  async #until(holds: () => boolean, what: string): Promise<void> {
    if (holds()) return
    let watcher = (): void => {}
    const held = new Promise<void>((resolve) => {
      watcher = () => {
        if (holds()) resolve()
      }
    })
    this.#watchers.add(watcher)
    try {
      await within(
        held,
        PUSH_MS,
        () => `waited for ${what}; there came ${this.#received.map((u) => u._).join()}`,
      )
    } finally {
      this.#watchers.delete(watcher)
    }
  }

  #take(body: Buffer): void {
    const pushed = decodeObject(body) as T.Updates
    if (pushed._ === 'updatesTooLong') this.#isTooLong = true
    for (const update of updatesIn(pushed)) {
      if (update._ === MARK) {
        this.#marks.add(update.langCode)
        continue
      }
      if (update._ === 'updateUserStatus') {
        this.statuses.push(update)
        continue
      }
      if (update._ === 'updateServiceNotification' && update.popup) {
        this.popups.push(update)
        continue
      }
      this.#received.push(update)
      this.#count('push', update, update)
    }
    checkUsers(pushed)
    for (const watcher of this.#watchers) watcher()
  }

  /** What the caller is answered, its session is not pushed; both together must have no hole. */
  #countAnswer(method: string, result: unknown): void {
    if (typeof result !== 'object' || result === null || !('_' in result)) return
    const answer = result as T.Updates | T.messages.affectedMessages
    if (method === 'updates.getDifference' || method === 'updates.getState') return
    if (isUpdates(answer)) {
      for (const update of updatesIn(answer)) this.#count(method, update)
      checkUsers(answer)
    } else {
      this.#count(method, answer)
    }
  }

  #count(of: string, value: object, pushed?: T.Update): void {
    if (!('pts' in value) || !('ptsCount' in value)) return
    const { pts, ptsCount } = value as { pts: number; ptsCount: number }
    const name = '_' in value ? `${of} ${String(value._)}` : of
    if (ptsCount > 0) this.#counted.push({ pts, ptsCount, of: name, pushed })
  }

  #checkCount(): void {
    if (this.#pts === undefined) return
    const counted = this.#counted
      .splice(0)
      .sort((a, b) => a.pts - b.pts || Number(!!a.pushed) - Number(!!b.pushed))
    let last: Counted | undefined
    for (const each of counted) {
      if (last && !last.pushed && each.pts === last.pts) {
        // Of two equal answers, the second is to a request that was repeated.
        if (each.pushed) this.#forget(each.pushed)
        continue
      }
      if (each.pts - each.ptsCount !== this.#pts) {
        const range = `from pts ${each.pts - each.ptsCount} to ${each.pts}`
        throw new Error(`${each.of} leads ${range}, but the device stands at ${this.#pts}`)
      }
      this.#pts = each.pts
      last = each
    }
  }

  /** What was in an answer already: a push that fills a hole may bring it again, and clients drop it by its pts. */
  #forget(update: T.Update): void {
    this.repeats++
    const index = this.#received.indexOf(update)
    if (index >= 0) this.#received.splice(index, 1)
  }
}

/** A change that counts in pts, as it came. */
interface Counted {
  readonly pts: number
  readonly ptsCount: number
  readonly of: string
  /** The update, if it was pushed and not answered. */
  readonly pushed: T.Update | undefined
}

function isUpdates(value: { readonly _: string }): value is T.Updates {
  return value._ === 'updates' || value._ === 'updateShort' || value._ === 'updatesCombined'
}

function updatesIn(pushed: T.Updates): T.Update[] {
  if (pushed._ === 'updates' || pushed._ === 'updatesCombined') return pushed.updates
  return pushed._ === 'updateShort' ? [pushed.update] : []
}

/** Whoever is named in updates comes along with them, as a client that has never heard of them needs it. */
function checkUsers(pushed: T.Updates): void {
  if (pushed._ !== 'updates') return
  const shown = new Set(pushed.users.map((user) => user.id))
  const missing = [...collectPeers(pushed.updates).users].filter((id) => !shown.has(id))
  if (missing.length > 0) throw new Error(`updates name ${missing.join()} without bringing them along`)
}
