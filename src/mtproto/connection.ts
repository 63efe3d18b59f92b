import type { Visit } from './addresses.ts'
import { TransportError } from './errors.ts'
import type { Outlet } from './outlet.ts'
import type { Pipe, PipeEvents } from './pipe.ts'
import type { MtprotoSession } from './session.ts'
import type { Shared } from './shared.ts'
import { FramingError, type Frame } from './transports/framing.ts'
import { PacketStream } from './transports/stream.ts'

/** What becomes of a packet. A promise holds back the packets behind it. */
export type OnFrame = (connection: Connection, frame: Frame) => void | Promise<void>

/** One connection: bytes in, packets out, and back. What the packets mean is not its business. */
export class Connection implements Outlet {
  readonly ordinal: number
  readonly takesOne = false
  readonly isPolling = false
  /** Key exchanges begun here. */
  handshakes = 0

  readonly #shared: Shared
  readonly #onFrame: OnFrame
  readonly #onGone: (connection: Connection) => void
  readonly #stream: PacketStream
  /** What the address of this connection may do. */
  readonly visit: Visit
  readonly #pipe: Pipe
  #sessions: MtprotoSession[] = []
  /** A packet is being dealt with, and the next one waits for that. */
  #isWorking = false
  #isPaused = false
  /** Nothing more is taken from the client. */
  #isStopped = false
  #isClosed = false
  readonly #openedAtSec: number
  #lastFrameSec = 0
  /** When the bytes of the present, unfinished packet began to come; 0 while there are none. */
  #partialSinceSec = 0
  #disconnectAtSec = Number.POSITIVE_INFINITY

  constructor(
    shared: Shared,
    ordinal: number,
    makePipe: (events: PipeEvents) => Pipe,
    onFrame: OnFrame,
    onGone: (connection: Connection) => void,
  ) {
    this.#shared = shared
    this.ordinal = ordinal
    this.#onFrame = onFrame
    this.#onGone = onGone
    this.#stream = new PacketStream(shared.random, shared.limits.frameBytes)
    this.#openedAtSec = shared.clock.nowSec()
    this.#pipe = makePipe({
      onData: (chunk) => this.receive(chunk),
      onDrain: () => this.#drained(),
      onClose: () => this.#gone(),
    })
    this.visit = shared.addresses.visit(this.#pipe.ip)
  }

  get ip(): string {
    return this.#pipe.ip
  }

  /** Takes bytes from the client. */
  receive(chunk: Buffer): void {
    if (this.#isClosed) return
    try {
      this.#stream.push(chunk)
    } catch (error) {
      this.#fail(error)
      return
    }
    if (this.#stream.bufferedBytes > this.#shared.limits.pendingBytes) this.destroy()
    else this.#work()
  }

  /** Deals with the packets at hand until one of them, or the client's slowness, makes the rest wait. */
  #work(): void {
    while (!this.#isWorking && !this.#isPaused && !this.#isStopped && !this.#isClosed) {
      try {
        const frame = this.#stream.next()
        if (!frame) break
        this.#lastFrameSec = this.#shared.clock.nowSec()
        this.#partialSinceSec = 0
        const pending = this.#onFrame(this, frame)
        if (pending) this.#await(pending)
      } catch (error) {
        this.#fail(error)
        return
      }
      if (this.#isTooBusy()) this.#pause()
    }
    const { bufferedBytes } = this.#stream
    if (bufferedBytes > 0) this.#partialSinceSec ||= this.#shared.clock.nowSec()
    if (!this.#isClosed && !this.visit.keepPending(bufferedBytes)) this.destroy()
  }

  #await(pending: Promise<void>): void {
    this.#isWorking = true
    this.#pipe.pause()
    const goOn = (): void => {
      this.#isWorking = false
      if (this.#isClosed) return
      if (!this.#isPaused && !this.#isStopped) this.#pipe.resume()
      this.#work()
    }
    pending.catch((error: unknown) => this.#fail(error)).finally(goOn)
  }

  #isTooBusy(): boolean {
    return !this.mayWrite() || this.#sessions.some((session) => session.isBusy)
  }

  #pause(): void {
    this.#isPaused = true
    this.#pipe.pause()
  }

  /** Takes nothing more from the client; what is under way is still answered. */
  stopReading(): void {
    this.#isStopped = true
    this.#pipe.pause()
  }

  readOn(): void {
    if (!this.#isPaused || this.#isStopped || this.#isClosed || this.#isTooBusy()) return
    this.#isPaused = false
    if (!this.#isWorking) this.#pipe.resume()
    this.#work()
  }

  #drained(): void {
    for (const session of this.#sessions) this.#shared.flushSoon(session)
    this.readOn()
  }

  #fail(error: unknown): void {
    if (error instanceof TransportError) {
      this.#shared.log.debug({ ip: this.ip, code: error.code }, error.message)
      this.sendError(error.code)
      return
    }
    if (error instanceof FramingError) this.#shared.log.debug({ ip: this.ip }, error.message)
    else this.#shared.log.error({ err: error, ip: this.ip }, 'a packet could not be dealt with')
    this.destroy()
  }

  /** Tells the client why the connection ends, and ends it. */
  sendError(code: number): void {
    if (this.#isClosed) return
    const payload = Buffer.allocUnsafe(4)
    payload.writeInt32LE(-code, 0)
    if (this.#stream.framing) this.#pipe.write(this.#stream.wrap(payload))
    this.close()
  }

  sendQuickAck(token: number): void {
    if (this.#isClosed) return
    const packet = this.#stream.wrapQuickAck(token)
    if (packet) this.#pipe.write(packet)
  }

  carry(session: MtprotoSession): void {
    this.#sessions.push(session)
  }

  mayWrite(): boolean {
    return this.#pipe.queuedBytes < this.#shared.limits.writeHighBytes
  }

  send(packet: Buffer): void {
    if (!this.#isClosed) this.#pipe.write(this.#stream.wrap(packet))
  }

  closeIn(delaySec: number): void {
    this.#disconnectAtSec = this.#shared.clock.nowSec() + delaySec
  }

  /** Nothing of HTTP's waiting applies here. */
  waitFor(): void {}

  close(): void {
    if (this.#isClosed) return
    this.#leave()
    this.#pipe.end()
  }

  destroy(): void {
    this.#leave()
    this.#pipe.destroy()
  }

  /** Closes the connection when one of its times is up. */
  sweep(nowSec: number): void {
    const { firstFrameSec, partialFrameSec, idleSec } = this.#shared.limits
    const isIdle =
      this.#lastFrameSec === 0
        ? nowSec - this.#openedAtSec > firstFrameSec
        : nowSec - this.#lastFrameSec > idleSec
    const isStuck = this.#partialSinceSec > 0 && nowSec - this.#partialSinceSec > partialFrameSec
    if (isIdle || (isStuck && !this.#isPaused) || nowSec >= this.#disconnectAtSec) this.destroy()
  }

  #gone(): void {
    this.#leave()
  }

  #leave(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const session of this.#sessions) session.detach(this)
    this.#sessions = []
    this.visit.end()
    this.#onGone(this)
  }
}
