import type postgres from 'postgres'
import type { BoxId, PeerId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'
import type { MediaKind } from '../media/kinds.ts'
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
  readonly kind: 'any' | 'links' | 'pinned' | readonly MediaKind[]
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
  return sql`m.box_id = ${wanted.boxId}
    ${peerId === undefined ? sql`` : sql`and m.peer_id = ${peerId}`}
    ${isOfKind(db, wanted.kind)}
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

function isOfKind(db: Db | Tx, kind: SearchFor['kind']) {
  const { sql } = db
  if (kind === 'any') return sql``
  if (kind === 'links') return sql`and m.flags & 32 <> 0`
  if (kind === 'pinned') return sql`and m.flags & 8 <> 0`
  const [single, ...others] = kind
  return others.length === 0
    ? sql`and m.media_kind = ${single ?? 0}`
    : sql`and m.media_kind = any(${[...kind]}::smallint[])`
}

/** Matching messages before a position, the newest first. */
export async function readMatchesBefore(
  db: Db | Tx,
  wanted: SearchFor,
  range: MatchRange,
): Promise<MessageRow[]> {
  const { sql } = db
  return await readMatches(db, wanted, range, sql`m.id < ${range.positionId}`, sql`order by m.id desc`)
}

/** Matching messages from a position on, the newest first: those nearest to the position. */
export async function readMatchesFrom(
  db: Db | Tx,
  wanted: SearchFor,
  range: MatchRange,
): Promise<MessageRow[]> {
  const { sql } = db
  const rows = await readMatches(db, wanted, range, sql`m.id >= ${range.positionId}`, sql`order by m.id`)
  return rows.toReversed()
}

type Fragment = postgres.PendingQuery<postgres.Row[]>

async function readMatches(
  db: Db | Tx,
  wanted: SearchFor,
  { limit, skip }: MatchRange,
  beyond: Fragment,
  order: Fragment,
): Promise<MessageRow[]> {
  if (limit <= 0) return []
  if (typeof wanted.kind === 'string' || wanted.kind.length === 1) {
    return await db.sql<MessageRow[]>`
      select ${messageColumns(db)} from message m where ${matches(db, wanted)} and ${beyond}
      ${order} limit ${limit} offset ${skip}`
  }
  // Each kind is walked along the index by itself, as far as the page can reach.
  return await db.sql<MessageRow[]>`
    select ${messageColumns(db)} from unnest(${[...wanted.kind]}::smallint[]) as k (kind) cross join lateral (
      select m.* from message m
      where ${matches(db, { ...wanted, kind: 'any' })} and m.media_kind = k.kind and ${beyond}
      ${order} limit ${skip + limit}
    ) m ${order} limit ${limit} offset ${skip}`
}

/** How many messages match; counting stops at `limit`. */
export async function countMatches(db: Db | Tx, wanted: SearchFor, limit: number): Promise<number> {
  const [row] = await db.sql<{ count: number }[]>`
    select count(*)::int as count from (
      select from message m where ${matches(db, wanted)} limit ${limit}
    ) found`
  return row?.count ?? 0
}
