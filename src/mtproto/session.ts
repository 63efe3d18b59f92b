import { containerBody, singleBody } from './container.ts'
import { HeldAcks } from './held-acks.ts'
import type { AuthKey } from './keys.ts'
import { ANSWER, PUSH } from './message-ids.ts'
import { Outbox, type OutMessage } from './outbox.ts'
import type { Outlet } from './outlet.ts'
import { sealPacket, type Version } from './packet.ts'
import { ReceivedIds } from './received.ts'
import { Requests } from './requests.ts'
import type { Shared } from './shared.ts'
import { waitForRequests } from './waiting.ts'

/** A request, decrypted and not yet decoded. */
export interface RpcCall {
  readonly session: Session
  readonly msgId: bigint
  /** The serialised request. */
  readonly body: Uint8Array
  readonly ip: string
}

/**
 * One run of a client: what it was sent and what it has, across connections.
 * https://core.telegram.org/mtproto/description#session
 */
export interface Session {
  readonly id: bigint
  /** The key in use, permanent or temporary. */
  readonly keyId: bigint
  /** The permanent key; undefined while the key in use is temporary and unbound. */
  readonly permKeyId: bigint | undefined
  /** The datacenter that the key belongs to; 0 when it may be any. */
  readonly dc: number
  /** Whether the client believes to talk to a test server. */
  readonly isTest: boolean
  /** Where the layer above keeps what it knows of the session. */
  data: unknown
  readonly isConnected: boolean
  readonly lastSeenSec: number
  /**
   * Sends an update. False, with everything that waited dropped, when too much waits; then updatesTooLong is due.
   * `onTaken` hears when the client acknowledges it.
   */
  push(body: Uint8Array, onTaken?: () => void): boolean
  /**
   * Resolves when these earlier requests have been answered. Rejects with MSG_WAIT_FAILED when one of them failed and
   * with MSG_WAIT_TIMEOUT when one does not come or does not end.
   * https://core.telegram.org/method/invokeAfterMsgs
   */
  waitFor(msgIds: readonly bigint[]): Promise<void>
}

/** What is left of an earlier run of the same session. */
interface Remains {
  readonly received: ReceivedIds
  readonly unanswered: Set<bigint> | undefined
}

/** A session as the server runs it. */
export class MtprotoSession implements Session {
  readonly id: bigint
  readonly key: AuthKey
  readonly received: ReceivedIds
  readonly requests: Requests
  data: unknown = undefined
  lastSeenSec: number
  /** How the client encrypts, and so how it is answered. */
  version: Version = 2
  /** The oldest message that the client was told of by new_session_created. */
  firstMsgId = 0n
  isClosed = false

  readonly #shared: Shared
  readonly #outbox: Outbox
  /** Where the client can be reached, oldest first. */
  #outlets: Outlet[] = []
  #sentContent = 0
  readonly #acks = new HeldAcks()
  #isResendDue = false
  #hasLostUpdates = false

  constructor(shared: Shared, key: AuthKey, id: bigint, remains: Remains | undefined) {
    this.#shared = shared
    this.id = id
    this.key = key
    this.received = remains?.received ?? new ReceivedIds(shared.limits.receivedIds)
    this.requests = new Requests(remains?.unanswered)
    this.#outbox = new Outbox(shared.limits, shared.kept)
    this.lastSeenSec = shared.clock.nowSec()
  }

  get keyId(): bigint {
    return this.key.id
  }

  get permKeyId(): bigint | undefined {
    return this.key.permanentId
  }

  get dc(): number {
    return this.key.dc
  }

  get isTest(): boolean {
    return this.key.isTest
  }

  get isConnected(): boolean {
    return this.#outlets.length > 0
  }

  get outlets(): readonly Outlet[] {
    return this.#outlets
  }

  push(body: Uint8Array, onTaken?: () => void): boolean {
    if (this.isClosed) return false
    const isQueued = this.#outbox.addPush(outMessage(body, { isContent: true, isUpdate: true, onTaken }))
    if (!isQueued) this.#hasLostUpdates = true
    else this.#shared.flushSoon(this)
    return isQueued
  }

  /** Queues a service message. */
  reply(body: Uint8Array): void {
    this.#queue(outMessage(body, { isAnswer: true }))
  }

  /** Queues a service message that the client must acknowledge. */
  notify(body: Uint8Array): void {
    this.#queue(outMessage(body, { isContent: true }))
  }

