import type { BoxId, MessageId, PeerId } from '../lib/ids.ts'
import type { Db, Tx } from '../store/database.ts'

/** What a log row tells. The row refers to what changed; it never holds a copy of a message. */
export const Kind = {
  newMessage: 1,
  editMessage: 2,
  deleteMessages: 3,
  readInbox: 4,
  readOutbox: 5,
  readContents: 6,
  /** Anything else: `data` is the TL of the update itself. */
  other: 32,
} as const

/** A change to be logged in a box. */
export interface LogEntry {
  readonly boxId: BoxId
  readonly kind: number
  /** How much pts it takes; 0 for changes outside pts, which take the next seq instead. */
  readonly count: number
  readonly peerId?: PeerId | undefined
  /** The message, or the highest one that was read. */
  readonly messageId?: MessageId | undefined
  /** Deleted or opened messages. */
  readonly ids?: readonly MessageId[] | undefined
  /** TL of a T.Update, for kind `other`. Its pts fields are filled in when it is rendered. */
  readonly data?: Uint8Array | undefined
}

/** A logged change: the state of the box after it. */
export interface LogRow extends LogEntry {
  readonly pts: number
  /** 0 for changes that count in pts. */
  readonly seq: number
  readonly date: number
}

/** Where a reader of the log stands: everything up to here is known to it. */
export interface Cursor {
  readonly pts: number
  readonly seq: number
}

/** The columns of update_log under the names of LogRow. */
interface StoredRow {
  boxId: BoxId
  pts: number
  seq: number
  kind: number
  count: number
  date: number
  peerId: PeerId | null
  messageId: MessageId | null
  ids: MessageId[] | null
  data: Uint8Array | null
}

function fromStored(row: StoredRow): LogRow {
  return {
    boxId: row.boxId,
    pts: row.pts,
    seq: row.seq,
    kind: row.kind,
    count: row.count,
    date: row.date,
    peerId: row.peerId ?? undefined,
    messageId: row.messageId ?? undefined,
    ids: row.ids ?? undefined,
    data: row.data ?? undefined,
  }
}

/**
 * Writes entries to the log in the caller's transaction. Each box is locked and counted once, in ascending order, so
 * two transactions over the same boxes never deadlock. Sending messages does the same inside its own statement
 * (domain/messages/send-store.ts); nothing else writes `box` or `update_log`.
 */
export async function appendToLog(tx: Tx, date: number, entries: readonly LogEntry[]): Promise<LogRow[]> {
  if (entries.length === 0) return []
  const rows: LogRow[] = []
  for (const boxId of boxesOf(entries)) {
    const own = entries.filter((entry) => entry.boxId === boxId)
    const ptsTaken = own.reduce((sum, entry) => sum + entry.count, 0)
    const seqTaken = own.filter((entry) => entry.count === 0).length
    const [state] = await tx.sql<Cursor[]>`
      update box set pts = pts + ${ptsTaken}, seq = seq + ${seqTaken}
      where id = ${boxId} returning pts, seq`
    if (!state) continue
    let pts = state.pts - ptsTaken
    let seq = state.seq - seqTaken
    for (const entry of own) {
      pts += entry.count
      if (entry.count === 0) seq++
      rows.push({ ...entry, pts, seq: entry.count === 0 ? seq : 0, date })
    }
  }
  await insertRows(tx, rows)
  return rows
}

function boxesOf(entries: readonly LogEntry[]): BoxId[] {
  return [...new Set(entries.map((entry) => entry.boxId))].sort((a, b) => a - b)
}

async function insertRows(tx: Tx, rows: readonly LogRow[]): Promise<void> {
  if (rows.length === 0) return
  const values = rows.map((row) => ({
    box_id: row.boxId,
    pts: row.pts,
    seq: row.seq,
    kind: row.kind,
    count: row.count,
    date: row.date,
    peer_id: row.peerId ?? null,
    message_id: row.messageId ?? null,
    ids: row.ids ? [...row.ids] : null,
    data: row.data ?? null,
  }))
  await tx.sql`insert into update_log ${tx.sql(values)}`
}

/** The state of a box; undefined when there is none. */
export async function readState(db: Db | Tx, boxId: BoxId): Promise<Cursor | undefined> {
  const [state] = await db.sql<Cursor[]>`select pts, seq from box where id = ${boxId}`
  return state
}

/** Up to `limit` changes after a cursor, in order. */
export async function readLog(db: Db | Tx, boxId: BoxId, after: Cursor, limit: number): Promise<LogRow[]> {
  const rows = await db.sql<StoredRow[]>`
    select box_id as "boxId", pts, seq, kind, count, date, peer_id as "peerId", message_id as "messageId", ids, data
    from update_log
    where box_id = ${boxId} and (pts > ${after.pts} or (pts = ${after.pts} and seq > ${after.seq}))
    order by pts, seq limit ${limit}`
  return rows.map(fromStored)
}

/** The latest changes outside pts made at or after a date, in order: they have no other mark that a client keeps. */
export async function readOthersSince(
  db: Db | Tx,
  boxId: BoxId,
  range: { readonly sinceSec: number; readonly untilPts: number; readonly limit: number },
): Promise<LogRow[]> {
  const rows = await db.sql<StoredRow[]>`
    select box_id as "boxId", pts, seq, kind, count, date, peer_id as "peerId", message_id as "messageId", ids, data
    from update_log
    where box_id = ${boxId} and seq > 0 and date >= ${range.sinceSec} and pts <= ${range.untilPts}
    order by date desc, seq desc limit ${range.limit}`
  return rows.map(fromStored).toReversed()
}
