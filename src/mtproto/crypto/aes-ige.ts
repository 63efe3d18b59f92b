import { getWasmUrl, ige256Decrypt, ige256Encrypt, initSync } from '@mtcute/wasm'
import { createCipheriv, createSecretKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { assert } from '../../lib/assert.ts'

initSync(readFileSync(fileURLToPath(getWasmUrl())))

const BLOCK_BYTES = 16

/** From here on OpenSSL with its fixed cost of some 5 µs is faster than WebAssembly; measured on x64. */
const LARGE_BYTES = 2048

/** AES-256 in IGE mode. `iv` is 32 bytes, the length of `plain` a multiple of 16. */
export function encryptIge(plain: Uint8Array, key: Uint8Array, iv: Uint8Array): Uint8Array {
  assert(plain.length % BLOCK_BYTES === 0, 'IGE works on whole blocks')
  return plain.length >= LARGE_BYTES ? encryptByCbc(plain, key, iv) : ige256Encrypt(plain, key, iv)
}

/** The inverse of `encryptIge`. */
export function decryptIge(secret: Uint8Array, key: Uint8Array, iv: Uint8Array): Uint8Array {
  assert(secret.length % BLOCK_BYTES === 0, 'IGE works on whole blocks')
  return ige256Decrypt(secret, key, iv)
}

/**
 * IGE is c[i] = E(p[i] ^ c[i-1]) ^ p[i-1]. With d[i] = c[i] ^ p[i-1] it reads d[i] = E(p[i] ^ p[i-2] ^ d[i-1]): the CBC
 * encryption of p[i] ^ p[i-2], which OpenSSL does with the processor's own instructions. Decryption has no such form,
 * because there p[i-2] is not known in advance.
 */
function encryptByCbc(plain: Uint8Array, key: Uint8Array, iv: Uint8Array): Uint8Array {
  const words = plain.length >> 2
  const p = aligned(plain)
  const ivWords = aligned(iv)
  const mixed = new Int32Array(words)
  for (let i = 0; i < 4; i++) mixed[i] = p[i]!
  for (let i = 4; i < 8; i++) mixed[i] = p[i]! ^ ivWords[i]!
  for (let i = 8; i < words; i++) mixed[i] = p[i]! ^ p[i - 8]!

  const cipher = createCipheriv('aes-256-cbc', createSecretKey(key), iv.subarray(0, BLOCK_BYTES))
  cipher.setAutoPadding(false)
  const d = cipher.update(new Uint8Array(mixed.buffer))
  const c = aligned(d)
  for (let i = 0; i < 4; i++) c[i]! ^= ivWords[i + 4]!
  for (let i = 4; i < words; i++) c[i]! ^= p[i - 4]!
  return new Uint8Array(c.buffer, c.byteOffset, plain.length)
}

/** The same bytes as 32-bit words; copied when they do not stand at a multiple of four. */
function aligned(bytes: Uint8Array): Int32Array {
  const at = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes)
  return new Int32Array(at.buffer, at.byteOffset, at.length >> 2)
}
