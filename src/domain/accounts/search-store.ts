import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/** The people with an account whose ids come after this one, in order: no bots, and nobody of the server's own. */
export async function readPeopleAfter(db: Db | Tx, after: UserId, limit: number): Promise<UserId[]> {
  const rows = await db.sql<{ id: UserId }[]>`
    select id from account
    where id > ${after} and deleted_at is null and not is_bot and not is_support
    order by id limit ${limit}`
  return rows.map((row) => row.id)
}

/**
 * Accounts, deleted ones too, by id, number, public name or any part of the name: for whoever runs the server. `query` is in
 * lower case.
 */
export async function findAccounts(db: Db | Tx, query: string, limit: number): Promise<UserId[]> {
  const literal = query.replace(/[\\%_]/g, String.raw`\$&`)
  const name = literal.replace(/^@/, '')
  const digits = query.replace(/\D/g, '')
  const id = /^\d{1,10}$/.test(query) ? Math.min(Number(query), 2 ** 31 - 1) : 0
  const rows = await db.sql<{ id: UserId }[]>`
    select id from (
      (select id, 0 as rank from account where id = ${id})
      union all
      (select id, 1 from account where ${digits} <> '' and phone = ${digits})
      union all
      (select peer_id, 2 from username where ${name} <> '' and name_key like ${`${name}%`} order by name_key limit ${limit})
      union all
      (select id, 3 from account where lower(first_name || ' ' || last_name) like ${`%${literal}%`}
        order by id limit ${limit})
    ) found
    where id > 0 group by id order by min(rank), id limit ${limit}`
  return rows.map((row) => row.id)
}

/** The names of accounts, for lists. */
export async function readNames(
  db: Db | Tx,
  ids: readonly number[],
): Promise<
  Map<number, { readonly name: string; readonly username: string | null; readonly phone: string | null }>
> {
  const rows = await db.sql<{ id: number; name: string; username: string | null; phone: string | null }[]>`
    select a.id, trim(a.first_name || ' ' || a.last_name) as name, n.name as username, a.phone
    from account a left join username n on n.peer_id = a.id where a.id = any(${[...new Set(ids)]}::int[])`
  return new Map(rows.map((row) => [row.id, row]))
}
