import { constants, createPublicKey, publicEncrypt, randomBytes, type KeyObject } from 'node:crypto'
import { systemRandom } from '../../../src/lib/random.ts'
import { encryptIge, decryptIge } from '../../../src/mtproto/crypto/aes-ige.ts'
import { DH_GENERATOR, dhSecret, isSafePublicValue, makeDhHalf } from '../../../src/mtproto/crypto/dh.ts'
import { sha1, sha256 } from '../../../src/mtproto/crypto/hash.ts'
import { exchangeAesKey } from '../../../src/mtproto/crypto/kdf.ts'
import { rsaFingerprint } from '../../../src/mtproto/server-key.ts'
import { TlReader } from '../../../src/tl/reader.ts'
import { TlWriter } from '../../../src/tl/writer.ts'
import type { ClientKey } from './packet.ts'

/** How a client makes a key; what is not said is as newest clients do it. */
export interface ExchangeOptions {
  readonly publicKey: string | KeyObject
  /** p_q_inner_data_dc; without it the older p_q_inner_data. */
  readonly dc?: number | undefined
  /** For a temporary key. */
  readonly expiresInSec?: number | undefined
  readonly oldRequest?: boolean | undefined
  readonly oldPadding?: boolean | undefined
  /** Changes each step's request before it is sent. */
  readonly tamper?: ((step: 'pq' | 'inner' | 'dh' | 'client' | 'set', bytes: Buffer) => Buffer) | undefined
}

export interface ExchangedKey extends ClientKey {
  readonly firstSalt: bigint
  readonly serverTimeSec: number
}

/** Sends the body of an unencrypted request and resolves with the body of the answer. */
export type AskPlain = (body: Buffer) => Promise<Buffer>

/** Makes an authorization key. */
export async function exchangeKeys(ask: AskPlain, options: ExchangeOptions): Promise<ExchangedKey> {
  const tamper = options.tamper ?? ((_step, bytes) => bytes)
  const rsa = typeof options.publicKey === 'string' ? createPublicKey(options.publicKey) : options.publicKey
  const nonce = randomBytes(16)
  const resPq = new TlReader(
    await ask(
      tamper(
        'pq',
        write((w) => (w.int(options.oldRequest ? 0x60469778 : 0xbe7e8ef1 | 0), w.int128(nonce))),
      ),
    ),
  )
  expectId(resPq, 0x05162463)
  expectBytes(resPq.int128(), nonce)
  const serverNonce = Buffer.from(resPq.int128())
  const pq = Buffer.from(resPq.bytes())
  const fingerprints = Array.from({ length: resPq.vector(8) }, () => resPq.long())
  const fingerprint = rsaFingerprint(rsa)
  if (!fingerprints.includes(fingerprint)) throw new Error('the server has another key')

  const [p, q] = factor(pq)
  const newNonce = randomBytes(32)
  const inner = tamper('inner', innerData(options, { pq, p, q, nonce, serverNonce, newNonce }))
  const encrypted = options.oldPadding ? rsaOldPad(inner, rsa) : rsaPad(inner, rsa)
  const dh = new TlReader(
    await ask(
      tamper(
        'dh',
        write((w) => {
          w.int(0xd712e4be | 0)
          w.int128(nonce)
          w.int128(serverNonce)
          w.bytes(p)
          w.bytes(q)
          w.long(fingerprint)
          w.bytes(encrypted)
        }),
      ),
    ),
  )
  expectId(dh, 0xd0e8075c | 0)
  expectBytes(dh.int128(), nonce)
  expectBytes(dh.int128(), serverNonce)
  const aes = exchangeAesKey(newNonce, serverNonce)
  const answer = Buffer.from(decryptIge(dh.bytes(), aes.key, aes.iv))
  const server = new TlReader(answer.subarray(20))
  expectId(server, 0xb5890dba | 0)
  expectBytes(server.int128(), nonce)
  expectBytes(server.int128(), serverNonce)
  if (server.int() !== DH_GENERATOR) throw new Error('another generator')
  server.bytes()
  const gA = server.bytes()
  const serverTimeSec = server.int()
  expectBytes(sha1(answer.subarray(20, 20 + server.position)), answer.subarray(0, 20))
  if (!isSafePublicValue(gA)) throw new Error('g_a is out of range')

  let retryId = 0n
  for (;;) {
    const half = makeDhHalf(systemRandom)
    const secret = await dhSecret(half.privateKey, gA)
    const data = tamper(
      'client',
      write((w) => {
        w.int(0x6643b654)
        w.int128(nonce)
        w.int128(serverNonce)
        w.long(retryId)
        w.bytes(half.gA)
      }),
    )
    const padded = Buffer.concat([sha1(data), data, randomBytes(-(20 + data.length) & 15)])
    const verdict = new TlReader(
      await ask(
        tamper(
          'set',
          write((w) => {
            w.int(0xf5045f1f | 0)
            w.int128(nonce)
            w.int128(serverNonce)
            w.bytes(encryptIge(padded, aes.key, aes.iv))
          }),
        ),
      ),
    )
    const id = verdict.int()
    expectBytes(verdict.int128(), nonce)
    expectBytes(verdict.int128(), serverNonce)
    const hash = sha1(secret)
    const number = [0x3bcbf734, 0x46dc1fb9, 0xa69dae02 | 0].indexOf(id) + 1
    const nonceHash = sha1(Buffer.concat([newNonce, Buffer.of(number), hash.subarray(0, 8)])).subarray(4)
    expectBytes(verdict.int128(), nonceHash)
    if (number === 3) throw new Error('dh_gen_fail')
    if (number === 1) {
      const firstSalt = newNonce.readBigInt64LE(0) ^ serverNonce.readBigInt64LE(0)
      return { id: hash.readBigInt64LE(12), secret, firstSalt, serverTimeSec }
    }
    retryId = hash.readBigInt64LE(0)
  }
}

