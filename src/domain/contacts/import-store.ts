import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/** A number that somebody has in a phone book and that has no account. */
export interface PhoneImport {
  readonly ownerId: UserId
  readonly phone: string
  readonly firstName: string
  readonly lastName: string
}

/** Keeps imported numbers until they sign up. */
export async function putImports(tx: Tx, imports: readonly PhoneImport[]): Promise<void> {
  if (imports.length === 0) return
  const rows = imports.map((each) => ({
    owner_id: each.ownerId,
    phone: each.phone,
    first_name: each.firstName,
    last_name: each.lastName,
  }))
  await tx.sql`
    insert into phone_import ${tx.sql(rows)}
    on conflict (phone, owner_id) do update set
      first_name = excluded.first_name, last_name = excluded.last_name`
}

/** Takes out what was imported of a number, for it has an account now. */
export async function takeImports(tx: Tx, phone: string): Promise<PhoneImport[]> {
  return await tx.sql<PhoneImport[]>`
    delete from phone_import where phone = ${phone}
    returning owner_id as "ownerId", phone, first_name as "firstName", last_name as "lastName"`
}

/** Forgets numbers that an owner imported. */
export async function dropImports(tx: Tx, owner: UserId, phones: readonly string[]): Promise<void> {
  await tx.sql`delete from phone_import where owner_id = ${owner} and phone = any(${[...phones]}::text[])`
}

/** Forgets all numbers that an owner imported. */
export async function dropAllImports(tx: Tx, owner: UserId): Promise<void> {
  await tx.sql`delete from phone_import where owner_id = ${owner}`
}

/** How many people imported each of these numbers. */
export async function countImporters(db: Db | Tx, phones: readonly string[]): Promise<Map<string, number>> {
  const rows = await db.sql<{ phone: string; count: number }[]>`
    select phone, count(*)::int as count from phone_import
    where phone = any(${[...phones]}::text[]) group by phone`
  return new Map(rows.map((row) => [row.phone, row.count]))
}

/** How many numbers without an account an owner has imported. */
export async function countImports(db: Db | Tx, owner: UserId): Promise<number> {
  const [row] = await db.sql<{ count: number }[]>`
    select count(*)::int as count from phone_import
    where owner_id = ${owner}`
  return row?.count ?? 0
}
