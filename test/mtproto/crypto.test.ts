import {
  createAesIgeForMessage,
  createAesIgeForMessageOld,
  findKeyByFingerprints,
  generateKeyAndIvFromNonce,
  NodeCryptoProvider,
} from '@mtcute/node/utils.js'
import {
  checkPrimeSync,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
} from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { systemRandom } from '../../src/lib/random.ts'
import { decryptIge, encryptIge } from '../../src/mtproto/crypto/aes-ige.ts'
import {
  DH_PRIME,
  dhPrivateKey,
  dhSecret,
  isSafePublicValue,
  makeDhHalf,
} from '../../src/mtproto/crypto/dh.ts'
import { sha1, sha256 } from '../../src/mtproto/crypto/hash.ts'
import { exchangeAesKey, messageAesKey, messageAesKeyV1 } from '../../src/mtproto/crypto/kdf.ts'
import { isPrime, makeSemiprime } from '../../src/mtproto/crypto/primes.ts'
import { removeRsaPad, removeSha1Pad, rsaDecrypt } from '../../src/mtproto/crypto/rsa.ts'
import { readClientDhData } from '../../src/mtproto/handshake-data.ts'
import { openPacket, sealPacket } from '../../src/mtproto/packet.ts'
import { Padding } from '../../src/mtproto/padding.ts'
import { generateServerKey, loadServerKey, rsaFingerprint } from '../../src/mtproto/server-key.ts'
import { TlReader } from '../../src/tl/reader.ts'
import { rsaPad } from './client/exchange-keys.ts'
import { openServerPacket, sealClientPacket } from './client/packet.ts'
import sample from './golden/auth-key.json' with { type: 'json' }

const hex = (text: string): Buffer => Buffer.from(text, 'hex')
const upper = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase()

/** mtcute's own code: another reading of the same specification. */
const oracle = new NodeCryptoProvider()
beforeAll(() => oracle.initialize())

describe('the worked example of the documentation', () => {
  const aes = exchangeAesKey(hex(sample.newNonce), hex(sample.serverNonce))

  test('gives the key and vector of the exchange', () => {
    expect(upper(aes.key)).toBe(sample.tmpAesKey)
    expect(upper(aes.iv)).toBe(sample.tmpAesIv)
  })

  test('decrypts to the answer, which is what we would encrypt', () => {
    const plain = decryptIge(hex(sample.encryptedAnswer), aes.key, aes.iv)
    expect(upper(plain)).toBe(sample.answerWithHash)
    expect(upper(encryptIge(hex(sample.answerWithHash), aes.key, aes.iv))).toBe(sample.encryptedAnswer)
  })

  test('holds g_b and the shared key', async () => {
    const data = readClientDhData(decryptIge(hex(sample.clientEncrypted), aes.key, aes.iv))
    expect(upper(data!.gB)).toBe(sample.gB)
    expect(upper(data!.nonce)).toBe(sample.nonce)
    expect(data!.retryId).toBe(0n)
    const gA = hex(sample.answerWithHash)
      .subarray(20 + 4 + 32 + 4 + 260 + 4)
      .subarray(0, 256)
    expect(upper(await dhSecret(dhPrivateKey(hex(sample.b)), gA))).toBe(sample.authKey)
  })

  test('ends with the hash that dh_gen_ok carries', () => {
    const hash = sha1(hex(sample.authKey))
    const input = Buffer.concat([hex(sample.newNonce), Buffer.of(1), hash.subarray(0, 8)])
    expect(upper(sha1(input).subarray(4))).toBe(sample.newNonceHash1)
  })
})

describe('AES-IGE', () => {
  const key = randomBytes(32)
  const iv = randomBytes(32)
  test.for([16, 32, 48, 1024, 8176, 8192, 8208, 131_072])('agrees with mtcute on %i bytes', (length) => {
    const plain = randomBytes(length)
    const theirs = oracle.createAesIge(key, iv)
    const secret = encryptIge(plain, key, iv)
    expect(upper(secret)).toBe(upper(theirs.encrypt(plain)))
    expect(upper(decryptIge(secret, key, iv))).toBe(upper(plain))
  })

  test('does not care where in memory the bytes stand', () => {
    const plain = randomBytes(8197).subarray(5)
    expect(upper(encryptIge(plain, key, iv))).toBe(upper(encryptIge(Uint8Array.from(plain), key, iv)))
  })
})

