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
  /** TL of a T.Update, for kind `other`. Its pts or qts fields are filled in when it is rendered. */
  readonly data?: Uint8Array | undefined
  /** For a change that counts in qts, with a `count` of 0: whose qts. */
  readonly queue?: Queue | undefined
  /** For a change outside pts and qts, with a `count` of 0: the only device that hears of it, by its permanent key. */
  readonly device?: bigint | undefined
  /** Likewise the only device that does not. */
  readonly exceptDevice?: bigint | undefined
}

/**
 * What counts qts in a box: the permanent key of the only device that hears of it, as secret chats are bound to one; or
 * `ALL_DEVICES`, as the events of bots are not. https://core.telegram.org/api/updates#update-handling
 */
export type Queue = bigint

export const ALL_DEVICES: Queue = 0n

/** A logged change: the state of the box after it. */
export interface LogRow extends LogEntry {
  readonly pts: number
  /** 0 for changes that count in pts. */
  readonly seq: number
  /** 0 for changes that do not count in qts. */
  readonly qts: number
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
  keyId: bigint | null
  exceptDevice: bigint | null
  qts: number
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
    queue: row.qts > 0 ? (row.keyId ?? undefined) : undefined,
    device: row.qts > 0 ? undefined : (row.keyId ?? undefined),
    exceptDevice: row.exceptDevice ?? undefined,
    qts: row.qts,
  }
}

/** Where an entry was placed: its position in the batch, from 0, and the state of its box after it. */
interface Placed {
  readonly index: number
  readonly pts: number
  readonly seq: number
  readonly qts: number
}

/**
 * Writes entries to the log in the caller's transaction, in one statement. Boxes are locked in ascending order, so two
 * transactions over the same boxes never deadlock. Entries for boxes that do not exist are left out. Sending messages
 * does the same inside its own statements (domain/messages/send-store.ts, domain/secret/send-store.ts); nothing else
 * writes `box`, `box_queue` or `update_log`.
 */
export async function appendToLog(tx: Tx, date: number, entries: readonly LogEntry[]): Promise<LogRow[]> {
  if (entries.length === 0) return []
  const column = <V>(pick: (entry: LogEntry) => V): V[] => entries.map(pick)
  const data = tx.sql.array(column((entry) => entry.data ?? null) as Uint8Array[], BYTEA_ARRAY) // Nulls are written as such.
  const placed = await tx.sql<Placed[]>`
    with entry as (
      select * from unnest(
        ${column((entry) => entry.boxId)}::int[], ${column((entry) => entry.kind)}::int[],
        ${column((entry) => entry.count)}::int[], ${column((entry) => entry.peerId ?? null)}::int[],
        ${column((entry) => entry.messageId ?? null)}::int[],
        ${column((entry) => (entry.ids ? `{${entry.ids.join(',')}}` : null))}::text[], ${data}::bytea[],
        ${column((entry) => (entry.queue ?? entry.device)?.toString() ?? null)}::bigint[],
        ${column((entry) => entry.exceptDevice?.toString() ?? null)}::bigint[],
        ${column((entry) => entry.queue !== undefined)}::bool[]
      ) with ordinality as t (box_id, kind, size, peer_id, message_id, ids, data, key_id, except_key_id, is_queued, ord)
    ), wanted as (
      select box_id, sum(size)::int as pts, count(*) filter (where size = 0)::int as seq from entry group by box_id
    ), locked as materialized (
      select id from box where id in (select box_id from wanted) order by id for no key update
    ), taken as (
      update box set pts = box.pts + wanted.pts, seq = box.seq + wanted.seq
      from wanted join locked on locked.id = wanted.box_id where box.id = wanted.box_id
      returning box.id, box.pts - wanted.pts as pts, box.seq - wanted.seq as seq
    ), queued as (
      select box_id, key_id, count(*)::int as changes from entry join taken on taken.id = box_id
      where is_queued group by box_id, key_id
    ), counted as (
      insert into box_queue as q (box_id, key_id, qts) select box_id, key_id, 1 + changes from queued
      on conflict (box_id, key_id) do update set qts = q.qts + excluded.qts - 1
      returning q.box_id, q.key_id, q.qts
    ), before as (
      select box_id, key_id, counted.qts - changes as qts from counted join queued using (box_id, key_id)
    ), placed as (
      select entry.*, (taken.pts + sum(size) over nth)::int as pts,
        case when size = 0 then (taken.seq + count(*) filter (where size = 0) over nth)::int else 0 end as seq,
        case when not is_queued then 0
          else (before.qts + count(*) over (partition by entry.box_id, entry.key_id, is_queued order by ord))::int
          end as qts
      from entry join taken on taken.id = box_id
        left join before on before.box_id = entry.box_id and before.key_id = entry.key_id
      window nth as (partition by entry.box_id order by ord)
    ), logged as (
      insert into update_log (box_id, pts, seq, kind, count, date, peer_id, message_id, ids, data, key_id,
        except_key_id, qts)
      select box_id, pts, seq, kind, size, ${date}, peer_id, message_id, ids::int[], data, key_id, except_key_id, qts
      from placed
    )
    select (ord - 1)::int as index, pts, seq, qts from placed order by ord`
  return placed.map(({ index, pts, seq, qts }) => ({ ...entries[index]!, pts, seq, qts, date }))
}

const BYTEA_ARRAY = 1001

/** The state of a box; undefined when there is none. */
export async function readState(db: Db | Tx, boxId: BoxId): Promise<Cursor | undefined> {
  const [state] = await db.sql<Cursor[]>`select pts, seq from box where id = ${boxId}`
  return state
}

