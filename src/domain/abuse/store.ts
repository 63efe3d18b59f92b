import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'
import { DAYS_SEEN, type Counted, type DayCount, type SanctionKind, type Subject } from './rules.ts'

/** Old counts that one new one clears away. */
const SWEEP = 20

/** Counts once more of each subject, on a day. */
export async function addCounts(
  tx: Tx,
  subjects: readonly Subject[],
  counted: Counted,
  day: number,
): Promise<void> {
  await tx.sql`
    with old as (
      select ctid from abuse_count where day < ${day - DAYS_SEEN} limit ${SWEEP} for update skip locked
    ), gone as (delete from abuse_count where ctid = any(array(select ctid from old)))
    insert into abuse_count (subject_kind, subject_id, counted, day, count)
    select s.kind, s.id, ${counted}, ${day}, 1
    from unnest(${subjects.map((each) => each.kind)}::text[], ${subjects.map((each) => each.id)}::int[])
      as s (kind, id)
    order by s.kind, s.id
    on conflict (subject_kind, subject_id, counted, day)
    do update set count = least(abuse_count.count, 1000000000) + 1`
}

/** What was counted of a subject in the last days, today among them. */
export async function readCounts(db: Db | Tx, subject: Subject, today: number): Promise<DayCount[]> {
  return await db.sql<DayCount[]>`
    select counted, day, count from abuse_count
    where subject_kind = ${subject.kind} and subject_id = ${subject.id} and day > ${today - DAYS_SEEN}
    order by day desc, counted`
}

/** `readCounts`, while nobody else judges by them. */
export async function lockCounts(tx: Tx, subject: Subject, today: number): Promise<DayCount[]> {
  await tx.sql`select pg_advisory_xact_lock(hashtext(${`sanction ${subject.kind}`}), ${subject.id})`
  return await readCounts(tx, subject, today)
}

/** A sanction as it is made. */
export interface NewSanction {
  readonly subject: Subject
  readonly kind: SanctionKind
  readonly since: number
  readonly until: number | undefined
  readonly cause: string
  readonly evidence: readonly DayCount[]
  readonly madeBy: UserId | undefined
}

export interface Sanction {
  readonly id: number
  readonly subjectKind: Subject['kind']
  readonly subjectId: number
  readonly kind: SanctionKind
  readonly since: number
  readonly until: number | null
  readonly cause: string
  readonly evidence: readonly DayCount[]
  readonly madeBy: UserId | null
  readonly liftedAt: number | null
  readonly liftedBy: UserId | null
}

/** Writes a sanction and returns its id. */
export async function insertSanction(tx: Tx, made: NewSanction): Promise<number> {
  const [row] = await tx.sql<{ id: number }[]>`
    insert into sanction (subject_kind, subject_id, kind, since, until, cause, evidence, made_by)
    values (${made.subject.kind}, ${made.subject.id}, ${made.kind}, ${made.since}, ${made.until ?? null},
      ${made.cause}, ${JSON.stringify(made.evidence)}::text::jsonb, ${made.madeBy ?? null})
    returning id`
  return row!.id
}

/** The sanctions in force against a subject, the latest first. */
export async function readInForce(db: Db | Tx, subject: Subject, nowSec: number): Promise<Sanction[]> {
  return await db.sql<Sanction[]>`
    select ${sanctionColumns(db)} from sanction s
    where s.subject_kind = ${subject.kind} and s.subject_id = ${subject.id} and s.lifted_at is null
      and (s.until is null or s.until > ${nowSec})
    order by s.id desc`
}

/** The sanctions in force against anybody, the latest first. */
export async function readAllInForce(
  db: Db | Tx,
  page: { readonly nowSec: number; readonly beforeId: number; readonly limit: number },
): Promise<Sanction[]> {
  return await db.sql<Sanction[]>`
    select ${sanctionColumns(db)} from sanction s
    where s.id < ${page.beforeId} and s.lifted_at is null and (s.until is null or s.until > ${page.nowSec})
    order by s.id desc limit ${page.limit}`
}

/** Sanctions by their ids. */
export async function readSanctionsById(db: Db | Tx, ids: readonly number[]): Promise<Map<number, Sanction>> {
  const rows = await db.sql<Sanction[]>`
    select ${sanctionColumns(db)} from sanction s where s.id = any(${[...ids]}::int[])`
  return new Map(rows.map((row) => [row.id, row]))
}

/** Until when an account is banned: Infinity when until that is lifted, undefined when it is not. */
export async function readBannedUntil(
  db: Db | Tx,
  userId: UserId,
  nowSec: number,
): Promise<number | undefined> {
  const inForce = await readInForce(db, { kind: 'user', id: userId }, nowSec)
  const bans = inForce.filter((sanction) => sanction.kind === 'banned')
  return bans.length === 0 ? undefined : Math.max(...bans.map((ban) => ban.until ?? Infinity))
}

/** All sanctions there ever were, of a subject or of everybody, the latest first. */
export async function readSanctions(
  db: Db | Tx,
  page: { readonly subject?: Subject; readonly beforeId?: number; readonly limit: number },
): Promise<Sanction[]> {
  const { subject, beforeId } = page
  return await db.sql<Sanction[]>`
    select ${sanctionColumns(db)} from sanction s
    where ${subject ? db.sql`s.subject_kind = ${subject.kind} and s.subject_id = ${subject.id}` : db.sql`true`}
      ${beforeId === undefined ? db.sql`` : db.sql`and s.id < ${beforeId}`}
    order by s.id desc limit ${page.limit}`
}

/** Takes a sanction back and returns it; undefined when it was taken back before. */
export async function liftSanction(
  tx: Tx,
  id: number,
  lifted: { readonly at: number; readonly by: UserId | undefined },
): Promise<Sanction | undefined> {
  const [row] = await tx.sql<Sanction[]>`
    update sanction s set lifted_at = ${lifted.at}, lifted_by = ${lifted.by ?? null}
    where s.id = ${id} and s.lifted_at is null
    returning ${sanctionColumns(tx)}`
  return row
}

function sanctionColumns(db: Db | Tx) {
  return db.sql`s.id, s.subject_kind as "subjectKind", s.subject_id as "subjectId", s.kind, s.since, s.until,
    s.cause, s.evidence, s.made_by as "madeBy", s.lifted_at as "liftedAt", s.lifted_by as "liftedBy"`
}
