import { randomBytes, type KeyObject } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { containerBody } from '../../../src/mtproto/container.ts'
import { ID } from '../../../src/mtproto/ids.ts'
import { messageIdAt } from '../../../src/mtproto/message-ids.ts'
import { TlReader } from '../../../src/tl/reader.ts'
import { TlWriter } from '../../../src/tl/writer.ts'
import { exchangeKeys, type ExchangedKey, type ExchangeOptions } from './exchange-keys.ts'
import type { Received, TransportName } from './framing.ts'
import { openServerPacket, sealClientPacket, type ClientKey, type Flaws } from './packet.ts'
import { ConnectionClosed, PlainClient } from './plain-client.ts'
import { connectWire, type Wire } from './wire.ts'

export interface ClientOptions {
  readonly host: string
  readonly port: number
  /** Plain intermediate unless said otherwise. */
  readonly transport?: TransportName
  /** The server's RSA key in PEM; not needed when `key` is given. */
  readonly publicKey?: string | KeyObject
  /** The datacenter that the client says it talks to. */
  readonly dc?: number
  readonly exchange?: Partial<ExchangeOptions>
  /** A key made before, and its salt if known. */
  readonly key?: ClientKey & { readonly firstSalt?: bigint }
  readonly sessionId?: bigint
  readonly salt?: bigint
  /** MTProto 1.0 or 2.0. */
  readonly version?: 1 | 2
  /** The client's clock in milliseconds. */
  readonly nowMs?: () => number
  /** Whether what needs it is acknowledged without being asked; true unless said otherwise. */
  readonly acknowledges?: boolean
  /** Continues where another client of the same session left off. */
  readonly after?: Client
  /** Whether what was asked survives the connection, for `takeOver` to ask again; otherwise it fails with it. */
  readonly holdsRequests?: boolean
  /** Whether an update that is sent again is passed over, as it must be. */
  readonly dropsRepeated?: boolean
}

/** One message from the server, taken out of its container. */
export interface ServerMessage {
  readonly msgId: bigint
  readonly seqNo: number
  readonly body: Buffer
  /** The packet that brought it. */
  readonly packetId: bigint
}

/** One message to the server. */
export interface ClientMessage {
  readonly body: Uint8Array
  /** Whether it is content-related; requests are. */
  readonly isContent?: boolean
  readonly msgId?: bigint
  readonly seqNo?: number
}

interface Pending {
  resolve(result: Buffer): void
  reject(error: Error): void
  readonly message: ClientMessage
}

const HELD_ACKS = 16
/** What comes at all comes sooner, also on a machine that is slow. */
const WAIT_MS = 20_000
/** Containers whose contents are remembered, in case one is refused as a whole. */
const KNOWN_CONTAINERS = 64
/** What a message refused for its number or its age may be sent again for, under a new number. */
const RENUMBERED: ReadonlySet<number> = new Set([16, 17, 20, 32, 33])

/**
 * A small MTProto client, for tests and for load. It makes a key, keeps one session on one connection, matches answers
 * to requests, acknowledges, and adopts a new salt when told. It knows bytes; who wants objects encodes and decodes.
 */
export class Client {
  readonly key: ClientKey
  readonly sessionId: bigint
  readonly version: 1 | 2
  salt: bigint
  /** Updates, in order of arrival. Set `onPush` to take them as they come. */
  readonly pushes: Buffer[] = []
  onPush: ((body: Buffer) => void) | undefined
  /** The server knows nothing of the session's past. */
  onNewSession: (() => void) | undefined
  /** Everything that came, in order, when `keepsMessages`. */
  readonly messages: ServerMessage[] = []
  keepsMessages = true
  readonly quickAcks: number[] = []
  /** How many encrypted packets came. */
  packetCount = 0
  /** Resolves when the connection is gone. */
  readonly closed: Promise<ConnectionClosed>

  readonly #wire: Wire
  readonly #nowMs: () => number
  readonly #acknowledges: boolean
  readonly #holdsRequests: boolean
  /** Ids of updates that came, when those that come again are passed over. */
  readonly #seen: Set<bigint> | undefined
  readonly #pending = new Map<bigint, Pending>()
  readonly #containers = new Map<bigint, readonly bigint[]>()
  readonly #watchers = new Set<() => void>()
  #acks: bigint[] = []
  #ackTimer: NodeJS.Timeout | undefined
  /** Another one has taken over. */
  #isOver = false
  #lastMsgId: bigint
  #sentContent: number
  #onClosed: (reason: ConnectionClosed) => void = () => {}

