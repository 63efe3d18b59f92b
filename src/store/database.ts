import type { Logger } from 'pino'
import postgres from 'postgres'

/** SQL as a tagged template; values become parameters. Columns: int4 is number, int8 is bigint, bytea is Uint8Array. */
export type Sql = postgres.Sql<{ bigint: bigint }>

declare const kind: unique symbol

/** Reads. Two reads may see different states of the database. */
export interface Db {
  readonly sql: Sql
  readonly [kind]: 'db'
}

/** A transaction: what is written through it happens as a whole, or not at all. */
export interface Tx {
  readonly sql: Sql
  /** Runs after the commit and not at all after a rollback. It must not throw and is not waited for. */
  onCommit(run: () => void): void
  readonly [kind]: 'tx'
}

export interface Database extends Db {
  /** Runs `work` in a transaction; again, within bounds, when the database had to break a deadlock. */
  transaction<R>(work: (tx: Tx) => Promise<R>): Promise<R>
  /** The same for work that is one statement, which needs no BEGIN and COMMIT around it. */
  single<R>(work: (tx: Tx) => Promise<R>): Promise<R>
  close(): Promise<void>
}

export interface DatabaseOptions {
  readonly url: string
  readonly log: Logger
  readonly connections?: number
}

const CONNECTIONS = 12
/** serialization_failure and deadlock_detected: nothing was written, and the same work may succeed now. */
const RETRIED = new Set(['40001', '40P01'])
const MAX_TRIES = 5
/** Longer than any honest statement; a runaway one must not hold locks for ever. */
const STATEMENT_TIMEOUT_MS = 30_000
const CLOSE_TIMEOUT_SEC = 5

/** Connects to PostgreSQL. Connections are made when they are needed, and again after they broke. */
export function openDatabase(options: DatabaseOptions): Database {
  const sql: Sql = postgres(withoutSocket(options.url), {
    ...socketOf(options.url),
    max: options.connections ?? CONNECTIONS,
    types: { bigint: postgres.BigInt },
    onnotice: (notice) => options.log.debug({ notice: notice['message'] }, 'database notice'),
    connection: { statement_timeout: STATEMENT_TIMEOUT_MS, application_name: 'chappe' },
    connect_timeout: 10,
  })
  const database = {
    sql,
    transaction: <R>(work: (tx: Tx) => Promise<R>) => retry(() => transact(options.log, sql, work)),
    single: <R>(work: (tx: Tx) => Promise<R>) => retry(() => runSingle(options.log, sql, work)),
    close: () => sql.end({ timeout: CLOSE_TIMEOUT_SEC }),
  }
  return database as unknown as Database // `kind` exists in the types only.
}

/** A unix socket is named as libpq does it: postgres://user@/database?host=/directory&port=5432. */
function socketOf(url: string): { host: string; port: number } | undefined {
  const { searchParams } = new URL(withHost(url))
  const host = searchParams.get('host')
  return host ? { host, port: Number(searchParams.get('port') ?? 5432) } : undefined
}

function withoutSocket(url: string): string {
  const parsed = new URL(withHost(url))
  parsed.searchParams.delete('host')
  parsed.searchParams.delete('port')
  return parsed.href
}

/** `URL` refuses an empty host before a path. */
function withHost(url: string): string {
  return url.replace(/^(\w+:\/\/[^/?]*@)\//, '$1localhost/')
}

async function retry<R>(run: () => Promise<R>): Promise<R> {
  for (let tries = 1; ; tries++) {
    try {
      return await run()
    } catch (error) {
      const isWorth = error instanceof postgres.PostgresError && RETRIED.has(error.code)
      if (!isWorth || tries >= MAX_TRIES) throw error
    }
  }
}

async function transact<R>(log: Logger, sql: Sql, work: (tx: Tx) => Promise<R>): Promise<R> {
  const after: (() => void)[] = []
  const result = await sql.begin((own) => work(txOf(own as unknown as Sql, after)))
  runAll(log, after)
  return result as R // `begin` maps arrays of promises, which `work` does not return.
}

async function runSingle<R>(log: Logger, sql: Sql, work: (tx: Tx) => Promise<R>): Promise<R> {
  const after: (() => void)[] = []
  const result = await work(txOf(sql, after))
  runAll(log, after)
  return result
}

function txOf(sql: Sql, after: (() => void)[]): Tx {
  return { sql, onCommit: (run: () => void) => void after.push(run) } as unknown as Tx // As above.
}

function runAll(log: Logger, after: readonly (() => void)[]): void {
  for (const run of after) {
    try {
      run()
    } catch (error) {
      log.error({ err: error }, 'what follows a commit failed')
    }
  }
}
