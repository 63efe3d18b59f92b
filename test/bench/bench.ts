import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { must } from '../../src/lib/assert.ts'
import { runningPostgres } from '../../src/store/embedded.ts'
import type { ServerProcess } from '../harness/server.ts'
import type { BareTasks } from './bare/main.ts'
import { connectInspector, startInspected, type Inspector } from './inspector.ts'
import type { Address } from './load/connection.ts'
import type { LoadTasks, Target } from './load/main.ts'
import type { App } from './load/people.ts'
import type { Done } from './load/traffic.ts'
import { processorTime } from './processor.ts'
import type { BenchRow } from './row.ts'
import { startWorker, type Worker } from './worker.ts'

export type { Target }

/** How much is measured. */
export interface Scale {
  /** Each figure is the median of so many measurements, taken in turn with those of its yardstick. */
  readonly rounds: number
  readonly measureMs: number
  readonly warmMs: number
  readonly pairs: number
  /** Requests in flight of each sender. */
  readonly window: number
  readonly idleConnections: number
}

export const SCALE: Scale = {
  rounds: 3,
  measureMs: 6000,
  warmMs: 1500,
  pairs: 64,
  window: 4,
  idleConnections: 10_000,
}

export const QUICK: Scale = { ...SCALE, rounds: 1, measureMs: 4000, idleConnections: 500 }

/** The processes of one run: the server, its load, and the bare loop beside the server. */
export interface Bench extends AsyncDisposable {
  readonly scale: Scale
  readonly server: ServerProcess
  readonly address: Address
  readonly publicKey: string
  /** The server's own. */
  readonly databaseUrl: string
  readonly app: App
  readonly inspector: Inspector
  readonly load: Worker<LoadTasks>
  readonly bare: Worker<BareTasks>
  readonly say: (text: string) => void
}

export const LOAD_FILE = fileURLToPath(new URL('load/main.ts', import.meta.url))
export const BARE_FILE = fileURLToPath(new URL('bare/main.ts', import.meta.url))

/** Starts everything, and lets the people of both servers meet. */
export async function startBench(scale: Scale, say: (text: string) => void): Promise<Bench> {
  await using starting = new AsyncDisposableStack()
  say('starting the server')
  const server = starting.use(await startInspected())
  const app = await server.createApp()
  const inspector = await connectInspector(server.output())
  starting.defer(() => inspector.close())
  const load = starting.use(await startWorker<LoadTasks>(LOAD_FILE))
  const bare = starting.use(await startWorker<BareTasks>(BARE_FILE))
  const databaseUrl = must(runningPostgres(join(server.dataDir, 'postgres')), 'the server runs a database')
  const address = { host: server.host, port: server.port }
  const { publicKey } = server.file

  say(`signing up ${scale.pairs * 2} people`)
  await load.run('meet', { address, publicKey, app, pairs: scale.pairs })
  say('starting the bare loop')
  const port = await bare.run('listen', {
    databaseUrl,
    members: scale.pairs * 2,
    directory: join(server.dataDir, 'bare-files'),
  })
  await load.run('meetBare', { address: { host: '127.0.0.1', port }, pairs: scale.pairs })
  const started = starting.move()
  return {
    scale,
    server,
    address,
    publicKey,
    databaseUrl,
    app,
    inspector,
    load,
    bare,
    say,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}

/** What was measured, with the microseconds that the processors worked for each: the server, and PostgreSQL. */
export type Costed<V> = V & { readonly serverUs: number; readonly databaseUs: number }

/** Measurements of the server and of its yardstick. */
export interface Both<V> {
  readonly server: readonly V[]
  readonly bare: readonly V[]
}

/** Measures the server and its yardstick in turn, so that what disturbs the machine disturbs both. */
export async function inTurn<V extends Done>(
  bench: Bench,
  name: string,
  measure: (target: Target) => Promise<V>,
): Promise<Both<Costed<V>>> {
  const taken: { server: Costed<V>[]; bare: Costed<V>[] } = { server: [], bare: [] }
  for (let round = 1; round <= bench.scale.rounds; round++) {
    bench.say(`${name}, ${round} of ${bench.scale.rounds}`)
    taken.server.push(await withCosts(bench, 'server', () => measure('server')))
    taken.bare.push(await withCosts(bench, 'bare', () => measure('bare')))
  }
  return taken
}

/** Both servers use the PostgreSQL that Chappe has started. */
export async function withCosts<V extends Done>(
  bench: Bench,
  target: Target,
  run: () => Promise<V>,
): Promise<Costed<V>> {
  const serverPid = bench.server.file.pid
  const ownPid = target === 'server' ? serverPid : bench.bare.pid
  const now = (): { own: number; database: number } => ({
    own: processorTime(ownPid)?.own ?? Number.NaN,
    database: processorTime(serverPid)?.below ?? Number.NaN,
  })
  const before = now()
  const done = await run()
  const after = now()
  return {
    ...done,
    serverUs: (after.own - before.own) / done.count,
    databaseUs: (after.database - before.database) / done.count,
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** One line of the table: the medians of both sides. */
export function rowOf<V>(
  name: string,
  unit: string,
  measured: Both<V>,
  pick: (each: V) => number,
  goal?: string,
): BenchRow {
  const value = median(measured.server.map((each) => pick(each)))
  const yardstick = median(measured.bare.map((each) => pick(each)))
  return { name, value, unit, yardstick, ratio: value / yardstick, ...(goal && { goal }) }
}