test.for([0, 8] as const)('message keys agree with mtcute, x = %i', (x) => {
  const authKey = randomBytes(256)
  const msgKey = randomBytes(16)
  const plain = randomBytes(64)
  const v2 = messageAesKey(authKey, msgKey, x)
  const v1 = messageAesKeyV1(authKey, msgKey, x)
  const isClient = x === 0
  expect(upper(encryptIge(plain, v2.key, v2.iv))).toBe(
    upper(createAesIgeForMessage(oracle, authKey, msgKey, isClient).encrypt(plain)),
  )
  expect(upper(encryptIge(plain, v1.key, v1.iv))).toBe(
    upper(createAesIgeForMessageOld(oracle, authKey, msgKey, isClient).encrypt(plain)),
  )
})

test('exchange keys agree with mtcute', () => {
  const [serverNonce, newNonce] = [randomBytes(16), randomBytes(32)]
  const [key, iv] = generateKeyAndIvFromNonce(oracle, serverNonce, newNonce)
  const ours = exchangeAesKey(newNonce, serverNonce)
  expect([upper(ours.key), upper(ours.iv)]).toEqual([upper(key), upper(iv)])
})

/** Fixed bytes, so that a change of the format cannot go unseen on both of its sides. */
describe('golden packets', () => {
  const secret = Buffer.from(Array.from({ length: 256 }, (_, i) => (i * 7 + 3) & 0xff))
  const key = { id: sha1(secret).readBigInt64LE(12), secret }
  const head = { salt: 0x0102030405060708n, sessionId: -2n, msgId: 0x65c53d5000000001n, seqNo: 1 }
  const body = Buffer.from('01020304050607080910111213141516', 'hex')
  const zeros = new Padding({ ...systemRandom, bytes: (length) => new Uint8Array(length) })
  const seal = (version: 1 | 2): string => {
    const packetBody = {
      length: body.length,
      write: (target: Buffer, at: number) => target.set(body, at),
    }
    return sealPacket(key, version, head, packetBody, zeros).toString('hex')
  }

  test('version 2.0', () => {
    expect(seal(2)).toMatchInlineSnapshot(
      `"9ed6e6ef196cc931382ee6ebd2d5acb4e9c91fe69736ad13aab0f97693b0114d6126e9feb32471a6486e38a896f258d52769dc324184a31e3bb19e0b45ac27840eec5453cca9b72d661d64a3a61175a69898c548a02b0132"`,
    )
  })

  test('version 1.0', () => {
    expect(seal(1)).toMatchInlineSnapshot(
      `"9ed6e6ef196cc93128f596cd9766682656b826799f3f46cb028bb4d9f0b769646808536e07e0428b4a038d2ecbc8ebcf4e86b9301a42edd84150369286b702abd8c5b8d4de5aff40"`,
    )
  })

  test.for([1, 2] as const)('version %i goes both ways', (version) => {
    const received = openServerPacket(key, hex(seal(version)), version)
    expect(received).toMatchObject({ ...head, body })
    const packet = { ...head, msgId: head.msgId - 1n, body }
    expect(openPacket(secret, sealClientPacket(key, packet, version))).toMatchObject({ ...packet, version })
  })
})

