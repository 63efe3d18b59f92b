import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/** Expired logins that a new one clears away. */
const SWEEP = 20

/** Notes that a user has proved on a key who it is, but for the password. */
export async function putPending(
  tx: Tx,
  login: {
    readonly keyId: bigint
    readonly userId: UserId
    readonly nowSec: number
    readonly expiresAt: number
  },
): Promise<void> {
  await tx.sql`
    with old as (
      select key_id from pending_login where expires_at < ${login.nowSec} and key_id <> ${login.keyId}
      limit ${SWEEP} for update skip locked
    ), gone as (delete from pending_login where key_id = any(array(select key_id from old)))
    insert into pending_login (key_id, user_id, expires_at)
    values (${login.keyId}, ${login.userId}, ${login.expiresAt})
    on conflict (key_id) do update set user_id = excluded.user_id, expires_at = excluded.expires_at`
}

/** Whose login on this key waits for a password. */
export async function findPending(db: Db | Tx, keyId: bigint, nowSec: number): Promise<UserId | undefined> {
  const [row] = await db.sql<{ userId: UserId }[]>`
    select user_id as "userId" from pending_login where key_id = ${keyId} and expires_at > ${nowSec}`
  return row?.userId
}

/** Ends the wait of a key. False when it waited for nobody. */
export async function dropPending(tx: Tx, keyId: bigint): Promise<boolean> {
  const rows = await tx.sql`delete from pending_login where key_id = ${keyId} returning 1`
  return rows.length > 0
}
