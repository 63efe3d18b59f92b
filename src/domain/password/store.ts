import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/** Whether an account has two-step verification. */
export async function hasPassword(db: Db | Tx, userId: UserId): Promise<boolean> {
  const rows = await db.sql`select 1 from password where user_id = ${userId}`
  return rows.length > 0
}
