import type { BoxId, PeerId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'
import type { MessageRow } from './rows.ts'
import { messageColumns } from './store.ts'

/** What is looked for in a box, or in one chat of it. */
export interface SearchFor {
  readonly boxId: BoxId
  /** Undefined: everywhere. */
  readonly peerId: PeerId | undefined
  /** Regular expressions that all have to match the text, whatever the case. */
  readonly patterns: readonly string[]
  readonly fromId: PeerId | undefined
  readonly kind: 'any' | 'links' | 'pinned'
  /** 0 is no bound. */
  readonly minDate: number
  readonly maxDate: number
  readonly folderId: number | undefined
}

/** Part of what matches, counted from a message id. */
export interface MatchRange {
  readonly positionId: number
  readonly skip: number
  readonly limit: number
}

/**
 * What matches, as a condition. A box, or a chat of it, is walked along its index and each text is looked at: see
 * docs/decisions on search. The flags stand here as numbers, so that the index of links is used.
 */
function matches(db: Db | Tx, wanted: SearchFor) {
  const { sql } = db
  const { peerId, patterns, fromId, folderId } = wanted
  const kinds = { any: sql``, links: sql`and m.flags & 32 <> 0`, pinned: sql`and m.flags & 8 <> 0` }
  return sql`m.box_id = ${wanted.boxId}
    ${peerId === undefined ? sql`` : sql`and m.peer_id = ${peerId}`}
    ${kinds[wanted.kind]}
    ${fromId === undefined ? sql`` : sql`and m.from_id = ${fromId}`}
    ${wanted.minDate > 0 ? sql`and m.date > ${wanted.minDate}` : sql``}
    ${wanted.maxDate > 0 ? sql`and m.date < ${wanted.maxDate}` : sql``}
    ${patterns.length === 0 ? sql`` : sql`and m.text ~* all(${[...patterns]}::text[])`}
    ${
      folderId === undefined
        ? sql``
        : sql`and exists (select from dialog d
            where d.box_id = m.box_id and d.peer_id = m.peer_id and d.folder_id = ${folderId})`
    }`
}

/** Matching messages before a position, the newest first. */
export async function readMatchesBefore(
  db: Db | Tx,
  wanted: SearchFor,
  range: MatchRange,
): Promise<MessageRow[]> {
  if (range.limit <= 0) return []
  return await db.sql<MessageRow[]>`
    select ${messageColumns(db)} from message m where ${matches(db, wanted)} and m.id < ${range.positionId}
    order by m.id desc limit ${range.limit} offset ${range.skip}`
}

/** Matching messages from a position on, the newest first: those nearest to the position. */
export async function readMatchesFrom(
  db: Db | Tx,
  wanted: SearchFor,
  range: MatchRange,
): Promise<MessageRow[]> {
  if (range.limit <= 0) return []
  const rows = await db.sql<MessageRow[]>`
    select ${messageColumns(db)} from message m where ${matches(db, wanted)} and m.id >= ${range.positionId}
    order by m.id limit ${range.limit} offset ${range.skip}`
  return rows.toReversed()
}

/** How many messages match; counting stops at `limit`. */
export async function countMatches(db: Db | Tx, wanted: SearchFor, limit: number): Promise<number> {
  const [row] = await db.sql<{ count: number }[]>`
    select count(*)::int as count from (
      select from message m where ${matches(db, wanted)} limit ${limit}
    ) found`
  return row?.count ?? 0
}
