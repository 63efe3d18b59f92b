import pino from 'pino'
import type { Bus } from '../../src/bus/bus.ts'
import { createLocalBus } from '../../src/bus/local.ts'
import { must } from '../../src/lib/assert.ts'
import type { BoxId, MessageId, UserId } from '../../src/lib/ids.ts'
import type { Database } from '../../src/store/database.ts'
import { decodeObject } from '../../src/tl/decode.ts'
import { NEWEST_LAYER } from '../../src/tl/encode.ts'
import { tl } from '../../src/tl/factories.ts'
import type * as T from '../../src/tl/schema.d.ts'
import { createUpdates } from '../../src/updates/hub.ts'
import { CATCH_UP_ROWS, GAP_WAIT_MS } from '../../src/updates/limits.ts'
import { Kind, type LogEntry, type LogRow } from '../../src/updates/log.ts'
import type { Subscription, Updates } from '../../src/updates/updates.ts'
import { HandClock } from '../harness/clock.ts'
import { Chance } from '../simulate/chance.ts'

/** A bus on which nothing is heard before it is rung. */
class HandBus implements Bus {
  readonly isAway = false
  readonly #bus = createLocalBus()
  readonly #gaps = new Set<() => void>()
  bells: (() => void)[] = []

  publish(subject: string, event: unknown): void {
    this.bells.push(() => this.#bus.publish(subject, event))
  }

  subscribe(subject: string, listener: (event: unknown) => void, onGap: () => void): () => void {
    this.#gaps.add(onGap)
    const leave = this.#bus.subscribe(subject, listener, onGap)
    return () => {
      this.#gaps.delete(onGap)
      leave()
    }
  }

  listening(): undefined {
    return undefined
  }

  /** Loses every doorbell that has not been rung, and says so. */
  break(): void {
    this.bells = []
    for (const onGap of this.#gaps) onGap()
  }
}

/** A place where something waits until it is let through. */
interface Gate {
  readonly isRendering: boolean
  open(error?: Error): void
}

/** A change that was committed; `nth` counts them. */
interface Event {
  readonly nth: number
  readonly pts: number
  readonly seq: number
  readonly by: bigint | undefined
  readonly queue: bigint | undefined
}

interface Session {
  readonly keyId: bigint
  readonly sessionId: bigint
  /** Changes before this one are not owed to it: they were committed before it was there, or it was told to ask. */
  owedFrom: number
  readonly received: number[]
  /** Undefined when it has left. */
  subscription: Subscription | undefined
}

const USER = 1 as UserId
const SESSIONS = 3
const DUPLICATED = 0.1
const OUT_OF_ORDER = 0.3
const RENDER_FAILS = 0.03

/**
 * The updates of one user, with everything that may happen in another order in the hands of a seed: when a doorbell
 * rings, whether it is lost or rings twice, when a statement reads the log and when its rows arrive, how long rendering
 * takes, when time passes, and when sessions come and go.
 */
export class Interleaving {
  readonly #db: Database
  readonly #chance: Chance
  readonly #bus = new HandBus()
  readonly #clock = new HandClock()
  readonly #updates: Updates
  readonly #gates: Gate[] = []
  readonly #events: Event[] = []
  readonly #sessions: Session[] = []
  #reading = 0
  readonly #faults: string[] = []

  constructor(db: Database, seed: number) {
    this.#db = db
    this.#chance = new Chance(seed)
    this.#updates = createUpdates({
      db: gated(
        db,
        () => this.#pass(),
        (by) => (this.#reading += by),
      ),
      bus: this.#bus,
      clock: this.#clock,
      log: pino({ level: 'silent' }),
      render: async (_viewer, rows) => {
        await this.#pass(true)
        return { updates: rows.map((row) => updateOf(row)), users: [], chats: [] }
      },
    })
  }

  /**
   * Lets so many things happen, then everything that is under way. Returns what sessions got that they should not have, or
   * did not get.
   */
  async run(steps: number): Promise<readonly string[]> {
    await this.#db.transaction((tx) => tx.sql`insert into box (id) values (${USER}) on conflict do nothing`)
    await this.#subscribe()
    for (let step = 0; step < steps; step++) {
      await this.#step()
      await this.#quiet()
    }
    await this.#end()
    for (const session of this.#sessions) this.#judge(session)
    return this.#faults
  }

  async #step(): Promise<void> {
    const { bells } = this.#bus
    switch (
      this.#chance.weighed({
        commit: 25,
        burst: 0.3,
        ring: 35,
        lose: 3,
        break: 1,
        open: 40,
        wait: 6,
        come: 4,
        go: 4,
      })
    ) {
      case 'commit':
        return await this.#commit(1 + this.#chance.int(3))
      case 'burst':
        return await this.#commit(CATCH_UP_ROWS + 1)
      case 'ring': {
        const at = this.#chance.happens(OUT_OF_ORDER) ? this.#chance.int(bells.length) : 0
        bells[at]?.()
        if (!this.#chance.happens(DUPLICATED)) bells.splice(at, 1)
        return
      }
      case 'lose':
        bells.splice(this.#chance.int(bells.length), 1)
        return
      case 'break':
        this.#bus.break()
        return
      case 'open':
        this.#openOne()
        return
      case 'wait':
        this.#clock.advance(this.#chance.int(GAP_WAIT_MS + 20))
        return
      case 'come':
        return await this.#subscribe()
      case 'go':
        this.#leave()
    }
  }

  async #commit(count: number): Promise<void> {
    const by = this.#chance.happens(0.5) ? this.#chance.pick(this.#sessions) : undefined
    const first = this.#events.length
    const entries = Array.from({ length: count }, (_, index) => this.#entry(first + index))
    await this.#db.transaction(async (tx) => {
      const actor = by && { userId: USER, keyId: by.keyId, sessionId: by.sessionId, apiId: 1, isBot: false }
      const rows = await this.#updates.record(tx, entries, actor)
      for (const { messageId, pts, seq, queue } of rows) {
        this.#events.push({ nth: messageId ?? 0, pts, seq, queue, by: by?.sessionId })
      }
    })
  }

  #entry(nth: number): LogEntry {
    const common = { boxId: USER as BoxId, kind: Kind.newMessage, messageId: nth as MessageId }
    switch (this.#chance.weighed({ counted: 5, other: 3, secret: 1 })) {
      case 'counted':
        return { ...common, count: 1 + this.#chance.int(3) }
      case 'other':
        return { ...common, count: 0 }
      case 'secret':
        return { ...common, count: 0, queue: this.#chance.pick(this.#sessions).keyId }
    }
  }

  async #subscribe(): Promise<void> {
    if (this.#sessions.filter(({ subscription }) => subscription).length >= SESSIONS) return
    const id = BigInt(this.#sessions.length + 1)
    const session: Session = {
      keyId: id,
      sessionId: id * 100n,
      owedFrom: this.#events.length,
      received: [],
      subscription: undefined,
    }
    this.#sessions.push(session)
    session.subscription = this.#updates.subscribe(USER, {
      keyId: session.keyId,
      sessionId: session.sessionId,
      layer: NEWEST_LAYER,
      push: (body) => {
        this.#take(session, decodeObject(body) as T.Updates)
        return true
      },
    })
    // Nobody has seen anything before that.
    void session.subscription.ready()?.then(() => (session.owedFrom = this.#events.length))
  }

  #leave(): void {
    const there = this.#sessions.filter(({ subscription }) => subscription)
    if (there.length === 0) return
    const session = this.#chance.pick(there)
    session.subscription?.leave()
    session.subscription = undefined
  }

  #take(session: Session, updates: T.Updates): void {
    if (updates._ === 'updatesTooLong') session.owedFrom = this.#events.length
    if (updates._ !== 'updates') return
    for (const update of updates.updates) {
      if (update._ !== 'updateDeleteMessages') continue
      session.received.push(must(update.messages[0], 'an update holds its number'))
      if (!session.subscription)
        this.#faults.push(`session ${session.keyId} got ${update.messages[0]} after it left`)
    }
  }

  /**
   * Nothing is lost any more, and the last changes show whoever missed some; or all that was not rung is lost, those too,
   * with word that it is.
   */
  async #end(): Promise<void> {
    const boxId = USER as BoxId
    for (const count of [1, 0]) {
      await this.#db.transaction(async (tx) => {
        const messageId = this.#events.length as MessageId
        const [row] = await this.#updates.record(tx, [{ boxId, kind: Kind.newMessage, messageId, count }])
        const { pts, seq } = must(row, 'the box is there')
        this.#events.push({ nth: messageId, pts, seq, queue: undefined, by: undefined })
      })
    }
    if (this.#chance.happens(0.5)) this.#bus.break()
    for (const bell of this.#bus.bells.splice(0)) bell()
    for (let idle = 0; idle < 3; idle++) {
      await this.#quiet()
      while (this.#openOne(true)) {
        await this.#quiet()
        idle = 0
      }
      this.#clock.advance(GAP_WAIT_MS)
    }
  }

  #judge({ keyId, sessionId, owedFrom, received, subscription }: Session): void {
    const complain = (text: string): number => this.#faults.push(`session ${keyId} ${text}`)
    const last = { pts: 0, seq: 0 }
    const seen = new Set<number>()
    for (const nth of received) {
      const event = must(this.#events[nth], 'what was pushed was committed')
      if (seen.has(nth)) complain(`got ${nth} twice`)
      else if (event.seq === 0 ? event.pts < last.pts : event.seq < last.seq) complain(`got ${nth} too late`)
      if (event.queue !== undefined && event.queue !== keyId)
        complain(`got ${nth}, which is of another device`)
      seen.add(nth)
      if (event.seq === 0) last.pts = Math.max(last.pts, event.pts)
      else last.seq = Math.max(last.seq, event.seq)
    }
    if (!subscription) return
    for (const { nth, by, queue } of this.#events.slice(owedFrom)) {
      const isOwed = by !== sessionId && (queue === undefined || queue === keyId)
      if (isOwed && !seen.has(nth)) complain(`never got ${nth}`)
    }
  }

  #pass(isRendering = false): Promise<void> {
    return new Promise((resolve, reject) => {
      const gate: Gate = {
        isRendering,
        open: (error) => {
          if (error) reject(error)
          else resolve()
        },
      }
      this.#gates.push(gate)
    })
  }

  #openOne(isSafe = false): boolean {
    const [gate] = this.#gates.splice(this.#chance.int(this.#gates.length), 1)
    const fails = !isSafe && gate?.isRendering && this.#chance.happens(RENDER_FAILS)
    gate?.open(fails ? new Error('it cannot be rendered') : undefined)
    return gate !== undefined
  }

  /** Until nothing happens by itself. */
  async #quiet(): Promise<void> {
    for (let turns = 0; turns < 3; turns++) {
      await new Promise((resolve) => setImmediate(resolve))
      if (this.#reading > 0) turns = 0
    }
  }
}

