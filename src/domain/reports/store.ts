import type { MessageId, PeerId, UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'
import { KEPT_MESSAGES, KEPT_PHOTO_BYTES } from './limits.ts'
import type { Reason } from './options.ts'

/** What was reported of somebody: single messages, the chat with them, a secret chat, their profile photo, or themselves. */
export type About = 'messages' | 'chat' | 'secret chat' | 'photo' | 'peer'

/** One report, as it is written. */
export interface NewReport {
  readonly subjectId: PeerId
  readonly reporterId: UserId
  readonly about: About
  readonly reason: Reason
  readonly comment: string
  readonly reportedAt: number
  readonly messages: readonly { readonly id: MessageId; readonly message: Uint8Array }[]
  /** The profile photo, as TL of Photo. */
  readonly photo: Uint8Array | null
}

/** Everything that was reported of one peer until a moderator closed the case. */
export interface Case {
  readonly id: number
  readonly subjectId: PeerId
  readonly state: 'open' | 'closed'
  readonly openedAt: number
  readonly changedAt: number
  readonly closedAt: number | null
  readonly outcome: string
  readonly reportCount: number
}

/** A report of a case, with the messages and photos as they were. */
export interface Report {
  readonly id: number
  readonly reporterId: UserId
  readonly about: About
  readonly reason: Reason
  readonly comment: string
  readonly reportedAt: number
  /** TL of Message each. */
  readonly messages: readonly Uint8Array[]
  /** TL of Photo, one after the other. */
  readonly photos: Uint8Array | null
}

/**
 * Adds a report to the open case of its subject, or opens one. Whoever says the same again adds messages to what was
 * said and changes the comment. Returns the case, and whether this person had not reported in it before.
 */
export async function putReport(tx: Tx, report: NewReport): Promise<{ caseId: number; isFirst: boolean }> {
  const { subjectId, reporterId, reportedAt } = report
  const [opened] = await tx.sql<{ id: number }[]>`
    insert into report_case (subject_id, state, opened_at, changed_at)
    values (${subjectId}, 'open', ${reportedAt}, ${reportedAt})
    on conflict (subject_id) where state = 'open' do update set changed_at = excluded.changed_at
    returning id`
  const caseId = opened!.id
  const [before] = await tx.sql`
    select from report where case_id = ${caseId} and reporter_id = ${reporterId} limit 1`
  const [written] = await tx.sql<{ id: number; isNew: boolean }[]>`
    insert into report (case_id, reporter_id, about, reason, comment, reported_at, photo)
    values (${caseId}, ${reporterId}, ${report.about}, ${report.reason}, ${report.comment}, ${reportedAt},
      ${report.photo})
    on conflict (case_id, reporter_id, about, reason) do update set
      comment = case when excluded.comment = '' then report.comment else excluded.comment end,
      reported_at = excluded.reported_at,
      photo = case
        when report.photo is null or excluded.photo is null then coalesce(report.photo, excluded.photo)
        when position(excluded.photo in report.photo) > 0 or length(report.photo) > ${KEPT_PHOTO_BYTES} then report.photo
        else report.photo || excluded.photo
      end
    returning id, (xmax = 0) as "isNew"`
  const { id, isNew } = written!
  if (isNew) await tx.sql`update report_case set report_count = report_count + 1 where id = ${caseId}`
  await tx.sql`
    insert into report_message (report_id, message_id, message)
    select ${id}::int, m.id, m.message
    from unnest(${report.messages.map((each) => each.id)}::int[],
      ${report.messages.map((each) => Buffer.from(each.message))}::bytea[]) as m (id, message)
    limit greatest(0, ${KEPT_MESSAGES}::int - (select count(*)::int from report_message where report_id = ${id}::int))
    on conflict do nothing`
  return { caseId, isFirst: before === undefined }
}

/** Cases in one state, the latest changed first; `before` names the last case of the page before. */
export async function readCases(
  db: Db | Tx,
  page: { readonly state: Case['state']; readonly before?: Case | undefined; readonly limit: number },
): Promise<Case[]> {
  const { before } = page
  return await db.sql<Case[]>`
    select ${caseColumns(db)} from report_case c
    where c.state = ${page.state}
      ${before ? db.sql`and (c.changed_at, c.id) < (${before.changedAt}, ${before.id})` : db.sql``}
    order by c.changed_at desc, c.id desc limit ${page.limit}`
}

/** The case with this id. */
export async function readCase(db: Db | Tx, id: number): Promise<Case | undefined> {
  const [found] = await db.sql<Case[]>`select ${caseColumns(db)} from report_case c where c.id = ${id}`
  return found
}

/** The cases of one peer, the latest first. */
export async function readCasesOf(db: Db | Tx, subjectId: PeerId, limit: number): Promise<Case[]> {
  return await db.sql<Case[]>`
    select ${caseColumns(db)} from report_case c where c.subject_id = ${subjectId}
    order by c.id desc limit ${limit}`
}

/** The reports of a case, the latest first. */
export async function readReports(db: Db | Tx, caseId: number, limit: number): Promise<Report[]> {
  return await db.sql<Report[]>`
    select ${reportColumns(db)} from report r where r.case_id = ${caseId}
    order by r.reported_at desc, r.id desc limit ${limit}`
}

/** The report with this id. */
export async function readReport(db: Db | Tx, id: number): Promise<Report | undefined> {
  const [found] = await db.sql<Report[]>`select ${reportColumns(db)} from report r where r.id = ${id}`
  return found
}

function reportColumns(db: Db | Tx) {
  return db.sql`r.id, r.reporter_id as "reporterId", r.about, r.reason, r.comment, r.reported_at as "reportedAt",
    array(select m.message from report_message m where m.report_id = r.id order by m.message_id) as messages,
    r.photo as photos`
}

/** Closes an open case. False when it was not open. */
export async function closeCase(
  tx: Tx,
  id: number,
  end: { readonly outcome: string; readonly closedAt: number },
): Promise<boolean> {
  const rows = await tx.sql`
    update report_case set state = 'closed', outcome = ${end.outcome}, closed_at = ${end.closedAt},
      changed_at = ${end.closedAt}
    where id = ${id} and state = 'open' returning 1`
  return rows.length > 0
}

function caseColumns(db: Db | Tx) {
  return db.sql`c.id, c.subject_id as "subjectId", c.state, c.opened_at as "openedAt",
    c.changed_at as "changedAt", c.closed_at as "closedAt", c.outcome, c.report_count as "reportCount"`
}
