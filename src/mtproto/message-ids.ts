import type { Clock } from '../lib/clock.ts'

/** What the lowest two bits of a server's message id say. */
export const ANSWER = 1n
export const PUSH = 3n

const FRACTION = 0x1_0000_0000

/**
 * Ids of outgoing messages: the time in 2^-32 seconds, rising strictly over the whole server and so in each session.
 * https://core.telegram.org/mtproto/description#message-identifier-msg-id
 */
export class MessageIds {
  readonly #clock: Clock
  #last = 0n

  constructor(clock: Clock) {
    this.#clock = clock
  }

  next(kind: typeof ANSWER | typeof PUSH): bigint {
    const id = messageIdAt(this.#clock.nowMs())
    this.#last = id > this.#last ? id : this.#last + 4n
    return this.#last + kind
  }
}

/** The message id of a moment, divisible by four. */
export function messageIdAt(ms: number): bigint {
  const sec = Math.floor(ms / 1000)
  const fraction = Math.floor(((ms - sec * 1000) / 1000) * FRACTION)
  return (BigInt(sec) << 32n) + BigInt(fraction - (fraction % 4))
}

/** When a message says that it was made, in whole seconds. */
export function secondsOfMessageId(msgId: bigint): number {
  return Number(BigInt.asUintN(64, msgId) >> 32n)
}
