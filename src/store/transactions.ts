import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import postgres from 'postgres'
import { assert } from '../lib/assert.ts'
import type { Tx } from './database.ts'
import { Connection, type ConnectionOptions } from './connection.ts'
import { sqlOf, type Driver, type Sql } from './sql.ts'

/** serialization_failure and deadlock_detected: nothing was written, and the same work may succeed now. */
const RETRIED = new Set(['40001', '40P01'])
const MAX_TRIES = 6
const RETRY_DELAY_MS = 4
/** Transactions that wait for a connection. More than that do not get one in time to be of use. */
const MAX_WAITING = 10_000

export interface TransactionsDeps {
  readonly log: Logger
  readonly connection: ConnectionOptions
  /** The most transactions at a time. */
  readonly limit: number
  /** Where statements outside transactions run. */
  readonly pool: () => Driver
}

/** Runs transactions, each on a connection of its own, and what follows their commits. */
export class Transactions {
  readonly #deps: TransactionsDeps
  readonly #idle: Connection[] = []
  readonly #waiting: ((connection: Connection | undefined) => void)[] = []
  #open = 0
  /** Which transaction the running code belongs to. */
  readonly #current = new AsyncLocalStorage<{ isOpen: boolean }>()

  constructor(deps: TransactionsDeps) {
    this.#deps = deps
  }

  /**
   * A read beside an open transaction would not see what the transaction wrote, and would wait for a second connection
   * while it keeps the first.
   */
  assertOutside(): void {
    assert(this.#current.getStore()?.isOpen !== true, 'inside a transaction, SQL goes through its tx')
  }

  async run<R>(work: (tx: Tx) => Promise<R>): Promise<R> {
    this.assertOutside()
    return await this.#retry((hooks) => this.#attempt(work, hooks))
  }

  async runSingle<R>(work: (tx: Tx) => Promise<R>): Promise<R> {
    this.assertOutside()
    return await this.#retry(async (hooks) => {
      const counted = { statements: 0 }
      // Its one statement is its commit.
      hooks.isVisible = true
      const result = await work(txOf(counting(sqlOf(this.#deps.pool), counted), hooks))
      assert(counted.statements === 1, `single() runs one statement, not ${counted.statements}`)
      return result
    })
  }

  /** Ends the connections that no transaction uses. */
  async close(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((connection) => connection.close()))
  }

  async #attempt<R>(work: (tx: Tx) => Promise<R>, hooks: Hooks): Promise<R> {
    const connection = await this.#take()
    const { sql } = connection
    const mark = { isOpen: true }
    const tx = txOf(
      sqlOf(() => {
        // Late statements of a branch that nobody waited for would be part of the next transaction.
        assert(mark.isOpen, 'the transaction is over')
        return sql
      }),
      hooks,
    )
    try {
      // Not waited for: it travels with the first statement. On this connection nothing overtakes it.
      const begun = sql.unsafe('begin').execute()
      begun.catch(() => {}) // What fails here fails there too.
      const result = await this.#current.run(mark, () => work(tx))
      mark.isOpen = false
      becomeVisible(hooks)
      const { command } = await sql.unsafe('commit')
      if (command !== 'COMMIT') throw new Error('a statement of the transaction failed: it was rolled back')
      return result
    } catch (error) {
      mark.isOpen = false
      if (!connection.isBroken) await sql.unsafe('rollback').catch(() => connection.close())
      throw error
    } finally {
      this.#giveBack(connection)
    }
  }

  async #take(): Promise<Connection> {
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) {
      if (!idle.isBroken) return idle
      this.#open--
    }
    if (this.#open < this.#deps.limit) {
      this.#open++
      return await this.#connect()
    }
    if (this.#waiting.length >= MAX_WAITING) throw new Error('too many transactions wait for the database')
    const given = await new Promise<Connection | undefined>((resolve) => this.#waiting.push(resolve))
    return given ?? (await this.#connect())
  }

  /** Connects in a place that is counted already. */
  async #connect(): Promise<Connection> {
    try {
      return await Connection.open(this.#deps.connection)
    } catch (error) {
      this.#vacate()
      throw error
    }
  }

  #giveBack(connection: Connection): void {
    if (connection.isBroken) {
      this.#vacate()
      return
    }
    const next = this.#waiting.shift()
    if (next) next(connection)
    else this.#idle.push(connection)
  }

  /** Leaves a place to the next in line, who connects. */
  #vacate(): void {
    const next = this.#waiting.shift()
    if (next) next(undefined)
    else this.#open--
  }

  async #retry<R>(attempt: (hooks: Hooks) => Promise<R>): Promise<R> {
    for (let tries = 1; ; tries++) {
      const hooks: Hooks = { committed: [], visible: [], over: [], isVisible: false }
      try {
        const result = await attempt(hooks)
        this.#runAll(hooks.committed)
        return result
      } catch (error) {
        const isWorthIt = error instanceof postgres.PostgresError && RETRIED.has(error.code)
        if (!isWorthIt || tries >= MAX_TRIES) throw error
        this.#deps.log.debug({ code: error.code, tries }, 'trying a transaction again')
      } finally {
        this.#runAll(hooks.over)
      }
      await delay(RETRY_DELAY_MS * 2 ** (tries - 1))
    }
  }

  #runAll(after: readonly (() => void)[]): void {
    for (const run of after) {
      try {
        run()
      } catch (error) {
        this.#deps.log.error({ err: error }, 'what follows a transaction failed')
      }
    }
  }
}

/** What is to be done around the end of an attempt. */
interface Hooks {
  readonly committed: (() => void)[]
  readonly visible: (() => () => void)[]
  readonly over: (() => void)[]
  /** Others may see from now on what is written. */
  isVisible: boolean
}

function txOf(sql: Sql, hooks: Hooks): Tx {
  const tx = {
    sql,
    onCommit: (run: () => void) => void hooks.committed.push(run),
    onVisible: (run: () => () => void) => {
      hooks.visible.push(run)
      if (hooks.isVisible) becomeVisible(hooks)
    },
  }
  return tx as unknown as Tx // Its kind is a type only.
}

function becomeVisible(hooks: Hooks): void {
  for (const run of hooks.visible.splice(0)) hooks.over.push(run())
}

/** Counts statements. One that stands inside another is a part of it. */
function counting(sql: Sql, counted: { statements: number }): Sql {
  const tagged = (
    first: TemplateStringsArray,
    ...values: readonly postgres.ParameterOrFragment<bigint>[]
  ): unknown => {
    if ('raw' in first)
      counted.statements += 1 - values.flat().filter((value) => value instanceof Promise).length
    return sql(first, ...values)
  }
  return Object.assign(tagged, { unsafe: sql.unsafe, array: sql.array }) as unknown as Sql // As `sqlOf`.
}
