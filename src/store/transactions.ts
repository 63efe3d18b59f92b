import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import postgres from 'postgres'
import { assert } from '../lib/assert.ts'
import { Connection, type ConnectionOptions } from './connection.ts'
import type { RememberedTables, Tx } from './database.ts'
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
  readonly remembered: RememberedTables | undefined
}

/** A transaction that waits for a connection; undefined: for its turn to make one. */
interface Waiter {
  readonly resolve: (connection: Connection | undefined) => void
  readonly reject: (error: unknown) => void
}

/** Runs transactions, each on a connection of its own, and what follows their commits. */
export class Transactions {
  readonly #deps: TransactionsDeps
  readonly #idle: Connection[] = []
  readonly #waiting: Waiter[] = []
  readonly #writes: WriteFinder | undefined
  #open = 0
  /** Which transaction the running code belongs to. */
  readonly #current = new AsyncLocalStorage<{ isOpen: boolean }>()

  constructor(deps: TransactionsDeps) {
    this.#deps = deps
    this.#writes = deps.remembered && new WriteFinder(deps.remembered.tables)
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
      const sql = counting(this.#watched(sqlOf(this.#deps.pool), hooks), counted)
      const result = await work(txOf(sql, hooks, () => Promise.reject(new Error('single() is bounded'))))
      assert(counted.statements === 1, `single() runs one statement, not ${counted.statements}`)
      return result
    })
  }

  /** How many wait for a connection. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** Ends the connections that no transaction uses. */
  async close(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((connection) => connection.close()))
  }

  async #attempt<R>(work: (tx: Tx) => Promise<R>, hooks: Hooks): Promise<R> {
    const connection = await this.#take()
    const { sql } = connection
    const mark = { isOpen: true }
    const own = sqlOf(() => {
      // Late statements of a branch that nobody waited for would be part of the next transaction.
      assert(mark.isOpen, 'the transaction is over')
      return sql
    })
    const tx = txOf(this.#watched(own, hooks), hooks, async () => {
      connection.isPatient = true
      await own.unsafe('set local statement_timeout = 0')
    })
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
      connection.isPatient = false
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
    const given = await new Promise<Connection | undefined>((resolve, reject) =>
      this.#waiting.push({ resolve, reject }),
    )
    return given ?? (await this.#connect())
  }

  /** Connects in a place that is counted already. */
  async #connect(): Promise<Connection> {
    try {
      return await Connection.open(this.#deps.connection)
    } catch (error) {
      // Those that are open serve whoever waits. Without any, each would wait as long as this one did, and in vain.
      if (--this.#open === 0) for (const { reject } of this.#waiting.splice(0)) reject(error)
      throw error
    }
  }

  #giveBack(connection: Connection): void {
    if (connection.isBroken) {
      this.#vacate()
      return
    }
    const next = this.#waiting.shift()
    if (next) next.resolve(connection)
    else this.#idle.push(connection)
  }

  /** Leaves a place to the next in line, who connects. */
  #vacate(): void {
    const next = this.#waiting.shift()
    if (next) next.resolve(undefined)
    else this.#open--
  }

  #tellOutdated({ writes, named, outdated }: Hooks): void {
    if (writes > 0) this.#deps.remembered?.onOutdated(named < writes ? undefined : outdated)
  }

  /** Counts the statements that write what is remembered. */
  #watched(sql: Sql, hooks: Hooks): Sql {
    const writes = this.#writes
    if (!writes) return sql
    return wrapped(sql, (template) => {
      if (writes.isIn(template)) hooks.writes++
    })
  }

  async #retry<R>(attempt: (hooks: Hooks) => Promise<R>): Promise<R> {
    for (let tries = 1; ; tries++) {
      const hooks: Hooks = newHooks()
      try {
        const result = await attempt(hooks)
        this.#tellOutdated(hooks)
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
  /** Statements that write what is remembered, for how many of them it was said whose it is, and whose. */
  writes: number
  named: number
  readonly outdated: number[]
}

function newHooks(): Hooks {
  return { committed: [], visible: [], over: [], isVisible: false, writes: 0, named: 0, outdated: [] }
}

function txOf(sql: Sql, hooks: Hooks, takeTime: () => Promise<void>): Tx {
  const tx = {
    sql,
    onCommit: (run: () => void) => void hooks.committed.push(run),
    onVisible: (run: () => () => void) => {
      hooks.visible.push(run)
      if (hooks.isVisible) becomeVisible(hooks)
    },
    outdate: (owners: readonly number[]) => {
      hooks.named++
      hooks.outdated.push(...owners)
    },
    takeTime,
  }
  return tx as unknown as Tx // Its kind is a type only.
}

function becomeVisible(hooks: Hooks): void {
  for (const run of hooks.visible.splice(0)) hooks.over.push(run())
}

/** Counts statements. One that stands inside another is a part of it. */
function counting(sql: Sql, counted: { statements: number }): Sql {
  return wrapped(sql, (_template, values) => {
    counted.statements += 1 - values.flat().filter((value) => value instanceof Promise).length
  })
}

/** Looks at each statement, and each part of one, before it runs. */
function wrapped(sql: Sql, look: (template: TemplateStringsArray, values: readonly unknown[]) => void): Sql {
  const tagged = (
    first: TemplateStringsArray,
    ...values: readonly postgres.ParameterOrFragment<bigint>[]
  ): unknown => {
    if ('raw' in first) look(first, values)
    return sql(first, ...values)
  }
  return Object.assign(tagged, { unsafe: sql.unsafe, array: sql.array }) as unknown as Sql // As `sqlOf`.
}

/** Tells the statements that write to certain tables. */
class WriteFinder {
  readonly #pattern: RegExp
  readonly #known = new WeakMap<TemplateStringsArray, boolean>()

  constructor(tables: readonly string[]) {
    this.#pattern = new RegExp(
      `\\b(?:insert\\s+into|update|delete\\s+from)\\s+(?:${tables.join('|')})\\b`,
      'i',
    )
  }

  isIn(template: TemplateStringsArray): boolean {
    const known = this.#known.get(template)
    if (known !== undefined) return known
    const isWrite = this.#pattern.test(template.join('?'))
    this.#known.set(template, isWrite)
    return isWrite
  }
}
