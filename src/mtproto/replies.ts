import { TlWriter } from '../tl/writer.ts'
import { ID } from './ids.ts'
import type { FutureSalt } from './salts.ts'

/**
 * The service messages that a server sends, as bytes.
 * https://core.telegram.org/mtproto/service_messages
 */
export class Replies {
  readonly #writer = new TlWriter(256)

  /** An answer to a request; `result` is a serialised object. */
  rpcResult(reqMsgId: bigint, result: Uint8Array): Uint8Array {
    const body = Buffer.allocUnsafe(12 + result.length)
    body.writeInt32LE(ID.rpcResult, 0)
    body.writeBigInt64LE(reqMsgId, 4)
    body.set(result, 12)
    return body
  }

  rpcError(code: number, message: string): Uint8Array {
    const w = this.#begin(ID.rpcError)
    w.int(code)
    w.string(message)
    return w.finish()
  }

  pong(msgId: bigint, pingId: bigint): Uint8Array {
    const w = this.#begin(ID.pong)
    w.long(msgId)
    w.long(pingId)
    return w.finish()
  }

  msgsAck(msgIds: readonly bigint[]): Uint8Array {
    const w = this.#begin(ID.msgsAck)
    w.vector(msgIds.length)
    for (const id of msgIds) w.long(id)
    return w.finish()
  }

  badMsgNotification(msgId: bigint, seqNo: number, code: number): Uint8Array {
    const w = this.#begin(ID.badMsgNotification)
    w.long(msgId)
    w.int(seqNo)
    w.int(code)
    return w.finish()
  }

  badServerSalt(msgId: bigint, seqNo: number, salt: bigint): Uint8Array {
    const w = this.#begin(ID.badServerSalt)
    w.long(msgId)
    w.int(seqNo)
    w.int(48)
    w.long(salt)
    return w.finish()
  }

  newSessionCreated(firstMsgId: bigint, uniqueId: bigint, salt: bigint): Uint8Array {
    const w = this.#begin(ID.newSessionCreated)
    w.long(firstMsgId)
    w.long(uniqueId)
    w.long(salt)
    return w.finish()
  }

  futureSalts(reqMsgId: bigint, nowSec: number, salts: readonly FutureSalt[]): Uint8Array {
    const w = this.#begin(ID.futureSalts)
    w.long(reqMsgId)
    w.int(nowSec)
    // A bare vector of bare future_salt.
    w.int(salts.length)
    for (const salt of salts) {
      w.int(salt.validSinceSec)
      w.int(salt.validUntilSec)
      w.long(salt.salt)
    }
    return w.finish()
  }

  msgsStateInfo(reqMsgId: bigint, info: Uint8Array): Uint8Array {
    const w = this.#begin(ID.msgsStateInfo)
    w.long(reqMsgId)
    w.bytes(info)
    return w.finish()
  }

  /** Announces an answer that is too large to be sent again unasked. */
  msgDetailedInfo(reqMsgId: bigint, answerMsgId: bigint, bytes: number): Uint8Array {
    const w = this.#begin(ID.msgDetailedInfo)
    w.long(reqMsgId)
    w.long(answerMsgId)
    w.int(bytes)
    w.int(0)
    return w.finish()
  }

  /** The same for a message that answers nothing. */
  msgNewDetailedInfo(answerMsgId: bigint, bytes: number): Uint8Array {
    const w = this.#begin(ID.msgNewDetailedInfo)
    w.long(answerMsgId)
    w.int(bytes)
    w.int(0)
    return w.finish()
  }

  rpcAnswerDropped(msgId: bigint, seqNo: number, bytes: number): Uint8Array {
    const w = this.#begin(ID.rpcAnswerDropped)
    w.long(msgId)
    w.int(seqNo)
    w.int(bytes)
    return w.finish()
  }

  destroySession(sessionId: bigint, wasThere: boolean): Uint8Array {
    const w = this.#begin(wasThere ? ID.destroySessionOk : ID.destroySessionNone)
    w.long(sessionId)
    return w.finish()
  }

  /** A message that is its constructor alone. */
  bare(id: number): Uint8Array {
    return this.#begin(id).finish()
  }

  #begin(id: number): TlWriter {
    this.#writer.rewind(0)
    this.#writer.int(id)
    return this.#writer
  }
}
