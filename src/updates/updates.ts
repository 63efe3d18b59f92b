import type { Actor } from '../context.ts'
import type { BoxId, UserId } from '../lib/ids.ts'
import type { Tx } from '../store/database.ts'
import type * as T from '../tl/schema.d.ts'
import type { LogEntry, LogRow } from './log.ts'

/** Log rows as a viewer sees them: one update for each row, in order, with everybody they mention. */
export interface Rendered {
  readonly updates: readonly T.Update[]
  readonly users: readonly T.User[]
  readonly chats: readonly T.Chat[]
}

/**
 * Turns log rows into updates. There is one, used for pushes, for differences and for the caller's own answer, so that
 * they cannot disagree.
 */
export type RenderRows = (viewer: UserId, rows: readonly LogRow[], known?: Known) => Promise<Rendered>

/** What is known of rows that are rendered. */
export interface Known {
  /** Messages that were just written, which need not be read again. */
  readonly inHand?: InHand | undefined
  /** Up to which pts the client will have the messages when it takes the updates; by default, up to each row. */
  readonly countedAtPts?: number | undefined
}

/** Message rows just written, opaque to this layer; whoever renders knows their type. */
export type InHand = readonly unknown[]

/** A session that wants updates. */
export interface Subscriber {
  readonly keyId: bigint
  readonly sessionId: bigint
  readonly layer: number
  /**
   * Queues encoded updates; false when its queue is full and the session must ask for the difference. `onTaken` hears when
   * the client has said that it has them.
   */
  push(body: Uint8Array, onTaken?: () => void): boolean
}

/** The pushes to a session. */
export interface Subscription {
  /**
   * Resolves when every change that is committed from then on will be pushed; undefined when that is so already. A call
   * that shows what there is waits for it, so that nothing falls in between. Rejects when the database cannot be read.
   */
  ready(): Promise<void> | undefined
  leave(): void
}

/** How a change reaches every device that must know. */
export interface Updates {
  /** Writes to the log inside the caller's transaction. */
  append(tx: Tx, entries: readonly LogEntry[]): Promise<LogRow[]>
  /** Says, before they are written, that a transaction will announce changes of these boxes; `append` does so itself. */
  willAnnounce(tx: Tx, boxIds: Iterable<BoxId>): void
  /** After commit, tells all sessions of the boxes' owners, but for the session that acted. */
  announce(tx: Tx, rows: readonly LogRow[], by?: Actor, inHand?: InHand): void
  /** `append` and `announce`. */
  record(tx: Tx, entries: readonly LogEntry[], by?: Actor): Promise<LogRow[]>
  /** The caller's own answer to what it just did. */
  render(viewer: UserId, rows: readonly LogRow[], inHand?: InHand): Promise<T.updates>
  /** Typing, online status: told to whoever is connected, or to one device of theirs, never logged. */
  hint(to: readonly UserId[], update: T.Update, by?: Actor, onlyDevice?: bigint): void
  /** Begins to push to a session. */
  subscribe(userId: UserId, subscriber: Subscriber): Subscription
  /**
   * Resolves when all that others can see of a box has been pushed to the sessions of this node, or soon after when that
   * takes too long; undefined when nothing is under way. An answer that was read from the box waits for it: a client that
   * finds a message in a history, and hears of it as new afterwards, tells nobody of it.
   */
  settled(userId: UserId): Promise<void> | undefined
  /** Whether changes of this actor's call have been committed, so that others have been told of them. */
  hasActed(by: Actor): boolean
  state(by: Actor): Promise<T.updates.state>
  difference(by: Actor, since: DifferenceSince): Promise<T.updates.Difference>
}

/** What a client says it has. */
export interface DifferenceSince {
  readonly pts: number
  readonly qts: number
  readonly date: number
  /** At most so much before it is called too long; the client's wish, bounded by ours. */
  readonly ptsTotalLimit: number | undefined
  /** At most so many updates in one answer. */
  readonly ptsLimit: number | undefined
  /** Likewise of those that count in qts. */
  readonly qtsLimit: number | undefined
}
