import { timingSafeEqual, type KeyObject } from 'node:crypto'
import type { Logger } from 'pino'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import { TlReader } from '../tl/reader.ts'
import { TlWriter } from '../tl/writer.ts'
import { decryptIge, encryptIge } from './crypto/aes-ige.ts'
import { DH_GENERATOR, DH_PRIME, dhSecret, isSafePublicValue, makeDhHalf } from './crypto/dh.ts'
import { sha1, sha256 } from './crypto/hash.ts'
import { exchangeAesKey, type AesKey } from './crypto/kdf.ts'
import { makeSemiprime, type Semiprime } from './crypto/primes.ts'
import { TransportError } from './errors.ts'
import { openInnerData, readClientDhData, type InnerData } from './handshake-data.ts'
import { ID } from './ids.ts'
import { AuthKey, TEST_DC_OFFSET, type KeyCache } from './keys.ts'
import type { MtprotoLimits } from './limits.ts'
import type { Salts } from './salts.ts'
import type { Door, ServedDcs } from './served-dcs.ts'
import type { ServerKey } from './server-key.ts'

/** One run of the protocol, known by its pair of nonces. */
interface Exchange {
  readonly nonce: Uint8Array
  readonly serverNonce: Uint8Array
  readonly startedAtSec: number
  readonly semiprime: Semiprime
  /** Known after req_DH_params. */
  secret: ExchangeSecret | undefined
  /** What was answered last, in case the client did not get it. */
  last: Answered | undefined
  isBusy: boolean
  /** Whether there is nothing left to do but to repeat the last answer. */
  isOver: boolean
}

/** Strings: buffers of this size would each hold on to the larger piece of memory that they were cut from. */
interface Answered {
  /** SHA-256 of the request. */
  readonly request: string
  readonly answer: string
}

/** What is remembered of an exchange that is over. */
interface Ended {
  readonly startedAtSec: number
  readonly last: Answered
}

interface ExchangeSecret {
  readonly inner: InnerData
  readonly privateKey: KeyObject
  readonly aes: AesKey
  /** What the next attempt must name; 0 at first. */
  retryId: bigint
  retries: number
}

export interface HandshakeDeps {
  readonly rsa: ServerKey
  readonly keys: KeyCache
  readonly salts: Salts
  readonly clock: Clock
  readonly random: Random
  readonly limits: MtprotoLimits
  readonly log: Logger
  readonly dcs: ServedDcs | undefined
}

const BLOCK_BYTES = 16

/**
 * Creation of authorization keys. What is wrong with a request is a TransportError, after which the client begins anew.
 * https://core.telegram.org/mtproto/auth_key
 */
export class Handshakes {
  readonly #deps: HandshakeDeps
  /** By the server's nonce, in order of their beginning. */
  readonly #exchanges = new Map<string, Exchange | Ended>()

  constructor(deps: HandshakeDeps) {
    this.#deps = deps
  }

  /** Answers one unencrypted request. `onBegin` is told of each exchange that begins. */
  async answer(request: Buffer, door: Door, onBegin: () => void): Promise<Buffer> {
    const reader = new TlReader(request)
    const id = reader.int()
    switch (id) {
      case ID.reqPq:
      case ID.reqPqMulti:
        onBegin()
        return this.#begin(reader)
      case ID.reqDhParams:
        return await this.#step(request, reader, (exchange) => this.#sendDhParams(exchange, reader, door))
      case ID.setClientDhParams:
        return await this.#step(request, reader, (exchange) => this.#finish(exchange, reader, door))
      default:
        throw new TransportError(404, 'not a request of the key exchange')
    }
  }

