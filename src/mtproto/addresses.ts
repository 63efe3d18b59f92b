import { isLoopback, networkOf } from '../lib/address.ts'
import { Buckets, type Pace } from '../lib/buckets.ts'
import type { Clock } from '../lib/clock.ts'
import { TransportError } from './errors.ts'
import type { MtprotoLimits } from './limits.ts'

/** What the visits from one network hold together. */
interface Held {
  readonly network: string
  visits: number
  pendingBytes: number
}

/** What each address may hold and do, before anybody knows who is behind it. */
export class Addresses {
  readonly limits: MtprotoLimits
  readonly handshakes: Buckets
  readonly unknownKeys: Buckets
  readonly #held = new Map<string, Held>()

  constructor(clock: Clock, limits: MtprotoLimits) {
    this.limits = limits
    this.handshakes = new Buckets(clock)
    this.unknownKeys = new Buckets(clock)
  }

  /** A connection, or an HTTP request, begins. */
  visit(ip: string): Visit {
    const network = networkOf(ip)
    const held = this.#held.get(network) ?? { network, visits: 0, pendingBytes: 0 }
    this.#held.set(network, held)
    // Behind this machine's own address are all tests, and all clients when there is a proxy.
    return new Visit(this, held, isLoopback(ip) ? this.limits.loopbackTimes : 1)
  }

  forget({ network }: Held): void {
    this.#held.delete(network)
  }
}

/**
 * One connection of an address, or one HTTP request. Whoever goes beyond what an address may do is told -429, and nothing is
 * looked up or computed for them.
 */
export class Visit {
  readonly #addresses: Addresses
  readonly #held: Held
  readonly #times: number
  #pendingBytes = 0

  constructor(addresses: Addresses, held: Held, times: number) {
    this.#addresses = addresses
    this.#held = held
    this.#times = times
    held.visits++
  }

  end(): void {
    this.keepPending(0)
    if (--this.#held.visits === 0) this.#addresses.forget(this.#held)
  }

  /** Throws when the address has too many connections. */
  check(): void {
    if (this.#held.visits > this.#addresses.limits.connectionsPerIp * this.#times)
      throw new TransportError(429, 'too many connections of one address')
  }

  /** Notes how many bytes of an unfinished packet are kept. False when that is too much for the address. */
  keepPending(bytes: number): boolean {
    if (bytes === this.#pendingBytes) return true
    this.#held.pendingBytes += bytes - this.#pendingBytes
    this.#pendingBytes = bytes
    return this.#held.pendingBytes <= this.#addresses.limits.pendingBytesPerIp * this.#times
  }

  /** A key exchange begins. Throws when there were too many lately. */
  beginHandshake(): void {
    const { handshakesPerIp: perSec, handshakeBurst: burst } = this.#addresses.limits
    this.#take(this.#addresses.handshakes, { perSec, burst }, 'too many key exchanges of one address')
  }

  /** A key is to be looked up. Throws when too many were named lately that there are none of. */
  askForKey(): void {
    this.#missKeys(0)
  }

  /** There is none of the key that was looked up. */
  missKey(): void {
    this.#missKeys(1)
  }

  #missKeys(count: number): void {
    const { unknownKeysPerIp: perSec, unknownKeyBurst: burst } = this.#addresses.limits
    this.#take(this.#addresses.unknownKeys, { perSec, burst }, 'too many unknown keys of one address', count)
  }

  #take(buckets: Buckets, { perSec, burst }: Pace, message: string, count = 1): void {
    const pace = { perSec: perSec * this.#times, burst: burst * this.#times }
    if (buckets.take(this.#held.network, pace, count) > 0) throw new TransportError(429, message)
  }
}
