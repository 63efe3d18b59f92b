import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/** A change of two-step verification that waits for its recovery address to be confirmed. */
export interface UnconfirmedChange {
  readonly userId: UserId
  /** Of the password that it was made for; 0 for none. */
  readonly version: bigint
  /** Sealed. */
  readonly settings: Uint8Array
  readonly email: string
  readonly code: string
  readonly expiresAt: number
}

/** What a code can be tried within. */
export interface TryBounds {
  readonly nowSec: number
  readonly attempts: number
}

/** Notes a change that waits, in place of the one that waited before. */
export async function putUnconfirmed(tx: Tx, change: UnconfirmedChange): Promise<void> {
  await tx.sql`
    insert into password_email (user_id, version, settings, email, code, expires_at)
    values (${change.userId}, ${change.version}, ${change.settings}, ${change.email}, ${change.code},
      ${change.expiresAt})
    on conflict (user_id) do update set version = excluded.version, settings = excluded.settings,
      email = excluded.email, code = excluded.code, attempts = 0, expires_at = excluded.expires_at`
}

/** The change of a user that waits. */
export async function findUnconfirmed(
  db: Db | Tx,
  userId: UserId,
  nowSec: number,
): Promise<UnconfirmedChange | undefined> {
  const [row] = await db.sql<UnconfirmedChange[]>`
    select user_id as "userId", version, settings, email, code, expires_at as "expiresAt"
    from password_email where user_id = ${userId} and expires_at > ${nowSec}`
  return row
}

/**
 * Counts a try at the code of the change that waits, and returns it; undefined when there is none to be
 * tried.
 */
export async function tryUnconfirmed(tx: Tx, userId: UserId, bounds: TryBounds): Promise<string | undefined> {
  const [row] = await tx.sql<{ code: string }[]>`
    update password_email set attempts = attempts + 1
    where user_id = ${userId} and expires_at > ${bounds.nowSec} and attempts < ${bounds.attempts}
    returning code`
  return row?.code
}

/** Forgets the change that waits. False when there was none. */
export async function dropUnconfirmed(tx: Tx, userId: UserId, nowSec: number): Promise<boolean> {
  const rows = await tx.sql<{ expiresAt: number }[]>`
    delete from password_email where user_id = ${userId} returning expires_at as "expiresAt"`
  return rows.some((row) => row.expiresAt > nowSec)
}

/** Puts a recovery code in force, in place of the one before. */
export async function putRecovery(
  tx: Tx,
  recovery: { readonly userId: UserId; readonly code: string; readonly expiresAt: number },
): Promise<void> {
  await tx.sql`
    insert into password_recovery (user_id, code, expires_at)
    values (${recovery.userId}, ${recovery.code}, ${recovery.expiresAt})
    on conflict (user_id) do update set code = excluded.code, attempts = 0, expires_at = excluded.expires_at`
}

/** Counts a try at a user's recovery code and returns the code; undefined when there is none to be tried. */
export async function tryRecovery(tx: Tx, userId: UserId, bounds: TryBounds): Promise<string | undefined> {
  const [row] = await tx.sql<{ code: string }[]>`
    update password_recovery set attempts = attempts + 1
    where user_id = ${userId} and expires_at > ${bounds.nowSec} and attempts < ${bounds.attempts}
    returning code`
  return row?.code
}

/** Takes a recovery code out of force. False when it was not the one in force. */
export async function dropRecovery(tx: Tx, userId: UserId, code: string): Promise<boolean> {
  const rows = await tx.sql`
    delete from password_recovery where user_id = ${userId} and code = ${code} returning 1`
  return rows.length > 0
}