describe('RSA', () => {
  const key = loadServerKey(generateServerKey())
  const publicKey = createPublicKey(key.publicPem)

  test('undoes RSA_PAD', () => {
    const data = randomBytes(144)
    const padded = rsaDecrypt(key.privateKey, rsaPad(data, publicKey))
    expect(upper(removeRsaPad(padded!)!.subarray(0, 144))).toBe(upper(data))
    padded![200]! ^= 1
    expect(removeRsaPad(padded!)).toBeUndefined()
  })

  test('refuses what is not below the modulus, or of another length', () => {
    expect(rsaDecrypt(key.privateKey, Buffer.alloc(256, 0xff))).toBeUndefined()
    expect(rsaDecrypt(key.privateKey, Buffer.alloc(255))).toBeUndefined()
    expect(removeSha1Pad(Buffer.alloc(256, 1))).toBeUndefined()
  })

  test('knows the fingerprint of a published key', () => {
    const published = findKeyByFingerprints(['d09d1d85de64fd85'])!
    const jwk = {
      kty: 'RSA',
      n: hex(published.modulus).toString('base64url'),
      e: hex(published.exponent.padStart(6, '0')).toString('base64url'),
    }
    const fingerprint = rsaFingerprint(createPublicKey({ key: jwk, format: 'jwk' }))
    expect(BigInt.asUintN(64, fingerprint).toString(16)).toBe('d09d1d85de64fd85')
  })

  test('makes keys whose fingerprints no client misreads', () => {
    expect(key.fingerprintHex).toMatch(/^[1-9a-f][0-9a-f]{13}[1-9a-f][0-9a-f]$/)
    expect(key.publicPem).toMatch(/^-----BEGIN RSA PUBLIC KEY-----\n/)
    expect(BigInt.asIntN(64, BigInt(`0x${key.fingerprintHex}`))).toBe(key.fingerprint)
    expect(createPrivateKey(generateServerKey()).asymmetricKeyDetails?.modulusLength).toBe(2048)
  })

  test('refuses a key of another size', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()
    expect(() => loadServerKey(pem)).toThrow('2048 bits')
  })
})

describe('Diffie-Hellman', () => {
  test('agrees on both sides, always with 256 bytes', async () => {
    for (let i = 0; i < 20; i++) {
      const [a, b] = [makeDhHalf(systemRandom), makeDhHalf(systemRandom)]
      const [ours, theirs] = [await dhSecret(a.privateKey, b.gA), await dhSecret(b.privateKey, a.gA)]
      expect(ours.equals(theirs)).toBe(true)
      expect([a.gA.length, ours.length]).toEqual([256, 256])
    }
  })

  test('refuses public values at the edges', () => {
    const number = (value: bigint): Buffer => hex(value.toString(16).padStart(512, '0'))
    const prime = BigInt(`0x${DH_PRIME.toString('hex')}`)
    const margin = 1n << 1984n
    for (const bad of [0n, 1n, margin - 1n, prime - margin + 1n, prime - 1n, prime, prime + 5n]) {
      expect(isSafePublicValue(number(bad))).toBe(false)
    }
    for (const good of [margin, prime - margin]) expect(isSafePublicValue(number(good))).toBe(true)
    expect(isSafePublicValue(Buffer.alloc(0))).toBe(false)
    expect(isSafePublicValue(Buffer.alloc(257, 1))).toBe(false)
  })
})

test('pq is a product of two different primes below 2^63', () => {
  const { pq, p, q } = makeSemiprime(systemRandom)
  const [number, first, second] = [pq, p, q].map((bytes) => BigInt(`0x${upper(bytes)}`)) as [
    bigint,
    bigint,
    bigint,
  ]
  expect(first * second).toBe(number)
  expect(first).toBeLessThan(second)
  expect(number).toBeLessThan(1n << 63n)
  const [theirP, theirQ] = oracle.factorizePQ(pq)
  expect([upper(theirP), upper(theirQ)]).toEqual([upper(p), upper(q)])
})

test('primes are told from other numbers as OpenSSL does it', () => {
  // Around both ends, and products of two primes without small factors.
  const numbers = [0x6000_0001, 0x7fff_f001].flatMap((from) =>
    Array.from({ length: 2000 }, (_, i) => from + 2 * i),
  )
  for (const number of [...numbers, 46_337 * 46_327, 40_129 * 46_349, 46_339 ** 2]) {
    expect(isPrime(number), String(number)).toBe(checkPrimeSync(BigInt(number)))
  }
})

test('hashes are those of the standard', () => {
  expect(sha1(Buffer.from('abc')).toString('hex')).toBe('a9993e364706816aba3e25717850c26c9cd0d89d')
  expect(sha256(Buffer.from('abc')).subarray(0, 4).toString('hex')).toBe('ba7816bf')
  expect(new TlReader(hex('0300000000000000')).long()).toBe(3n)
})
