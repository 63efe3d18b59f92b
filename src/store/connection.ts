import { once } from 'node:events'
import net from 'node:net'
import postgres from 'postgres'
import { ARRAY_TYPES } from './array-types.ts'
import { watched } from './silence.ts'
import type { Driver } from './sql.ts'
import { connectionOf } from './url.ts'

/** What every connection is opened with. */
export interface ConnectionOptions {
  readonly url: string
  readonly onNotice: (message: string) => void
  /** How long the database may take to answer; `ANSWER_MS` unless given. */
  readonly answerMs?: number | undefined
}

const CONNECT_TIMEOUT_SEC = 10
/** Longer than any honest statement; a runaway one must not hold locks for ever. */
const STATEMENT_TIMEOUT_MS = 30_000
/** A database that has not answered by then, not even that a statement took too long, is not going to. */
const ANSWER_MS = 40_000
/** Likewise for a transaction that waits for something other than the database. */
const IDLE_TRANSACTION_TIMEOUT_MS = 60_000
const CLOSE_TIMEOUT_SEC = 5
/** What a replaced pool has sent may finish; what it has not sent waits in vain. */
const REPLACED_TIMEOUT_SEC = 2

/** Opens up to `max` connections as they are needed. `onClose` hears of each that ends, or is silent for too long. */
export function openPool(options: ConnectionOptions, max: number, onClose: () => void): Driver {
  const driver = postgres({ ...driverOptions(options), max, onclose: onClose }) as unknown as Driver
  const onSilent = (): void => {
    void driver.end({ timeout: 0 })
    onClose()
  }
  return watched(driver, { limitMs: () => answerMsOf(options), onSilent })
}

/**
 * One connection for transactions. It is used once: where the driver would connect again, a statement of a transaction
 * that broke would be carried out alone.
 */
export class Connection {
  readonly sql: Driver
  /** Whether its statements may take as long as they take. */
  isPatient = false
  #isBroken = false

  private constructor(options: ConnectionOptions) {
    let used: Promise<net.Socket> | undefined
    const { host = 'localhost', port = 5432 } = connectionOf(options.url)
    // The driver's types leave out `socket`, with which it asks for a socket that is connected.
    const socket = async (): Promise<net.Socket> => {
      if (used) throw new Error('the connection to the database was lost')
      return await (used = connectSocket(host, port, connectMs(options)))
    }
    const driver = postgres({
      ...driverOptions(options),
      ...({ socket } as object),
      max: 1,
      onclose: () => {
        this.#isBroken = true
        // Whatever still waits for this connection fails.
        void this.sql.end({ timeout: 0 })
      },
    }) as unknown as Driver // Its own types do not see those that `driverOptions` adds.
    this.sql = watched(driver, {
      limitMs: () => (this.isPatient ? undefined : answerMsOf(options)),
      onSilent: () =>
        void used?.then(
          (silent) => silent.destroy(),
          () => {},
        ),
    })
  }

  /** Connects. Throws what the socket or the database says against it. */
  static async open(options: ConnectionOptions): Promise<Connection> {
    const connection = new Connection(options)
    try {
      await connection.sql`select 1`
      return connection
    } catch (error) {
      await connection.close()
      throw error
    }
  }

  get isBroken(): boolean {
    return this.#isBroken
  }

  async close(): Promise<void> {
    this.#isBroken = true
    await this.sql.end({ timeout: CLOSE_TIMEOUT_SEC })
  }
}

/** Lets statements that were begun end, and closes all connections; sooner when a new pool has taken its place. */
export async function closePool(pool: Driver, isReplaced = false): Promise<void> {
  await pool.end({ timeout: isReplaced ? REPLACED_TIMEOUT_SEC : CLOSE_TIMEOUT_SEC })
}

function driverOptions(options: ConnectionOptions): postgres.Options<Record<string, postgres.PostgresType>> {
  return {
    ...connectionOf(options.url),
    types: { bigint: postgres.BigInt, ...ARRAY_TYPES },
    fetch_types: false,
    onnotice: (notice) => options.onNotice(String(notice['message'])),
    connection: {
      application_name: 'chappe',
      statement_timeout: STATEMENT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS,
      // Every statement looks rows up by key, so that its plan need not depend on the values. PostgreSQL would plan
      // large ones anew each time, which takes longer than running them: sending costs it 0.7 ms this way, not 1.7.
      plan_cache_mode: 'force_generic_plan',
      // A plan outlives the size that a table had when it was made. One that reads a small table as a whole would go on
      // doing so for as long as it takes PostgreSQL to notice that it is not small any more.
      enable_seqscan: 'off',
      // What that seems to cost, where there is no index, is no reason to compile a statement.
      jit: 'off',
    },
    connect_timeout: connectMs(options) / 1000,
    // A connection that ends is one that broke.
    idle_timeout: 0,
    max_lifetime: 0,
  }
}

function answerMsOf({ answerMs = ANSWER_MS }: ConnectionOptions): number {
  return answerMs
}

function connectMs(options: ConnectionOptions): number {
  return Math.min(CONNECT_TIMEOUT_SEC * 1000, answerMsOf(options))
}

async function connectSocket(host: string, port: number, limitMs: number): Promise<net.Socket> {
  const socket = host.startsWith('/') ? net.connect(`${host}/.s.PGSQL.${port}`) : net.connect(port, host)
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(limitMs) })
  } catch (error) {
    socket.destroy()
    throw error
  }
  socket.setNoDelay(true)
  return Object.assign(socket, { host, port }) // The driver names them in its errors, and to TLS.
}
