import type { Logger } from 'pino'
import type { Clock, Timer } from '../lib/clock.ts'
import type { BoxId, UserId } from '../lib/ids.ts'
import type { Database } from '../store/database.ts'
import { codecFor } from '../tl/encode.ts'
import { tl } from '../tl/factories.ts'
import type * as T from '../tl/schema.d.ts'
import { CATCH_UP_ROWS, GAP_WAIT_MS, WAITING_ROWS } from './limits.ts'
import { ALL_DEVICES, readLogAfter, readState, type Cursor, type LogRow, type Queue } from './log.ts'
import type { InHand, RenderRows, Subscriber } from './updates.ts'

/** A doorbell: rows that were just committed to a box, and the session that need not hear of them. */
export interface Doorbell {
  readonly rows: readonly LogRow[]
  readonly by: SessionKey | undefined
  readonly inHand: InHand | undefined
}

/** A row that a doorbell brought. */
interface Rung {
  readonly row: LogRow
  readonly by: SessionKey | undefined
  readonly inHand: InHand | undefined
  /** When it was brought. */
  readonly atMs: number
  /** Which one it is of all that this feed was brought. */
  readonly nth: number
}

/** Somebody who waits until what has rung up to now is delivered. */
interface Waiter {
  readonly upTo: number
  readonly wake: () => void
}

/** Rows that go out together. */
interface Part {
  readonly rows: LogRow[]
  readonly inHand: Set<InHand>
  /** The session that acted, which has them from its answer. */
  by: Subscriber | undefined
  /** The only device that hears of them; undefined: all. */
  only: bigint | undefined
  /** The only device that does not. */
  except: bigint | undefined
  /** When the first of them was rung; undefined when they were found in the log. */
  atMs: number | undefined
}

export interface SessionKey {
  readonly keyId: bigint
  readonly sessionId: bigint
}

export interface FeedDeps {
  readonly db: Database
  readonly clock: Clock
  readonly log: Logger
  readonly render: RenderRows
  /** Resolves when doorbells that ring from then on are heard: see `Bus.listening`. */
  readonly listening: () => Promise<void> | undefined
  /** Hears how many updates were pushed to the sessions of a user, and how long after their commit. */
  readonly onPushed?: ((updates: number, lagMs: number) => void) | undefined
  /** Hears up to which qts the only device that hears of a queue has said that it has what was pushed to it. */
  readonly onTaken?:
    | ((boxId: BoxId, upTo: { readonly queue: Queue; readonly qts: number }) => void)
    | undefined
}

/**
 * The updates of one user's box on this node, on their way to that user's sessions. Doorbells may come late, twice,
 * out of order or not at all: what follows the cursor is rendered at once, what is behind it is dropped, and a hole
 * is filled from the log.
 */
export class Feed {
  readonly #deps: FeedDeps
  readonly #userId: UserId
  readonly #subscribers = new Set<Subscriber>()
  /** What has been pushed, or was there before. Undefined until it is read. */
  #cursor: Cursor | undefined
  #opening: Promise<void> | undefined
  /** Where the log was seen to stand when doorbells had been lost. */
  #seen: Cursor | undefined
  #waiting: Rung[] = []
  #rung = 0
  #waiters: Waiter[] = []
  #isRunning = false
  #gapTimer: Timer | undefined

  constructor(deps: FeedDeps, userId: UserId) {
    this.#deps = deps
    this.#userId = userId
  }

  get isIdle(): boolean {
    return this.#subscribers.size === 0
  }

  add(subscriber: Subscriber): void {
    this.#subscribers.add(subscriber)
  }

