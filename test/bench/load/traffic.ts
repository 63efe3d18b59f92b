import { setTimeout as delay } from 'node:timers/promises'
import { encodeRequest } from '../../../src/tl/encode.ts'
import { tl } from '../../../src/tl/factories.ts'
import type { Connection } from './connection.ts'
import { digitsAt, MARKED_TEXT, numbersIn, UNCOUNTED, writeNumber } from './marks.ts'
import { TOO_LONG } from './names.ts'

/** Two sessions; the first writes to the second. */
export interface Pair {
  readonly sender: Connection
  readonly receiver: Connection
  readonly receiverId: number
  readonly accessHash: bigint
}

/** How often something was done. */
export interface Done {
  /** In all, also before and after what was timed. */
  readonly count: number
  readonly perSecond: number
}

/** What a run of messages came to. */
export interface Delivered extends Done {
  readonly p50Ms: number
  readonly p99Ms: number
}

/** More than can be under way at a time. */
const REMEMBERED = 1 << 20
/** So long a message may be missing after the last one was sent. */
const LAST_MS = 10_000
const PACE_MS = 1
/** How many of those that came twice are named. */
const NAMED = 20
const IN_FLIGHT = 64

/** Messages on their way: each is counted when its receiver has the update that was pushed, exactly once. */
export class Traffic {
  readonly #pairs: readonly Pair[]
  readonly #templates: readonly Template[]
  readonly #sentAt = new Float64Array(REMEMBERED)
  /** The numbers of messages rise over all runs, so that one of an earlier run is none of this. */
  #lastNumber = UNCOUNTED
  #sent = 0
  #received = 0
  /** The messages that came when they were not under way. */
  #doubled: number[] = []
  #isTooLong = false
  #failure: Error | undefined
  #latencies: number[] | undefined
  #isSending = false

