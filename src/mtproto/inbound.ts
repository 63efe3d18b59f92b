import { isContainer, readContainer, singleBody, type InnerMessage } from './container.ts'
import { inflate } from './gzip.ts'
import { ID } from './ids.ts'
import type { AuthKey } from './keys.ts'
import { ANSWER, secondsOfMessageId } from './message-ids.ts'
import type { Outlet } from './outlet.ts'
import { sealPacket, type OpenedPacket } from './packet.ts'
import { runRequest } from './requesting.ts'
import { isService, serve } from './service.ts'
import type { MtprotoSession } from './session.ts'
import type { Shared } from './shared.ts'

/**
 * The codes of bad_msg_notification.
 * https://core.telegram.org/mtproto/service_messages_about_messages#notice-of-ignored-error-message
 */
const Bad = {
  idTooLow: 16,
  idTooHigh: 17,
  idNotOfClient: 18,
  containerRepeated: 19,
  tooOldToTell: 20,
  evenSeqNoExpected: 34,
  oddSeqNoExpected: 35,
  salt: 48,
  container: 64,
} as const

/** Where and when a packet came in, and what may still be inflated of it. */
interface Arrival {
  readonly shared: Shared
  readonly session: MtprotoSession
  readonly outlet: Outlet
  inflatedBytes: number
}

/**
 * Takes in one decrypted packet: checks it, and does what its messages ask for. Returns whether it was accepted, which
 * is what a quick acknowledgement says.
 * https://core.telegram.org/mtproto/security_guidelines
 */
export function receive(shared: Shared, key: AuthKey, packet: OpenedPacket, outlet: Outlet): boolean {
  const fault = checkMessageId(shared, packet.msgId)
  if (fault !== 0) {
    refuse(shared, key, packet, outlet, fault)
    return false
  }
  if (!shared.salts.accepts(key, packet.salt)) {
    refuse(shared, key, packet, outlet, Bad.salt)
    return false
  }
  const isBox = isContainer(packet.body)
  if (isBox && packet.seqNo & 1) {
    refuse(shared, key, packet, outlet, Bad.evenSeqNoExpected)
    return false
  }
  const { msgId, body } = packet
  const messages = isBox ? readContainer(msgId, body, shared.limits.containerMessages) : [packet]
  if (!messages) {
    refuse(shared, key, packet, outlet, Bad.container)
    return false
  }

  const known = shared.sessions.find(key.id, packet.sessionId)
  const session = known ?? shared.sessions.create(key, packet.sessionId)
  session.version = packet.version
  session.attach(outlet)
  if (isBox && !isNewContainer(shared, session, packet)) return false
  announce(session, messages, packet, known === undefined)
  const arrival: Arrival = { shared, session, outlet, inflatedBytes: shared.limits.inflatedBytes }
  for (const message of messages) takeIn(arrival, message)
  return true
}

/** 0, or why the id cannot be accepted. https://core.telegram.org/mtproto/description#message-identifier-msg-id */
function checkMessageId(shared: Shared, msgId: bigint): number {
  if ((msgId & 3n) !== 0n) return Bad.idNotOfClient
  const { limits, clock } = shared
  const aheadSec = secondsOfMessageId(msgId) - clock.nowSec()
  if (aheadSec > limits.messageAheadSec) return Bad.idTooHigh
  if (aheadSec < -limits.messageAgeSec || msgId < shared.startedAtId) return Bad.idTooLow
  return 0
}

/** Answers a packet that is not taken in. No session is begun or touched for it. */
function refuse(shared: Shared, key: AuthKey, packet: OpenedPacket, outlet: Outlet, code: number): void {
  const { replies, salts, ids, padding } = shared
  const { msgId, seqNo, sessionId } = packet
  const salt = salts.current(key)
  const body =
    code === Bad.salt
      ? replies.badServerSalt(msgId, seqNo, salt)
      : replies.badMsgNotification(msgId, seqNo, code)
  const head = { salt, sessionId, msgId: ids.next(ANSWER), seqNo: 0 }
  outlet.send(sealPacket(key, packet.version, head, singleBody(body), padding))
}

/** Notes the container's id. A container that came before, or may have, is refused as a whole. */
function isNewContainer(shared: Shared, session: MtprotoSession, packet: OpenedPacket): boolean {
  const { received } = session
  const code = received.has(packet.msgId)
    ? Bad.containerRepeated
    : received.isForgotten(packet.msgId)
      ? Bad.tooOldToTell
      : 0
  if (code !== 0) session.reply(shared.replies.badMsgNotification(packet.msgId, packet.seqNo, code))
  else received.add(packet.msgId, packet.seqNo)
  return code === 0
}

