import { ID } from './ids.ts'
import type { MtprotoLimits } from './limits.ts'

/** Where the result starts in an rpc_result. */
const ERROR_OFFSET = 12

/** A message of a session to its client, from when it is queued until it is acknowledged. */
export interface OutMessage {
  /** 0 until it is sent for the first time. */
  msgId: bigint
  seqNo: number
  readonly body: Uint8Array
  /** Whether the client must acknowledge it; if so, it is kept until then. */
  readonly isContent: boolean
  /** Whether it answers a message of the client, which shows in its msg_id. */
  readonly isAnswer: boolean
  /** Whether it may be dropped when too much waits, because the client can ask for the difference. */
  readonly isUpdate: boolean
  /** The request that it answers. */
  readonly reqMsgId: bigint | undefined
  /** Hears that the client has it. */
  readonly onTaken: (() => void) | undefined
  sentAtSec: number
  /** The outlet that it was sent through last. */
  sentThrough: number
}

/** Bytes that all sessions of a server keep for acknowledgement. */
export interface KeptBytes {
  total: number
}

/**
 * What a session still has to send, and what it has sent without an acknowledgement. It knows no socket: it is told
 * when to give a batch away.
 */
export class Outbox {
  readonly #limits: MtprotoLimits
  readonly #kept: KeptBytes
  #queue: OutMessage[] = []
  #unacked: Map<bigint, OutMessage> | undefined
  #unackedBytes = 0
  #queuedPushes = 0
  #queuedPushBytes = 0

  constructor(limits: MtprotoLimits, kept: KeptBytes) {
    this.#limits = limits
    this.#kept = kept
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0
  }

  /** Whether something other than updates waits. */
  get hasAnswers(): boolean {
    return this.#queue.length > this.#queuedPushes
  }

  get unackedCount(): number {
    return this.#unacked?.size ?? 0
  }

  /** Queues a message, new or to be sent again. */
  add(message: OutMessage): void {
    if (message.msgId === 0n || !this.#queue.includes(message)) this.#queue.push(message)
  }

  /** Queues an update; false, and all waiting updates are dropped, when too many wait. */
  addPush(message: OutMessage): boolean {
    const { queuedPushes, queuedPushBytes } = this.#limits
    if (this.#queuedPushes >= queuedPushes || this.#queuedPushBytes + message.body.length > queuedPushBytes) {
      this.#queue = this.#queue.filter((queued) => !isPush(queued))
      this.#queuedPushes = 0
      this.#queuedPushBytes = 0
      return false
    }
    this.#queuedPushes++
    this.#queuedPushBytes += message.body.length
    this.#queue.push(message)
    return true
  }

  /**
   * Takes from the front of the queue what fits one packet, and at least one message if there is any. Nothing follows
   * an error: GramJS drops the rest of the container.
   */
  take(maxMessages: number, maxBytes: number): OutMessage[] {
    const queue = this.#queue
    const taken: OutMessage[] = []
    let bytes = 0
    let next = 0
    for (; next < queue.length && taken.length < maxMessages; next++) {
      if (taken.length > 0 && isError(taken.at(-1)!)) break
      const message = queue[next]!
      // It was acknowledged while it waited to be sent again.
      if (message.msgId !== 0n && !this.#unacked?.has(message.msgId)) continue
      if (taken.length > 0 && bytes + message.body.length > maxBytes) break
      bytes += message.body.length
      taken.push(message)
      if (!isPush(message)) continue
      this.#queuedPushes--
      this.#queuedPushBytes -= message.body.length
    }
    this.#queue = next === queue.length ? [] : queue.slice(next)
    return taken
  }

  /**
   * Keeps a message that was sent until the client has it. Returns what had to be given up for it, oldest first: a
   * client that never acknowledges is not remembered without end.
   */
  keep(message: OutMessage): OutMessage[] {
    this.#unacked ??= new Map()
    if (!this.#unacked.has(message.msgId)) this.#count(message.body.length)
    this.#unacked.set(message.msgId, message)
    const lost: OutMessage[] = []
    for (const oldest of this.#unacked.values()) {
      if (this.#fits() || oldest === message) break
      this.acknowledge(oldest.msgId)
      lost.push(oldest)
    }
    return lost
  }

  #fits(): boolean {
    const { unackedMessages, unackedBytes, allUnackedBytes, unackedShareBytes } = this.#limits
    const maxBytes = this.#kept.total <= allUnackedBytes ? unackedBytes : unackedShareBytes
    return this.unackedCount <= unackedMessages && this.#unackedBytes <= maxBytes
  }

  #count(bytes: number): void {
    this.#unackedBytes += bytes
    this.#kept.total += bytes
  }

  /** The client has the message, or will never want it. Returns it if it was kept. */
  acknowledge(msgId: bigint): OutMessage | undefined {
    const message = this.#unacked?.get(msgId)
    if (!message) return undefined
    this.#unacked!.delete(msgId)
    this.#count(-message.body.length)
    if (this.#unacked!.size === 0) this.#unacked = undefined
    return message
  }

  sent(msgId: bigint): OutMessage | undefined {
    return this.#unacked?.get(msgId)
  }

  /** What was sent and not acknowledged and is not in the queue again, oldest first. */
  unackedMessages(): OutMessage[] {
    if (!this.#unacked) return []
    const queued = new Set(this.#queue)
    return [...this.#unacked.values()].filter((message) => !queued.has(message))
  }

  /** Forgets everything. */
  clear(): void {
    this.#queue = []
    this.#unacked = undefined
    this.#count(-this.#unackedBytes)
  }

  /** Takes a message that was not sent yet out of the queue. */
  unqueue(message: OutMessage): void {
    this.#queue = this.#queue.filter((queued) => queued !== message)
  }
}

/** A result that is an error: the constructor stands behind rpc_result's own and the id of the request. */
function isError({ body, reqMsgId }: OutMessage): boolean {
  return reqMsgId !== undefined && readInt32(body, ERROR_OFFSET) === ID.rpcError
}

function readInt32(body: Uint8Array, offset: number): number {
  return new DataView(body.buffer, body.byteOffset, body.length).getInt32(offset, true)
}

/** An update that was never sent: what is sent again has a msg_id. */
function isPush(message: OutMessage): boolean {
  return message.isUpdate && message.msgId === 0n
}
