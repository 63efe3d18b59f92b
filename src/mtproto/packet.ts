import { timingSafeEqual } from 'node:crypto'
import { decryptIge, encryptIge } from './crypto/aes-ige.ts'
import { sha1, sha256 } from './crypto/hash.ts'
import { messageAesKey, messageAesKeyV1 } from './crypto/kdf.ts'
import { TransportError } from './errors.ts'
import type { Padding } from './padding.ts'

/** MTProto 1.0 or 2.0: how a packet is encrypted. */
export type Version = 1 | 2

/** What an encrypted packet says before its body. */
export interface PacketHead {
  readonly salt: bigint
  readonly sessionId: bigint
  readonly msgId: bigint
  readonly seqNo: number
}

/** A packet that a client has encrypted, opened. */
export interface OpenedPacket extends PacketHead {
  readonly version: Version
  readonly body: Buffer
  /** What a quick acknowledgement of this packet says. */
  readonly quickAck: number
}

/** A body that knows how to write itself, so that it is copied once only. */
export interface PacketBody {
  readonly length: number
  write(target: Buffer, offset: number): void
}

const KEY_ID_BYTES = 8
const MSG_KEY_BYTES = 16
/** In front of the encrypted part: the key's id and msg_key. */
export const OUTER_BYTES = KEY_ID_BYTES + MSG_KEY_BYTES
/** salt, session_id, message_id, seq_no, length. */
const HEAD_BYTES = 32
const BLOCK_BYTES = 16
const MIN_PADDING = 12
const MAX_PADDING = 1024
const MAX_PADDING_V1 = 15
const HASHED_KEY_BYTES = 32

/**
 * Decrypts what a client sent, and checks msg_key, length and padding. 2.0 is tried first; who speaks 1.0 is an old
 * client. Throws a TransportError when it fits neither.
 * https://core.telegram.org/mtproto/security_guidelines#mtproto-encrypted-messages
 */
export function openPacket(secret: Buffer, packet: Buffer): OpenedPacket {
  const encrypted = packet.subarray(OUTER_BYTES)
  if (encrypted.length < HEAD_BYTES || encrypted.length % BLOCK_BYTES !== 0) {
    throw new TransportError(404, 'an encrypted packet consists of whole blocks')
  }
  const msgKey = packet.subarray(KEY_ID_BYTES, OUTER_BYTES)
  const opened = openV2(secret, msgKey, encrypted) ?? openV1(secret, msgKey, encrypted)
  if (!opened) throw new TransportError(404, 'msg_key does not fit the packet')
  return opened
}

function openV2(secret: Buffer, msgKey: Buffer, encrypted: Buffer): OpenedPacket | undefined {
  const aes = messageAesKey(secret, msgKey, 0)
  const plain = asBuffer(decryptIge(encrypted, aes.key, aes.iv))
  const hashed = Buffer.allocUnsafe(HASHED_KEY_BYTES + plain.length)
  hashed.set(secret.subarray(88, 88 + HASHED_KEY_BYTES), 0)
  hashed.set(plain, HASHED_KEY_BYTES)
  const large = sha256(hashed)
  if (!timingSafeEqual(large.subarray(8, 24), msgKey)) return undefined
  return readPlain(2, plain, large)
}

/** In 1.0 the padding is not hashed, so the length must be believed before it is checked. */
function openV1(secret: Buffer, msgKey: Buffer, encrypted: Buffer): OpenedPacket | undefined {
  const aes = messageAesKeyV1(secret, msgKey, 0)
  const plain = asBuffer(decryptIge(encrypted, aes.key, aes.iv))
  const end = HEAD_BYTES + plain.readUInt32LE(28)
  const hash = sha1(plain.subarray(0, end <= plain.length ? end : plain.length))
  if (!timingSafeEqual(hash.subarray(4, 20), msgKey)) return undefined
  return readPlain(1, plain, hash)
}

function readPlain(version: Version, plain: Buffer, hash: Buffer): OpenedPacket {
  const length = plain.readUInt32LE(28)
  const padding = plain.length - HEAD_BYTES - length
  const isPaddingFine =
    version === 2
      ? padding >= MIN_PADDING && padding <= MAX_PADDING
      : padding >= 0 && padding <= MAX_PADDING_V1
  if (!isPaddingFine || length % 4 !== 0) throw new TransportError(404, 'the length does not fit the packet')
  return {
    version,
    salt: plain.readBigInt64LE(0),
    sessionId: plain.readBigInt64LE(8),
    msgId: plain.readBigInt64LE(16),
    seqNo: plain.readInt32LE(24),
    body: plain.subarray(HEAD_BYTES, HEAD_BYTES + length),
    quickAck: (hash.readUInt32LE(0) | 0x80000000) >>> 0,
  }
}

/** The key that a packet is for, and its secret. */
export interface PacketKey {
  readonly id: bigint
  readonly secret: Buffer
}

/**
 * Encrypts a packet for a client.
 * https://core.telegram.org/mtproto/description#defining-aes-key-and-initialization-vector
 */
export function sealPacket(
  key: PacketKey,
  version: Version,
  head: PacketHead,
  body: PacketBody,
  padding: Padding,
): Buffer {
  const length = HEAD_BYTES + body.length
  const minPadding = version === 2 ? MIN_PADDING : 0
  const padded = Math.ceil((length + minPadding) / BLOCK_BYTES) * BLOCK_BYTES
  // The part of the key that is hashed with the message stands right before it, so that one call hashes both.
  const hashed = Buffer.allocUnsafe(HASHED_KEY_BYTES + padded)
  hashed.set(key.secret.subarray(96, 96 + HASHED_KEY_BYTES), 0)
  const plain = hashed.subarray(HASHED_KEY_BYTES)
  plain.writeBigInt64LE(head.salt, 0)
  plain.writeBigInt64LE(head.sessionId, 8)
  plain.writeBigInt64LE(head.msgId, 16)
  plain.writeInt32LE(head.seqNo, 24)
  plain.writeInt32LE(body.length, 28)
  body.write(plain, HEAD_BYTES)
  padding.fill(plain, length)

  const msgKey =
    version === 2 ? sha256(hashed).subarray(8, 24) : sha1(plain.subarray(0, length)).subarray(4, 20)
  const derive = version === 2 ? messageAesKey : messageAesKeyV1
  const aes = derive(key.secret, msgKey, 8)
  const packet = Buffer.allocUnsafe(OUTER_BYTES + padded)
  packet.writeBigInt64LE(key.id, 0)
  packet.set(msgKey, KEY_ID_BYTES)
  packet.set(encryptIge(plain, aes.key, aes.iv), OUTER_BYTES)
  return packet
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}
