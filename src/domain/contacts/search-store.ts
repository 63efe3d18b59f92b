import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/** Makes a query into a pattern that finds it as it stands. */
function literally(query: string): string {
  return query.replace(/[\\%_]/g, '\\$&')
}

/**
 * Contacts and people one chats with whose name, given name, public name or number has the query at the start
 * of a word. It reads one owner's list, which is bounded.
 */
export async function searchOwn(db: Db | Tx, owner: UserId, query: string, limit: number): Promise<UserId[]> {
  const start = `${literally(query)}%`
  const inside = `% ${start}`
  const rows = await db.sql<{ id: UserId }[]>`
    select a.id
    from (
      select user_id as id, lower(first_name || ' ' || last_name) as given, phone
      from contact where owner_id = ${owner}
      union all
      select peer_id, '', '' from dialog where box_id = ${owner} and peer_id > 0
    ) own
    join account a on a.id = own.id
    left join username n on n.peer_id = a.id
    where a.deleted_at is null and (
      own.given like ${start} or own.given like ${inside} or own.phone like ${start}
      or n.name_key like ${start}
      or (own.given = '' and (lower(a.first_name || ' ' || a.last_name) like ${start}
        or lower(a.first_name || ' ' || a.last_name) like ${inside}))
    )
    group by a.id order by a.id limit ${limit}`
  return rows.map((row) => row.id)
}

/** People with a public name that begins with the query, or who have one and the query in their name. */
export async function searchPublic(db: Db | Tx, query: string, limit: number): Promise<UserId[]> {
  const start = `${literally(query)}%`
  const anywhere = `%${start}`
  const rows = await db.sql<{ id: UserId }[]>`
    select id from (
      (select a.id, n.name_key <> ${query} as rank from username n join account a on a.id = n.peer_id
        where n.name_key like ${start} and a.deleted_at is null
        order by n.name_key limit ${limit})
      union
      (select a.id, true from account a join username n on n.peer_id = a.id
        where lower(a.first_name || ' ' || a.last_name) like ${anywhere} and a.deleted_at is null
        limit ${limit})
    ) found
    group by id order by min(rank::int), id limit ${limit}`
  return rows.map((row) => row.id)
}
