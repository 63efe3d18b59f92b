import { connect, type NatsConnection, type Subscription } from '@nats-io/transport-node'
import type { Logger } from 'pino'
import { atMost } from '../lib/at-most.ts'
import type { Clock, Timer } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { Bus } from './bus.ts'
import { createEnvelope, type Content, type Envelope } from './envelope.ts'
import { BusError } from './errors.ts'
import { Listeners, type Listener } from './listeners.ts'
import { Outflow } from './outflow.ts'

/** A NATS server, or several that are one cluster, and a name among those who use it. */
export interface BusAddress {
  /** HOST:PORT each. */
  readonly servers: readonly string[]
  readonly isTls: boolean
  readonly user: string | undefined
  readonly password: string | undefined
  readonly token: string | undefined
  /** Apart from servers with another one, which have the same keys; often ''. */
  readonly name: string
}

export interface NatsBusOptions {
  readonly address: BusAddress
  /** What subjects begin with: nodes of the same server have the same, and nobody else. */
  readonly prefix: string
  /** Proves that a message is of the same server. */
  readonly key: Uint8Array
  readonly log: Logger
  readonly clock: Clock
  readonly random: Random
}

/** How many events there were, since the start. */
export interface BusCounts {
  readonly sent: number
  readonly received: number
  /** Not sent, because the bus was away or did not take them fast enough. */
  readonly dropped: number
  /** Received, and not of this server. */
  readonly foreign: number
}

const CONNECT_MS = 5_000
/** A connection that does not answer is taken to be dead after two to three times as long. */
const PING_MS = 5_000
const PINGS_UNANSWERED = 2
/** How long the next attempt to connect waits: a part of the time that the bus has been away, within these. */
const RETRY_MS = { least: 100, most: 3_000, part: 0.25 }
/** An event that is longer is replaced by word that there was one. */
const MAX_MESSAGE_BYTES = 256 * 1024
/** How long `listening` takes at most, and the last word at a stop. */
const ANSWER_MS = 2_000
/** How often what may have been missed is looked up while the bus is away. */
const LOOK_EVERY_MS = 5_000
/** To this subject nodes say that they may not have been heard. No event goes to it. */
const EVERYTHING = 'all'

/** Connects to the bus. Throws BusError when it cannot be used. */
export async function openNatsBus(options: NatsBusOptions): Promise<NatsBus> {
  const { servers, isTls, user, password, token } = options.address
  const { random } = options
  let bus: NatsBus | undefined
  try {
    const nats = await connect({
      name: 'chappe',
      servers: [...servers],
      ...(isTls ? { tls: {} } : {}),
      ...(user === undefined ? {} : { user, pass: password ?? '' }),
      ...(token === undefined ? {} : { token }),
      timeout: CONNECT_MS,
      noEcho: true,
      noAsyncTraces: true,
      maxReconnectAttempts: -1,
      ignoreAuthErrorAbort: true,
      pingInterval: PING_MS,
      maxPingOut: PINGS_UNANSWERED,
      reconnectDelayHandler: () => retryDelayMs(bus?.awayMs ?? 0, random),
    })
    bus = new NatsBus(nats, options)
    await bus.begin()
    return bus
  } catch (error) {
    await bus?.close()
    const [reason] = (error instanceof Error ? error.message : String(error)).split('\n')
    throw new BusError(`the bus at ${servers.join(', ')} cannot be used: ${reason}`)
  }
}

function retryDelayMs(awayMs: number, random: Random): number {
  const { least, most, part } = RETRY_MS
  const delay = Math.min(most, Math.max(least, Math.floor(awayMs * part)))
  return delay + random.int(delay)
}

/**
 * A bus between processes: a subject of NATS for each of ours. What was lost is made up for by `onGap`: after a connection
 * broke, on this node for all that others told, and on the others for all that this one did.
 */
export class NatsBus implements Bus {
  readonly #options: NatsBusOptions
  readonly #nats: NatsConnection
  readonly #envelope: Envelope
  readonly #listeners = new Listeners()
  readonly #subscriptions = new Map<string, Subscription>()
  readonly #outflow: Outflow
  /** Subscriptions made, and those of which the server is known to have heard. */
  #made = 0
  #inForce = 0
  #awaySinceMs: number | undefined
  #looking: Timer | undefined
  #isClosed = false
  #refused: Error | undefined
  readonly #counts = { sent: 0, received: 0, dropped: 0, foreign: 0 }

