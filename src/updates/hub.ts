import type { Bus } from '../bus/bus.ts'
import type { Actor } from '../context.ts'
import { atMost } from '../lib/at-most.ts'
import type { BoxId, UserId } from '../lib/ids.ts'
import type { Tx } from '../store/database.ts'
import { tl } from '../tl/factories.ts'
import type * as T from '../tl/schema.d.ts'
import { readDifference, stateView } from './difference.ts'
import { Feed, type Doorbell, type FeedDeps, type SessionKey } from './feed.ts'
import { LOOK_AGAIN_MS, LOOKED_AT_BOXES, SETTLE_MS } from './limits.ts'
import { appendToLog, readStates, type LogEntry, type LogRow } from './log.ts'
import { OpenWrites } from './open-writes.ts'
import type { InHand, Subscriber, Subscription, Updates } from './updates.ts'

/** What travels over the bus to the nodes that serve a user's sessions. */
type BoxEvent =
  | { readonly kind: 'bell'; readonly bell: Doorbell }
  | {
      readonly kind: 'hint'
      readonly update: T.Update
      readonly by: SessionKey | undefined
      readonly only: bigint | undefined
    }

type HubDeps = FeedDeps & { readonly bus: Bus }

interface OpenFeed {
  readonly feed: Feed
  readonly leaveBus: () => void
}

/** Makes the updates of a server: the log, the sessions of this node, and the bus between them. */
export function createUpdates(given: Omit<FeedDeps, 'listening'> & { readonly bus: Bus }): Updates {
  const deps: HubDeps = { ...given, listening: () => given.bus.listening() }
  const hub = new Hub(deps)
  return {
    append: (tx, entries) => hub.append(tx, entries),
    willAnnounce: (tx, boxIds) => hub.willAnnounce(tx, boxIds),
    announce: (tx, rows, by, inHand) => hub.announce(tx, rows, by, inHand),
    async record(tx, entries, by) {
      const rows = await hub.append(tx, entries)
      hub.announce(tx, rows, by)
      return rows
    },
    async render(viewer, rows, inHand) {
      const rendered = await deps.render(viewer, rows, { inHand })
      return tl.updates({
        updates: [...rendered.updates],
        users: [...rendered.users],
        chats: [...rendered.chats],
        date: deps.clock.nowSec(),
        seq: 0,
      })
    },
    hint: (to, update, by, only) => hub.hint(to, update, by, only),
    subscribe: (userId, subscriber) => hub.subscribe(userId, subscriber),
    settled: (userId) => hub.settled(userId),
    hasActed: (by) => hub.hasActed(by),
    state: (by) => stateView(deps, by),
    difference: (by, since) => readDifference(deps, by, since),
  }
}

class Hub {
  readonly #deps: HubDeps
  readonly #feeds = new Map<UserId, OpenFeed>()
  readonly #writes = new OpenWrites()
  readonly #acted = new WeakSet<Actor>()
  /** Boxes of which doorbells may have been lost. */
  readonly #unsure = new Set<UserId>()
  #isLooking = false

  constructor(deps: HubDeps) {
    this.#deps = deps
  }

