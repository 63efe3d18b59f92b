import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { ID } from '../../../src/mtproto/ids.ts'
import { TlReader } from '../../../src/tl/reader.ts'
import { openPacket, sealFrame, type ClientKey, type Message } from './wire.ts'

/** Where the server under load listens. */
export interface Address {
  readonly host: string
  readonly port: number
  /** The address to connect from. */
  readonly from?: string | undefined
}

type OnResult = (result: Buffer) => void

const INTERMEDIATE = Buffer.from('eeeeeeee', 'hex')
const NOTHING = Buffer.alloc(0)
/** Acknowledgements leave with this many, or at this age. */
const ACKS_HELD = 32
const ACK_MS = 250

/** Opens a TCP connection that speaks the intermediate transport. */
export async function openSocket(address: Address): Promise<Socket> {
  const socket = connect({
    host: address.host,
    port: address.port,
    localAddress: address.from,
    noDelay: true,
  })
  await once(socket, 'connect')
  socket.write(INTERMEDIATE)
  return socket
}

/** Cuts a stream into intermediate frames, after the first `skipped` bytes. */
export function readFrames(socket: Socket, take: (packet: Buffer) => void, skipped = 0): void {
  let rest: Buffer = NOTHING
  let toSkip = skipped
  socket.on('data', (chunk: Buffer) => {
    let bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    const skippedNow = Math.min(toSkip, bytes.length)
    toSkip -= skippedNow
    bytes = bytes.subarray(skippedNow)
    while (bytes.length >= 4) {
      const end = 4 + bytes.readUInt32LE(0)
      if (bytes.length < end) break
      take(bytes.subarray(4, end))
      bytes = bytes.subarray(end)
    }
    rest = bytes
  })
}

/**
 * A client's session, as lean as it can be without sparing the server anything: each request is a packet of its own,
 * every answer is decrypted, checked and acknowledged.
 */
export class Connection {
  readonly key: ClientKey
  readonly sessionId = randomBytes(8).readBigInt64LE(0)
  /** Gets the body of each message that is no answer: updates. */
  onUpdate: (body: Buffer) => void = () => {}
  onFailure: (error: Error) => void = (error) => {
    throw error
  }
  readonly #socket: Socket
  readonly #pending = new Map<bigint, { readonly body: Uint8Array; readonly onResult: OnResult }>()
  #salt: bigint
  #lastId = 0n
  #content = 0
  #acks: bigint[] = []
  #ackTimer: NodeJS.Timeout | undefined
  #out: Buffer[] = []
  #isClosed = false

  constructor(socket: Socket, key: ClientKey, salt: bigint) {
    this.#socket = socket
    this.key = key
    this.#salt = salt
    readFrames(socket, (packet) => this.#take(packet))
    socket.on('error', (error) => this.onFailure(error))
    socket.on('close', () => {
      if (!this.#isClosed) this.onFailure(new Error('the server closed a connection'))
    })
  }

  /** Calls `onResult` with the serialised result, which may be an rpc_error. */
  send(body: Uint8Array, onResult: OnResult): void {
    const msgId = this.#nextId()
    this.#pending.set(msgId, { body, onResult })
    this.#seal({ msgId, seqNo: this.#content++ * 2 + 1, body })
  }

  /** The serialised result; rejects with an Error when it is an rpc_error. */
  request(body: Uint8Array): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.send(body, (result) => {
        const error = errorOf(result)
        if (error) reject(error)
        else resolve(result)
      })
    })
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#ackTimer)
    this.#socket.destroy()
  }

  #nextId(): bigint {
    const ms = Date.now()
    const sec = Math.floor(ms / 1000)
    const now = (BigInt(sec) << 32n) + BigInt(Math.floor((ms % 1000) * 4_294_967) & ~3)
    this.#lastId = now > this.#lastId ? now : this.#lastId + 4n
    return this.#lastId
  }

  #seal(message: Message): void {
    if (this.#out.length === 0) setImmediate(() => this.#flush())
    this.#out.push(sealFrame(this.key, this.#salt, this.sessionId, message))
  }

  #flush(): void {
    const out = this.#out
    this.#out = []
    this.#socket.write(out.length === 1 ? out[0]! : Buffer.concat(out))
  }

  #take(packet: Buffer): void {
    const { msgId, seqNo, body } = openPacket(this.key, packet)
    this.#message(msgId, seqNo, body)
  }

  #message(msgId: bigint, seqNo: number, body: Buffer): void {
    switch (body.readInt32LE(0)) {
      case ID.msgContainer: {
        const count = body.readInt32LE(4)
        for (let i = 0, at = 8; i < count; i++) {
          const length = body.readInt32LE(at + 12)
          this.#message(
            body.readBigInt64LE(at),
            body.readInt32LE(at + 8),
            body.subarray(at + 16, at + 16 + length),
          )
          at += 16 + length
        }
        return
      }
      case ID.rpcResult:
        this.#acknowledge(msgId)
        this.#result(body.readBigInt64LE(4), body.subarray(12))
        return
      case ID.badServerSalt:
        this.#salt = body.readBigInt64LE(20)
        this.#again(body.readBigInt64LE(4))
        return
      case ID.badMsgNotification:
        this.onFailure(new Error(`the server refused a message with code ${body.readInt32LE(16)}`))
        return
      case ID.newSessionCreated:
      case ID.msgsAck:
      case ID.pong:
        if (seqNo & 1) this.#acknowledge(msgId)
        return
      default:
        this.#acknowledge(msgId)
        this.onUpdate(body)
    }
  }

  #result(reqMsgId: bigint, result: Buffer): void {
    const request = this.#pending.get(reqMsgId)
    if (!request) return
    this.#pending.delete(reqMsgId)
    request.onResult(inflated(result))
  }

  /** The salt has changed: the request is sent again under a new id. */
  #again(msgId: bigint): void {
    const request = this.#pending.get(msgId)
    if (!request) return
    this.#pending.delete(msgId)
    this.send(request.body, request.onResult)
  }

  #acknowledge(msgId: bigint): void {
    this.#acks.push(msgId)
    if (this.#acks.length >= ACKS_HELD) this.#sendAcks()
    else this.#ackTimer ??= setTimeout(() => this.#sendAcks(), ACK_MS)
  }

  #sendAcks(): void {
    clearTimeout(this.#ackTimer)
    this.#ackTimer = undefined
    const acks = this.#acks
    this.#acks = []
    if (acks.length === 0 || this.#isClosed) return
    const body = Buffer.allocUnsafe(12 + acks.length * 8)
    body.writeInt32LE(ID.msgsAck, 0)
    body.writeInt32LE(0x1cb5c415, 4)
    body.writeInt32LE(acks.length, 8)
    for (let i = 0; i < acks.length; i++) body.writeBigInt64LE(acks[i]!, 12 + i * 8)
    this.#seal({ msgId: this.#nextId(), seqNo: this.#content * 2, body })
  }
}

function inflated(result: Buffer): Buffer {
  if (result.readInt32LE(0) !== ID.gzipPacked) return result
  return gunzipSync(new TlReader(result.subarray(4)).bytes())
}

/** The error that a result is, if it is one. */
export function errorOf(result: Buffer): Error | undefined {
  if (result.readInt32LE(0) !== ID.rpcError) return undefined
  const reader = new TlReader(result.subarray(4))
  return new Error(`the server answered ${reader.int()} ${reader.string()}`)
}