  /** Queues the answer to a request, which stands for its acknowledgement. Returns the message. */
  answer(reqMsgId: bigint, result: Uint8Array): OutMessage {
    const body = this.#shared.replies.rpcResult(reqMsgId, result)
    const message = outMessage(body, { isContent: true, isAnswer: true, reqMsgId })
    this.#acks.remove(reqMsgId)
    this.#queue(message)
    return message
  }

  #queue(message: OutMessage): void {
    this.#outbox.add(message)
    this.#shared.flushSoon(this)
  }

  /** Says to the client, in time, that its message has arrived. */
  acknowledgeLater(msgId: bigint): void {
    if (this.#acks.add(msgId)) this.#shared.flushSoon(this)
    else this.#shared.ackSoon(this)
  }

  /** Acknowledgements are not held back any longer. */
  sendAcks(): void {
    if (this.#acks.count === 0) return
    this.#acks.makeDue()
    this.#shared.flushSoon(this)
  }

  /** The client has these messages. */
  acknowledged(msgIds: Iterable<bigint>): void {
    for (const msgId of msgIds) {
      const message = this.#outbox.acknowledge(msgId)
      if (message?.reqMsgId !== undefined) this.requests.forget(message.reqMsgId)
      message?.onTaken?.()
    }
  }

  /** Sends again what the client asks for. False when some of it is not there. */
  resend(msgIds: readonly bigint[]): boolean {
    const messages = msgIds.map((msgId) => this.#outbox.sent(msgId))
    for (const message of messages) if (message) this.#queue(message)
    return messages.every((message) => message !== undefined)
  }

  /** A request came twice: its answer is sent again, or announced when it is large. */
  resendAnswer(answer: OutMessage): void {
    if (answer.msgId === 0n || !this.#outbox.sent(answer.msgId)) return
    if (answer.body.length > this.#shared.limits.resendBytes) this.#announce(answer)
    else this.#queue(answer)
  }

  /** The client does not want the answer, sent or not. */
  dropAnswer(answer: OutMessage): void {
    if (answer.msgId === 0n) this.#outbox.unqueue(answer)
    else this.#outbox.acknowledge(answer.msgId)
  }

  /** The client was heard through this outlet. A new connection gets what the ones before may not have delivered. */
  attach(outlet: Outlet): void {
    this.lastSeenSec = this.#shared.clock.nowSec()
    const last = this.#outlets.at(-1)
    if (last === outlet || this.#outlets.includes(outlet)) return
    this.#outlets.push(outlet)
    outlet.carry(this)
    if (last && last.ordinal > outlet.ordinal) this.#outlets.sort((a, b) => a.ordinal - b.ordinal)
    if (this.#outlets.at(-1) === outlet) this.#isResendDue = true
    if (this.#hasLostUpdates) this.announceNewSession(this.firstMsgId)
    this.#shared.flushSoon(this)
  }

  /** The outlet is gone. What went through it may not have arrived. */
  detach(outlet: Outlet): void {
    if (!this.#outlets.includes(outlet)) return
    this.#outlets = this.#outlets.filter((other) => other !== outlet)
    this.lastSeenSec = this.#shared.clock.nowSec()
    if (this.#outlets.length === 0) return
    this.#requeue((message) => message.sentThrough === outlet.ordinal && !outlet.takesOne)
  }

  /** Tells the client that the server knows nothing before this message, so that it asks for the difference. */
  announceNewSession(firstMsgId: bigint): void {
    const { replies, random, salts } = this.#shared
    this.firstMsgId = firstMsgId
    this.#hasLostUpdates = false
    this.notify(replies.newSessionCreated(firstMsgId, random.long(), salts.current(this.key)))
  }

  /** Sends again what has waited too long for its acknowledgement. */
  resendStale(nowSec: number): void {
    if (!this.isConnected || this.#outbox.unackedCount === 0) return
    this.#requeue((message) => nowSec - message.sentAtSec >= this.#shared.limits.resendAfterSec)
  }

  #requeue(isMeant: (message: OutMessage) => boolean): void {
    const nowSec = this.#shared.clock.nowSec()
    for (const message of this.#outbox.unackedMessages()) {
      if (!isMeant(message)) continue
      if (message.body.length <= this.#shared.limits.resendBytes) this.#queue(message)
      else {
        message.sentAtSec = nowSec
        this.#announce(message)
      }
    }
  }

  #announce(message: OutMessage): void {
    const { replies } = this.#shared
    const { reqMsgId, msgId, body } = message
    if (reqMsgId === undefined) this.reply(replies.msgNewDetailedInfo(msgId, body.length))
    else this.reply(replies.msgDetailedInfo(reqMsgId, msgId, body.length))
  }

  /** Sends what is queued, as far as the client takes it. */
  flush(): void {
    for (;;) {
      const outlet = this.#chooseOutlet()
      if (!outlet || this.isClosed) return
      if (this.#isResendDue) this.#resendTo(outlet)
      if (this.#outbox.isEmpty && !this.#acks.areDue) return
      if (!outlet.mayWrite()) return
      this.sendPacket(outlet)
    }
  }

  #resendTo(outlet: Outlet): void {
    this.#isResendDue = false
    const { clock, limits } = this.#shared
    const nowSec = clock.nowSec()
    // Each HTTP exchange is a new outlet, and the acknowledgement of the last one's messages comes with the next one.
    const minAgeSec = outlet.takesOne ? limits.httpResendSec : 0
    this.#requeue((message) => nowSec - message.sentAtSec >= minAgeSec)
  }

  /** Answers go to the newest outlet, updates rather to one that waits for them. */
  #chooseOutlet(): Outlet | undefined {
    const outlets = this.#outlets
    if (outlets.length <= 1) return outlets[0]
    const isFor = (outlet: Outlet): boolean => outlet.isPolling !== this.#outbox.hasAnswers
    return outlets.findLast(isFor) ?? outlets.at(-1)
  }

  /** Sends one packet of what is queued; an empty container when nothing is and the outlet must end. */
  sendPacket(outlet: Outlet): void {
    const { ids, salts, limits, padding, replies } = this.#shared
    const batch = this.#outbox.take(limits.packetMessages, limits.packetBytes)
    if (this.#acks.areDue || (outlet.takesOne && this.#acks.count > 0)) {
      batch.push(outMessage(replies.msgsAck(this.#acks.take()), {}))
    }
    if (batch.length === 0 && !outlet.takesOne) return
    let isContainer = batch.length !== 1
    for (const message of batch) {
      // What is sent again goes into a container, where an old id is allowed.
      if (message.msgId !== 0n) isContainer = true
      else this.#number(message)
    }
    const head = isContainer
      ? { msgId: ids.next(batch[0]?.isAnswer === false ? PUSH : ANSWER), seqNo: this.#sentContent * 2 }
      : batch[0]!
    const body = isContainer ? containerBody(batch) : singleBody(batch[0]!.body)
    const { msgId, seqNo } = head
    const packetHead = { salt: salts.current(this.key), sessionId: this.id, msgId, seqNo }
    outlet.send(sealPacket(this.key, this.version, packetHead, body, padding))
    this.#keep(batch, outlet)
  }

  #number(message: OutMessage): void {
    message.msgId = this.#shared.ids.next(message.isAnswer ? ANSWER : PUSH)
    message.seqNo = this.#sentContent * 2
    if (!message.isContent) return
    message.seqNo++
    this.#sentContent++
  }

  #keep(batch: readonly OutMessage[], outlet: Outlet): void {
    const nowSec = this.#shared.clock.nowSec()
    for (const message of batch) {
      message.sentAtSec = nowSec
      message.sentThrough = outlet.ordinal
      if (!message.isContent) continue
      for (const lost of this.#outbox.keep(message)) {
        if (lost.isUpdate) this.#hasLostUpdates = true
        if (lost.reqMsgId !== undefined) this.requests.lose(lost.reqMsgId, this.#shared.limits.receivedIds)
      }
    }
  }

  async waitFor(msgIds: readonly bigint[]): Promise<void> {
    const { requests, received } = this
    const { clock, limits } = this.#shared
    await waitForRequests({ requests, received, clock, limits }, msgIds)
  }

  /** Whether it runs so many requests that no more should be read. */
  get isBusy(): boolean {
    return this.requests.running > this.#shared.limits.runningRequests
  }

  /** Ends the session. Its outlets stay open: another session may use them. */
  close(): void {
    this.isClosed = true
    this.#outlets = []
    this.#outbox.clear()
    this.requests.close()
  }
}

interface MessageTraits {
  readonly isContent?: boolean
  readonly isAnswer?: boolean
  readonly isUpdate?: boolean
  readonly reqMsgId?: bigint
  readonly onTaken?: (() => void) | undefined
}

function outMessage(body: Uint8Array, traits: MessageTraits): OutMessage {
  return {
    msgId: 0n,
    seqNo: 0,
    body,
    isContent: traits.isContent ?? false,
    isAnswer: traits.isAnswer ?? false,
    isUpdate: traits.isUpdate ?? false,
    reqMsgId: traits.reqMsgId,
    onTaken: traits.onTaken,
    sentAtSec: 0,
    sentThrough: 0,
  }
}
