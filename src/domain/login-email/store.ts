import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/** Where the login codes of an account go. */
export interface LoginEmail {
  readonly email: string
  /** When the address is taken away; null while nobody asked for that. */
  readonly resetAt: number | null
}

/** The login e-mail of an account. One whose time to be taken away has come is none. */
export async function findLoginEmail(
  db: Db | Tx,
  userId: UserId,
  nowSec: number,
): Promise<LoginEmail | undefined> {
  const [row] = await db.sql<LoginEmail[]>`
    select email, reset_at as "resetAt" from login_email
    where user_id = ${userId} and (reset_at is null or reset_at > ${nowSec})`
  return row
}

/** Gives an account a login e-mail, in place of the one that it had. */
export async function putLoginEmail(tx: Tx, userId: UserId, email: string): Promise<void> {
  await tx.sql`
    insert into login_email (user_id, email) values (${userId}, ${email})
    on conflict (user_id) do update set email = excluded.email, reset_at = null`
}

/** Notes that the login e-mail is to be taken away. False when that was asked for already. */
export async function askReset(tx: Tx, userId: UserId, resetAt: number): Promise<boolean> {
  const rows = await tx.sql`
    update login_email set reset_at = ${resetAt} where user_id = ${userId} and reset_at is null returning 1`
  return rows.length > 0
}

/** Lets the login e-mail stay. */
export async function cancelReset(tx: Tx, userId: UserId): Promise<void> {
  await tx.sql`update login_email set reset_at = null where user_id = ${userId} and reset_at is not null`
}

/** For what an address is verified. */
export type EmailPurpose = 'login_setup' | 'login_change' | 'passport'

/** The code that was sent to an address to verify it. */
export interface EmailCode {
  readonly purpose: EmailPurpose
  /** Who verifies: a user, or a number and the key that signs in with it. */
  readonly subject: string
  readonly email: string
  readonly code: string
  readonly expiresAt: number
}

/** Expired codes that one new one clears away. */
const SWEEP = 20

/** Puts a code in force, in place of the one before it. Codes that expired go. */
export async function putEmailCode(tx: Tx, code: EmailCode, nowSec: number): Promise<void> {
  const { purpose, subject } = code
  await tx.sql`
    with old as (
      select ctid from email_code
      where expires_at < ${nowSec} and not (purpose = ${purpose} and subject = ${subject})
      limit ${SWEEP} for update skip locked
    ), gone as (delete from email_code where ctid = any(array(select ctid from old)))
    insert into email_code (purpose, subject, email, code, expires_at)
    values (${purpose}, ${subject}, ${code.email}, ${code.code}, ${code.expiresAt})
    on conflict (purpose, subject) do update set
      email = excluded.email, code = excluded.code, attempts = 0, expires_at = excluded.expires_at`
}

/** Counts a try at a code and returns what it is. Undefined when it expired or was tried too often. */
export async function tryEmailCode(
  tx: Tx,
  name: { readonly purpose: EmailPurpose; readonly subject: string },
  bounds: { readonly nowSec: number; readonly attempts: number },
): Promise<{ readonly code: string; readonly email: string } | undefined> {
  const [row] = await tx.sql<{ code: string; email: string }[]>`
    update email_code set attempts = attempts + 1
    where purpose = ${name.purpose} and subject = ${name.subject}
      and expires_at > ${bounds.nowSec} and attempts < ${bounds.attempts}
    returning code, email`
  return row
}

/** Takes a code out of force. False when another was put in its place meanwhile, or it was used. */
export async function dropEmailCode(
  tx: Tx,
  name: { readonly purpose: EmailPurpose; readonly subject: string; readonly code: string },
): Promise<boolean> {
  const rows = await tx.sql`
    delete from email_code
    where purpose = ${name.purpose} and subject = ${name.subject} and code = ${name.code} returning 1`
  return rows.length > 0
}
