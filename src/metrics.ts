import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import type { BusCounts } from './bus/nats.ts'
import type { OpenedBus } from './bus/open.ts'

/** What a server counts, in the names of its /metrics page. */
export interface Metrics {
  readonly registry: Registry
  /** Calls answered, by method and by outcome: `ok` or the error's name. */
  readonly calls: Counter<'method' | 'outcome'>
  /** Seconds from a call's arrival to its answer. */
  readonly callSeconds: Histogram
  /** Updates pushed to the sessions of a user. */
  readonly updates: Counter
  /** Seconds from the commit of a change to its push. */
  readonly deliverySeconds: Histogram
}

/** How many there are now; asked when the page is read. */
export interface Levels {
  connections(): number
  sessions(): number
}

/** Makes the metrics of one server: no registry is shared between servers in a process. */
export function createMetrics(levels: Levels, { bus, counts }: OpenedBus): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const gauge = (name: string, help: string, read: () => number): Gauge =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read())
      },
    })
  gauge('chappe_connections', 'MTProto connections that are open', () => levels.connections())
  gauge('chappe_sessions', 'MTProto sessions that are kept', () => levels.sessions())
  gauge('chappe_bus_away', '1 while other nodes cannot be heard, else 0', () => Number(bus.isAway))
  if (counts) countBus(registry, counts)
  return {
    registry,
    calls: new Counter({
      name: 'chappe_calls_total',
      help: 'API calls answered',
      labelNames: ['method', 'outcome'],
      registers: [registry],
    }),
    callSeconds: new Histogram({
      name: 'chappe_call_seconds',
      help: 'Time from the arrival of an API call to its answer',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
      registers: [registry],
    }),
    updates: new Counter({
      name: 'chappe_updates_total',
      help: 'Updates pushed to the sessions of a user',
      registers: [registry],
    }),
    deliverySeconds: new Histogram({
      name: 'chappe_delivery_seconds',
      help: 'Time from the commit of a change to the push of its update',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
      registers: [registry],
    }),
  }
}

function countBus(registry: Registry, counts: BusCounts): void {
  const counter = new Counter({
    name: 'chappe_bus_events_total',
    help: 'Events on the bus: sent to other nodes, received, dropped because the bus was away, not of this server',
    labelNames: ['fate'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [fate, count] of Object.entries(counts)) this.inc({ fate }, count)
    },
  })
  counter.reset()
}
