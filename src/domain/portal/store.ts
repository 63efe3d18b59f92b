import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/** A code for the portal that somebody asked for. `hash` is the digest of what the asker was given. */
interface PortalCode {
  readonly hash: Uint8Array
  readonly phone: string
  readonly sealed: Uint8Array
  readonly createdAt: number
  readonly expiresAt: number
}

/** Expired rows that a new one clears away. */
const SWEEP = 20

/** Puts a code in force, beside those that others asked for. */
export async function putPortalCode(tx: Tx, code: PortalCode): Promise<void> {
  await tx.sql`
    with old as (
      select hash from portal_code where expires_at < ${code.createdAt} limit ${SWEEP} for update skip locked
    ), gone as (delete from portal_code where hash = any(array(select hash from old)))
    insert into portal_code (hash, phone, sealed, created_at, expires_at)
    values (${code.hash}, ${code.phone}, ${code.sealed}, ${code.createdAt}, ${code.expiresAt})`
}

/** Counts a try at a code and returns it; undefined when it is void, expired or was tried too often. */
export async function tryPortalCode(
  tx: Tx,
  code: { readonly hash: Uint8Array; readonly phone: string },
  bounds: { readonly nowSec: number; readonly attempts: number },
): Promise<Uint8Array | undefined> {
  const [row] = await tx.sql<{ sealed: Uint8Array }[]>`
    update portal_code set attempts = attempts + 1
    where hash = ${code.hash} and phone = ${code.phone} and expires_at > ${bounds.nowSec}
      and attempts < ${bounds.attempts}
    returning sealed`
  return row?.sealed
}

/** The phone that a code in force was asked for. */
export async function findPortalCode(
  db: Db | Tx,
  hash: Uint8Array,
  nowSec: number,
): Promise<string | undefined> {
  const [row] = await db.sql<{ phone: string }[]>`
    select phone from portal_code where hash = ${hash} and expires_at > ${nowSec}`
  return row?.phone
}

/** The codes in force for a phone, the latest first: for whoever runs the server. */
export async function readPortalCodes(db: Db | Tx, phone: string, nowSec: number): Promise<Uint8Array[]> {
  const rows = await db.sql<{ sealed: Uint8Array }[]>`
    select sealed from portal_code where phone = ${phone} and expires_at > ${nowSec}
    order by created_at desc limit 20`
  return rows.map((row) => row.sealed)
}

/** Takes a code out of force. False when it was not. */
export async function dropPortalCode(tx: Tx, hash: Uint8Array): Promise<boolean> {
  const rows = await tx.sql`delete from portal_code where hash = ${hash} returning 1`
  return rows.length > 0
}

/** Who is signed in. `hash` is the digest of the cookie. */
interface PortalSession {
  readonly hash: Uint8Array
  readonly userId: UserId
  readonly createdAt: number
  readonly expiresAt: number
}

/** Signs an account in. Sessions that expired go, and of the account's own the oldest beyond `limit`. */
export async function putPortalSession(tx: Tx, session: PortalSession, limit: number): Promise<void> {
  await tx.sql`
    with old as (
      select hash from portal_session where expires_at < ${session.createdAt} limit ${SWEEP} for update skip locked
    ), many as (
      select hash from portal_session where user_id = ${session.userId}
      order by created_at desc offset ${limit - 1}
    ), gone as (
      delete from portal_session where hash in (select hash from old union all select hash from many)
    )
    insert into portal_session (hash, user_id, created_at, expires_at)
    values (${session.hash}, ${session.userId}, ${session.createdAt}, ${session.expiresAt})`
}

/** The account that is signed in with this cookie. */
export async function findPortalSession(
  db: Db | Tx,
  hash: Uint8Array,
  nowSec: number,
): Promise<UserId | undefined> {
  const [row] = await db.sql<{ userId: UserId }[]>`
    select user_id as "userId" from portal_session where hash = ${hash} and expires_at > ${nowSec}`
  return row?.userId
}

/** Signs out. */
export async function dropPortalSession(tx: Tx, hash: Uint8Array): Promise<void> {
  await tx.sql`delete from portal_session where hash = ${hash}`
}
