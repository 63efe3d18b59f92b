import { timingSafeEqual } from 'node:crypto'
import { rpcError } from '../tl/rpc-error.ts'
import { decryptIge } from './crypto/aes-ige.ts'
import { sha1 } from './crypto/hash.ts'
import { messageAesKeyV1 } from './crypto/kdf.ts'
import { ID } from './ids.ts'
import type { AuthKey } from './keys.ts'
import { OUTER_BYTES } from './packet.ts'

/** The arguments of auth.bindTempAuthKey. */
export interface BindRequest {
  readonly permAuthKeyId: bigint
  readonly nonce: bigint
  readonly expiresAt: number
  readonly encryptedMessage: Uint8Array
}

/** Who calls auth.bindTempAuthKey: a session of the temporary key, with a request of this id. */
export interface BindCaller {
  readonly tempKey: AuthKey
  readonly sessionId: bigint
  readonly msgId: bigint
}

/** random:int128, msg_id, seq_no, length. */
const HEAD_BYTES = 32
const INNER_BYTES = 40

/**
 * Checks the proof that whoever calls with a temporary key holds the permanent one too. Throws
 * ENCRYPTED_MESSAGE_INVALID when it does not hold.
 * https://core.telegram.org/method/auth.bindTempAuthKey#encrypting-the-binding-message
 */
export function verifyBinding(permKey: AuthKey, caller: BindCaller, request: BindRequest): void {
  const message = openBindingMessage(permKey, Buffer.from(request.encryptedMessage))
  const isRight =
    message !== undefined &&
    message.readBigInt64LE(16) === caller.msgId &&
    message.readInt32LE(24) === 0 &&
    message.readInt32LE(28) === INNER_BYTES &&
    message.readInt32LE(HEAD_BYTES) === ID.bindAuthKeyInner &&
    message.readBigInt64LE(HEAD_BYTES + 4) === request.nonce &&
    message.readBigInt64LE(HEAD_BYTES + 12) === caller.tempKey.id &&
    message.readBigInt64LE(HEAD_BYTES + 20) === permKey.id &&
    message.readBigInt64LE(HEAD_BYTES + 28) === caller.sessionId &&
    message.readInt32LE(HEAD_BYTES + 36) === request.expiresAt
  if (!isRight) throw rpcError('ENCRYPTED_MESSAGE_INVALID')
}

/** Decrypts the binding message, which is always MTProto 1.0; undefined when its key or its hash is wrong. */
function openBindingMessage(permKey: AuthKey, encrypted: Buffer): Buffer | undefined {
  const length = encrypted.length - OUTER_BYTES
  if (length < HEAD_BYTES + INNER_BYTES || length % 16 !== 0) return undefined
  if (encrypted.readBigInt64LE(0) !== permKey.id) return undefined
  const msgKey = encrypted.subarray(8, OUTER_BYTES)
  const aes = messageAesKeyV1(permKey.secret, msgKey, 0)
  const plain = Buffer.from(decryptIge(encrypted.subarray(OUTER_BYTES), aes.key, aes.iv))
  const message = plain.subarray(0, HEAD_BYTES + INNER_BYTES)
  return timingSafeEqual(sha1(message).subarray(4, 20), msgKey) ? message : undefined
}
