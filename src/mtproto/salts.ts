import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'
import type { AuthKey } from './keys.ts'

const HOUR_SEC = 3600

/** A salt and when it may be used. */
export interface FutureSalt {
  readonly validSinceSec: number
  readonly validUntilSec: number
  readonly salt: bigint
}

/**
 * Server salts: one for each key and hour, derived and never stored. The neighbouring hours' are accepted too, so that
 * no request is refused because the hour turned while it was on its way.
 * https://core.telegram.org/mtproto/description#server-salt
 */
export class Salts {
  readonly #secret: KeyObject
  readonly #clock: Clock

  constructor(secret: Uint8Array, clock: Clock) {
    this.#secret = createSecretKey(secret)
    this.#clock = clock
  }

  /** The salt to use now. */
  current(key: AuthKey): bigint {
    return this.#around(key)[1]
  }

  accepts(key: AuthKey, salt: bigint): boolean {
    const [previous, current, next] = this.#around(key)
    if (salt === current || salt === previous || salt === next) return true
    const first = key.firstSalt
    return first !== undefined && first.salt === salt && this.#clock.nowSec() < first.untilSec
  }

  /** The present salt and those after it. Each is valid for two hours, so that they overlap. */
  future(key: AuthKey, count: number): FutureSalt[] {
    const hour = Math.floor(this.#clock.nowSec() / HOUR_SEC)
    return Array.from({ length: count }, (_, i) => ({
      validSinceSec: (hour + i) * HOUR_SEC,
      validUntilSec: (hour + i + 2) * HOUR_SEC,
      salt: this.#derive(key, hour + i),
    }))
  }

  /** Lets the salt that a key exchange agreed on be used for the first hour. */
  acceptFirst(key: AuthKey, salt: bigint): void {
    key.firstSalt = { salt, untilSec: this.#clock.nowSec() + HOUR_SEC }
  }

  #around(key: AuthKey): readonly [bigint, bigint, bigint] {
    const hour = Math.floor(this.#clock.nowSec() / HOUR_SEC)
    if (key.salts?.hour !== hour) {
      const values = [hour - 1, hour, hour + 1].map((at) => this.#derive(key, at))
      key.salts = { hour, values: values as [bigint, bigint, bigint] } // Three hours give three salts.
    }
    return key.salts.values
  }

  #derive(key: AuthKey, hour: number): bigint {
    const input = Buffer.allocUnsafe(16)
    input.writeBigInt64LE(key.id, 0)
    input.writeBigInt64LE(BigInt(hour), 8)
    return createHmac('sha256', this.#secret).update(input).digest().readBigInt64LE(0)
  }
}
