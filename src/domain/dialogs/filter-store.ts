import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/** A folder as it is stored: the TL of a DialogFilter. */
export interface FilterRow {
  readonly id: number
  readonly filter: Uint8Array
}

/** The folders of a user, in their order. */
export async function readFilters(db: Db | Tx, userId: UserId): Promise<FilterRow[]> {
  return await db.sql<FilterRow[]>`
    select id, filter from dialog_filter where user_id = ${userId} order by position, id`
}

/** Writes a folder; a new one stands last. */
export async function upsertFilter(tx: Tx, userId: UserId, row: FilterRow): Promise<void> {
  await tx.sql`
    insert into dialog_filter (user_id, id, position, filter)
    select ${userId}, ${row.id}, coalesce(max(position), 0) + 1, ${row.filter} from dialog_filter
    where user_id = ${userId}
    on conflict (user_id, id) do update set filter = excluded.filter`
}

/** Deletes a folder. False when there was none. */
export async function deleteFilter(tx: Tx, userId: UserId, id: number): Promise<boolean> {
  const rows = await tx.sql`delete from dialog_filter where user_id = ${userId} and id = ${id} returning 1`
  return rows.length > 0
}

/** Puts folders into an order; those not named stand behind. */
export async function updateFilterOrder(tx: Tx, userId: UserId, order: readonly number[]): Promise<void> {
  await tx.sql`
    update dialog_filter f set position = coalesce(
      (select o.place from unnest(${[...order]}::int[]) with ordinality as o (id, place) where o.id = f.id),
      ${order.length}::int + f.position)
    where f.user_id = ${userId}`
}