  constructor(pairs: readonly Pair[]) {
    this.#pairs = pairs
    this.#templates = pairs.map((pair) => templateFor(pair))
    for (const { sender, receiver } of pairs) {
      receiver.onUpdate = (body) => this.#receive(body)
      sender.onFailure = receiver.onFailure = (error) => (this.#failure ??= error)
    }
  }

  /** Each sender keeps `window` requests in flight: the next leaves when one is answered. */
  async closedLoop(options: { window: number; warmMs: number; measureMs: number }): Promise<Delivered> {
    this.#begin()
    const next = (index: number): void =>
      this.#send(index, performance.now(), () => this.#isSending && next(index))
    for (let i = 0; i < this.#pairs.length; i++) for (let k = 0; k < options.window; k++) next(i)
    return await this.#measure(options.warmMs, options.measureMs)
  }

  /** Messages leave at a fixed rate, however long their answers take, and are timed from when they were due. */
  async openLoop(options: { perSecond: number; warmMs: number; measureMs: number }): Promise<Delivered> {
    this.#begin()
    const startedAt = performance.now()
    let due = 0
    const timer = setInterval(() => {
      if (!this.#isSending) return
      const now = performance.now()
      for (;;) {
        const dueAt = startedAt + (due / options.perSecond) * 1000
        if (dueAt > now) break
        this.#send(due++ % this.#pairs.length, dueAt, () => {})
      }
    }, PACE_MS)
    try {
      return await this.#measure(options.warmMs, options.measureMs)
    } finally {
      clearInterval(timer)
    }
  }

  #begin(): void {
    this.#isSending = true
    this.#sent = this.#received = 0
  }

  async #measure(warmMs: number, measureMs: number): Promise<Delivered> {
    await delay(warmMs)
    this.#throwFailure()
    const latencies: number[] = []
    this.#latencies = latencies
    const from = this.#received
    const startedAt = performance.now()
    await delay(measureMs)
    const perSecond = ((this.#received - from) / (performance.now() - startedAt)) * 1000
    this.#latencies = undefined
    this.#isSending = false
    await this.#settle()
    return { count: this.#received, perSecond, ...percentiles(latencies) }
  }

  /** Waits until everything sent has been received; throws when something is lost or came twice. */
  async #settle(): Promise<void> {
    const until = performance.now() + LAST_MS
    while (this.#received < this.#sent && performance.now() < until && !this.#failure) await delay(20)
    this.#throwFailure()
    const lost = this.#sent - this.#received
    if (lost === 0 && this.#doubled.length === 0) return
    const counts = `of ${this.#sent} messages ${lost} were not delivered and ${this.#doubled.length} came twice`
    const firstNumber = this.#lastNumber - this.#sent + 1
    const which = `numbers ${firstNumber} to ${this.#lastNumber}; twice ${this.#doubled.slice(0, NAMED).join(' ')}`
    throw new Error(`${counts} (${which})${this.#isTooLong ? '; somebody was told updatesTooLong' : ''}`)
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure
  }

  #send(index: number, at: number, onAnswer: () => void): void {
    const number = ++this.#lastNumber
    this.#sent++
    this.#sentAt[number % REMEMBERED] = at
    this.#pairs[index]!.sender.send(this.#templates[index]!.write(number), (_result, error) => {
      if (error) this.#failure ??= error
      else onAnswer()
    })
  }

  #receive(body: Buffer): void {
    const now = performance.now()
    if (body.readInt32LE(0) === TOO_LONG) this.#isTooLong = true
    for (const number of numbersIn(body)) {
      if (number === UNCOUNTED) continue
      const sentAt = this.#sentAt[number % REMEMBERED]!
      if (sentAt === 0) {
        this.#doubled.push(number)
        continue
      }
      this.#sentAt[number % REMEMBERED] = 0
      this.#received++
      this.#latencies?.push(now - sentAt)
    }
  }
}

interface Template {
  /** The request of one message. The bytes are fresh, for they may wait to be sent. */
  write(number: number): Buffer
}

const RANDOM_ID = 0x1234_5678_9abc_def0n
let lastRandomId = BigInt(Date.now()) << 20n

function templateFor(pair: Pair): Template {
  const bytes = Buffer.from(
    encodeRequest(
      tl['messages.sendMessage']({
        peer: tl.inputPeerUser({ userId: pair.receiverId, accessHash: pair.accessHash }),
        message: MARKED_TEXT,
        randomId: RANDOM_ID,
      }),
    ),
  )
  const digits = digitsAt(bytes)
  const needle = Buffer.alloc(8)
  needle.writeBigInt64LE(RANDOM_ID)
  const random = bytes.indexOf(needle)
  return {
    write(number) {
      const copy = Buffer.from(bytes)
      writeNumber(copy, digits, number)
      copy.writeBigInt64LE(++lastRandomId, random)
      return copy
    },
  }
}

function percentiles(latencies: number[]): { p50Ms: number; p99Ms: number } {
  const sorted = Float64Array.from(latencies).sort()
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN
  return { p50Ms: at(0.5), p99Ms: at(0.99) }
}

/** Sends a number of messages, with some of them in flight at a time. Resolves when all are answered. */
export async function sendMany(pair: Pair, count: number): Promise<void> {
  const template = templateFor(pair)
  let next = 0
  const worker = async (): Promise<void> => {
    while (next++ < count) await pair.sender.request(template.write(UNCOUNTED))
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
}

/** Keeps `window` requests in flight on each connection; `next` makes one for the connection with this index. */
export async function callLoop(
  connections: readonly Connection[],
  next: (index: number) => Uint8Array,
  options: { window: number; warmMs: number; measureMs: number },
): Promise<Done> {
  let answered = 0
  let running = 0
  let isSending = true
  let failure: Error | undefined
  for (const [index, connection] of connections.entries()) {
    const send = (): void => {
      running++
      connection.send(next(index), (_result, error) => {
        running--
        answered++
        failure ??= error
        if (isSending && !failure) send()
      })
    }
    for (let k = 0; k < options.window; k++) send()
  }
  await delay(options.warmMs)
  const from = answered
  const startedAt = performance.now()
  await delay(options.measureMs)
  const perSecond = ((answered - from) / (performance.now() - startedAt)) * 1000
  isSending = false
  for (;;) {
    if (failure) throw failure
    if (running === 0) break
    await delay(10)
  }
  return { count: answered, perSecond }
}

/** What a flood came to. */
export interface Flooded {
  readonly sent: number
  readonly refused: number
}

/** Each sender keeps `window` messages in flight for a while, whatever it is told, and never waits. */
export async function flood(
  pairs: readonly Pair[],
  options: { readonly window: number; readonly forMs: number },
): Promise<Flooded> {
  const endsAt = performance.now() + options.forMs
  const done = { sent: 0, refused: 0 }
  const floodFrom = async (pair: Pair, template: Template): Promise<void> => {
    while (performance.now() < endsAt) {
      try {
        await pair.sender.request(template.write(UNCOUNTED))
        done.sent++
      } catch (error) {
        if (!(error instanceof Error) || !error.message.includes('FLOOD_WAIT')) throw error
        done.refused++
      }
    }
  }
  await Promise.all(
    pairs.flatMap((pair) => {
      const template = templateFor(pair)
      return Array.from({ length: options.window }, () => floodFrom(pair, template))
    }),
  )
  return done
}