/** The states of those boxes that there are. */
export async function readStates(
  db: Db | Tx,
  boxIds: readonly BoxId[],
): Promise<(Cursor & { readonly boxId: BoxId })[]> {
  return await db.sql<(Cursor & { readonly boxId: BoxId })[]>`
    select id as "boxId", pts, seq from box where id = any(${[...boxIds]}::int[])`
}

/** The state of a box with the qts of a queue; undefined when there is no such box. */
export async function readStateWithQts(
  db: Db | Tx,
  boxId: BoxId,
  queue: Queue,
): Promise<(Cursor & { readonly qts: number }) | undefined> {
  const [state] = await db.sql<(Cursor & { readonly qts: number })[]>`
    select pts, seq, coalesce(q.qts, 1) as qts from box b
    left join box_queue q on q.box_id = b.id and q.key_id = ${queue} where b.id = ${boxId}`
  return state
}

/** The columns of a log row under the names of LogRow. */
function columns(db: Db | Tx) {
  return db.sql`box_id as "boxId", pts, seq, kind, count, date, peer_id as "peerId", message_id as "messageId", ids, data,
    key_id as "keyId", except_key_id as "exceptDevice", qts`
}

/** Whether a device hears of a change that does not count in qts. */
function isFor(db: Db | Tx, device: bigint) {
  return db.sql`qts = 0 and (key_id is null or key_id = ${device}) and except_key_id is distinct from ${device}`
}

/** Up to `limit` changes after a pts that a device hears of, in order, but for those that count in qts. */
export async function readLog(
  db: Db | Tx,
  boxId: BoxId,
  after: { readonly pts: number; readonly device: bigint },
  limit: number,
): Promise<LogRow[]> {
  const rows = await db.sql<StoredRow[]>`
    select ${columns(db)} from update_log
    where box_id = ${boxId} and pts > ${after.pts} and ${isFor(db, after.device)} order by pts, seq limit ${limit}`
  return rows.map(fromStored)
}

/** Up to `limit` changes that count in pts after a cursor, and as many of those that take a seq, in order. */
export async function readLogAfter(
  db: Db | Tx,
  boxId: BoxId,
  after: Cursor,
  limit: number,
): Promise<LogRow[]> {
  const rows = await db.sql<StoredRow[]>`
    (select ${columns(db)} from update_log
      where box_id = ${boxId} and seq = 0 and pts > ${after.pts} order by pts limit ${limit})
    union all
    (select ${columns(db)} from update_log
      where box_id = ${boxId} and seq > ${after.seq} and seq > 0 order by seq limit ${limit})
    order by pts, seq`
  return rows.map(fromStored)
}

/** What a queue logged after some qts, in order. */
export async function readQueueAfter(
  db: Db | Tx,
  boxId: BoxId,
  after: { readonly queue: Queue; readonly qts: number },
  limit: number,
): Promise<LogRow[]> {
  const rows = await db.sql<StoredRow[]>`
    select ${columns(db)} from update_log
    where box_id = ${boxId} and key_id = ${after.queue} and qts > ${after.qts} and qts > 0 order by qts limit ${limit}`
  return rows.map(fromStored)
}

/**
 * The latest changes outside pts and qts made at or after a date that a device hears of, in order: clients keep no other
 * mark of them.
 */
export async function readOthersSince(
  db: Db | Tx,
  boxId: BoxId,
  range: {
    readonly sinceSec: number
    readonly untilPts: number
    readonly device: bigint
    readonly limit: number
  },
): Promise<LogRow[]> {
  const rows = await db.sql<StoredRow[]>`
    select ${columns(db)} from update_log
    where box_id = ${boxId} and seq > 0 and date >= ${range.sinceSec} and pts <= ${range.untilPts}
      and ${isFor(db, range.device)}
    order by seq desc limit ${range.limit}`
  return rows.map(fromStored).toReversed()
}

/** Forgets what a queue logged up to some qts: its device has it, or is gone. Returns the qts of what was there. */
export async function dropQueued(
  tx: Tx,
  boxId: BoxId,
  upTo: { readonly queue: Queue; readonly qts: number },
): Promise<number[]> {
  const rows = await tx.sql<{ qts: number }[]>`
    delete from update_log
    where box_id = ${boxId} and key_id = ${upTo.queue} and qts > 0 and qts <= ${upTo.qts} returning qts`
  return rows.map((row) => row.qts)
}

/** Which changes are kept, and in how many boxes a pass looks. */
export interface Kept {
  /** Those made before this second may go. */
  readonly sinceSec: number
  /** Of each box, those of so much pts stay at most. */
  readonly pts: number
  readonly boxes: number
  /** Of one box, so many go for their age in one pass. */
  readonly rows: number
}

/**
 * Deletes changes that are too old, or too many, of the boxes that come after one. What goes is always the beginning of
 * a box's log, so that whoever stands behind it sees a hole at the start. Returns the last box looked at; undefined
 * when there was none.
 */
export async function trimLog(tx: Tx, afterBoxId: number, kept: Kept): Promise<BoxId | undefined> {
  const [slice] = await tx.sql<{ lastId: BoxId | null }[]>`
    with slice as (
      select id, pts from box where id > ${afterBoxId} order by id limit ${kept.boxes}
    ), upto as (
      select id, greatest(slice.pts - ${kept.pts}::int, case when oldest.date < ${kept.sinceSec} then (
          select max(l.pts) from (
            select pts, date from update_log where box_id = slice.id order by pts, seq limit ${kept.rows}) l
          where l.date < ${kept.sinceSec})
        end) as pts
      from slice join lateral (
        select date from update_log where box_id = slice.id order by pts, seq limit 1) oldest on true
    ), gone as (
      delete from update_log l using upto where l.box_id = upto.id and l.pts <= upto.pts
    )
    select max(id) as "lastId" from slice`
  return slice?.lastId ?? undefined
}
