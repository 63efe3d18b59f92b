import { sha1, sha256 } from './hash.ts'

/** A key and an initialisation vector for AES-256-IGE, 32 bytes each. */
export interface AesKey {
  readonly key: Uint8Array
  readonly iv: Uint8Array
}

/** 0 for what a client sends, 8 for what a server sends: where in the authorization key the bytes are taken. */
export type Direction = 0 | 8

/**
 * The AES key of one message, MTProto 2.0.
 * https://core.telegram.org/mtproto/description#defining-aes-key-and-initialization-vector
 */
export function messageAesKey(authKey: Buffer, msgKey: Buffer, x: Direction): AesKey {
  const input = Buffer.allocUnsafe(52)
  msgKey.copy(input, 0)
  authKey.copy(input, 16, x, x + 36)
  const a = sha256(input)
  authKey.copy(input, 0, 40 + x, 76 + x)
  msgKey.copy(input, 36)
  const b = sha256(input)

  const key = Buffer.from(a)
  b.copy(key, 8, 8, 24)
  a.copy(b, 8, 8, 24)
  return { key, iv: b }
}

/**
 * The AES key of one message, MTProto 1.0.
 * https://core.telegram.org/mtproto/description_v1#defining-aes-key-and-initialization-vector
 */
export function messageAesKeyV1(authKey: Uint8Array, msgKey: Uint8Array, x: Direction): AesKey {
  const part = (from: number, length: number): Uint8Array => authKey.subarray(x + from, x + from + length)
  const a = sha1(Buffer.concat([msgKey, part(0, 32)]))
  const b = sha1(Buffer.concat([part(32, 16), msgKey, part(48, 16)]))
  const c = sha1(Buffer.concat([part(64, 32), msgKey]))
  const d = sha1(Buffer.concat([msgKey, part(96, 32)]))
  return {
    key: Buffer.concat([a.subarray(0, 8), b.subarray(8, 20), c.subarray(4, 16)]),
    iv: Buffer.concat([a.subarray(8, 20), b.subarray(0, 8), c.subarray(16, 20), d.subarray(0, 8)]),
  }
}

/**
 * The AES key of the second half of the key exchange.
 * https://core.telegram.org/mtproto/auth_key#6-server-responds-with
 */
export function exchangeAesKey(newNonce: Uint8Array, serverNonce: Uint8Array): AesKey {
  const ns = sha1(Buffer.concat([newNonce, serverNonce]))
  const sn = sha1(Buffer.concat([serverNonce, newNonce]))
  const nn = sha1(Buffer.concat([newNonce, newNonce]))
  return {
    key: Buffer.concat([ns, sn.subarray(0, 12)]),
    iv: Buffer.concat([sn.subarray(12, 20), nn, newNonce.subarray(0, 4)]),
  }
}
