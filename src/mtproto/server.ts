import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { Timer } from '../lib/clock.ts'
import { TlError } from '../tl/reader.ts'
import { rpcError } from '../tl/rpc-error.ts'
import { Addresses, type Visit } from './addresses.ts'
import { verifyBinding, type BindRequest } from './binding.ts'
import { Connection } from './connection.ts'
import { TransportError } from './errors.ts'
import { HttpExchange } from './exchange.ts'
import { Flushing } from './flushing.ts'
import { Handshakes } from './handshake.ts'
import { receive } from './inbound.ts'
import { KeyCache, type AuthKey, type KeyChange } from './keys.ts'
import { defaultLimits, type MtprotoLimits } from './limits.ts'
import { ANSWER, MessageIds, messageIdAt } from './message-ids.ts'
import { OUTER_BYTES, openPacket, type OpenedPacket } from './packet.ts'
import { Padding } from './padding.ts'
import { socketPipe, webSocketPipe, type Pipe, type PipeEvents } from './pipe.ts'
import { readPlainMessage, writePlainMessage } from './plain.ts'
import { Replies } from './replies.ts'
import { Salts } from './salts.ts'
import { isSameDc, isServedBy, type Door } from './served-dcs.ts'
import type { RpcCall, Session } from './session.ts'
import { Sessions } from './sessions.ts'
import type { MtprotoDeps, Shared } from './shared.ts'
import type { Frame } from './transports/framing.ts'

export type { MtprotoDeps } from './shared.ts'

const SWEEP_MS = 5_000
const DRAIN_POLL_MS = 20

/** What a server holds now. */
export interface MtprotoStats {
  readonly connections: number
  readonly sessions: number
  readonly handshakes: number
  readonly runningRequests: number
}

/** A call of auth.bindTempAuthKey: by which key and session, in which message. */
export interface BindingCall {
  readonly usedKeyId: bigint
  readonly sessionId: bigint
  readonly msgId: bigint
}

/**
 * MTProto over every transport: takes connections, makes keys, keeps sessions, and hands decrypted requests up.
 * https://core.telegram.org/mtproto
 */
export class MtprotoServer {
  readonly #shared: Shared
  readonly #flushing: Flushing
  readonly #handshakes: Handshakes
  readonly #connections = new Set<Connection>()
  readonly #exchanges = new Set<HttpExchange>()
  readonly #sweeper: Timer
  #nextOrdinal = 1
  /** Requests that run now, also those whose session has ended meanwhile. */
  #running = 0

  constructor(deps: MtprotoDeps) {
    const { log, clock, random, rsa, dcs } = deps
    const limits: MtprotoLimits = { ...defaultLimits, ...deps.limits }
    const keys = new KeyCache(deps.keys, clock, limits)
    const salts = new Salts(deps.saltSecret, clock)
    this.#flushing = new Flushing(clock, log, limits.ackDelayMs)
    const shared: Shared = {
      deps,
      limits,
      addresses: new Addresses(clock, limits),
      log,
      clock,
      random,
      keys,
      salts,
      sessions: new Sessions(() => shared),
      ids: new MessageIds(clock),
      padding: new Padding(random),
      replies: new Replies(),
      kept: { total: 0 },
      startedAtId: messageIdAt(clock.nowMs() - limits.restartSlackSec * 1000),
      answer: (call) => this.#answer(call),
      flushSoon: (session) => this.#flushing.flushSoon(session),
      ackSoon: (session) => this.#flushing.ackSoon(session),
      dropKey: (keyId) => this.dropKey(keyId),
    }
    this.#shared = shared
    this.#handshakes = new Handshakes({ rsa, keys, salts, clock, random, limits, log, dcs })
    this.#sweeper = clock.setInterval(() => this.#sweep(), SWEEP_MS)
  }

  get stats(): MtprotoStats {
    return {
      connections: this.#connections.size,
      sessions: this.#shared.sessions.size,
      handshakes: this.#handshakes.size,
      runningRequests: this.#running,
    }
  }

