import { randomBytes } from 'node:crypto'
import { decryptIge, encryptIge } from '../../../src/mtproto/crypto/aes-ige.ts'
import { sha1, sha256 } from '../../../src/mtproto/crypto/hash.ts'
import { messageAesKey, messageAesKeyV1 } from '../../../src/mtproto/crypto/kdf.ts'

/** An authorization key as the client has it. */
export interface ClientKey {
  readonly id: bigint
  readonly secret: Buffer
}

export interface ClientPacket {
  readonly salt: bigint
  readonly sessionId: bigint
  readonly msgId: bigint
  readonly seqNo: number
  readonly body: Buffer
}

/** What can be wrong about a packet on purpose. */
export interface Flaws {
  /** Bytes of padding instead of the least that fits. */
  readonly padding?: number
  /** What the length field says instead of the body's length. */
  readonly length?: number
}

/** Encrypts what a client sends. */
export function sealClientPacket(
  key: ClientKey,
  packet: ClientPacket,
  version: 1 | 2 = 2,
  flaws: Flaws = {},
): Buffer {
  const length = 32 + packet.body.length
  const minPadding = version === 2 ? 12 : 0
  const padding = flaws.padding ?? minPadding + (-(length + minPadding) & 15)
  const plain = Buffer.concat([Buffer.alloc(32), packet.body, randomBytes(padding)])
  plain.writeBigInt64LE(packet.salt, 0)
  plain.writeBigInt64LE(packet.sessionId, 8)
  plain.writeBigInt64LE(packet.msgId, 16)
  plain.writeInt32LE(packet.seqNo, 24)
  plain.writeInt32LE(flaws.length ?? packet.body.length, 28)
  const msgKey =
    version === 2
      ? sha256(Buffer.concat([key.secret.subarray(88, 120), plain])).subarray(8, 24)
      : sha1(plain.subarray(0, length)).subarray(4, 20)
  const aes = (version === 2 ? messageAesKey : messageAesKeyV1)(key.secret, msgKey, 0)
  const id = Buffer.alloc(8)
  id.writeBigInt64LE(key.id)
  return Buffer.concat([id, msgKey, encryptIge(plain, aes.key, aes.iv)])
}

/** The token of the quick acknowledgement of a 2.0 packet with this plain text. */
export function quickAckOf(key: ClientKey, sealed: Buffer): number {
  const aes = messageAesKey(key.secret, sealed.subarray(8, 24), 0)
  const plain = decryptIge(sealed.subarray(24), aes.key, aes.iv)
  const hash = sha256(Buffer.concat([key.secret.subarray(88, 120), plain]))
  return (hash.readUInt32LE(0) | 0x80000000) >>> 0
}

/** Decrypts what the server sent, and checks it as a client must. */
export function openServerPacket(key: ClientKey, payload: Buffer, version: 1 | 2 = 2): ClientPacket {
  if (payload.readBigInt64LE(0) !== key.id) throw new Error('a packet for another key')
  const msgKey = payload.subarray(8, 24)
  const aes = (version === 2 ? messageAesKey : messageAesKeyV1)(key.secret, msgKey, 8)
  const plain = Buffer.from(decryptIge(payload.subarray(24), aes.key, aes.iv))
  const length = plain.readInt32LE(28)
  const hash =
    version === 2
      ? sha256(Buffer.concat([key.secret.subarray(96, 128), plain])).subarray(8, 24)
      : sha1(plain.subarray(0, 32 + length)).subarray(4, 20)
  if (!hash.equals(msgKey)) throw new Error('msg_key does not fit')
  const padding = plain.length - 32 - length
  if (version === 2 ? padding < 12 || padding > 1024 : padding < 0 || padding > 15)
    throw new Error('wrong padding')
  return {
    salt: plain.readBigInt64LE(0),
    sessionId: plain.readBigInt64LE(8),
    msgId: plain.readBigInt64LE(16),
    seqNo: plain.readInt32LE(24),
    body: plain.subarray(32, 32 + length),
  }
}