interface InnerFields {
  readonly pq: Buffer
  readonly p: Buffer
  readonly q: Buffer
  readonly nonce: Buffer
  readonly serverNonce: Buffer
  readonly newNonce: Buffer
}

function innerData(options: ExchangeOptions, fields: InnerFields): Buffer {
  const { dc, expiresInSec } = options
  const ids = expiresInSec === undefined ? [0x83c95aec, 0xa9f55f95] : [0x3c6a84d4, 0x56fddf88]
  return write((w) => {
    w.int(ids[dc === undefined ? 0 : 1]! | 0)
    w.bytes(fields.pq)
    w.bytes(fields.p)
    w.bytes(fields.q)
    w.int128(fields.nonce)
    w.int128(fields.serverNonce)
    w.int256(fields.newNonce)
    if (dc !== undefined) w.int(dc)
    if (expiresInSec !== undefined) w.int(expiresInSec)
  })
}

/** RSA_PAD of https://core.telegram.org/mtproto/auth_key. */
export function rsaPad(data: Buffer, key: KeyObject): Buffer {
  const padded = Buffer.concat([data, randomBytes(192 - data.length)])
  for (;;) {
    const tempKey = randomBytes(32)
    const withHash = Buffer.concat([padded.toReversed(), sha256(Buffer.concat([tempKey, padded]))])
    const encrypted = encryptIge(withHash, tempKey, new Uint8Array(32))
    const mask = sha256(encrypted)
    const block = Buffer.concat([tempKey.map((byte, i) => byte ^ mask[i]!), encrypted])
    try {
      return publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, block)
    } catch {
      // The number was not below the modulus; another key gives another one.
    }
  }
}

function rsaOldPad(data: Buffer, key: KeyObject): Buffer {
  const block = Buffer.concat([Buffer.of(0), sha1(data), data, randomBytes(235 - data.length)])
  return publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, block)
}

/** Pollard's rho. */
function factor(pq: Buffer): [Buffer, Buffer] {
  const n = BigInt(`0x${pq.toString('hex')}`)
  for (let c = 1n; ; c++) {
    let x = 2n
    let y = 2n
    let product = 1n
    for (let i = 1; i < 1_000_000; i++) {
      x = (x * x + c) % n
      y = (y * y + c) % n
      y = (y * y + c) % n
      const difference = x > y ? x - y : y - x
      if (difference === 0n) break
      product = (product * difference) % n
      if (i % 64 !== 0 && product !== 0n) continue
      const divisor = gcd(product === 0n ? difference : product, n)
      if (divisor === n) break
      if (divisor > 1n) {
        const other = n / divisor
        const [p, q] = divisor < other ? [divisor, other] : [other, divisor]
        return [fourBytes(p), fourBytes(q)]
      }
    }
  }
}

function gcd(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b]
  return a
}

function fourBytes(value: bigint): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(Number(value))
  return bytes
}

function write(fill: (w: TlWriter) => void): Buffer {
  const writer = new TlWriter()
  fill(writer)
  return Buffer.from(writer.finish())
}

function expectId(reader: TlReader, id: number): void {
  const actual = reader.int()
  if (actual !== id) throw new Error(`unexpected constructor ${(actual >>> 0).toString(16)}`)
}

function expectBytes(actual: Uint8Array, expected: Uint8Array): void {
  if (!Buffer.from(actual).equals(expected)) throw new Error('the server answered something else')
}