  async #answer(call: RpcCall): Promise<Uint8Array> {
    this.#running++
    try {
      return await this.#shared.deps.onRequest(call)
    } finally {
      this.#running--
    }
  }

  /** Takes over a TCP connection. `head` is what was read of it to tell that it is not HTTP. */
  accept(socket: Socket, head: Buffer, door?: Door): void {
    const connection = this.#connect(door, (events) => socketPipe(socket, events))
    if (head.length > 0) connection.receive(head)
  }

  /** Takes over a WebSocket. https://core.telegram.org/mtproto/transports#websocket */
  acceptWebSocket(webSocket: WebSocket, ip: string, door?: Door): void {
    this.#connect(door, (events) => webSocketPipe(webSocket, ip, events))
  }

  #connect(door: Door, makePipe: (events: PipeEvents) => Pipe): Connection {
    const connection = new Connection(
      this.#shared,
      this.#nextOrdinal++,
      makePipe,
      (from, frame) => this.#takeFrame(from, door, frame),
      (gone) => void this.#connections.delete(gone),
    )
    this.#connections.add(connection)
    return connection
  }

  #takeFrame(connection: Connection, door: Door, { payload, wantsQuickAck }: Frame): void | Promise<void> {
    const { keys } = this.#shared
    connection.visit.check()
    const keyId = keyIdOf(payload)
    if (keyId === 0n) return this.#exchangeKeys(connection, door, payload)
    const takeIn = (key: AuthKey | undefined): void => {
      if (!key || !this.#isOfDoor(key, door)) throw unknownKey(connection.visit)
      const packet = openPacket(key.secret, payload)
      const isAccepted = receive(this.#shared, key, packet, connection)
      if (isAccepted && wantsQuickAck) connection.sendQuickAck(packet.quickAck)
    }
    const known = keys.peek(keyId)
    if (known) return takeIn(known)
    connection.visit.askForKey()
    // Looked up anew: it may be gone by the time that this goes on.
    return keys.get(keyId).then(() => takeIn(keys.peek(keyId)))
  }

  /** Keys are not copied between datacenters. https://core.telegram.org/api/datacenter#file-access */
  #isOfDoor(key: AuthKey, door: Door): boolean {
    const { dcs } = this.#shared.deps
    return !dcs || isServedBy(dcs, key.dc, door)
  }

  async #exchangeKeys(connection: Connection, door: Door, payload: Buffer): Promise<void> {
    const answer = await this.#answerPlain(payload, door, () => {
      connection.handshakes++
      if (connection.handshakes > this.#shared.limits.handshakesPerConnection) {
        throw new TransportError(429, 'too many key exchanges')
      }
      connection.visit.beginHandshake()
    })
    connection.send(answer)
  }

  async #answerPlain(payload: Buffer, door: Door, onBegin: () => void): Promise<Buffer> {
    try {
      const body = await this.#handshakes.answer(readPlainMessage(payload), door, onBegin)
      return writePlainMessage(this.#shared.ids.next(ANSWER), body)
    } catch (error) {
      if (error instanceof TlError) throw new TransportError(404, error.message)
      throw error
    }
  }

  /**
   * Answers one HTTP request. Rejects with a TransportError whose code is the status to answer with. `signal` tells
   * that the client has gone away.
   * https://core.telegram.org/mtproto/transports#http
   */
  async handleHttp(body: Buffer, ip: string, signal?: AbortSignal, door?: Door): Promise<Buffer> {
    const visit = this.#shared.addresses.visit(ip)
    try {
      visit.check()
      const keyId = keyIdOf(body)
      if (keyId === 0n) return await this.#answerPlain(body, door, () => visit.beginHandshake())
      const { keys } = this.#shared
      if (!keys.peek(keyId)) visit.askForKey()
      await keys.get(keyId)
      const key = keys.peek(keyId)
      if (!key || !this.#isOfDoor(key, door)) throw unknownKey(visit)
      return await this.#exchange(key, openPacket(key.secret, body), ip, signal)
    } finally {
      visit.end()
    }
  }

  /** Takes in the packet of an HTTP request, and resolves with that of its response. */
  async #exchange(
    key: AuthKey,
    packet: OpenedPacket,
    ip: string,
    signal: AbortSignal | undefined,
  ): Promise<Buffer> {
    const exchange = new HttpExchange(this.#shared, this.#nextOrdinal++, ip)
    const onAbort = (): void => exchange.close()
    signal?.addEventListener('abort', onAbort)
    this.#exchanges.add(exchange)
    try {
      receive(this.#shared, key, packet, exchange)
      exchange.begin()
      return await exchange.response
    } finally {
      this.#exchanges.delete(exchange)
      signal?.removeEventListener('abort', onAbort)
    }
  }

  get sessions(): readonly Session[] {
    return this.#shared.sessions.all()
  }

  /** The sessions of a permanent key, also those that use a temporary key bound to it. */
  sessionsOfKey(permKeyId: bigint): Session[] {
    return this.#shared.sessions.ofPermanentKey(permKeyId)
  }

  /**
   * auth.bindTempAuthKey: binds the caller's temporary key once it has proved to hold the permanent one. Throws
   * ENCRYPTED_MESSAGE_INVALID, EXPIRES_AT_INVALID, TEMP_AUTH_KEY_EMPTY, TEMP_AUTH_KEY_ALREADY_BOUND.
   * https://core.telegram.org/api/pfs
   */
  async bindTempKey(call: BindingCall, request: BindRequest): Promise<void> {
    const { keys, clock, limits } = this.#shared
    const { usedKeyId, sessionId } = call
    const tempKey = keys.peek(usedKeyId)
    if (!tempKey?.isTemporary) throw rpcError('TEMP_AUTH_KEY_EMPTY')
    const lifeSec = request.expiresAt - clock.nowSec()
    if (lifeSec <= 0 || lifeSec > limits.tempKeySec + limits.messageAgeSec)
      throw rpcError('EXPIRES_AT_INVALID')
    const permKey = await keys.get(request.permAuthKeyId)
    const isUsable =
      permKey && !permKey.isTemporary && isSameDc(this.#shared.deps.dcs, permKey.dc, tempKey.dc)
    if (!isUsable) throw rpcError('ENCRYPTED_MESSAGE_INVALID')
    verifyBinding(permKey, { tempKey, sessionId, msgId: call.msgId }, request)
    if (tempKey.permKeyId === permKey.id) return
    if (tempKey.permKeyId !== undefined) throw rpcError('TEMP_AUTH_KEY_ALREADY_BOUND')
    const bound = { keyId: tempKey.id, permKeyId: permKey.id, expiresAtSec: request.expiresAt }
    // The store has the last word: another node may have bound it just now, or ended the permanent key.
    const outcome = await keys.bind(bound.keyId, bound.permKeyId, bound.expiresAtSec)
    if (outcome === 'no permanent key') {
      this.takeKeyChange({ kind: 'key gone', keyId: permKey.id })
      throw rpcError('ENCRYPTED_MESSAGE_INVALID')
    }
    if (outcome === 'refused') throw rpcError('TEMP_AUTH_KEY_ALREADY_BOUND')
    this.#changeKey({ kind: 'key bound', ...bound })
  }

  /**
   * auth.dropTempAuthKeys: forgets the temporary keys that are bound to a permanent one, but for some, and closes what uses
   * them.
   */
  async dropTempKeys(permKeyId: bigint, except: readonly bigint[]): Promise<void> {
    for (const keyId of await this.#shared.keys.removeBound(permKeyId, except)) this.dropKey(keyId)
  }

  /** Forgets a key that is no longer good, on every node, and closes what uses it or a temporary key bound to it. */
  dropKey(keyId: bigint): void {
    this.#changeKey({ kind: 'key gone', keyId })
  }

  #changeKey(change: KeyChange): void {
    this.takeKeyChange(change)
    this.#shared.deps.onKeyChange?.(change)
  }

  /** Takes over here what has become of a key, on whatever node. */
  takeKeyChange(change: KeyChange): void {
    const { sessions, keys } = this.#shared
    // That a key was bound may be heard after the end of the one that it was bound to, which is its own end.
    if (change.kind === 'key gone' || keys.isGone(change.permKeyId)) return this.#forgetKey(change.keyId)
    const key = keys.noteBound(change.keyId, change.permKeyId, change.expiresAtSec)
    if (key) sessions.reindex(key)
  }

  /** Takes over what has become of the keys in memory, where other nodes may have told of it in vain. */
  async lookUpKeys(): Promise<void> {
    for await (const change of this.#shared.keys.lookUp()) this.takeKeyChange(change)
  }

  #forgetKey(keyId: bigint): void {
    const { sessions, keys } = this.#shared
    for (const session of [...sessions.ofKey(keyId), ...sessions.ofPermanentKey(keyId)]) {
      for (const outlet of session.outlets) outlet.close()
      sessions.close(session)
      keys.forget(session.keyId)
    }
    keys.forget(keyId)
  }

  #sweep(): void {
    const { clock, limits, sessions, keys } = this.#shared
    const nowSec = clock.nowSec()
    for (const connection of this.#connections) connection.sweep(nowSec)
    sessions.sweep(nowSec, messageIdAt(clock.nowMs() - limits.messageAgeSec * 1000))
    this.#handshakes.sweep(nowSec)
    keys.trim()
  }

  /**
   * Begins no more requests. Resolves when none runs any more, or they have been given enough time, and all answers
   * have been sent.
   */
  async drain(): Promise<void> {
    for (const connection of this.#connections) connection.stopReading()
    const untilMs = this.#shared.clock.nowMs() + this.#shared.limits.drainMs
    while (this.stats.runningRequests > 0 && this.#shared.clock.nowMs() < untilMs) {
      await new Promise<void>((resolve) => this.#shared.clock.setTimeout(resolve, DRAIN_POLL_MS))
    }
    this.#flushing.flush()
  }

  /** Closes every connection and ends every session. */
  async close(): Promise<void> {
    this.#sweeper.cancel()
    this.#flushing.flush()
    for (const exchange of this.#exchanges) exchange.close()
    for (const connection of this.#connections) connection.close()
    for (const session of this.#shared.sessions.all()) this.#shared.sessions.close(session)
  }
}

function unknownKey(visit: Visit): TransportError {
  visit.missKey()
  return new TransportError(404, 'no such authorization key')
}

function keyIdOf(payload: Buffer): bigint {
  if (payload.length < OUTER_BYTES) throw new TransportError(404, 'the packet is too short')
  return payload.readBigInt64LE(0)
}
