import type { Logger } from 'pino'
import type { Clock, Timer } from '../lib/clock.ts'
import type { UserId } from '../lib/ids.ts'
import type { Database } from '../store/database.ts'
import { codecFor } from '../tl/encode.ts'
import { tl } from '../tl/factories.ts'
import type * as T from '../tl/schema.d.ts'
import { CATCH_UP_ROWS, GAP_WAIT_MS, WAITING_ROWS } from './limits.ts'
import { readLog, readState, type Cursor, type LogRow } from './log.ts'
import type { InHand, RenderRows, Subscriber } from './updates.ts'

/** A doorbell: rows that were just committed to a box, and the session that need not hear of them. */
export interface Doorbell {
  readonly rows: readonly LogRow[]
  readonly by: SessionKey | undefined
  readonly inHand: InHand | undefined
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
  #cursor: Cursor | undefined
  #waiting: Doorbell[] = []
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

  /** Forgets what is under way; called when the last subscriber has left. */
  close(): void {
    this.#gapTimer?.cancel()
    this.#waiting = []
  }

  /** Takes a doorbell. Returns at once; delivery follows in order. */
  ring(bell: Doorbell): void {
    if (this.#waiting.length >= WAITING_ROWS) this.#waiting = []
    this.#waiting.push(bell)
    void this.#run()
  }

  /** Pushes an update that stands in no log. */
  hint(update: T.Update, by: SessionKey | undefined): void {
    this.#push(tl.updateShort({ update, date: this.#deps.clock.nowSec() }), by)
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return
    this.#isRunning = true
    try {
      this.#cursor ??= await this.#start()
      while (await this.#step());
      if (this.#waiting.length > 0) this.#gapTimer ??= this.#watchGap()
    } catch (error) {
      this.#deps.log.error({ err: error, userId: this.#userId }, 'updates could not be pushed')
      this.#tellTooLong()
    } finally {
      this.#isRunning = false
    }
  }

  /** Where the log stands now, or stood before the doorbells that rang meanwhile: nobody has heard of these. */
  async #start(): Promise<Cursor | undefined> {
    const state = await readState(this.#deps.db, this.#userId)
    if (!state) return undefined
    const rows = this.#waiting.flatMap((bell) => bell.rows)
    const pts = rows.map((row) => row.pts - row.count)
    const seq = rows.filter((row) => row.seq > 0).map((row) => row.seq - 1)
    return { pts: Math.min(state.pts, ...pts), seq: Math.min(state.seq, ...seq) }
  }

  /** Delivers the doorbells that follow the cursor without a hole. False when there is none. */
  async #step(): Promise<boolean> {
    const rows: LogRow[] = []
    const inHand: unknown[] = []
    let by: SessionKey | undefined
    this.#waiting.sort((a, b) => comparePosition(a.rows[0], b.rows[0]))
    while (this.#waiting.length > 0) {
      const bell = this.#waiting[0]!
      const fresh = bell.rows.filter((row) => !this.#isKnown(row))
      if (fresh.length > 0 && !this.#follows(fresh[0]!)) break
      const skipped = this.#subscriberOf(bell.by) ? bell.by : undefined
      if (rows.length > 0 && (skipped || by)) break
      this.#waiting.shift()
      for (const row of fresh) this.#advance(row)
      rows.push(...fresh)
      if (bell.inHand) inHand.push(...bell.inHand)
      by = skipped
    }
    if (rows.length > 0) await this.#deliver(rows, inHand, by)
    return rows.length > 0
  }

  #isKnown(row: LogRow): boolean {
    const cursor = this.#cursor
    if (!cursor) return false
    return row.seq === 0 ? row.pts <= cursor.pts : row.seq <= cursor.seq
  }

  #follows(row: LogRow): boolean {
    const cursor = this.#cursor
    if (!cursor) return true
    return row.seq === 0
      ? row.pts - row.count === cursor.pts
      : row.pts === cursor.pts && row.seq === cursor.seq + 1
  }

  #advance(row: LogRow): void {
    this.#cursor = { pts: row.pts, seq: row.seq === 0 ? (this.#cursor?.seq ?? 0) : row.seq }
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
      this.#fillGap().catch((error: unknown) => {
        this.#deps.log.error({ err: error, userId: this.#userId }, 'the update log could not be read')
        this.#tellTooLong()
      })
    }, GAP_WAIT_MS)
  }

  async #fillGap(): Promise<void> {
    if (this.#isRunning || !this.#cursor || this.#waiting.length === 0) return
    this.#isRunning = true
    try {
      const rows = await readLog(this.#deps.db, this.#userId, this.#cursor, CATCH_UP_ROWS + 1)
      if (rows.length > CATCH_UP_ROWS) {
        this.#cursor = await readState(this.#deps.db, this.#userId)
        this.#tellTooLong()
      } else if (rows.length > 0) {
        for (const row of rows) this.#advance(row)
        for (const part of this.#partsOf(rows)) await this.#deliver(part.rows, part.inHand, part.by)
      }
      this.#waiting = this.#waiting.filter((bell) => bell.rows.some((row) => !this.#isKnown(row)))
    } finally {
      this.#isRunning = false
    }
    if (this.#waiting.length > 0) void this.#run()
  }

  /** Rows from the log, parted by who must not hear of them, as far as their doorbells have come meanwhile. */
  #partsOf(rows: readonly LogRow[]): { rows: LogRow[]; inHand: unknown[]; by: SessionKey | undefined }[] {
    const parts: { rows: LogRow[]; inHand: unknown[]; by: SessionKey | undefined }[] = []
    for (const row of rows) {
      const bell = this.#waiting.find((each) => each.rows.some((rung) => comparePosition(rung, row) === 0))
      const by = this.#subscriberOf(bell?.by) ? bell?.by : undefined
      const last = parts.at(-1)
      const inHand = bell?.inHand ?? []
      if (last && last.by === by) {
        last.rows.push(row)
        last.inHand.push(...inHand)
      } else {
        parts.push({ rows: [row], inHand: [...inHand], by })
      }
    }
    return parts
  }

  async #deliver(rows: readonly LogRow[], inHand: InHand, by: SessionKey | undefined): Promise<void> {
    if (this.#subscribers.size === 0) return
    if (by && this.#subscribers.size === 1 && this.#subscriberOf(by)) return
    const rendered = await this.#deps.render(this.#userId, rows, inHand)
    this.#push(
      tl.updates({
        updates: [...rendered.updates],
        users: [...rendered.users],
        chats: [...rendered.chats],
        date: this.#deps.clock.nowSec(),
        seq: 0,
      }),
      by,
    )
  }

  #tellTooLong(): void {
    this.#push(tl.updatesTooLong(), undefined)
  }

  /** Encodes once for each layer among the sessions. */
  #push(updates: T.Updates, by: SessionKey | undefined): void {
    const encoded = new Map<number, Uint8Array>()
    for (const subscriber of this.#subscribers) {
      if (by && isSame(subscriber, by)) continue
      const { layer } = subscriber
      let body = encoded.get(layer)
      if (!body) encoded.set(layer, (body = codecFor(layer).tryEncode(updates, 'Updates') ?? tooLong(layer)))
      // A queue that is full has been emptied: one word takes the place of all that was lost.
      if (!subscriber.push(body)) subscriber.push(tooLong(layer))
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

function comparePosition(a: LogRow | undefined, b: LogRow | undefined): number {
  if (!a || !b) return 0
  return a.pts - b.pts || a.seq - b.seq
}
