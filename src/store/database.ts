import type { Logger } from 'pino'
import { closePool, openPool, type ConnectionOptions } from './connection.ts'
import { DatabaseError } from './errors.ts'
import { sqlOf, type Driver, type Sql } from './sql.ts'
import { Transactions } from './transactions.ts'
import { withoutPassword } from './url.ts'

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
  /**
   * Runs just before others can see what was written; what it returns runs when the transaction is over, committed or
   * not, after what follows the commit. Neither may throw.
   */
  onVisible(run: () => () => void): void
  /**
   * Names the owners of the rows that a statement changes, once for each statement that writes to a table that is
   * remembered (`RememberedTables`).
   */
  outdate(owners: readonly number[]): void
  /** Lets the statements after it take as long as they take. */
  takeTime(): Promise<void>
  readonly [kind]: 'tx'
}

export interface Database extends Db {
  /** The name that it has where it is, whatever the URL says. */
  readonly name: string
  /** Runs `work` in a transaction; again, within bounds, when the database had to break a deadlock. */
  transaction<R>(work: (tx: Tx) => Promise<R>): Promise<R>
  /** The same for work that is exactly one statement, which needs no BEGIN and COMMIT around it. */
  single<R>(work: (tx: Tx) => Promise<R>): Promise<R>
  /** How many transactions wait for a connection. */
  waiting(): number
  /** Finishes what is under way, and closes all connections. */
  close(): Promise<void>
}

export interface DatabaseOptions {
  readonly url: string
  readonly log: Logger
  /** The most connections for transactions, and as many again for all else. */
  readonly connections?: number
  readonly remembered?: RememberedTables | undefined
  /** After how long a database that does not answer is taken to be gone; see store/connection.ts. */
  readonly answerMs?: number | undefined
}

/** Tables whose rows are kept in memory beyond the statement that read them. */
export interface RememberedTables {
  readonly tables: readonly string[]
  /**
   * Hears after each commit that changed rows of them, before all else, whose they are. When the transaction did not say
   * so of every statement (`Tx.outdate`), nobody knows it.
   */
  readonly onOutdated: (owners: readonly number[] | undefined) => void
}

const CONNECTIONS = 8
/** The oldest PostgreSQL that is tested, as `server_version_num` has it. */
const OLDEST_VERSION = 150_000

/**
 * Connects to PostgreSQL. Connections are made when they are needed, and anew after they broke: what was under way then
 * fails, what comes later tries again. Throws DatabaseError when the database cannot be used at all.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { url, log, connections = CONNECTIONS } = options
  const connection: ConnectionOptions = {
    url,
    onNotice: (message) => log.debug({ message }, 'database notice'),
    answerMs: options.answerMs,
  }
  const pool = new Pool(connection, connections)
  const name = await check(pool, url)
  const transactions = new Transactions({
    log,
    connection,
    limit: connections,
    pool: () => pool.current,
    remembered: options.remembered,
  })
  const database = {
    name,
    sql: sqlOf(() => {
      transactions.assertOutside()
      return pool.current
    }),
    transaction: <R>(work: (tx: Tx) => Promise<R>) => transactions.run(work),
    single: <R>(work: (tx: Tx) => Promise<R>) => transactions.runSingle(work),
    waiting: () => transactions.waiting,
    close: async () => {
      await Promise.all([transactions.close(), pool.close()])
    },
  }
  return database as unknown as Database // `kind` exists in the types only.
}

/**
 * Connections for single statements. After one broke all are replaced: the driver's own way to connect again can leave a
 * connection behind that never answers.
 */
class Pool {
  readonly #options: ConnectionOptions
  readonly #max: number
  #current: Driver
  #isClosing = false

  constructor(options: ConnectionOptions, max: number) {
    this.#options = options
    this.#max = max
    this.#current = this.#open()
  }

  get current(): Driver {
    return this.#current
  }

  async close(): Promise<void> {
    this.#isClosing = true
    await closePool(this.#current)
  }

  #open(): Driver {
    const opened: Driver = openPool(this.#options, this.#max, () => {
      if (this.#isClosing || this.#current !== opened) return
      this.#current = this.#open()
      void closePool(opened, true)
    })
    return opened
  }
}

/** Returns the name of the database. Throws DatabaseError when it cannot be used. */
async function check(pool: Pool, url: string): Promise<string> {
  try {
    const [row] = await pool.current<{ version: number; versionName: string; name: string }[]>`
      select current_setting('server_version_num')::int as version,
        current_setting('server_version') as "versionName", current_database() as name`
    if (row && row.version >= OLDEST_VERSION) return row.name
    throw new DatabaseError(
      `${withoutPassword(url)} is PostgreSQL ${row?.versionName}: version 15 or newer is needed`,
    )
  } catch (error) {
    await pool.close()
    if (error instanceof DatabaseError) throw error
    // A name with several addresses fails with an error for each.
    const reason = error instanceof AggregateError ? error.errors.map(String).join(', ') : String(error)
    throw new DatabaseError(`the database ${withoutPassword(url)} cannot be used: ${reason}`)
  }
}
