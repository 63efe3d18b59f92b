import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/** For what a page's code is good. */
export type PageCodePurpose = 'portal' | 'console' | 'console second' | 'appeal' | 'appeal proven'

/** Whom a code is about: the number that it was asked for with, or the user; neither for nobody. */
export interface PageCodeSubject {
  readonly phone: string | null
  readonly userId: UserId | null
}

/** What a visitor of a page has to enter, or has proved. `hash` is the digest of what the browser was given. */
export interface PageCode extends PageCodeSubject {
  readonly hash: Uint8Array
  readonly purpose: PageCodePurpose
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
    insert into page_code (hash, purpose, phone, user_id, sealed, created_at, expires_at)
    values (${code.hash}, ${code.purpose}, ${code.phone}, ${code.userId}, ${code.sealed}, ${code.createdAt},
      ${code.expiresAt})`
}

/** What is in force under a hash, without when. */
type InForce = Omit<PageCode, 'hash' | 'createdAt' | 'expiresAt'>

/** The code in force under this hash. */
export async function readPageCode(
  db: Db | Tx,
  hash: Uint8Array,
  nowSec: number,
): Promise<InForce | undefined> {
  const [row] = await db.sql<InForce[]>`
    select purpose, phone, user_id as "userId", sealed from page_code
    where hash = ${hash} and expires_at > ${nowSec}`
  return row
}

/** The codes for the portal in force for a phone, the latest first: for whoever runs the server. */
export async function readPortalCodes(db: Db | Tx, phone: string, nowSec: number): Promise<Uint8Array[]> {
  const rows = await db.sql<{ sealed: Uint8Array }[]>`
    select sealed from page_code where purpose = 'portal' and phone = ${phone} and expires_at > ${nowSec}
    order by created_at desc limit 20`
  return rows.map((row) => row.sealed)
}

/** Counts a try at a code and returns it; undefined when it is void, expired or was tried too often. */
export async function tryPageCode(
  tx: Tx,
  code: Pick<PageCode, 'hash' | 'purpose'>,
  bounds: { readonly nowSec: number; readonly attempts: number },
): Promise<InForce | undefined> {
  const [row] = await tx.sql<InForce[]>`
    update page_code set attempts = attempts + 1
    where hash = ${code.hash} and purpose = ${code.purpose} and expires_at > ${bounds.nowSec}
      and attempts < ${bounds.attempts}
    returning purpose, phone, user_id as "userId", sealed`
  return row
}

/** Takes a code out of force. False when it was not. */
export async function dropPageCode(tx: Tx, hash: Uint8Array): Promise<boolean> {
  const rows = await tx.sql`delete from page_code where hash = ${hash} returning 1`
  return rows.length > 0
}