  constructor(wire: Wire, key: ClientKey, options: ClientOptions, salt: bigint) {
    const { after } = options
    this.#wire = wire
    this.key = key
    this.sessionId = options.sessionId ?? after?.sessionId ?? randomBytes(8).readBigInt64LE()
    this.version = options.version ?? 2
    this.salt = salt
    this.#nowMs = options.nowMs ?? Date.now
    this.#acknowledges = options.acknowledges ?? true
    this.#holdsRequests = options.holdsRequests ?? false
    if (options.dropsRepeated) this.#seen = (after && after.#seen) ?? new Set()
    this.#lastMsgId = after ? after.#lastMsgId : 0n
    this.#sentContent = after && after.sessionId === this.sessionId ? after.#sentContent : 0
    this.closed = new Promise((resolve) => (this.#onClosed = resolve))
  }

  /** Sends a request and resolves with the bytes of its result or rpc_error. */
  request(body: Uint8Array): Promise<Buffer> {
    const message = { body, isContent: true, msgId: this.nextMsgId(), seqNo: this.nextSeqNo(true) }
    const answer = this.answerTo(message)
    this.send([message])
    return answer
  }

  /** Resolves with the answer to a request that is sent by other means. */
  answerTo(message: ClientMessage & { readonly msgId: bigint }): Promise<Buffer> {
    return new Promise((resolve, reject) => this.#pending.set(message.msgId, { resolve, reject, message }))
  }

  /** Numbers messages that have no number, and sends them in one packet with what is to be acknowledged. */
  send(messages: readonly ClientMessage[]): { msgId: bigint; seqNo: number; body: Uint8Array }[] {
    const all = messages.map((message) => this.number(message))
    if (this.#acks.length >= HELD_ACKS) all.push(this.number({ body: this.#takeAcks() }))
    if (all.length === 1) this.sendPacket(all[0]!.msgId, all[0]!.seqNo, all[0]!.body)
    else this.sendContainer(all)
    return all
  }

  number(message: ClientMessage): { msgId: bigint; seqNo: number; body: Uint8Array } {
    return {
      msgId: message.msgId ?? this.nextMsgId(),
      seqNo: message.seqNo ?? this.nextSeqNo(message.isContent ?? false),
      body: message.body,
    }
  }

  /** Sends numbered messages in a container. Returns its id. */
  sendContainer(messages: readonly { msgId: bigint; seqNo: number; body: Uint8Array }[]): bigint {
    const body = containerBody(messages)
    const bytes = Buffer.alloc(body.length)
    body.write(bytes, 0)
    const msgId = this.nextMsgId()
    this.#containers.set(
      msgId,
      messages.map((message) => message.msgId),
    )
    for (const oldest of this.#containers.keys()) {
      if (this.#containers.size <= KNOWN_CONTAINERS) break
      this.#containers.delete(oldest)
    }
    this.sendPacket(msgId, this.nextSeqNo(false), bytes)
    return msgId
  }

  /**
   * Asks again what another client of the same key was not answered: under the same numbers when it is the same
   * session, so that the server sends the answers that it has.
   */
  takeOver(previous: Client): void {
    const held = [...previous.#pending.values()]
    previous.#pending.clear()
    // What it still received would be acknowledged and lost.
    previous.#isOver = true
    clearTimeout(previous.#ackTimer)
    for (const pending of held) {
      const isKnown = previous.sessionId === this.sessionId
      const { body, msgId, seqNo } = pending.message
      const message = this.number({ body, isContent: true, ...(isKnown ? { msgId, seqNo } : {}) })
      this.#pending.set(message.msgId, { ...pending, message })
      this.sendPacket(message.msgId, message.seqNo, message.body)
    }
  }

  /** Encrypts and sends one packet as it is given. */
  sendPacket(msgId: bigint, seqNo: number, body: Uint8Array, flaws?: Flaws, wantsQuickAck = false): Buffer {
    const { salt, sessionId } = this
    const packet = sealClientPacket(
      this.key,
      { salt, sessionId, msgId, seqNo, body: Buffer.from(body.buffer, body.byteOffset, body.length) },
      this.version,
      flaws,
    )
    this.#wire.send(packet, wantsQuickAck)
    return packet
  }

  /** Sends a payload through the transport as it is. */
  sendPayload(payload: Uint8Array): void {
    this.#wire.send(payload)
  }

  sendRaw(bytes: Uint8Array): void {
    this.#wire.sendRaw(bytes)
  }

  pause(): void {
    this.#wire.pause()
  }

  resume(): void {
    this.#wire.resume()
  }

  nextMsgId(): bigint {
    const now = messageIdAt(this.#nowMs())
    this.#lastMsgId = now > this.#lastMsgId ? now : this.#lastMsgId + 4n
    return this.#lastMsgId
  }

  nextSeqNo(isContent: boolean): number {
    return isContent ? this.#sentContent++ * 2 + 1 : this.#sentContent * 2
  }

  /** Says that everything received until now has arrived. */
  acknowledge(): void {
    if (this.#acks.length > 0) this.send([{ body: this.#takeAcks() }])
  }

  #takeAcks(): Buffer {
    clearTimeout(this.#ackTimer)
    this.#ackTimer = undefined
    const acks = this.#acks
    this.#acks = []
    return msgsAck(acks)
  }

  /** Resolves with the first message, received or yet to come, that `matches`. */
  async waitFor(matches: (message: ServerMessage) => boolean, timeoutMs = WAIT_MS): Promise<ServerMessage> {
    return await new Promise((resolve, reject) => {
      const done = (): void => {
        this.#watchers.delete(look)
        clearTimeout(timer)
      }
      const look = (): void => {
        const found = this.messages.find(matches)
        if (!found) return
        done()
        resolve(found)
      }
      const timer = setTimeout(() => {
        done()
        const ids = this.messages.map(({ body }) => (body.readInt32LE(0) >>> 0).toString(16))
        reject(new Error(`no such message came; there were ${ids.join(' ')}`))
      }, timeoutMs)
      this.#watchers.add(look)
      look()
    })
  }

  /** Resolves with the first message of this constructor, received or yet to come. */
  async waitForId(id: number, timeoutMs?: number): Promise<ServerMessage> {
    return await this.waitFor(({ body }) => body.readInt32LE(0) === id, timeoutMs)
  }

  /** Resolves with the next update that was not taken yet. */
  async nextPush(timeoutMs = WAIT_MS): Promise<Buffer> {
    const push = this.pushes.shift()
    if (push) return push
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#watchers.delete(look)
        reject(new Error('no update came'))
      }, timeoutMs)
      const look = (): void => {
        const next = this.pushes.shift()
        if (!next) return
        this.#watchers.delete(look)
        clearTimeout(timer)
        resolve(next)
      }
      this.#watchers.add(look)
    })
  }

  close(): void {
    clearTimeout(this.#ackTimer)
    this.#wire.close()
  }

  /** Takes what the wire received. */
  receive(received: Received): void {
    if (this.#isOver) return
    if ('quickAck' in received) this.quickAcks.push(received.quickAck)
    else if (received.payload.length < 24) this.gone(received.payload.readInt32LE(0))
    else this.#open(received.payload)
    for (const look of this.#watchers) look()
  }

  #open(payload: Buffer): void {
    this.packetCount++
    const packet = openServerPacket(this.key, payload, this.version)
    if (packet.sessionId !== this.sessionId) throw new Error('a packet for another session')
    if (packet.body.readInt32LE(0) !== ID.msgContainer) {
      this.#take({ msgId: packet.msgId, seqNo: packet.seqNo, body: packet.body, packetId: packet.msgId })
      return
    }
    let at = 8
    for (let left = packet.body.readInt32LE(4); left > 0; left--) {
      const length = packet.body.readInt32LE(at + 12)
      this.#take({
        msgId: packet.body.readBigInt64LE(at),
        seqNo: packet.body.readInt32LE(at + 8),
        body: packet.body.subarray(at + 16, at + 16 + length),
        packetId: packet.msgId,
      })
      at += 16 + length
    }
  }

  #take(message: ServerMessage): void {
    const { body, msgId, seqNo } = message
    if (this.keepsMessages) this.messages.push(message)
    if (seqNo & 1 && this.#acknowledges) this.#holdAck(msgId)
    switch (body.readInt32LE(0)) {
      case ID.rpcResult:
        this.#answer(body)
        return
      case ID.badServerSalt:
        this.salt = body.readBigInt64LE(20)
        this.#sendAgain(body.readBigInt64LE(4))
        return
      case ID.badMsgNotification:
        this.#refused(body.readBigInt64LE(4), body.readInt32LE(16))
        return
      case ID.newSessionCreated:
        this.salt = body.readBigInt64LE(20)
        this.onNewSession?.()
        return
      default:
        if (SERVICE_IDS.has(body.readInt32LE(0)) || this.#isRepeated(msgId)) return
        if (this.onPush) this.onPush(body)
        else this.pushes.push(body)
    }
  }

  #isRepeated(msgId: bigint): boolean {
    if (!this.#seen) return false
    if (this.#seen.has(msgId)) return true
    this.#seen.add(msgId)
    return false
  }

  #holdAck(msgId: bigint): void {
    this.#acks.push(msgId)
    this.#ackTimer ??= setTimeout(() => this.acknowledge(), 200).unref()
  }

  #answer(body: Buffer): void {
    const msgId = body.readBigInt64LE(4)
    const pending = this.#pending.get(msgId)
    this.#pending.delete(msgId)
    pending?.resolve(unpacked(body.subarray(12)))
  }

  #sendAgain(msgId: bigint): void {
    for (const inner of this.#containers.get(msgId) ?? []) this.#sendAgain(inner)
    this.#containers.delete(msgId)
    const pending = this.#pending.get(msgId)
    if (!pending) return
    this.#pending.delete(msgId)
    const message = this.number({ body: pending.message.body, isContent: true })
    this.#pending.set(message.msgId, { ...pending, message })
    this.sendPacket(message.msgId, message.seqNo, message.body)
  }

  #refused(msgId: bigint, code: number): void {
    if (this.#holdsRequests && RENUMBERED.has(code)) {
      this.#sendAgain(msgId)
      return
    }
    this.#pending.get(msgId)?.reject(new Error(`bad_msg_notification ${code}`))
    this.#pending.delete(msgId)
  }

  /** The connection is no more. */
  gone(code?: number): void {
    clearTimeout(this.#ackTimer)
    const reason = new ConnectionClosed(code)
    this.#onClosed(reason)
    if (this.#holdsRequests) return
    for (const pending of this.#pending.values()) pending.reject(reason)
    this.#pending.clear()
  }
}

/** Connects, makes a key unless one is given, and is ready for requests. */
export async function connectClient(options: ClientOptions): Promise<Client> {
  let receive: (received: Received) => void = () => {}
  let gone = (): void => {}
  const wire = await connectWire(
    options.transport ?? 'intermediate',
    { host: options.host, port: options.port, headerDc: options.dc },
    { onReceived: (received) => receive(received), onClose: () => gone() },
  )
  const plain = new PlainClient(wire, options.nowMs ?? Date.now)
  receive = (received) => plain.receive(received)
  gone = () => plain.gone()
  const key = options.key ?? (options.after ? keyOf(options.after) : await exchange(plain, options))
  const salt = options.salt ?? options.after?.salt ?? ('firstSalt' in key ? key.firstSalt : undefined) ?? 0n
  const client = new Client(wire, key, options, salt)
  receive = (received) => client.receive(received)
  gone = () => client.gone()
  return client
}

function keyOf(client: Client): ClientKey & { readonly firstSalt?: bigint } {
  return client.key
}

async function exchange(plain: PlainClient, options: ClientOptions): Promise<ExchangedKey> {
  if (options.publicKey === undefined)
    throw new Error('a client needs the public key of the server, or a key')
  return await exchangeKeys((body) => plain.ask(body), {
    publicKey: options.publicKey,
    dc: options.dc,
    ...options.exchange,
  })
}

/** Makes a key and closes the connection. */
export async function makeKey(options: ClientOptions): Promise<ExchangedKey> {
  const client = await connectClient(options)
  client.close()
  return client.key as ExchangedKey // It was made just now.
}

/** Messages of the server that are neither answers nor updates. */
const SERVICE_IDS: ReadonlySet<number> = new Set<number>([
  ID.msgsAck,
  ID.pong,
  ID.futureSalts,
  ID.msgsStateInfo,
  ID.msgDetailedInfo,
  ID.msgNewDetailedInfo,
  ID.destroySessionOk,
  ID.destroySessionNone,
  ID.destroyAuthKeyOk,
  ID.destroyAuthKeyNone,
  ID.destroyAuthKeyFail,
])

function unpacked(result: Buffer): Buffer {
  if (result.readInt32LE(0) !== ID.gzipPacked) return result
  return gunzipSync(new TlReader(result.subarray(4)).bytes())
}

/** The bytes of msgs_ack. */
export function msgsAck(msgIds: readonly bigint[]): Buffer {
  return idsMessage(ID.msgsAck, msgIds)
}

/** The bytes of a service message that is a list of ids. */
export function idsMessage(constructorId: number, msgIds: readonly bigint[]): Buffer {
  const writer = new TlWriter(16 + msgIds.length * 8)
  writer.int(constructorId)
  writer.vector(msgIds.length)
  for (const msgId of msgIds) writer.long(msgId)
  return Buffer.from(writer.finish())
}
