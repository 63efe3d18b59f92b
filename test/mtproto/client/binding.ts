import { randomBytes } from 'node:crypto'
import { encryptIge } from '../../../src/mtproto/crypto/aes-ige.ts'
import { sha1 } from '../../../src/mtproto/crypto/hash.ts'
import { messageAesKeyV1 } from '../../../src/mtproto/crypto/kdf.ts'
import type { ClientKey } from './packet.ts'

/** What auth.bindTempAuthKey proves. */
export interface Binding {
  readonly nonce: bigint
  readonly tempKeyId: bigint
  readonly sessionId: bigint
  /** Of the request itself. */
  readonly msgId: bigint
  readonly expiresAt: number
  /** The permanent key's id, if another one than the key's own is to be named. */
  readonly permKeyId?: bigint
}

/** The encrypted_message of auth.bindTempAuthKey. https://core.telegram.org/method/auth.bindTempAuthKey */
export function bindingMessage(perm: ClientKey, binding: Binding): Buffer {
  const plain = Buffer.alloc(32 + 40)
  plain.set(randomBytes(16), 0)
  plain.writeBigInt64LE(binding.msgId, 16)
  plain.writeInt32LE(0, 24)
  plain.writeInt32LE(40, 28)
  plain.writeUInt32LE(0x75a3f765, 32)
  plain.writeBigInt64LE(binding.nonce, 36)
  plain.writeBigInt64LE(binding.tempKeyId, 44)
  plain.writeBigInt64LE(binding.permKeyId ?? perm.id, 52)
  plain.writeBigInt64LE(binding.sessionId, 60)
  plain.writeInt32LE(binding.expiresAt, 68)
  const msgKey = sha1(plain).subarray(4, 20)
  const aes = messageAesKeyV1(perm.secret, msgKey, 0)
  const id = Buffer.alloc(8)
  id.writeBigInt64LE(perm.id)
  return Buffer.concat([id, msgKey, encryptIge(Buffer.concat([plain, randomBytes(8)]), aes.key, aes.iv)])
}
