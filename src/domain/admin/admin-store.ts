import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'
import type { Role } from './rights.ts'

/** An administrator of the console. */
export interface Admin {
  readonly userId: UserId
  readonly role: Role
  readonly hasSecond: boolean
  /** The last time step of which a code of a second factor was taken; 0 when none was ever. */
  readonly lastStep: number
  readonly appointedAt: number
  /** Null: whoever held the token. */
  readonly appointedBy: UserId | null
}

/** An administrator. */
export async function findAdmin(db: Db | Tx, userId: UserId): Promise<Admin | undefined> {
  const [row] = await db.sql<Admin[]>`select ${columns(db)} from console_admin where user_id = ${userId}`
  return row
}

/** All administrators, the first appointed first. */
export async function readAdmins(db: Db | Tx, limit: number): Promise<Admin[]> {
  return await db.sql<Admin[]>`
    select ${columns(db)} from console_admin order by appointed_at, user_id limit ${limit}`
}

/** Lets changes of who is an administrator take turns. */
export async function lockAdmins(tx: Tx): Promise<void> {
  await tx.sql`select pg_advisory_xact_lock(hashtext('console admins'))`
}

/** Appoints somebody. False when they are an administrator already. */
export async function insertAdmin(
  tx: Tx,
  admin: Pick<Admin, 'userId' | 'role' | 'appointedAt' | 'appointedBy'>,
): Promise<boolean> {
  const rows = await tx.sql`
    insert into console_admin (user_id, role, appointed_at, appointed_by)
    values (${admin.userId}, ${admin.role}, ${admin.appointedAt}, ${admin.appointedBy})
    on conflict do nothing returning 1`
  return rows.length > 0
}

export async function putRole(tx: Tx, userId: UserId, role: Role): Promise<void> {
  await tx.sql`update console_admin set role = ${role} where user_id = ${userId}`
}

export async function deleteAdmin(tx: Tx, userId: UserId): Promise<void> {
  await tx.sql`delete from console_admin where user_id = ${userId}`
}

/** Sets the second factor, or takes it away. */
export async function putSecond(tx: Tx, userId: UserId, sealed: Uint8Array | null): Promise<void> {
  await tx.sql`update console_admin set totp = ${sealed} where user_id = ${userId}`
}

/** The sealed secret of the second factor; null when none is set up. */
export async function readSecond(db: Db | Tx, userId: UserId): Promise<Uint8Array | null> {
  const [row] = await db.sql<{ totp: Uint8Array | null }[]>`
    select totp from console_admin where user_id = ${userId}`
  return row?.totp ?? null
}

/** Notes that the code of a time step was taken. False when that one or a later one was before. */
export async function takeStep(tx: Tx, userId: UserId, step: number): Promise<boolean> {
  const rows = await tx.sql`
    update console_admin set totp_step = ${step} where user_id = ${userId} and totp_step < ${step} returning 1`
  return rows.length > 0
}

function columns(db: Db | Tx) {
  return db.sql`user_id as "userId", role, totp is not null as "hasSecond",
    totp_step as "lastStep", appointed_at as "appointedAt",
    appointed_by as "appointedBy"`
}
