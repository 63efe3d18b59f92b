import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/** Who is signed in to the console. `hash` is the digest of the cookie; without a user it is whoever held the token. */
interface ConsoleSession {
  readonly hash: Uint8Array
  readonly userId: UserId | null
  readonly createdAt: number
  readonly expiresAt: number
}

/** Expired sessions that a new one clears away. */
const SWEEP = 20

/** Signs somebody in. Sessions that expired go, and of their own the oldest beyond `limit`. */
export async function insertSession(tx: Tx, session: ConsoleSession, limit: number): Promise<void> {
  await tx.sql`
    with old as (
      select hash from console_session where expires_at < ${session.createdAt} limit ${SWEEP} for update skip locked
    ), many as (
      select hash from console_session where user_id is not distinct from ${session.userId}
      order by created_at desc offset ${limit - 1}
    ), gone as (
      delete from console_session where hash in (select hash from old union all select hash from many)
    )
    insert into console_session (hash, user_id, created_at, expires_at)
    values (${session.hash}, ${session.userId}, ${session.createdAt}, ${session.expiresAt})`
}

/** Who is signed in with this cookie. */
export async function findSession(
  db: Db | Tx,
  hash: Uint8Array,
  nowSec: number,
): Promise<{ readonly userId: UserId | null } | undefined> {
  const [row] = await db.sql<{ userId: UserId | null }[]>`
    select user_id as "userId" from console_session where hash = ${hash} and expires_at > ${nowSec}`
  return row
}

/** Signs out. */
export async function dropSession(tx: Tx, hash: Uint8Array): Promise<void> {
  await tx.sql`delete from console_session where hash = ${hash}`
}

/** Signs an administrator out everywhere. */
export async function dropSessionsOf(tx: Tx, userId: UserId): Promise<void> {
  await tx.sql`delete from console_session where user_id = ${userId}`
}
