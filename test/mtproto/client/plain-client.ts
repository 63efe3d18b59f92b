import { messageIdAt } from '../../../src/mtproto/message-ids.ts'
import type { Received } from './framing.ts'
import type { Wire } from './wire.ts'

/** The connection ended, by a transport error if it has a code. */
export class ConnectionClosed extends Error {
  readonly code: number | undefined
  constructor(code: number | undefined) {
    super(code === undefined ? 'the connection was closed' : `transport error ${code}`)
    this.code = code
  }
}

/** Unencrypted requests, one at a time. */
export class PlainClient {
  readonly #wire: Wire
  readonly #nowMs: () => number
  #waiting: { resolve(body: Buffer): void; reject(error: Error): void } | undefined

  constructor(wire: Wire, nowMs: () => number) {
    this.#wire = wire
    this.#nowMs = nowMs
  }

  ask(body: Buffer): Promise<Buffer> {
    const payload = Buffer.alloc(20 + body.length)
    payload.writeBigInt64LE(messageIdAt(this.#nowMs()), 8)
    payload.writeInt32LE(body.length, 16)
    payload.set(body, 20)
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#wire.send(payload)
    })
  }

  receive(received: Received): void {
    if ('quickAck' in received) return
    const { payload } = received
    if (payload.length < 20) this.gone(payload.readInt32LE(0))
    else this.#waiting?.resolve(payload.subarray(20, 20 + payload.readInt32LE(16)))
  }

  gone(code?: number): void {
    this.#waiting?.reject(new ConnectionClosed(code))
  }
}
