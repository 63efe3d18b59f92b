import { TransportError } from './errors.ts'

const HEAD_BYTES = 20

/**
 * The body of an unencrypted message: key id 0, msg_id, length, body. What stands behind it is padding of the transport.
 * https://core.telegram.org/mtproto/description#unencrypted-message
 */
export function readPlainMessage(payload: Buffer): Buffer {
  if (payload.length < HEAD_BYTES + 4) throw new TransportError(404, 'an unencrypted message has a body')
  const length = payload.readInt32LE(HEAD_BYTES - 4)
  if (length < 4 || length % 4 !== 0 || HEAD_BYTES + length > payload.length) {
    throw new TransportError(404, 'the length does not fit the message')
  }
  return payload.subarray(HEAD_BYTES, HEAD_BYTES + length)
}

export function writePlainMessage(msgId: bigint, body: Buffer): Buffer {
  const payload = Buffer.allocUnsafe(HEAD_BYTES + body.length)
  payload.writeBigInt64LE(0n, 0)
  payload.writeBigInt64LE(msgId, 8)
  payload.writeInt32LE(body.length, HEAD_BYTES - 4)
  payload.set(body, HEAD_BYTES)
  return payload
}
