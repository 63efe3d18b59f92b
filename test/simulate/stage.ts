import { join } from 'node:path'
import pino, { type Logger } from 'pino'
import { parseConfig } from '../../src/config.ts'
import { createApp } from '../../src/domain/apps/apps.ts'
import { accessHash } from '../../src/domain/peers/access.ts'
import { must } from '../../src/lib/assert.ts'
import type { UserId } from '../../src/lib/ids.ts'
import type { MtprotoLimits } from '../../src/mtproto/limits.ts'
import { startServer, type RunningServer } from '../../src/server.ts'
import { tl } from '../../src/tl/factories.ts'
import type * as T from '../../src/tl/schema.d.ts'
import type { Chance } from './chance.ts'
import { JumpingClock } from './jumping-clock.ts'
import type { Venue } from './phone.ts'
import { UnreliableBus } from './unreliable-bus.ts'

/** Where a simulation keeps its data. */
export interface Place {
  /** A migrated or empty database of its own. */
  readonly database: string
  /** A data directory, with keys in it or not. */
  readonly data: string
}

/** Queues so short that devices which are away for a moment fill them. */
const LIMITS: Partial<MtprotoLimits> = { queuedPushes: 12, unackedMessages: 60, queuedPushBytes: 30_000 }

/** The server of a simulation, which is stopped and started over the same database. */
export class Stage implements Venue {
  readonly clock = new JumpingClock()
  readonly bus: UnreliableBus
  readonly chance: Chance
  /** What the server logged as an error. */
  readonly errors: string[] = []
  apiId = 0
  apiHash = ''
  /** Nothing that happens from now on counts. */
  isOver = false
  restarts = 0
  readonly #place: Place
  #running: RunningServer | undefined
  #port = 0
  #log: Logger

  constructor(place: Place, chance: Chance) {
    this.#place = place
    this.chance = chance.branch()
    this.bus = new UnreliableBus(chance.branch())
    this.#log = pino({ level: 'warn' }, { write: (line) => void this.errors.push(line.trim()) })
  }

  get host(): string {
    return '127.0.0.1'
  }

  get port(): number {
    return this.#port
  }

  get publicKey(): string {
    return this.running.facts.publicKey
  }

  get running(): RunningServer {
    return must(this.#running, 'the server runs')
  }

  async start(): Promise<void> {
    this.#running = await startServer(
      {
        data: this.#place.data,
        // At another port each time: somebody else may have taken the one before.
        listen: [{ host: this.host, port: 0 }],
        publicHost: this.host,
        database: this.#place.database,
        bus: undefined,
        dc: 2,
        datacenters: parseConfig([], {}).datacenters,
        testNumbers: true,
        floodLimits: false,
        blobs: join(this.#place.data, 'blobs'),
        fileReferencesSec: 86_400,
        geoDatabase: undefined,
        country: '',
        logLevel: 'error',
        trustedProxies: [],
        passkeyDomain: 'localhost',
        senders: parseConfig([], {}).senders,
      },
      { clock: this.clock, bus: this.bus, log: this.#log, mtprotoLimits: LIMITS },
    )
    this.#port = must(this.#running.facts.dcs[0], 'a server is a datacenter').port
    if (this.apiId !== 0) return
    const app = await createApp(this.#running.context, {
      title: 'Simulation',
      shortName: 'sim',
      phone: '+15550001111',
    })
    this.apiId = app.apiId
    this.apiHash = app.apiHash
  }

  async restart(): Promise<void> {
    this.restarts++
    await this.running.stop()
    await this.start()
  }

  async stop(): Promise<void> {
    await this.#running?.stop()
    this.#running = undefined
  }

  /** How one user names another. */
  peer(viewer: number, userId: number): T.inputPeerUser {
    const hash = accessHash(this.running.context, viewer as UserId, userId as UserId)
    return tl.inputPeerUser({ userId, accessHash: hash })
  }
}
