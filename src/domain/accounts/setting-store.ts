import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/** What a user has set under a name; undefined while the default holds. */
export async function readSetting(
  db: Db | Tx,
  userId: UserId,
  name: string,
): Promise<Uint8Array | undefined> {
  const [row] = await db.sql<{ value: Uint8Array }[]>`
    select value from setting where user_id = ${userId} and name = ${name}`
  return row?.value
}

/** Writes down what a user has set. */
export async function putSetting(tx: Tx, userId: UserId, name: string, value: Uint8Array): Promise<void> {
  await tx.sql`
    insert into setting (user_id, name, value) values (${userId}, ${name}, ${value})
    on conflict (user_id, name) do update set value = excluded.value`
}
