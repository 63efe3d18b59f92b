import type { Metric } from 'prom-client'
import type { Context } from '../../context.ts'
import { Rounds } from '../../lib/rounds.ts'
import { readDatabaseHealth } from './health-store.ts'
import { HEALTH_EVERY_MS, HEALTH_KEPT, SLOW_STATEMENT_SEC } from './limits.ts'

/** What is looked at. */
export type Gauged =
  | 'connections'
  | 'sessions'
  | 'callsPerSec'
  | 'callMs'
  | 'updatesPerSec'
  | 'deliveryMs'
  | 'databaseConnections'
  | 'slowStatements'
  | 'databaseBytes'
  | 'waitingTransactions'
  | 'waitingSends'
  | 'memoryBytes'
  | 'heapBytes'
  | 'loopDelayMs'

/** How a server is at a moment. What cannot be measured, because nothing happened or nobody answered, is left out. */
export interface HealthSample extends Partial<Readonly<Record<Gauged, number>>> {
  readonly atMs: number
}

/** What is counted up since the start. */
interface Totals {
  readonly calls: number
  readonly callSec: number
  readonly updates: number
  readonly deliveries: number
  readonly deliverySec: number
}

/** Looks now and then how the server is, and remembers the last hour. */
export class HealthRecorder {
  readonly #ctx: Context
  readonly #rounds: Rounds
  readonly #samples: HealthSample[] = []
  #before: { readonly atMs: number; readonly totals: Totals } | undefined

  constructor(ctx: Context) {
    this.#ctx = ctx
    this.#rounds = new Rounds(ctx.clock, HEALTH_EVERY_MS, {
      run: () => this.#look(),
      failed: (error) => ctx.log.warn({ err: error }, 'how the server is could not be looked at'),
    })
  }

  /** The oldest first. */
  get samples(): readonly HealthSample[] {
    return this.#samples
  }

  /** Looks now. */
  look(): Promise<void> {
    return this.#rounds.pass()
  }

  async #look(): Promise<void> {
    const { clock, db, sends, log } = this.#ctx
    const atMs = clock.nowMs()
    const database = await readDatabaseHealth(db, SLOW_STATEMENT_SEC).catch((error: unknown) => {
      log.debug({ err: error }, 'the database does not say how it is')
      return undefined
    })
    const totals = await this.#totals()
    const memory = process.memoryUsage()
    const sample = defined({
      connections: await this.#level('chappe_connections'),
      sessions: await this.#level('chappe_sessions'),
      ...rates(this.#before, { atMs, totals }),
      databaseConnections: database?.connections,
      slowStatements: database?.slow,
      databaseBytes: database?.sizeBytes,
      waitingTransactions: db.waiting(),
      waitingSends: sends.waiting,
      memoryBytes: memory.rss,
      heapBytes: memory.heapUsed,
      loopDelayMs: (await this.#level('nodejs_eventloop_lag_mean_seconds')) * 1000,
    })
    this.#before = { atMs, totals }
    this.#samples.push({ atMs, ...sample })
    if (this.#samples.length > HEALTH_KEPT) this.#samples.shift()
  }

  async #totals(): Promise<Totals> {
    const { metrics } = this.#ctx
    const [calls, updates] = [await valuesOf(metrics.callSeconds), await valuesOf(metrics.updates)]
    const deliveries = await valuesOf(metrics.deliverySeconds)
    return {
      calls: calls.get('chappe_call_seconds_count') ?? 0,
      callSec: calls.get('chappe_call_seconds_sum') ?? 0,
      updates: updates.get('') ?? 0,
      deliveries: deliveries.get('chappe_delivery_seconds_count') ?? 0,
      deliverySec: deliveries.get('chappe_delivery_seconds_sum') ?? 0,
    }
  }

  async #level(name: string): Promise<number> {
    const metric = this.#ctx.metrics.registry.getSingleMetric(name)
    return metric ? ((await valuesOf(metric)).get('') ?? 0) : 0
  }

  /** Looks no more, and waits for the look under way. */
  stop(): Promise<void> {
    return this.#rounds.stop()
  }
}

/** The values of a metric without labels, by name; '' where the metric has only one. */
async function valuesOf(metric: Metric): Promise<Map<string, number>> {
  const { values } = await metric.get()
  return new Map(
    values.map((each) => ['metricName' in each ? String(each.metricName) : '', each.value] as const),
  )
}

/** What happened between two looks, by the second and on average. */
function rates(
  before: { readonly atMs: number; readonly totals: Totals } | undefined,
  now: { readonly atMs: number; readonly totals: Totals },
): Partial<Record<Gauged, number>> {
  if (!before || now.atMs <= before.atMs) return {}
  const seconds = (now.atMs - before.atMs) / 1000
  const more = (name: keyof Totals): number => now.totals[name] - before.totals[name]
  const average = (sum: keyof Totals, count: keyof Totals): number | undefined =>
    more(count) > 0 ? (more(sum) / more(count)) * 1000 : undefined
  return defined({
    callsPerSec: more('calls') / seconds,
    callMs: average('callSec', 'calls'),
    updatesPerSec: more('updates') / seconds,
    deliveryMs: average('deliverySec', 'deliveries'),
  })
}

function defined(values: Partial<Record<Gauged, number | undefined>>): Partial<Record<Gauged, number>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}