/** An update that carries the number of its row. */
function updateOf(row: LogRow): T.Update {
  return tl.updateDeleteMessages({ messages: [row.messageId ?? 0], pts: row.pts, ptsCount: row.count })
}

/** The database, with a gate before each read and one behind it. `count` hears how many are under way between the two. */
function gated(db: Database, pass: () => Promise<void>, count: (by: 1 | -1) => void): Database {
  const ask = async (query: Promise<unknown>): Promise<unknown> => {
    await pass()
    count(1)
    const rows = await query.finally(() => count(-1))
    await pass()
    return rows
  }
  const make = db.sql as unknown as (...args: unknown[]) => Promise<unknown>
  const sql = (...args: unknown[]): unknown => {
    let asked: Promise<unknown> | undefined
    // A query runs when it is awaited; one inside another is only a part of it.
    return new Proxy(make(...args), {
      get: (query, name) =>
        name === 'then'
          ? (...on: Parameters<Promise<unknown>['then']>) => (asked ??= ask(query)).then(...on)
          : Reflect.get(query, name),
    })
  }
  const gatedSql: unknown = Object.assign(sql, { unsafe: db.sql.unsafe, array: db.sql.array })
  return { ...db, sql: gatedSql as Database['sql'] } // The call signatures say more than `sql` does.
}
