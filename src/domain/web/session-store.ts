import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/** Where somebody can be signed in with a browser. */
export type WebPlace = 'portal' | 'console'

/** Who is signed in. `hash` is the digest of the cookie; without a user it is whoever held the console's token. */
interface WebSession {
  readonly hash: Uint8Array
  readonly place: WebPlace
  readonly userId: UserId | null
  readonly createdAt: number
  readonly expiresAt: number
}

/** Expired sessions that a new one clears away. */
const SWEEP = 20

/** Signs somebody in. Sessions that expired go, and of their own in this place the oldest beyond `limit`. */
export async function insertWebSession(tx: Tx, session: WebSession, limit: number): Promise<void> {
  const { place, userId } = session
  await tx.sql`
    with old as (
      select hash from web_session where expires_at < ${session.createdAt} limit ${SWEEP} for update skip locked
    ), many as (
      select hash from web_session where place = ${place} and user_id is not distinct from ${userId}
      order by created_at desc offset ${limit - 1}
    ), gone as (
      delete from web_session where hash in (select hash from old union all select hash from many)
    )
    insert into web_session (hash, place, user_id, created_at, expires_at)
    values (${session.hash}, ${place}, ${userId}, ${session.createdAt}, ${session.expiresAt})`
}

/** Who is signed in with this cookie. */
export async function readWebSession(
  db: Db | Tx,
  session: Pick<WebSession, 'hash' | 'place'>,
  nowSec: number,
): Promise<Pick<WebSession, 'userId'> | undefined> {
  const [row] = await db.sql<Pick<WebSession, 'userId'>[]>`
    select user_id as "userId" from web_session
    where hash = ${session.hash} and place = ${session.place} and expires_at > ${nowSec}`
  return row
}

/** Signs out. */
export async function dropWebSession(tx: Tx, session: Pick<WebSession, 'hash' | 'place'>): Promise<void> {
  await tx.sql`delete from web_session where hash = ${session.hash} and place = ${session.place}`
}

/** Signs a user out of a place everywhere. */
export async function dropWebSessionsOf(tx: Tx, place: WebPlace, userId: UserId): Promise<void> {
  await tx.sql`delete from web_session where user_id = ${userId} and place = ${place}`
}
