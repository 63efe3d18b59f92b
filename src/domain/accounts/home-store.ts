import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/** The datacenter where a user is at home, as it is stored; undefined when there is no such user. */
export async function readHome(db: Db | Tx, userId: UserId): Promise<number | null | undefined> {
  const [row] = await db.sql<{ homeDc: number | null }[]>`
    select home_dc as "homeDc" from account where id = ${userId}`
  return row?.homeDc
}

/** The same of whoever has this number. */
export async function findHomeByPhone(
  db: Db | Tx,
  phone: string,
): Promise<{ readonly homeDc: number | null } | undefined> {
  const [row] = await db.sql<{ homeDc: number | null }[]>`
    select home_dc as "homeDc" from account
    where phone = ${phone} and deleted_at is null and not is_bot and not is_support`
  return row
}

/** Makes a datacenter the home of whoever has this number, and returns who that is. */
export async function putHomeOfPhone(tx: Tx, phone: string, homeDc: number): Promise<UserId | undefined> {
  const [row] = await tx.sql<{ id: UserId }[]>`
    update account set home_dc = ${homeDc}
    where phone = ${phone} and deleted_at is null and not is_bot and not is_support
    returning id`
  tx.outdate(row ? [row.id] : [])
  return row?.id
}
