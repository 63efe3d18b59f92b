import { constants, createPublicKey, publicEncrypt, randomBytes, type KeyObject } from 'node:crypto'
import type { Socket } from 'node:net'
import { decryptIge, encryptIge } from '../../../src/mtproto/crypto/aes-ige.ts'
import { dhSecret, makeDhHalf, type DhHalf } from '../../../src/mtproto/crypto/dh.ts'
import { sha1, sha256 } from '../../../src/mtproto/crypto/hash.ts'
import { exchangeAesKey } from '../../../src/mtproto/crypto/kdf.ts'
import { ID } from '../../../src/mtproto/ids.ts'
import { messageIdAt } from '../../../src/mtproto/message-ids.ts'
import { rsaFingerprint } from '../../../src/mtproto/server-key.ts'
import { TlReader } from '../../../src/tl/reader.ts'
import { TlWriter } from '../../../src/tl/writer.ts'
import { readFrames, type Address, Connection, openSocket } from './connection.ts'
import { factor } from './factor.ts'
import { clientKey } from './wire.ts'

/** What a client knows of a server before it first connects, and the half of the exchange that it brings. */
export interface Stranger {
  readonly address: Address
  readonly rsa: KeyObject
  readonly fingerprint: bigint
  readonly half: DhHalf
}

/** A short exponent, the same for all keys, spares the load a second, and the server nothing. */
const EXPONENT_BYTES = 4

export function strangerOf(address: Address, publicPem: string): Stranger {
  const rsa = createPublicKey(publicPem)
  const half = makeDhHalf({
    bytes: () => randomBytes(EXPONENT_BYTES),
    long: () => 0n,
    int: () => 0,
  })
  return { address, rsa, fingerprint: rsaFingerprint(rsa), half }
}

/**
 * Creates an authorization key and returns the connection that did it, ready for requests.
 * https://core.telegram.org/mtproto/auth_key
 */
export async function shakeHands(stranger: Stranger): Promise<Connection> {
  const socket = await openSocket(stranger.address)
  const ask = asker(socket)
  const nonce = randomBytes(16)
  const newNonce = randomBytes(32)

  const resPq = await ask(
    128,
    (w) => {
      w.int(ID.reqPqMulti)
      w.int128(nonce)
    },
    ID.resPq,
  )
  resPq.int128()
  const serverNonce = resPq.int128()
  const pq = resPq.bytes()
  const { p, q } = factors(pq)

  const params = await ask(
    512,
    (w) => {
      w.int(ID.reqDhParams)
      w.int128(nonce)
      w.int128(serverNonce)
      w.bytes(p)
      w.bytes(q)
      w.long(stranger.fingerprint)
      w.bytes(rsaPad(stranger.rsa, innerData({ pq, p, q, nonce, serverNonce, newNonce })))
    },
    ID.serverDhParamsOk,
  )
  params.raw(32)
  const aes = exchangeAesKey(newNonce, serverNonce)
  const serverInner = new TlReader(decryptIge(params.bytes(), aes.key, aes.iv).subarray(20))
  serverInner.raw(4 + 32 + 4)
  serverInner.bytes()
  const gA = serverInner.bytes()

  const ok = await ask(
    512,
    (w) => {
      w.int(ID.setClientDhParams)
      w.int128(nonce)
      w.int128(serverNonce)
      const inner = clientInner(nonce, serverNonce, stranger.half.gA)
      w.bytes(encryptIge(inner, aes.key, aes.iv))
    },
    ID.dhGenOk,
  )
  const secret = await dhSecret(stranger.half.privateKey, gA)
  const hash = sha1(Buffer.concat([newNonce, Buffer.of(1), sha1(secret).subarray(0, 8)])).subarray(4)
  ok.raw(32)
  if (!hash.equals(ok.raw(16))) throw new Error('the server made another key')
  const salt = newNonce.readBigInt64LE(0) ^ Buffer.from(serverNonce).readBigInt64LE(0)
  socket.removeAllListeners()
  return new Connection(socket, clientKey(secret), salt)
}

type Ask = (bytes: number, write: (w: TlWriter) => void, answerId: number) => Promise<TlReader>

/** Sends plain messages and waits for the answer of each. */
function asker(socket: Socket): Ask {
  let answered: (packet: Buffer) => void = () => {}
  let failed: (error: Error) => void = () => {}
  readFrames(socket, (packet) => answered(packet))
  socket.on('error', (error) => failed(error))
  socket.on('close', () => failed(new Error('the server closed the connection during a key exchange')))
  return async (bytes, write, answerId) => {
    const w = new TlWriter(bytes)
    write(w)
    const body = w.finish()
    const frame = Buffer.alloc(4 + 20 + body.length)
    frame.writeUInt32LE(20 + body.length, 0)
    frame.writeBigInt64LE(messageIdAt(Date.now()), 12)
    frame.writeInt32LE(body.length, 20)
    frame.set(body, 24)
    const packet = await new Promise<Buffer>((resolve, reject) => {
      answered = resolve
      failed = reject
      socket.write(frame)
    })
    const reader = new TlReader(packet.subarray(20))
    const id = reader.int()
    if (id !== answerId) throw new Error(`the key exchange was answered ${(id >>> 0).toString(16)}`)
    return reader
  }
}

function factors(pq: Uint8Array): { p: Uint8Array; q: Uint8Array } {
  const product = BigInt(`0x${Buffer.from(pq).toString('hex')}`)
  const one = factor(product)
  const other = product / one
  const [p, q] = one < other ? [one, other] : [other, one]
  return { p: bigEndian(p), q: bigEndian(q) }
}

function bigEndian(value: bigint): Uint8Array {
  return Buffer.from(value.toString(16).padStart(8, '0'), 'hex')
}

function innerData(
  data: Readonly<Record<'pq' | 'p' | 'q' | 'nonce' | 'serverNonce' | 'newNonce', Uint8Array>>,
): Uint8Array {
  const w = new TlWriter(256)
  w.int(ID.pqInnerDataDc)
  w.bytes(data.pq)
  w.bytes(data.p)
  w.bytes(data.q)
  w.int128(data.nonce)
  w.int128(data.serverNonce)
  w.int256(data.newNonce)
  w.int(2)
  return w.finish()
}

/** https://core.telegram.org/mtproto/auth_key#41-rsa-paddata-server-public-key-mentioned-above-is-implemented-as-follows */
function rsaPad(key: KeyObject, data: Uint8Array): Buffer {
  const padded = Buffer.concat([data, randomBytes(192 - data.length)])
  const tempKey = randomBytes(32)
  // With the highest bit clear the number is below the modulus, and no second try is needed.
  for (;;) {
    const withHash = Buffer.concat([
      Buffer.from(padded.toReversed()),
      sha256(Buffer.concat([tempKey, padded])),
    ])
    const encrypted = encryptIge(withHash, tempKey, new Uint8Array(32))
    const mask = sha256(encrypted)
    const front = tempKey.map((byte, i) => byte ^ mask[i]!)
    if (front[0]! < 0x80) {
      const number = Buffer.concat([front, encrypted])
      return publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, number)
    }
    tempKey.set(randomBytes(32))
  }
}

function clientInner(nonce: Uint8Array, serverNonce: Uint8Array, gB: Uint8Array): Uint8Array {
  const w = new TlWriter(512)
  w.int(ID.clientDhInnerData)
  w.int128(nonce)
  w.int128(serverNonce)
  w.long(0n)
  w.bytes(gB)
  const data = w.finish()
  return Buffer.concat([sha1(data), data, randomBytes(-(20 + data.length) & 15)])
}
