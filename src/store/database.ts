import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import postgres from 'postgres'
import { assert } from '../lib/assert.ts'
import { ARRAY_TYPES, arrayTypeOf } from './array-types.ts'
import { DatabaseError } from './errors.ts'
import { connectionOf, withoutPassword } from './url.ts'

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
  /** The same for work that is exactly one statement, which needs no BEGIN and COMMIT around it. */
  single<R>(work: (tx: Tx) => Promise<R>): Promise<R>
  /** Finishes what is under way, and closes all connections. */
  close(): Promise<void>
}

export interface DatabaseOptions {
  readonly url: string
  readonly log: Logger
  readonly connections?: number
}

const CONNECTIONS = 12
const CONNECT_TIMEOUT_SEC = 10
/** The oldest PostgreSQL that is tested, as `server_version_num` has it. */
const OLDEST_VERSION = 150_000
/** serialization_failure and deadlock_detected: nothing was written, and the same work may succeed now. */
const RETRIED = new Set(['40001', '40P01'])
const MAX_TRIES = 6
const RETRY_DELAY_MS = 4
/** Longer than any honest statement; a runaway one must not hold locks for ever. */
const STATEMENT_TIMEOUT_MS = 30_000
/** Likewise for a transaction that waits for something other than the database. */
const IDLE_TRANSACTION_TIMEOUT_MS = 60_000
const CLOSE_TIMEOUT_SEC = 5

/**
 * Connects to PostgreSQL. Connections are made when they are needed, and again after they broke: what was under way then
 * fails, and what comes after waits. Throws DatabaseError when the database cannot be used at all.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const pool: Sql = postgres({
    ...connectionOf(options.url),
    max: options.connections ?? CONNECTIONS,
    types: { bigint: postgres.BigInt, ...ARRAY_TYPES },
    fetch_types: false,
    onnotice: (notice) => options.log.debug({ notice: notice['message'] }, 'database notice'),
    connection: {
      application_name: 'chappe',
      statement_timeout: STATEMENT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS,
    },
    connect_timeout: CONNECT_TIMEOUT_SEC,
  })
  await checkVersion(pool, options.url)
  const transactions = new Transactions(options.log, pool)
  const database = {
    sql: guarded(pool, transactions),
    transaction: <R>(work: (tx: Tx) => Promise<R>) => transactions.run(work),
    single: <R>(work: (tx: Tx) => Promise<R>) => transactions.runSingle(work),
    close: () => pool.end({ timeout: CLOSE_TIMEOUT_SEC }),
  }
  return database as unknown as Database // `kind` exists in the types only.
}

async function checkVersion(pool: Sql, url: string): Promise<void> {
  try {
    const [row] = await pool<{ version: number; name: string }[]>`
      select current_setting('server_version_num')::int as version, current_setting('server_version') as name`
    if (row && row.version >= OLDEST_VERSION) return
    throw new DatabaseError(
      `${withoutPassword(url)} is PostgreSQL ${row?.name}: version 15 or newer is needed`,
    )
  } catch (error) {
    await pool.end({ timeout: 0 })
    if (error instanceof DatabaseError) throw error
    // The driver says where it failed to connect, PostgreSQL why it refused.
    const reason = error instanceof AggregateError ? error.errors.map(String).join(', ') : String(error)
    throw new DatabaseError(`the database ${withoutPassword(url)} cannot be used: ${reason}`)
  }
}

/** Runs transactions, one attempt after the other, and what follows their commits. */
class Transactions {
  readonly #log: Logger
  readonly #pool: Sql
  /** Which transaction the running code belongs to. */
  readonly #current = new AsyncLocalStorage<{ isOpen: boolean }>()

  constructor(log: Logger, pool: Sql) {
    this.#log = log
    this.#pool = pool
  }

  /**
   * A read beside an open transaction would wait for a second connection while it keeps the first: enough of them at
   * once, and all wait for ever. It would not see what the transaction wrote either.
   */
  assertOutside(): void {
    assert(this.#current.getStore()?.isOpen !== true, 'inside a transaction, SQL goes through its tx')
  }

  async run<R>(work: (tx: Tx) => Promise<R>): Promise<R> {
    this.assertOutside()
    return await this.#retry(async (after) => {
      const mark = { isOpen: true }
      try {
        const result = await this.#pool.begin((own) =>
          this.#current.run(mark, () => work(txOf(withArrays(own as unknown as Sql), after))),
        )
        return result as R // `begin` maps arrays of promises, which `work` does not return.
      } finally {
        mark.isOpen = false
      }
    })
  }

  async runSingle<R>(work: (tx: Tx) => Promise<R>): Promise<R> {
    this.assertOutside()
    return await this.#retry(async (after) => {
      const counted = { statements: 0 }
      const result = await work(txOf(counting(withArrays(this.#pool), counted), after))
      assert(counted.statements === 1, `single() runs one statement, not ${counted.statements}`)
      return result
    })
  }

  async #retry<R>(attempt: (after: (() => void)[]) => Promise<R>): Promise<R> {
    for (let tries = 1; ; tries++) {
      const after: (() => void)[] = []
      try {
        const result = await attempt(after)
        this.#runAll(after)
        return result
      } catch (error) {
        const isWorthIt = error instanceof postgres.PostgresError && RETRIED.has(error.code)
        if (!isWorthIt || tries >= MAX_TRIES) throw error
        this.#log.debug({ code: error.code, tries }, 'trying a transaction again')
      }
      await delay(RETRY_DELAY_MS * 2 ** (tries - 1))
    }
  }

  #runAll(after: readonly (() => void)[]): void {
    for (const run of after) {
      try {
        run()
      } catch (error) {
        this.#log.error({ err: error }, 'what follows a commit failed')
      }
    }
  }
}

function txOf(sql: Sql, after: (() => void)[]): Tx {
  return { sql, onCommit: (run: () => void) => void after.push(run) } as unknown as Tx // As above.
}

type Tagged = (first: unknown, ...rest: unknown[]) => unknown

/** The driver takes an array of bigints, bytes or booleans for one of them; here it learns better. */
function withArrays(sql: Sql): Sql {
  return around(sql, (rest) =>
    rest.map((value) => {
      const type = Array.isArray(value) ? arrayTypeOf(value) : undefined
      return type === undefined ? value : sql.typed(value, type)
    }),
  )
}

function guarded(pool: Sql, transactions: Transactions): Sql {
  return around(withArrays(pool), (rest) => {
    transactions.assertOutside()
    return rest
  })
}

/** Counts statements. One that stands inside another is a part of it. */
function counting(sql: Sql, counted: { statements: number }): Sql {
  return around(sql, (rest) => {
    const parts = rest.flat().filter((value) => value instanceof Promise).length
    counted.statements += 1 - parts
    return rest
  })
}

/** The same SQL with something done to the values of each statement; helpers such as `sql(rows)` pass unchanged. */
function around(sql: Sql, change: (values: unknown[]) => unknown[]): Sql {
  const tag = sql as unknown as Tagged
  const changed: Tagged = (first, ...rest) =>
    Array.isArray(first) && 'raw' in first ? tag(first, ...change(rest)) : tag(first, ...rest)
  return Object.assign(changed, sql) as unknown as Sql // All that the driver hangs on the function comes along.
}