  /** Forgets exchanges that were begun too long ago. */
  sweep(nowSec: number): void {
    for (const [id, exchange] of this.#exchanges) {
      if (nowSec - exchange.startedAtSec < this.#deps.limits.handshakeSec) return
      this.#exchanges.delete(id)
    }
  }

  get size(): number {
    return this.#exchanges.size
  }

  #begin(reader: TlReader): Buffer {
    const { clock, random, limits, rsa } = this.#deps
    const nonce = reader.int128()
    const serverNonce = random.bytes(16)
    const semiprime = makeSemiprime(random)
    const exchange: Exchange = {
      nonce,
      serverNonce,
      startedAtSec: clock.nowSec(),
      semiprime,
      secret: undefined,
      last: undefined,
      isBusy: false,
      isOver: false,
    }
    this.#exchanges.set(idOf(serverNonce), exchange)
    if (this.#exchanges.size > limits.handshakes) this.#exchanges.delete(this.#exchanges.keys().next().value!)

    const w = new TlWriter(128)
    w.int(ID.resPq)
    w.int128(nonce)
    w.int128(serverNonce)
    w.bytes(semiprime.pq)
    w.vector(1)
    w.long(rsa.fingerprint)
    return Buffer.from(w.finish())
  }

  /** Finds the exchange of a request. The same request again gets the same answer. */
  async #step(
    request: Buffer,
    reader: TlReader,
    next: (exchange: Exchange) => Buffer | Promise<Buffer>,
  ): Promise<Buffer> {
    const nonce = reader.int128()
    const id = idOf(reader.int128())
    const exchange = this.#exchanges.get(id)
    const digest = sha256(request).toString('latin1')
    if (exchange?.last?.request === digest) return Buffer.from(exchange.last.answer, 'latin1')
    if (!exchange || !('nonce' in exchange) || !timingSafeEqual(exchange.nonce, nonce)) {
      throw new TransportError(404, 'no such exchange')
    }
    if (exchange.isBusy) throw new TransportError(404, 'the exchange is busy with another request')
    exchange.isBusy = true
    try {
      const answer = await next(exchange)
      exchange.last = { request: digest, answer: answer.toString('latin1') }
      if (exchange.isOver) {
        this.#exchanges.set(id, { startedAtSec: exchange.startedAtSec, last: exchange.last })
      }
      return answer
    } catch (error) {
      this.#exchanges.delete(id)
      throw error
    } finally {
      exchange.isBusy = false
    }
  }

  /** https://core.telegram.org/mtproto/auth_key#6-server-responds-with */
  #sendDhParams(exchange: Exchange, reader: TlReader, door: Door): Buffer {
    const { rsa, random, clock } = this.#deps
    const p = reader.bytes()
    const q = reader.bytes()
    const fingerprint = reader.long()
    const { semiprime, nonce, serverNonce } = exchange
    if (exchange.secret) throw new TransportError(404, 'req_DH_params came twice')
    if (fingerprint !== rsa.fingerprint) throw new TransportError(404, 'no such public key')
    if (!isSame(p, semiprime.p) || !isSame(q, semiprime.q)) throw new TransportError(404, 'wrong factors')
    const inner = openInnerData(rsa, reader.bytes())
    if (!inner) throw new TransportError(404, 'the inner data cannot be decrypted')
    if (!isSame(inner.nonce, nonce) || !isSame(inner.serverNonce, serverNonce)) {
      throw new TransportError(404, 'wrong nonces')
    }
    if (!isSame(inner.pq, semiprime.pq)) throw new TransportError(404, 'wrong pq')
    this.#checkDc(inner.dc, door)

    const { gA, privateKey } = makeDhHalf(random)
    const aes = exchangeAesKey(inner.newNonce, serverNonce)
    exchange.secret = { inner, privateKey, aes, retryId: 0n, retries: 0 }