  remove(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber)
  }

  /**
   * Resolves when every change that is committed from then on will be pushed, whichever doorbells are lost or come late;
   * undefined when that is so already. Rejects when the log cannot be read.
   */
  opened(): Promise<void> | undefined {
    return this.#cursor ? undefined : this.#open()
  }

  /** Forgets what is under way; called when the last subscriber has left. */
  close(): void {
    this.#gapTimer?.cancel()
    this.#waiting = []
    this.#wake()
  }

  /** Resolves when all that has rung up to now has been pushed; undefined when it has. */
  delivered(): Promise<void> | undefined {
    if (!this.#isRunning && this.#waiting.length === 0) return undefined
    return new Promise((wake) => this.#waiters.push({ upTo: this.#rung, wake }))
  }

  /** Wakes whoever waits for nothing that is still to be delivered. */
  #wake(): void {
    if (this.#waiters.length === 0) return
    const oldest = this.#waiting.reduce((nth, rung) => Math.min(nth, rung.nth), Number.POSITIVE_INFINITY)
    const due = this.#waiters.filter((waiter) => waiter.upTo < oldest)
    this.#waiters = this.#waiters.filter((waiter) => waiter.upTo >= oldest)
    for (const { wake } of due) wake()
  }

  /** Takes a doorbell. Returns at once; delivery follows in order. */
  ring(bell: Doorbell): void {
    if (this.#waiting.length + bell.rows.length > WAITING_ROWS) this.#waiting = []
    const atMs = this.#deps.clock.nowMs()
    for (const row of bell.rows) {
      this.#waiting.push({ row, by: bell.by, inHand: bell.inHand, atMs, nth: ++this.#rung })
    }
    void this.#run()
  }

  /** Hears where the log stands. What was not rung by then, and is not soon, is read. */
  look(state: Cursor): void {
    this.#seen = state
    if (this.#isBehind()) this.#gapTimer ??= this.#watchGap()
  }

  #isBehind(): boolean {
    if (!this.#cursor || !this.#seen) return false
    return this.#cursor.pts < this.#seen.pts || this.#cursor.seq < this.#seen.seq
  }

  /** Pushes an update that stands in no log, to one device only if that is named. */
  hint(update: T.Update, by: SessionKey | undefined, only: bigint | undefined): void {
    const isTold = (to: Subscriber): boolean =>
      (!by || !isSame(to, by)) && (only === undefined || to.keyId === only)
    this.#push(tl.updateShort({ update, date: this.#deps.clock.nowSec() }), isTold)
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return
    this.#isRunning = true
    try {
      if (!this.#cursor) await this.#open()
      while (await this.#step()) this.#wake()
      if (this.#waiting.length > 0 || this.#isBehind()) this.#gapTimer ??= this.#watchGap()
    } catch (error) {
      this.#failed(error)
    } finally {
      this.#isRunning = false
      this.#wake()
    }
  }

  /** Reads where the log stands. What was committed before that, nobody who is owed it has missed. */
  #open(): Promise<void> {
    const open = async (): Promise<void> => {
      try {
        await this.#deps.listening()
        this.#cursor = await readState(this.#deps.db, this.#userId)
        if (this.#isBehind()) this.#gapTimer ??= this.#watchGap()
      } finally {
        this.#opening = undefined
      }
    }
    return (this.#opening ??= open())
  }

  /** Delivers what follows the cursor without a hole, as far as one and the same session acted. False: nothing. */
  async #step(): Promise<boolean> {
    const part = newPart()
    const kept: Rung[] = []
    let isWhole = false
    this.#waiting.sort((a, b) => a.row.pts - b.row.pts || a.row.seq - b.row.seq)
    for (const rung of this.#waiting) {
      if (this.#isKnown(rung.row)) continue
      const by = this.#actorAmongSubscribers(rung)
      // What comes after the first that is not for the same sessions goes out after it.
      isWhole ||= part.rows.length > 0 && !isFor(part, rung.row, by)
      if (isWhole || !this.#follows(rung.row)) kept.push(rung)
      else {
        this.#advance(rung.row)
        addTo(part, rung, by)
      }
    }
    this.#waiting = kept
    if (part.rows.length === 0) return false
    await this.#deliver(part)
    return true
  }

  #isKnown(row: LogRow): boolean {
    const cursor = this.#cursor
    if (!cursor) return false
    return row.seq === 0 ? row.pts <= cursor.pts : row.seq <= cursor.seq
  }

  /** The two counts are apart: a change outside pts does not wait for one that counts, nor the other way round. */
  #follows(row: LogRow): boolean {
    const cursor = this.#cursor
    if (!cursor) return true
    return row.seq === 0 ? row.pts - row.count === cursor.pts : row.seq === cursor.seq + 1
  }

  #advance(row: LogRow): void {
    const { pts, seq } = this.#cursor ?? { pts: row.pts, seq: row.seq }
    this.#cursor = row.seq === 0 ? { pts: row.pts, seq } : { pts, seq: row.seq }
  }

  #actorAmongSubscribers(rung: Rung | undefined): Subscriber | undefined {
    return this.#subscriberOf(rung?.by)
  }

  #subscriberOf(key: SessionKey | undefined): Subscriber | undefined {
    if (!key) return undefined
    for (const subscriber of this.#subscribers) if (isSame(subscriber, key)) return subscriber
    return undefined
  }

  /** The doorbells in between may still come; when they do not, the log has them. */
  #watchGap(): Timer {
    return this.#deps.clock.setTimeout(() => {
      this.#gapTimer = undefined
      this.#fillGap().catch((error: unknown) => this.#failed(error))
    }, GAP_WAIT_MS)
  }

  async #fillGap(): Promise<void> {
    if (this.#isRunning || !this.#cursor || (this.#waiting.length === 0 && !this.#isBehind())) return
    this.#isRunning = true
    this.#seen = undefined
    try {
      const rungBefore = new Set(this.#waiting)
      const rows = await readLogAfter(this.#deps.db, this.#userId, this.#cursor, CATCH_UP_ROWS + 1)
      if (rows.length > CATCH_UP_ROWS) {
        this.#cursor = await readState(this.#deps.db, this.#userId)
        this.#tellTooLong()
      } else await this.#deliverLogged(rows)
      // What was rung before the log was read stands in it, or nowhere.
      this.#waiting = this.#waiting.filter((rung) => !rungBefore.has(rung))
    } finally {
      this.#isRunning = false
      this.#wake()
    }
    if (this.#waiting.length > 0 || this.#isBehind()) void this.#run()
  }

  /** Delivers rows from the log, parted by who must not hear of them, as far as their doorbells have come meanwhile. */
  async #deliverLogged(rows: readonly LogRow[]): Promise<void> {
    const rung = new Map(this.#waiting.map((each) => [positionOf(each.row), each]))
    const parts: Part[] = []
    for (const row of rows) {
      const bell = rung.get(positionOf(row))
      const by = this.#actorAmongSubscribers(bell)
      let part = parts.at(-1)
      if (!part || !isFor(part, row, by)) parts.push((part = newPart()))
      this.#advance(row)
      // A message in hand may have been edited by a row whose doorbell has not come: all are read anew.
      addTo(part, { row, inHand: undefined, atMs: bell?.atMs }, by)
    }
    for (const part of parts) await this.#deliver(part)
  }

  async #deliver({ rows, inHand, by, only, except, atMs }: Part): Promise<void> {
    const isTold = (to: Subscriber): boolean =>
      to !== by && (only === undefined || to.keyId === only) && to.keyId !== except
    if (![...this.#subscribers].some(isTold)) return
    const rendered = await this.#deps.render(this.#userId, rows, { inHand: [...inHand].flat() })
    const qts = only === undefined ? 0 : Math.max(...rows.map((row) => row.qts))
    const onTaken =
      only === undefined || qts === 0
        ? undefined
        : (): void => this.#deps.onTaken?.(this.#userId, { queue: only, qts })
    this.#push(
      tl.updates({
        updates: [...rendered.updates],
        users: [...rendered.users],
        chats: [...rendered.chats],
        date: this.#deps.clock.nowSec(),
        seq: 0,
      }),
      isTold,
      onTaken,
    )
    if (atMs !== undefined) this.#deps.onPushed?.(rows.length, this.#deps.clock.nowMs() - atMs)
  }

  /** What was to be pushed cannot be rendered. The sessions find it in the log, when that can be read again. */
  #failed(error: unknown): void {
    for (const { wake } of this.#waiters.splice(0)) wake()
    if (this.isIdle) return
    this.#deps.log.error({ err: error, userId: this.#userId }, 'updates could not be pushed')
    this.#tellTooLong()
  }

  #tellTooLong(): void {
    this.#push(tl.updatesTooLong(), () => true)
  }

  /** Encodes once for each layer among the sessions. */
  #push(updates: T.Updates, isTold: (to: Subscriber) => boolean, onTaken?: () => void): void {
    const encoded = new Map<number, Uint8Array>()
    for (const subscriber of this.#subscribers) {
      if (!isTold(subscriber)) continue
      const { layer } = subscriber
      let body = encoded.get(layer)
      if (!body) {
        body = codecFor(layer).tryEncode(updates, 'Updates', this.#userId) ?? tooLong(layer)
        encoded.set(layer, body)
      }
      // A queue that is full has been emptied: one word takes the place of all that was lost.
      if (!subscriber.push(body, onTaken)) subscriber.push(tooLong(layer))
    }
  }
}

/** What makes a client of any layer ask for the difference. */
function tooLong(layer: number): Uint8Array {
  return codecFor(layer).encode(tl.updatesTooLong(), 'Updates')
}

function isSame(a: SessionKey, b: SessionKey): boolean {
  return a.sessionId === b.sessionId && a.keyId === b.keyId
}

function positionOf(row: LogRow): string {
  return `${row.pts} ${row.seq}`
}

function newPart(): Part {
  return {
    rows: [],
    inHand: new Set(),
    by: undefined,
    only: undefined,
    except: undefined,
    atMs: undefined,
  }
}

function isFor(part: Part, row: LogRow, by: Subscriber | undefined): boolean {
  return part.by === by && part.only === onlyDevice(row) && part.except === row.exceptDevice
}

function onlyDevice({ queue, device }: LogRow): bigint | undefined {
  return queue === ALL_DEVICES ? undefined : (queue ?? device)
}

function addTo(
  part: Part,
  rung: Pick<Rung, 'row' | 'inHand'> & { readonly atMs: number | undefined },
  by: Subscriber | undefined,
): void {
  part.by = by
  part.only = onlyDevice(rung.row)
  part.except = rung.row.exceptDevice
  part.rows.push(rung.row)
  part.atMs ??= rung.atMs
  if (rung.inHand) part.inHand.add(rung.inHand)
}