  async append(tx: Tx, entries: readonly LogEntry[]): Promise<LogRow[]> {
    this.willAnnounce(
      tx,
      entries.map((entry) => entry.boxId),
    )
    return await appendToLog(tx, this.#deps.clock.nowSec(), entries)
  }

  willAnnounce(tx: Tx, boxIds: Iterable<BoxId>): void {
    this.#writes.note(tx, boxIds)
  }

  announce(tx: Tx, rows: readonly LogRow[], by: Actor | undefined, inHand?: InHand): void {
    if (rows.length === 0) return
    tx.onCommit(() => {
      if (by) this.#acted.add(by)
      for (const [boxId, own] of groupByBox(rows)) {
        const bell: Doorbell = { rows: own, by: keyOf(by), inHand }
        this.#publish(boxId, { kind: 'bell', bell })
      }
    })
  }

  hint(to: readonly UserId[], update: T.Update, by: Actor | undefined, only: bigint | undefined): void {
    for (const userId of to) this.#publish(userId, { kind: 'hint', update, by: keyOf(by), only })
  }

  settled(userId: UserId): Promise<void> | undefined {
    const feed = this.#feeds.get(userId)?.feed
    if (!feed) return undefined
    const rung = this.#writes.rung(userId)
    if (!rung) return this.#bounded(feed.delivered())
    return this.#bounded(rung.then(() => feed.delivered()))
  }

  hasActed(by: Actor): boolean {
    return this.#acted.has(by)
  }

  /** Nobody waits for an answer because a push takes too long. */
  #bounded(settled: Promise<void> | undefined): Promise<void> | undefined {
    if (!settled) return undefined
    return atMost(this.#deps.clock, SETTLE_MS, settled)
  }

  subscribe(userId: UserId, subscriber: Subscriber): Subscription {
    const open = this.#feeds.get(userId) ?? this.#open(userId)
    const { feed } = open
    feed.add(subscriber)
    return {
      ready: () => feed.opened(),
      leave: () => {
        feed.remove(subscriber)
        if (!feed.isIdle || this.#feeds.get(userId) !== open) return
        this.#feeds.delete(userId)
        open.leaveBus()
        feed.close()
      },
    }
  }

  #open(userId: UserId): OpenFeed {
    const feed = new Feed(this.#deps, userId)
    const hear = (event: unknown): void => {
      const known = event as BoxEvent // Only `#publish` writes to this subject.
      if (known.kind === 'bell') feed.ring(known.bell)
      else feed.hint(known.update, known.by, known.only)
    }
    const leaveBus = this.#deps.bus.subscribe(subject(userId), hear, () => {
      this.#unsure.add(userId)
      if (!this.#isLooking) void this.#look()
    })
    const open = { feed, leaveBus }
    this.#feeds.set(userId, open)
    return open
  }

  /** Tells feeds that may have missed something where the log stands. There may be as many as there are people here. */
  async #look(): Promise<void> {
    this.#isLooking = true
    // All of them are known by then.
    await Promise.resolve()
    const { db, log, clock } = this.#deps
    let here: readonly UserId[] = []
    try {
      while (this.#unsure.size > 0) {
        here = this.#takeUnsure()
        const states = here.length > 0 ? await readStates(db, here) : []
        const known = new Map(states.map((state) => [state.boxId, state]))
        for (const userId of here) {
          const state = known.get(userId)
          if (state) this.#feeds.get(userId)?.feed.look(state)
        }
      }
      this.#isLooking = false
    } catch (error) {
      log.warn({ err: error }, 'what doorbells may have told of cannot be looked up')
      for (const userId of here) this.#unsure.add(userId)
      clock.setTimeout(() => void this.#look(), LOOK_AGAIN_MS)
    }
  }

  /** Some of them, whose sessions are still here. */
  #takeUnsure(): UserId[] {
    const taken: UserId[] = []
    for (const userId of this.#unsure) {
      if (taken.length >= LOOKED_AT_BOXES) break
      this.#unsure.delete(userId)
      if (this.#feeds.has(userId)) taken.push(userId)
    }
    return taken
  }

  #publish(boxId: BoxId, event: BoxEvent): void {
    this.#deps.bus.publish(subject(boxId), event)
  }
}

function subject(boxId: BoxId): string {
  return `box.${boxId}`
}

function keyOf(by: Actor | undefined): SessionKey | undefined {
  return by && { keyId: by.keyId, sessionId: by.sessionId }
}

function groupByBox(rows: readonly LogRow[]): Map<BoxId, LogRow[]> {
  const groups = new Map<BoxId, LogRow[]>()
  for (const row of rows) {
    const group = groups.get(row.boxId)
    if (group) group.push(row)
    else groups.set(row.boxId, [row])
  }
  return groups
}
