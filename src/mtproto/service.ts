import { TlError, TlReader } from '../tl/reader.ts'
import type { InnerMessage } from './container.ts'
import { ID } from './ids.ts'
import type { Outlet } from './outlet.ts'
import type { MtprotoSession } from './session.ts'
import type { Shared } from './shared.ts'

/** The session that asks, and the connection it asks through. */
interface Asker {
  readonly shared: Shared
  readonly session: MtprotoSession
  readonly outlet: Outlet
}

/** Answers one kind of service message. `body` stands behind the constructor id. */
type Answer = (asker: Asker, message: InnerMessage, body: TlReader) => void

/** Whether MTProto itself answers this message. */
export function isService(body: Buffer): boolean {
  return answers.has(body.readInt32LE(0))
}

/**
 * Answers a service message. One that is damaged is acknowledged and otherwise ignored.
 * https://core.telegram.org/mtproto/service_messages
 */
export function serve(asker: Asker, message: InnerMessage): void {
  const answer = answers.get(message.body.readInt32LE(0))
  const reader = new TlReader(message.body)
  reader.int()
  try {
    answer?.(asker, message, reader)
  } catch (error) {
    if (!(error instanceof TlError)) throw error
    asker.shared.log.debug({ err: error }, 'a damaged service message')
  }
}

const ping: Answer = ({ session, shared }, { msgId }, body) => {
  session.reply(shared.replies.pong(msgId, body.long()))
}

/** https://core.telegram.org/mtproto/service_messages#deferred-connection-closure--ping */
const pingDelayDisconnect: Answer = ({ session, shared, outlet }, { msgId }, body) => {
  const pingId = body.long()
  const delaySec = body.int()
  session.reply(shared.replies.pong(msgId, pingId))
  if (delaySec > 0) outlet.closeIn(Math.min(delaySec, shared.limits.disconnectDelaySec))
}

const msgsAck: Answer = ({ session, shared }, _, body) => {
  session.acknowledged(readIds(body, shared.limits.idsPerMessage))
}

/** https://core.telegram.org/mtproto/service_messages#request-for-several-future-salts */
const getFutureSalts: Answer = ({ session, shared }, { msgId }, body) => {
  const { salts, clock, limits, replies } = shared
  const count = Math.min(Math.max(body.int(), 1), limits.futureSalts)
  session.reply(replies.futureSalts(msgId, clock.nowSec(), salts.future(session.key, count)))
}

const msgsStateReq: Answer = ({ session, shared }, { msgId }, body) => {
  const ids = readIds(body, shared.limits.idsPerMessage)
  session.reply(shared.replies.msgsStateInfo(msgId, statesOf(session, ids)))
}

/** https://core.telegram.org/mtproto/service_messages_about_messages#explicit-request-to-re-send-messages */
const msgResendReq: Answer = ({ session, shared }, { msgId }, body) => {
  const ids = readIds(body, shared.limits.idsPerMessage)
  if (!session.resend(ids)) session.reply(shared.replies.msgsStateInfo(msgId, statesOf(session, ids)))
}

/** The same for the answers to these requests. */
const msgResendAnsReq: Answer = ({ session, shared }, { msgId }, body) => {
  const ids = readIds(body, shared.limits.idsPerMessage)
  const answers = ids.map((id) => session.requests.stateOf(id))
  const sent = answers.filter((answer) => answer !== undefined && answer !== 'running')
  const isComplete = session.resend(sent.map((answer) => answer.msgId)) && sent.length === ids.length
  if (!isComplete) session.reply(shared.replies.msgsStateInfo(msgId, statesOf(session, ids)))
}

/** The client lists what it knows of our messages; those it has received need not be kept. */
const msgsAllInfo: Answer = ({ session, shared }, _, body) => {
  const ids = readIds(body, shared.limits.idsPerMessage)
  const info = body.bytes()
  session.acknowledged(ids.filter((_id, i) => ((info[i] ?? 0) & 7) === RECEIVED))
}

/** https://core.telegram.org/mtproto/service_messages#cancellation-of-an-rpc-query */
const rpcDropAnswer: Answer = ({ session, shared }, { msgId }, body) => {
  const { replies } = shared
  const reqMsgId = body.long()
  const state = session.requests.drop(reqMsgId)
  if (state === undefined) session.answer(msgId, replies.bare(ID.rpcAnswerUnknown))
  else if (state === 'running') {
    session.answer(reqMsgId, replies.bare(ID.rpcAnswerDroppedRunning))
    session.answer(msgId, replies.bare(ID.rpcAnswerDroppedRunning))
  } else {
    session.dropAnswer(state)
    session.answer(msgId, replies.rpcAnswerDropped(state.msgId, state.seqNo, state.body.length))
  }
}

