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
    on conflict (key_id) do update set user_id = excluded.user_id, attempts = 0, expires_at = excluded.expires_at`
}

/** The keys on which logins of a user wait for the password. */
export async function readPendingKeys(db: Db | Tx, userId: UserId, nowSec: number): Promise<bigint[]> {
  const rows = await db.sql<{ keyId: bigint }[]>`
    select key_id as "keyId" from pending_login where user_id = ${userId} and expires_at > ${nowSec} limit 200`
  return rows.map((row) => row.keyId)
}

/** Ends the wait of keys. */
export async function dropPendings(tx: Tx, keyIds: readonly bigint[]): Promise<void> {
  await tx.sql`delete from pending_login where key_id = any(${[...keyIds]}::bigint[])`
}

/** Whose login on this key waits for a password. */
export async function findPending(db: Db | Tx, keyId: bigint, nowSec: number): Promise<UserId | undefined> {
  const [row] = await db.sql<{ userId: UserId }[]>`
    select user_id as "userId" from pending_login where key_id = ${keyId} and expires_at > ${nowSec}`
  return row?.userId
}

/**
 * Counts a try at the password that a key waits for. False, and the wait is over, when there were too many.
 */
export async function countPendingTry(tx: Tx, keyId: bigint, attempts: number): Promise<boolean> {
  const [row] = await tx.sql<{ attempts: number }[]>`
    with counted as (
      update pending_login set attempts = attempts + 1
      where key_id = ${keyId} and attempts < ${attempts} returning attempts
    ), over as (
      delete from pending_login where key_id = ${keyId} and attempts >= ${attempts}
    )
    select attempts from counted`
  return row !== undefined
}

/** Ends the wait of a key, and returns for whom it waited. */
export async function takePending(tx: Tx, keyId: bigint, nowSec: number): Promise<UserId | undefined> {
  const [row] = await tx.sql<{ userId: UserId; expiresAt: number }[]>`
    delete from pending_login where key_id = ${keyId} returning user_id as "userId", expires_at as "expiresAt"`
  return row && row.expiresAt > nowSec ? row.userId : undefined
}