    const w = new TlWriter(640)
    w.int(ID.serverDhInnerData)
    w.int128(nonce)
    w.int128(serverNonce)
    w.int(DH_GENERATOR)
    w.bytes(DH_PRIME)
    w.bytes(gA)
    w.int(clock.nowSec())
    const data = w.finish()
    const padding = random.bytes(-(20 + data.length) & (BLOCK_BYTES - 1))
    w.int(ID.serverDhParamsOk)
    w.int128(nonce)
    w.int128(serverNonce)
    w.bytes(encryptIge(Buffer.concat([sha1(data), data, padding]), aes.key, aes.iv))
    return Buffer.from(w.finish())
  }

  #checkDc(named: number | undefined, door: Door): void {
    const { dcs } = this.#deps
    if (named === undefined || !dcs) return
    const dc = Math.abs(named) % TEST_DC_OFFSET
    if (!dcs.ids.includes(dc)) throw new TransportError(444, `no datacenter ${dc}`)
    if (door !== undefined && door !== dc) throw new TransportError(444, `datacenter ${dc} is not here`)
  }

  /** To which datacenter a key belongs: the one that the client named, else that of the door it came in by. */
  #dcOf(named: number | undefined, door: Door): number {
    return named === undefined ? (door ?? this.#deps.dcs?.fallback ?? 0) : Math.abs(named)
  }

  /** https://core.telegram.org/mtproto/auth_key#9-server-responds-in-one-of-three-ways */
  async #finish(exchange: Exchange, reader: TlReader, door: Door): Promise<Buffer> {
    const { secret } = exchange
    const encrypted = reader.bytes()
    if (!secret) throw new TransportError(404, 'set_client_DH_params came too soon')
    if (encrypted.length === 0 || encrypted.length % BLOCK_BYTES !== 0) {
      throw new TransportError(404, 'the client data does not consist of whole blocks')
    }
    const data = readClientDhData(decryptIge(encrypted, secret.aes.key, secret.aes.iv))
    if (!data) throw new TransportError(404, 'the client data cannot be decrypted')
    if (!isSame(data.nonce, exchange.nonce) || !isSame(data.serverNonce, exchange.serverNonce)) {
      throw new TransportError(404, 'wrong nonces')
    }
    if (!isSafePublicValue(data.gB)) throw new TransportError(404, 'g_b is out of range')
    if (data.retryId !== secret.retryId) throw new TransportError(404, 'wrong retry_id')

    const authKey = await dhSecret(secret.privateKey, data.gB)
    const hash = sha1(authKey)
    const keyId = hash.readBigInt64LE(12)
    const isNew = keyId !== 0n && (await this.#create(exchange, secret, { keyId, authKey, door }))
    if (!isNew) return this.#retry(exchange, secret, hash)
    exchange.isOver = true
    return this.#verdict(exchange, secret, ID.dhGenOk, 1, hash)
  }

  #retry(exchange: Exchange, secret: ExchangeSecret, hash: Buffer): Buffer {
    secret.retries++
    if (secret.retries > this.#deps.limits.handshakeRetries) {
      exchange.isOver = true
      return this.#verdict(exchange, secret, ID.dhGenFail, 3, hash)
    }
    secret.retryId = hash.readBigInt64LE(0)
    return this.#verdict(exchange, secret, ID.dhGenRetry, 2, hash)
  }

  /** Resolves with true when the key is durable, with false when there is one of this id. */
  async #create(
    exchange: Exchange,
    secret: ExchangeSecret,
    made: { readonly keyId: bigint; readonly authKey: Buffer; readonly door: Door },
  ): Promise<boolean> {
    const { keys, salts, clock, limits, log } = this.#deps
    const { inner } = secret
    const lifeSec =
      inner.expiresInSec === undefined
        ? undefined
        : Math.min(Math.max(inner.expiresInSec, 1), limits.tempKeySec)
    const key = new AuthKey({
      keyId: made.keyId,
      secret: made.authKey,
      dc: this.#dcOf(inner.dc, made.door),
      expiresAtSec: lifeSec === undefined ? undefined : clock.nowSec() + lifeSec,
    })
    const newNonce = Buffer.from(inner.newNonce).readBigInt64LE(0)
    salts.acceptFirst(key, newNonce ^ Buffer.from(exchange.serverNonce).readBigInt64LE(0))
    const isNew = await keys.create(key)
    if (isNew) log.debug({ dc: inner.dc, isTemporary: key.isTemporary }, 'an authorization key was created')
    return isNew
  }

  #verdict(exchange: Exchange, secret: ExchangeSecret, id: number, number: number, hash: Buffer): Buffer {
    const { newNonce } = secret.inner
    const nonceHash = sha1(Buffer.concat([newNonce, Buffer.of(number), hash.subarray(0, 8)])).subarray(4)
    const w = new TlWriter(64)
    w.int(id)
    w.int128(exchange.nonce)
    w.int128(exchange.serverNonce)
    w.int128(nonceHash)
    return Buffer.from(w.finish())
  }
}

function idOf(serverNonce: Uint8Array): string {
  return Buffer.from(serverNonce).toString('latin1')
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}
