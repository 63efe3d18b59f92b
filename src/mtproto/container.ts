import { ID } from './ids.ts'
import type { PacketBody } from './packet.ts'

/** One message as it was received. */
export interface InnerMessage {
  readonly msgId: bigint
  readonly seqNo: number
  readonly body: Buffer
}

/** One message to be sent, with its number. */
export interface NumberedMessage {
  readonly msgId: bigint
  readonly seqNo: number
  readonly body: Uint8Array
}

const CONTAINER_HEAD_BYTES = 8
const MESSAGE_HEAD_BYTES = 16

export function isContainer(body: Buffer): boolean {
  return body.length >= 4 && body.readInt32LE(0) === ID.msgContainer
}

/**
 * The messages of a container; undefined when it is malformed: too many, cut short, or holding a message that is no
 * older than the container itself.
 * https://core.telegram.org/mtproto/service_messages#simple-container
 */
export function readContainer(
  containerId: bigint,
  body: Buffer,
  maxMessages: number,
): InnerMessage[] | undefined {
  if (body.length < CONTAINER_HEAD_BYTES) return undefined
  const count = body.readInt32LE(4)
  if (count < 0 || count > maxMessages) return undefined
  const messages: InnerMessage[] = []
  let at = CONTAINER_HEAD_BYTES
  for (let i = 0; i < count; i++) {
    if (at + MESSAGE_HEAD_BYTES > body.length) return undefined
    const msgId = body.readBigInt64LE(at)
    const seqNo = body.readInt32LE(at + 8)
    const length = body.readInt32LE(at + 12)
    at += MESSAGE_HEAD_BYTES
    if (length < 4 || length % 4 !== 0 || at + length > body.length) return undefined
    if (msgId >= containerId || (msgId & 3n) !== 0n) return undefined
    messages.push({ msgId, seqNo, body: body.subarray(at, at + length) })
    at += length
  }
  return at === body.length ? messages : undefined
}

/** What a container takes beside the bodies in it. */
function containerBytes(bodies: number, count: number): number {
  return CONTAINER_HEAD_BYTES + count * MESSAGE_HEAD_BYTES + bodies
}

/** A body that is one message. */
export function singleBody(body: Uint8Array): PacketBody {
  return { length: body.length, write: (target, offset) => target.set(body, offset) }
}

/** A body that is a container of these messages. */
export function containerBody(messages: readonly NumberedMessage[]): PacketBody {
  let bodies = 0
  for (const message of messages) bodies += message.body.length
  return {
    length: containerBytes(bodies, messages.length),
    write(target, offset) {
      target.writeInt32LE(ID.msgContainer, offset)
      target.writeInt32LE(messages.length, offset + 4)
      let at = offset + CONTAINER_HEAD_BYTES
      for (const message of messages) {
        target.writeBigInt64LE(message.msgId, at)
        target.writeInt32LE(message.seqNo, at + 8)
        target.writeInt32LE(message.body.length, at + 12)
        target.set(message.body, at + MESSAGE_HEAD_BYTES)
        at += MESSAGE_HEAD_BYTES + message.body.length
      }
    },
  }
}