/**
 * Tells the client that the session is new, or that it is new for messages older than those it was told of. The first
 * message is the oldest in the packet: a client sends again what is older than that.
 * https://core.telegram.org/mtproto/service_messages#new-session-creation-notification
 */
function announce(
  session: MtprotoSession,
  messages: readonly InnerMessage[],
  packet: OpenedPacket,
  isNew: boolean,
): void {
  let first = packet.msgId
  for (const { msgId } of messages) if (msgId < first) first = msgId
  const isOlder = first < session.firstMsgId && !session.received.has(first)
  if (isNew || isOlder) session.announceNewSession(first)
}

function takeIn(arrival: Arrival, message: InnerMessage): void {
  const { session } = arrival
  const { msgId, seqNo } = message
  if (session.isClosed) return
  if (session.received.has(msgId)) {
    repeat(arrival, message)
    return
  }
  if (session.received.isForgotten(msgId)) {
    complain(arrival, message, Bad.tooOldToTell)
    return
  }
  const copied = readCopy(message)
  if (copied) {
    session.received.add(msgId, seqNo)
    takeIn(arrival, copied)
    return
  }
  const body = unpack(arrival, message)
  if (!body) {
    complain(arrival, message, Bad.container)
    return
  }
  const fault = checkSeqNo(session, message, body)
  if (fault !== 0) {
    complain(arrival, message, fault)
    return
  }
  session.received.add(msgId, seqNo)
  if (seqNo & 1) session.acknowledgeLater(msgId)
  if (isService(body)) serve(arrival, { msgId, seqNo, body })
  else runRequest(arrival, msgId, body)
}

function complain(arrival: Arrival, message: InnerMessage, code: number): void {
  const { session, shared } = arrival
  session.reply(shared.replies.badMsgNotification(message.msgId, message.seqNo, code))
}

const COPY_HEAD_BYTES = 20

/**
 * The message in a msg_copy, which counts as if it had come by itself.
 * https://core.telegram.org/mtproto/service_messages#message-copies
 */
function readCopy({ msgId, body }: InnerMessage): InnerMessage | undefined {
  if (body.length < COPY_HEAD_BYTES + 4 || body.readInt32LE(0) !== ID.msgCopy) return undefined
  const copied = {
    msgId: body.readBigInt64LE(4),
    seqNo: body.readInt32LE(12),
    body: body.subarray(COPY_HEAD_BYTES),
  }
  const isWhole = body.readInt32LE(16) === copied.body.length
  const isOlder = copied.msgId < msgId && (copied.msgId & 3n) === 0n
  return isWhole && isOlder && copied.body.readInt32LE(0) !== ID.msgCopy ? copied : undefined
}

/** The message without gzip; undefined when it cannot be read. */
function unpack(arrival: Arrival, message: InnerMessage): Buffer | undefined {
  const { body } = message
  if (body.length < 4) return undefined
  const id = body.readInt32LE(0)
  if (id === ID.msgContainer || id === ID.msgCopy) return undefined
  if (id !== ID.gzipPacked) return body
  const plain = inflate(body, arrival.inflatedBytes)
  if (!plain || isContainer(plain)) return undefined
  arrival.inflatedBytes -= plain.length
  return plain
}

/**
 * Content-related messages have odd numbers that rise with their ids. What is no request may be either: there are
 * clients that send even their acknowledgements as content-related.
 * https://core.telegram.org/mtproto/description#content-related-message
 */
function checkSeqNo(session: MtprotoSession, message: InnerMessage, body: Buffer): number {
  const isOdd = (message.seqNo & 1) === 1
  if (!isOdd) return isService(body) || body !== message.body ? 0 : Bad.oddSeqNoExpected
  return session.received.checkSeqNo(message.msgId, message.seqNo)
}

/** A message came again: nothing is done twice, but an answer that may have been lost is sent again. */
function repeat(arrival: Arrival, message: InnerMessage): void {
  const { session } = arrival
  const { msgId } = message
  const state = session.requests.stateOf(msgId)
  if (state !== undefined && state !== 'running') session.resendAnswer(state)
  // It waits for an answer that is gone, and must ask anew.
  else if (state === undefined && session.requests.isLost(msgId)) complain(arrival, message, Bad.tooOldToTell)
  else if (session.received.isContent(msgId)) session.acknowledgeLater(msgId)
}
