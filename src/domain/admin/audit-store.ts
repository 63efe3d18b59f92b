import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/** A line of the audit log. */
export interface AuditRow {
  readonly id: number
  readonly at: number
  /** Null: whoever held the token, or nobody who is known. */
  readonly who: UserId | null
  readonly role: string
  readonly address: string
  readonly action: string
  /** On whom or what: `user 1000001`, `case 7`. */
  readonly subject: string
  /** JSON. */
  readonly details: string
  readonly previous: Uint8Array
  readonly hash: Uint8Array
}

/** The last line, while nobody else writes the next one. */
export async function lockLast(tx: Tx): Promise<Pick<AuditRow, 'id' | 'hash'> | undefined> {
  await tx.sql`select pg_advisory_xact_lock(hashtext('audit log'))`
  const [row] = await tx.sql<Pick<AuditRow, 'id' | 'hash'>[]>`
    select id, hash from audit_log order by id desc limit 1`
  return row
}

/** Adds a line. */
export async function insertAudit(tx: Tx, row: AuditRow): Promise<void> {
  await tx.sql`
    insert into audit_log (id, at, who, role, address, action, subject, details, previous, hash)
    values (${row.id}, ${row.at}, ${row.who}, ${row.role}, ${row.address}, ${row.action}, ${row.subject},
      ${row.details}, ${row.previous}, ${row.hash})`
}

/** Lines, the latest first: all, or those of somebody, or about something. */
export async function readAudit(
  db: Db | Tx,
  page: {
    readonly beforeId: number
    readonly limit: number
    readonly who?: UserId | undefined
    readonly subject?: string | undefined
  },
): Promise<AuditRow[]> {
  const { who, subject } = page
  return await db.sql<AuditRow[]>`
    select id, at, who, role, address, action, subject, details, previous, hash from audit_log
    where id < ${page.beforeId}
      ${who === undefined ? db.sql`` : db.sql`and who = ${who}`}
      ${subject === undefined ? db.sql`` : db.sql`and subject = ${subject}`}
    order by id desc limit ${page.limit}`
}

/** The hashes of lines, by their ids. */
export async function readHashes(db: Db | Tx, ids: readonly number[]): Promise<Map<number, Uint8Array>> {
  const rows = await db.sql<Pick<AuditRow, 'id' | 'hash'>[]>`
    select id, hash from audit_log where id = any(${[...ids]}::int[])`
  return new Map(rows.map((row) => [row.id, row.hash]))
}
