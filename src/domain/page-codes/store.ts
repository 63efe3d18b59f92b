import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/** For what a page's code is good. */
export type PageCodePurpose = 'console' | 'console second' | 'appeal' | 'appeal proven'

/** What a visitor of a page has to enter, or has proved. `hash` is the digest of what the browser was given. */
export interface PageCode {
  readonly hash: Uint8Array
  readonly purpose: PageCodePurpose
  /** Whom it is about; 0 for nobody. */
  readonly subject: UserId | 0
  readonly sealed: Uint8Array
  readonly createdAt: number
  readonly expiresAt: number
}

/** Expired rows that a new one clears away. */
const SWEEP = 20

/** Puts a code in force, beside those that others asked for. */
export async function insertPageCode(tx: Tx, code: PageCode): Promise<void> {
  await tx.sql`
    with old as (
      select hash from page_code where expires_at < ${code.createdAt} limit ${SWEEP} for update skip locked
    ), gone as (delete from page_code where hash = any(array(select hash from old)))
    insert into page_code (hash, purpose, subject, sealed, created_at, expires_at)
    values (${code.hash}, ${code.purpose}, ${code.subject}, ${code.sealed}, ${code.createdAt}, ${code.expiresAt})`
}

/** The code in force under this hash. */
export async function readPageCode(
  db: Db | Tx,
  hash: Uint8Array,
  nowSec: number,
): Promise<PageCode | undefined> {
  const [row] = await db.sql<PageCode[]>`
    select hash, purpose, subject, sealed, created_at as "createdAt", expires_at as "expiresAt"
    from page_code where hash = ${hash} and expires_at > ${nowSec}`
  return row
}

/** Counts a try at a code and returns it; undefined when it is void, expired or was tried too often. */
export async function tryPageCode(
  tx: Tx,
  code: Pick<PageCode, 'hash' | 'purpose'>,
  bounds: { readonly nowSec: number; readonly attempts: number },
): Promise<Pick<PageCode, 'subject' | 'sealed'> | undefined> {
  const [row] = await tx.sql<Pick<PageCode, 'subject' | 'sealed'>[]>`
    update page_code set attempts = attempts + 1
    where hash = ${code.hash} and purpose = ${code.purpose} and expires_at > ${bounds.nowSec}
      and attempts < ${bounds.attempts}
    returning subject, sealed`
  return row
}

/** Takes a code out of force. False when it was not. */
export async function dropPageCode(tx: Tx, hash: Uint8Array): Promise<boolean> {
  const rows = await tx.sql`delete from page_code where hash = ${hash} returning 1`
  return rows.length > 0
}