/** https://core.telegram.org/mtproto/service_messages#request-to-destroy-session */
const destroySession: Answer = ({ session, shared }, _, body) => {
  const sessionId = body.long()
  const { sessions, replies } = shared
  const permKeyId = session.permKeyId
  const found =
    sessions.find(session.keyId, sessionId) ??
    (permKeyId === undefined
      ? undefined
      : sessions.ofPermanentKey(permKeyId).find((other) => other.id === sessionId))
  const canGo = found !== undefined && found !== session
  if (canGo) sessions.close(found)
  session.reply(replies.destroySession(sessionId, canGo))
}

/** https://core.telegram.org/mtproto/service_messages#destruction-of-a-permanent-auth-key */
const destroyAuthKey: Answer = ({ session, shared }) => {
  const keyId = session.permKeyId ?? session.keyId
  shared.keys.remove(keyId).then(
    () => {
      session.reply(shared.replies.bare(ID.destroyAuthKeyOk))
      session.flush()
      shared.dropKey(keyId)
    },
    (error: unknown) => {
      shared.log.error({ err: error }, 'an authorization key could not be removed')
      session.reply(shared.replies.bare(ID.destroyAuthKeyFail))
    },
  )
}

const httpWait: Answer = ({ outlet }, _, body) => {
  const [maxDelayMs, waitAfterMs, maxWaitMs] = [body.int(), body.int(), body.int()]
  outlet.waitFor({ maxDelayMs, waitAfterMs, maxWaitMs })
}

/** What clients say of messages that we did not ask about. */
const ignore: Answer = () => {}

const answers: ReadonlyMap<number, Answer> = new Map<number, Answer>([
  [ID.ping, ping],
  [ID.pingDelayDisconnect, pingDelayDisconnect],
  [ID.msgsAck, msgsAck],
  [ID.getFutureSalts, getFutureSalts],
  [ID.msgsStateReq, msgsStateReq],
  [ID.msgResendReq, msgResendReq],
  [ID.msgResendAnsReq, msgResendAnsReq],
  [ID.msgsAllInfo, msgsAllInfo],
  [ID.rpcDropAnswer, rpcDropAnswer],
  [ID.destroySession, destroySession],
  [ID.destroyAuthKey, destroyAuthKey],
  [ID.httpWait, httpWait],
  [ID.msgsStateInfo, ignore],
  [ID.msgDetailedInfo, ignore],
  [ID.msgNewDetailedInfo, ignore],
  [ID.badMsgNotification, ignore],
  [ID.badServerSalt, ignore],
  [ID.newSessionCreated, ignore],
  [ID.pong, ignore],
])

function readIds(body: TlReader, limit: number): bigint[] {
  const count = body.vector(8)
  if (count > limit) throw new TlError(`${count} ids are too many`)
  return Array.from({ length: count }, () => body.long())
}

const UNKNOWN = 1
const MISSING = 2
const NOT_YET = 3
const RECEIVED = 4
const ACKNOWLEDGED = 8
const NEEDS_NO_ACK = 16
const BEING_PROCESSED = 32
const ANSWERED = 64

/**
 * One byte for each message.
 * https://core.telegram.org/mtproto/service_messages_about_messages#informational-message-regarding-status-of-messages
 */
function statesOf(session: MtprotoSession, ids: readonly bigint[]): Uint8Array {
  return Uint8Array.from(ids, (msgId) => stateOf(session, msgId))
}

function stateOf(session: MtprotoSession, msgId: bigint): number {
  switch (session.received.knows(msgId)) {
    case 'forgotten':
      return UNKNOWN
    case 'missing':
      return MISSING
    case 'future':
      return NOT_YET
    case 'received':
      break
  }
  if (!session.received.isContent(msgId)) return RECEIVED | NEEDS_NO_ACK
  const state = session.requests.stateOf(msgId)
  const isAnswered = state !== 'running'
  return RECEIVED | ACKNOWLEDGED | BEING_PROCESSED | (isAnswered ? ANSWERED : 0)
}