  /** Takes a connection that was just made; `openNatsBus` makes it. */
  constructor(nats: NatsConnection, options: NatsBusOptions) {
    this.#nats = nats
    this.#options = options
    this.#envelope = createEnvelope(options.key)
    this.#outflow = new Outflow(
      () => nats.flush(),
      () => this.#tellGap(),
    )
    void this.#watch()
  }

  get isAway(): boolean {
    return this.#awaySinceMs !== undefined
  }

  get awayMs(): number {
    return this.#awaySinceMs === undefined ? 0 : performance.now() - this.#awaySinceMs
  }

  get counts(): BusCounts {
    return this.#counts
  }

  /** Rejects when the server lets this node neither hear nor tell. */
  async begin(): Promise<void> {
    this.#listen(EVERYTHING, (content) => {
      if (content === 'gap') this.#missed(this.#listeners.of())
    })
    this.#send('begin', 'gap') // Nobody listens.
    await this.#nats.flush()
    // What is refused is told apart from the answer to the flush, and before it.
    await new Promise((resolve) => setImmediate(resolve))
    if (this.#refused) throw this.#refused
  }

  publish(subject: string, event: unknown): void {
    this.#listeners.tellSoon(subject, event)
    this.#send(subject, { event })
  }

  subscribe(subject: string, hear: (event: unknown) => void, onGap: () => void): () => void {
    if (!this.#listeners.has(subject)) this.#listen(subject, (content) => this.#tell(subject, content))
    return this.#listeners.add(subject, { hear, onGap }, () => this.#unlisten(subject))
  }

  listening(): Promise<void> | undefined {
    const made = this.#made
    if (this.isAway || this.#isClosed || this.#inForce >= made) return undefined
    let isLate = false
    const heard = this.#nats.flush().then(
      () => {
        this.#inForce = Math.max(this.#inForce, made)
        if (isLate) this.#missed(this.#listeners.of())
      },
      () => {}, // The connection broke: a gap follows.
    )
    return atMost(this.#options.clock, ANSWER_MS, heard).then(() => void (isLate = true))
  }

  /** Sends what is under way, hears no more, and drops what is published from then on. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#looking?.cancel()
    const sent = this.isAway ? undefined : this.#nats.flush().catch(() => {})
    if (sent) await atMost(this.#options.clock, ANSWER_MS, sent)
    await this.#nats.close()
  }

  #nameOf(subject: string): string {
    return `${this.#options.prefix}.${subject}`
  }

  #send(subject: string, content: Content): void {
    const name = this.#nameOf(subject)
    if (this.#isClosed || this.isAway || this.#nats.isClosed()) return void this.#counts.dropped++
    const message = this.#write(name, content)
    if (!this.#outflow.take(message.length)) return void this.#counts.dropped++
    this.#counts.sent++
    this.#nats.publish(name, message)
  }

  /** What cannot be told is replaced by word that there was something. */
  #write(name: string, content: Content): Buffer {
    try {
      const message = this.#envelope.close(name, content)
      const most = Math.min(MAX_MESSAGE_BYTES, this.#nats.info?.max_payload ?? MAX_MESSAGE_BYTES)
      if (message.length <= most) return message
    } catch (error) {
      // Whoever publishes has committed a change, and has no use for this.
      this.#options.log.error({ err: error, subject: name }, 'an event is no data')
    }
    return this.#envelope.close(name, 'gap')
  }

  #listen(subject: string, take: (content: Content) => void): void {
    if (this.#isClosed || this.#nats.isClosed()) return
    const subscription = this.#nats.subscribe(this.#nameOf(subject), {
      callback: (error, message) => {
        if (error) return this.#refuse(error)
        const content = this.#read(message.subject, message.data)
        if (content) take(content)
      },
    })
    this.#made++
    this.#subscriptions.set(subject, subscription)
  }

  #unlisten(subject: string): void {
    if (!this.#isClosed) this.#subscriptions.get(subject)?.unsubscribe()
    this.#subscriptions.delete(subject)
  }

  #read(name: string, message: Uint8Array): Content | undefined {
    let content: Content | undefined
    try {
      if (message.length <= MAX_MESSAGE_BYTES) content = this.#envelope.open(name, message)
    } catch (error) {
      // It is of this server, from a node with a newer Node, perhaps.
      this.#options.log.warn({ err: error, subject: name }, 'an event of another node cannot be read')
      return 'gap'
    }
    if (content) this.#counts.received++
    else if (this.#counts.foreign++ === 0)
      this.#options.log.warn({ subject: name }, 'a message on the bus is not of this server')
    return content
  }

  #tell(subject: string, content: Content): void {
    if (content === 'gap') return this.#missed(this.#listeners.of(subject))
    for (const { hear } of this.#listeners.of(subject)) this.#guard(() => hear(content.event))
  }

  #missed(listeners: Iterable<Listener>): void {
    for (const { onGap } of listeners) this.#guard(onGap)
  }

  /** What is thrown here would end the connection. */
  #guard(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#options.log.error({ err: error }, 'an event of another node could not be taken')
    }
  }

  /** Has the other nodes look up what this one may have told in vain. */
  #tellGap(): void {
    this.#send(EVERYTHING, 'gap')
  }

  async #watch(): Promise<void> {
    for await (const status of this.#nats.status()) {
      if (status.type === 'disconnect') this.#noteAway()
      else if (status.type === 'reconnect') void this.#comeBack()
      else if (status.type === 'error') this.#refuse(status.error)
      else if (status.type === 'close') this.#noteAway()
    }
  }

  #noteAway(): void {
    if (this.isAway || this.#isClosed) return
    this.#awaySinceMs = performance.now()
    this.#options.log.warn('the bus is away: what changes on other nodes is seen late here')
    this.#looking = this.#options.clock.setInterval(() => this.#missed(this.#listeners.of()), LOOK_EVERY_MS)
  }

  async #comeBack(): Promise<void> {
    const awayMs = Math.round(this.awayMs)
    this.#awaySinceMs = undefined
    this.#looking?.cancel()
    this.#refused = undefined
    this.#outflow.reset()
    const made = this.#made
    try {
      // What was subscribed to has been sent before this.
      await this.#nats.flush()
    } catch {
      return // It is away again.
    }
    this.#inForce = Math.max(this.#inForce, made)
    this.#options.log.info({ awayMs }, 'the bus is back')
    this.#missed(this.#listeners.of())
    this.#tellGap()
  }

  /** The server does not do what it is asked for. */
  #refuse(error: Error): void {
    if (!this.#refused) this.#options.log.error({ err: error }, 'the bus refuses')
    this.#refused = error
  }
}
