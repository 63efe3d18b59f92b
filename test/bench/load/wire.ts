import { decryptIge, encryptIge } from '../../../src/mtproto/crypto/aes-ige.ts'
import { sha1, sha256 } from '../../../src/mtproto/crypto/hash.ts'
import { messageAesKey } from '../../../src/mtproto/crypto/kdf.ts'
import { OUTER_BYTES } from '../../../src/mtproto/packet.ts'

/** An authorization key as a client holds it. */
export interface ClientKey {
  readonly id: bigint
  readonly secret: Buffer
}

/** One message to the server, or from it. */
export interface Message {
  readonly msgId: bigint
  readonly seqNo: number
  readonly body: Uint8Array
}

const HEAD_BYTES = 32
const MIN_PADDING = 12
const FRAME_HEAD_BYTES = 4
const FROM_CLIENT = 0
const FROM_SERVER = 8
/** Padding need not be random for the server to do the same work. */
const PADDING = new Uint8Array(32).fill(0xa5)

/** The key whose id is the lower 64 bits of its SHA-1. */
export function clientKey(secret: Buffer): ClientKey {
  return { id: sha1(secret).readBigInt64LE(12), secret }
}

/** Encrypts one message of a client, in an intermediate frame. */
export function sealFrame(key: ClientKey, salt: bigint, sessionId: bigint, message: Message): Buffer {
  const length = HEAD_BYTES + message.body.length
  const padded = (length + MIN_PADDING + 15) & ~15
  const hashed = Buffer.allocUnsafe(32 + padded)
  hashed.set(key.secret.subarray(88 + FROM_CLIENT, 120 + FROM_CLIENT), 0)
  const plain = hashed.subarray(32)
  plain.writeBigInt64LE(salt, 0)
  plain.writeBigInt64LE(sessionId, 8)
  plain.writeBigInt64LE(message.msgId, 16)
  plain.writeInt32LE(message.seqNo, 24)
  plain.writeInt32LE(message.body.length, 28)
  plain.set(message.body, HEAD_BYTES)
  plain.set(PADDING.subarray(0, padded - length), length)

  const msgKey = sha256(hashed).subarray(8, 24)
  const aes = messageAesKey(key.secret, msgKey, FROM_CLIENT)
  const frame = Buffer.allocUnsafe(FRAME_HEAD_BYTES + OUTER_BYTES + padded)
  frame.writeUInt32LE(OUTER_BYTES + padded, 0)
  frame.writeBigInt64LE(key.id, FRAME_HEAD_BYTES)
  frame.set(msgKey, FRAME_HEAD_BYTES + 8)
  frame.set(encryptIge(plain, aes.key, aes.iv), FRAME_HEAD_BYTES + OUTER_BYTES)
  return frame
}

/** Decrypts and checks a packet of the server. */
export function openPacket(key: ClientKey, packet: Buffer): { msgId: bigint; seqNo: number; body: Buffer } {
  if (packet.length === 4) throw new Error(`the server ended a connection with ${-packet.readInt32LE(0)}`)
  if (packet.length < OUTER_BYTES + HEAD_BYTES || packet.readBigInt64LE(0) !== key.id)
    throw new Error(`the server sent no packet of this key, but ${packet.length} bytes: ${hex(packet)}`)
  const msgKey = packet.subarray(8, OUTER_BYTES)
  const aes = messageAesKey(key.secret, msgKey, FROM_SERVER)
  const opened = decryptIge(packet.subarray(OUTER_BYTES), aes.key, aes.iv)
  const hashed = Buffer.allocUnsafe(32 + opened.length)
  hashed.set(key.secret.subarray(88 + FROM_SERVER, 120 + FROM_SERVER), 0)
  hashed.set(opened, 32)
  if (!sha256(hashed).subarray(8, 24).equals(msgKey))
    throw new Error(`msg_key does not fit a packet of ${packet.length} bytes: ${hex(packet)}`)
  const plain = hashed.subarray(32)
  const end = HEAD_BYTES + plain.readInt32LE(28)
  return {
    msgId: plain.readBigInt64LE(16),
    seqNo: plain.readInt32LE(24),
    body: plain.subarray(HEAD_BYTES, end),
  }
}

/** The beginning of a packet. */
function hex(packet: Buffer): string {
  return packet.toString('hex', 0, HEAD_BYTES)
}
