import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/** The two-step verification of an account. What is sealed stays so here. */
export interface StoredPassword {
  readonly version: bigint
  readonly salt1: Uint8Array
  readonly salt2: Uint8Array
  readonly verifier: Uint8Array
  readonly hint: string
  readonly secureSettings: Uint8Array | null
  readonly email: string
  readonly changedAt: number
  readonly resetAt: number | null
  readonly nextResetAt: number
}

/** Whether an account has two-step verification. */
export async function hasPassword(db: Db | Tx, userId: UserId): Promise<boolean> {
  const rows = await db.sql`select 1 from password where user_id = ${userId}`
  return rows.length > 0
}

/** The two-step verification of an account; undefined when it has none. */
export async function readPassword(db: Db | Tx, userId: UserId): Promise<StoredPassword | undefined> {
  const [row] = await db.sql<StoredPassword[]>`
    select version, salt1, salt2, verifier, hint, secure_settings as "secureSettings", email,
      changed_at as "changedAt", reset_at as "resetAt", next_reset_at as "nextResetAt"
    from password where user_id = ${userId}`
  return row
}

/** The same, until the end of the transaction for this one alone. */
export async function lockPassword(tx: Tx, userId: UserId): Promise<StoredPassword | undefined> {
  // Of an account without a password there is no row to lock, so the account's is.
  await tx.sql`select 1 from account where id = ${userId} for no key update`
  return await readPassword(tx, userId)
}

/** Puts a password in force, in place of the one before. */
export async function putPassword(
  tx: Tx,
  userId: UserId,
  password: Omit<StoredPassword, 'resetAt' | 'nextResetAt'>,
): Promise<void> {
  await tx.sql`
    insert into password (user_id, version, salt1, salt2, verifier, hint, secure_settings, email, changed_at)
    values (${userId}, ${password.version}, ${password.salt1}, ${password.salt2}, ${password.verifier},
      ${password.hint}, ${password.secureSettings}, ${password.email}, ${password.changedAt})
    on conflict (user_id) do update set
      version = excluded.version, salt1 = excluded.salt1, salt2 = excluded.salt2, verifier = excluded.verifier,
      hint = excluded.hint, secure_settings = excluded.secure_settings, email = excluded.email,
      changed_at = excluded.changed_at, reset_at = null`
}

/** Takes an account's password away, and all that belonged to it. */
export async function dropPassword(tx: Tx, userId: UserId): Promise<void> {
  await tx.sql`
    with email as (delete from password_email where user_id = ${userId}),
      recovery as (delete from password_recovery where user_id = ${userId})
    delete from password where user_id = ${userId}`
}

/** Changes the address for recovery and the client's own secret, while the password stays. */
export async function putExtras(
  tx: Tx,
  userId: UserId,
  extras: { readonly email: string; readonly secureSettings: Uint8Array | null },
): Promise<void> {
  await tx.sql`
    update password set email = ${extras.email}, secure_settings = ${extras.secureSettings}
    where user_id = ${userId}`
}

/** Sets when the password is to be taken away, and from when on that may be asked for again. */
export async function putReset(
  tx: Tx,
  userId: UserId,
  reset: { readonly at: number | null; readonly nextAt: number },
): Promise<void> {
  await tx.sql`
    update password set reset_at = ${reset.at}, next_reset_at = ${reset.nextAt} where user_id = ${userId}`
}
