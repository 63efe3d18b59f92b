import { mkdir } from 'node:fs/promises'
import pino, { type Logger } from 'pino'
import { diskBlobs } from './blobs/disk.ts'
import type { Bus } from './bus/bus.ts'
import { Memory } from './bus/memory.ts'
import { openBus } from './bus/open.ts'
import type { Config } from './config.ts'
import type { Connections, Context } from './context.ts'
import { ABOUT_USERS, USER_TABLES } from './domain/accounts/user-store.ts'
import { IMAGES_AT_ONCE, IMAGES_WAITING } from './domain/files/image-limits.ts'
import { openGeo } from './domain/geo/geo.ts'
import { SendQueue } from './domain/messages/send-queue.ts'
import { Receipts } from './domain/secret/receipts.ts'
import { renderRows } from './domain/updates/render.ts'
import { systemClock, type Clock } from './lib/clock.ts'
import { Gather } from './lib/gather.ts'
import { Output } from './lib/output.ts'
import { systemRandom, type Random } from './lib/random.ts'
import { Slots } from './lib/slots.ts'
import { createMetrics, type Levels } from './metrics.ts'
import type { MtprotoLimits } from './mtproto/limits.ts'
import type { ServerKey } from './mtproto/server-key.ts'
import type { RpcLimits } from './rpc/limits.ts'
import { openSenders } from './senders/open.ts'
import type { Senders } from './senders/sender.ts'
import { loadServerKeys } from './server-keys.ts'
import { openDatabase } from './store/database.ts'
import { migrate } from './store/migrate.ts'
import { takeDatabase } from './store/own-database.ts'
import { createUpdates } from './updates/hub.ts'

/** What tests put in the place of the machine's own. */
export interface Overrides {
  readonly clock?: Clock
  readonly random?: Random
  readonly senders?: Senders
  readonly log?: Logger
  readonly bus?: Bus
  readonly mtprotoLimits?: Partial<MtprotoLimits>
  readonly rpcLimits?: Partial<RpcLimits>
  /** After how long a database that does not answer is taken to be gone. */
  readonly databaseAnswerMs?: number
}

/** Who uses the context: a server with connections, or a command beside it. */
export interface ContextUse {
  readonly overrides: Overrides
  readonly connections: Connections
  readonly levels: Levels
  /** Whether the database of a server that is running already may be used. */
  readonly mayShare: boolean
}

export interface OpenedContext extends AsyncDisposable {
  readonly context: Context
  readonly rsa: ServerKey
}

/**
 * Opens what operations need: keys, database, bus, updates. A data directory belongs to one server at a time. Throws
 * DatabaseError, MigrationError and BusError.
 */
export async function openContext(config: Config, use: ContextUse): Promise<OpenedContext> {
  await using opening = new AsyncDisposableStack()
  const { overrides } = use
  const log = overrides.log ?? pino({ level: config.logLevel }, new Output(2))
  await mkdir(config.data, { recursive: true, mode: 0o700 })
  const holder = use.mayShare ? 'command' : 'server'
  const held = await takeDatabase({ dataDir: config.data, database: config.database, holder, log })
  opening.defer(() => held.release())
  const keys = await loadServerKeys(config.data)
  const clock = overrides.clock ?? systemClock
  const random = overrides.random ?? systemRandom
  let closeBus = (): Promise<void> => Promise.resolve()
  // After the database, whose last commits are told of.
  opening.defer(() => closeBus())
  const db = await openDatabase({
    url: held.url,
    log,
    answerMs: overrides.databaseAnswerMs,
    remembered: { tables: USER_TABLES, onOutdated: (owners) => memory.outdate(ABOUT_USERS, owners) },
  })
  opening.defer(() => db.close())
  const { secrets } = keys
  const busUse = { address: config.bus, database: db.name, secrets, log, clock, random }
  const told = await openBus({ ...busUse, mayBeAlone: use.mayShare })
  closeBus = () => told.close()
  const bus = overrides.bus ?? told.bus
  const memory = new Memory<Context>({ context: () => context, bus, clock })
  opening.defer(() => memory.close())
  await migrate(db, log)

  const output = new Output(1)
  const print = (line: string): void => output.write(`${line}\n`)
  const senders = overrides.senders ?? openSenders(config.senders, { clock, random, log, print })
  const metrics = createMetrics(use.levels, told)
  const receipts = new Receipts(clock)
  const updates = createUpdates({
    db,
    bus,
    clock,
    log,
    render: (...args) => renderRows(context, ...args),
    onPushed(count, lagMs) {
      metrics.updates.inc(count)
      metrics.deliverySeconds.observe(lagMs / 1000)
    },
    onTaken: (boxId, upTo) => receipts.note(boxId, upTo),
  })
  const context: Context = {
    config,
    db,
    gather: new Gather(() => context),
    bus,
    blobs: diskBlobs(config.blobs, random),
    memory,
    clock,
    random,
    receipts,
    sends: new SendQueue(db, clock, (tx, boxIds) => updates.willAnnounce(tx, boxIds)),
    log,
    metrics,
    secrets,
    images: new Slots(IMAGES_AT_ONCE, IMAGES_WAITING),
    geo: await openGeo(config),
    senders,
    sendMail: (mail) => senders.sendMail(mail),
    connections: use.connections,
    updates,
  }
  const opened = opening.move()
  return { context, rsa: keys.rsa, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}
