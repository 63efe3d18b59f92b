import type { Timer } from '../lib/clock.ts'
import type { HttpWait, Outlet } from './outlet.ts'
import type { MtprotoSession } from './session.ts'
import type { Shared } from './shared.ts'

/**
 * One HTTP request of a client and its response, which carries one packet. It waits for messages as long as the client
 * asked for, and ends with an empty container when none comes.
 * https://core.telegram.org/mtproto/service_messages#http-wait-long-poll
 */
export class HttpExchange implements Outlet {
  readonly ordinal: number
  readonly ip: string
  readonly takesOne = true
  isPolling = false
  /** The packet to respond with. */
  readonly response: Promise<Buffer>

  readonly #shared: Shared
  readonly #respond: (packet: Buffer) => void
  #session: MtprotoSession | undefined
  #wait: HttpWait
  #isOver = false
  #mayGo = false
  #firstMessageMs = 0
  #delay: Timer | undefined
  #deadline: Timer | undefined

  constructor(shared: Shared, ordinal: number, ip: string) {
    this.#shared = shared
    this.ordinal = ordinal
    this.ip = ip
    this.#wait = { maxDelayMs: 0, waitAfterMs: 0, maxWaitMs: shared.limits.httpWaitMs }
    const { promise, resolve } = Promise.withResolvers<Buffer>()
    this.response = promise
    this.#respond = resolve
  }

  carry(session: MtprotoSession): void {
    this.#session = session
  }

  waitFor(wait: HttpWait): void {
    const bounded = (ms: number): number => Math.min(Math.max(ms, 0), this.#shared.limits.httpWaitMs)
    this.#wait = {
      maxDelayMs: bounded(wait.maxDelayMs),
      waitAfterMs: bounded(wait.waitAfterMs),
      maxWaitMs: bounded(wait.maxWaitMs),
    }
    this.isPolling = this.#wait.maxWaitMs > 0
  }

  /** The request has been taken in; from now on the response may wait. */
  begin(): void {
    if (this.#isOver) return
    if (this.#wait.maxWaitMs === 0) this.#expire()
    else this.#deadline = this.#shared.clock.setTimeout(() => this.#expire(), this.#wait.maxWaitMs)
  }

  /** Is asked each time the session has something to send; each such time the wait for more begins anew. */
  mayWrite(): boolean {
    if (this.#isOver) return false
    const { maxDelayMs, waitAfterMs } = this.#wait
    if (maxDelayMs === 0 || this.#mayGo) return true
    const nowMs = this.#shared.clock.nowMs()
    if (this.#firstMessageMs === 0) this.#firstMessageMs = nowMs
    this.#delay?.cancel()
    const delayMs = Math.min(waitAfterMs, this.#firstMessageMs + maxDelayMs - nowMs)
    this.#delay = this.#shared.clock.setTimeout(() => this.#letGo(), Math.max(delayMs, 0))
    return false
  }

  #letGo(): void {
    this.#mayGo = true
    if (this.#session) this.#shared.flushSoon(this.#session)
  }

  #expire(): void {
    if (this.#isOver) return
    if (this.#session) this.#session.sendPacket(this)
    else this.send(Buffer.alloc(0))
  }

  send(packet: Buffer): void {
    if (this.#isOver) return
    this.#respond(packet)
    this.close()
  }

  /** A packet is sent later or not at all: an HTTP client asks again. */
  close(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#delay?.cancel()
    this.#deadline?.cancel()
    this.#session?.detach(this)
    this.#respond(Buffer.alloc(0))
  }

  closeIn(): void {}
  readOn(): void {}
}
