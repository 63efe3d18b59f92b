import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import pino from 'pino'
import { must } from '../../src/lib/assert.ts'
import { openDatabase, type Database } from '../../src/store/database.ts'
import { runningPostgres } from '../../src/store/embedded.ts'
import { connectInspector, type Inspector } from '../bench/inspector.ts'
import type { ServerProcess } from '../harness/server.ts'
import type { Sample } from './verdict.ts'

/** Node samples the lag every so many milliseconds, and counts them with it. */
const LAG_RESOLUTION_MS = 10
const MB = 1e6

/** Looks at a server from outside. */
export class Sampling implements AsyncDisposable {
  readonly #server: ServerProcess
  readonly #inspector: Inspector
  readonly #db: Database

  private constructor(server: ServerProcess, inspector: Inspector, db: Database) {
    this.#server = server
    this.#inspector = inspector
    this.#db = db
  }

  /** The server has an inspector and a database of its own. */
  static async of(server: ServerProcess): Promise<Sampling> {
    const url = must(runningPostgres(join(server.dataDir, 'postgres')), 'the database runs')
    const db = await openDatabase({ url, log: pino({ level: 'silent' }), connections: 1 })
    return new Sampling(server, await connectInspector(server.output()), db)
  }

  /** For what the database must hold in the end. */
  get db(): Database {
    return this.#db
  }

  async take(minute: number): Promise<Sample> {
    const { pid, url } = this.#server.file
    const metrics = await readMetrics(url)
    const { rss, heap } = await this.#inspector.memory()
    // Each reading begins anew: what this sample costs is not counted with the next.
    await readMetrics(url)
    const [row] = await this.#db.sql<{ connections: number }[]>`
      select count(*)::int as connections from pg_stat_activity
      where application_name = 'chappe' and pid <> pg_backend_pid()`
    return {
      minute,
      rssMb: rss / MB,
      heapMb: heap / MB,
      descriptors: descriptorsOf(pid),
      databaseConnections: row?.connections ?? 0,
      sessions: read(metrics, 'chappe_sessions'),
      lagMs: Math.max(0, read(metrics, 'nodejs_eventloop_lag_p99_seconds') * 1000 - LAG_RESOLUTION_MS),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#inspector.close()
    await this.#db.close()
  }
}

/** Files and sockets, but for the inspector's. */
function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

async function readMetrics(url: string): Promise<string> {
  return await (await fetch(new URL('/metrics', url))).text()
}

function read(metrics: string, name: string): number {
  return Number(must(new RegExp(`^${name} (\\S+)`, 'm').exec(metrics)?.[1], `${name} is among the metrics`))
}
