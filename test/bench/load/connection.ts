import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { ID } from '../../../src/mtproto/ids.ts'
import { messageIdAt } from '../../../src/mtproto/message-ids.ts'
import { TlReader, VECTOR_ID } from '../../../src/tl/reader.ts'
import { isUpdates, nameOf, refusal } from './names.ts'
import { openPacket, sealFrame, type ClientKey, type Message } from './wire.ts'

/** Where the server under load listens. */
export interface Address {
  readonly host: string
  readonly port: number
  /** The address to connect from. */
  readonly from?: string | undefined
}

/** Gets the serialised result, or why there is none: an rpc_error, or the end of the connection. */
type OnResult = (result: Buffer, error: Error | undefined) => void

interface Request {
  readonly body: Uint8Array
  readonly onResult: OnResult
}

const INTERMEDIATE = Buffer.from('eeeeeeee', 'hex')
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
  // A part of a file comes in many chunks, which are put together once.
  let chunks: Buffer[] = []
  let missing = 0
  let toSkip = skipped
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    missing -= chunk.length
    if (missing > 0) return
    let bytes = chunks.length > 1 ? Buffer.concat(chunks) : chunk
    const skippedNow = Math.min(toSkip, bytes.length)
    toSkip -= skippedNow
    bytes = bytes.subarray(skippedNow)
    missing = 0
    while (bytes.length >= 4) {
      const end = 4 + bytes.readUInt32LE(0)
      missing = end - bytes.length
      if (missing > 0) break
      take(bytes.subarray(4, end))
      bytes = bytes.subarray(end)
    }
    chunks = bytes.length > 0 ? [bytes] : []
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
  /** Hears that the connection cannot go on. Without it, whoever waits for an answer does; it is thrown if nobody does. */
  onFailure: ((error: Error) => void) | undefined
  readonly #socket: Socket
  readonly #pending = new Map<bigint, Request>()
  #salt: bigint
  #lastId = 0n
  /** The last content-related message that came. What is not newer has come before: they rise on a connection. */
  #lastTaken = 0n
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
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('the server closed a connection')))
  }

  send(body: Uint8Array, onResult: OnResult): void {
    const msgId = this.#nextId()
    this.#pending.set(msgId, { body, onResult })
    this.#seal({ msgId, seqNo: this.#content++ * 2 + 1, body })
  }

  /** The serialised result; rejects with an Error when it is an rpc_error. */
  request(body: Uint8Array): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.send(body, (result, error) => {
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

  #fail(error: Error): void {
    if (this.#isClosed) return
    this.close()
    const waiting = [...this.#pending.values()]
    this.#pending.clear()
    for (const { onResult } of waiting) onResult(Buffer.alloc(0), error)
    if (this.onFailure) this.onFailure(error)
    else if (waiting.length === 0) throw error
  }

  #nextId(): bigint {
    const now = messageIdAt(Date.now())
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
    try {
      const { msgId, seqNo, body } = openPacket(this.key, packet)
      this.#message(msgId, seqNo, body)
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #message(msgId: bigint, seqNo: number, body: Buffer): void {
    const id = body.readInt32LE(0)
    if (id === ID.msgContainer) return this.#container(body)
    if (seqNo & 1) {
      this.#acknowledge(msgId)
      // It was sent again because its acknowledgement was late.
      if (msgId <= this.#lastTaken) return
      this.#lastTaken = msgId
    }
    switch (id) {
      case ID.gzipPacked:
        return this.#message(msgId, 0, inflated(body))
      case ID.rpcResult:
        return this.#result(body.readBigInt64LE(4), body.subarray(12))
      case ID.badServerSalt:
        this.#salt = body.readBigInt64LE(20)
        return this.#again(body.readBigInt64LE(4))
      case ID.badMsgNotification:
        throw this.#refused(body.readBigInt64LE(4), body.readInt32LE(16))
      // What is announced instead of being sent again has come on this connection.
      case ID.msgDetailedInfo:
        return this.#acknowledge(body.readBigInt64LE(12))
      case ID.msgNewDetailedInfo:
        return this.#acknowledge(body.readBigInt64LE(4))
      case ID.newSessionCreated:
        this.#salt = body.readBigInt64LE(20)
        return
      case ID.msgsAck:
      case ID.pong:
        return
      default:
        if (!isUpdates(id)) throw new Error(`the server sent ${nameOf(id)}, which nobody asked for`)
        this.onUpdate(body)
    }
  }

  #container(body: Buffer): void {
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
  }

  #result(reqMsgId: bigint, result: Buffer): void {
    const request = this.#pending.get(reqMsgId)
    if (!request) return
    this.#pending.delete(reqMsgId)
    const plain = inflated(result)
    request.onResult(plain, errorOf(plain, request))
  }

  /** The salt has changed: the request is sent again under a new id. What was not acknowledged comes again. */
  #again(msgId: bigint): void {
    const request = this.#pending.get(msgId)
    if (!request) return
    this.#pending.delete(msgId)
    this.send(request.body, request.onResult)
  }

  #refused(msgId: bigint, code: number): Error {
    const request = this.#pending.get(msgId)
    return new Error(`the server refused ${request ? methodOf(request) : 'a message'}: ${refusal(code)}`)
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
    body.writeInt32LE(VECTOR_ID, 4)
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
function errorOf(result: Buffer, request: Request): Error | undefined {
  if (result.readInt32LE(0) !== ID.rpcError) return undefined
  const reader = new TlReader(result.subarray(4))
  return new Error(`the server answered ${reader.int()} ${reader.string()} to ${methodOf(request)}`)
}

function methodOf({ body }: Request): string {
  return nameOf(new DataView(body.buffer, body.byteOffset).getInt32(0, true))
}
