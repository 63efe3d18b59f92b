import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/** A version of the terms, as it is kept. */
export interface TermsRow {
  readonly version: number
  readonly text: string
  /** MessageEntity, packed one after the other. */
  readonly entities: Uint8Array | null
  readonly minAge: number | null
  readonly isPopup: boolean
  readonly createdAt: number
}

function columns(db: Db | Tx) {
  return db.sql`version, text, entities, min_age as "minAge", is_popup as "isPopup", created_at as "createdAt"`
}

/** Writes the next version and returns its number. */
export async function insertTerms(tx: Tx, terms: Omit<TermsRow, 'version'>): Promise<number | undefined> {
  const [row] = await tx.sql<{ version: number }[]>`
    insert into terms (version, text, entities, min_age, is_popup, created_at)
    select coalesce(max(version), 0) + 1, ${terms.text}::text, ${terms.entities}::bytea, ${terms.minAge}::smallint,
      ${terms.isPopup}::boolean, ${terms.createdAt}::int
    from terms
    returning version`
  return row?.version
}

/** The version in force; undefined when none was ever set. */
export async function readLatestTerms(db: Db | Tx): Promise<TermsRow | undefined> {
  const [row] = await db.sql<TermsRow[]>`select ${columns(db)} from terms order by version desc limit 1`
  return row
}

/** The latest versions, the newest first. */
export async function readAllTerms(db: Db | Tx, limit: number): Promise<TermsRow[]> {
  return await db.sql<TermsRow[]>`select ${columns(db)} from terms order by version desc limit ${limit}`
}

/** The version that a user agreed to; undefined when to none that was set. */
export async function readAccepted(db: Db | Tx, userId: UserId): Promise<number | undefined> {
  const [row] = await db.sql<{ version: number }[]>`
    select version from terms_accepted where user_id = ${userId}`
  return row?.version
}

/** Notes that a user agreed to a version. An agreement to a later one stands. */
export async function putAccepted(tx: Tx, userId: UserId, version: number, nowSec: number): Promise<void> {
  await tx.sql`
    insert into terms_accepted (user_id, version, accepted_at) values (${userId}, ${version}, ${nowSec})
    on conflict (user_id) do update set version = excluded.version, accepted_at = excluded.accepted_at
    where terms_accepted.version < excluded.version`
}

/** Notes which version was shown on a key. */
export async function putShown(tx: Tx, keyId: bigint, version: number): Promise<void> {
  await tx.sql`
    insert into terms_shown (key_id, version) values (${keyId}, ${version})
    on conflict (key_id) do update set version = excluded.version`
}

/** Takes the note of what was shown on a key. */
export async function takeShown(tx: Tx, keyId: bigint): Promise<number | undefined> {
  const [row] = await tx.sql<{ version: number }[]>`
    delete from terms_shown where key_id = ${keyId} returning version`
  return row?.version
}
