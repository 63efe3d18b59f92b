import type { Db, Tx } from '../../store/database.ts'

/** A registered application. */
export interface App {
  readonly apiId: number
  readonly apiHash: string
  readonly title: string
  readonly shortName: string
  /** The one who made it here; null for the id of a client made elsewhere. */
  readonly ownerPhone: string | null
  readonly createdAt: number
}

/** The most apps that are listed. */
const MAX_LISTED = 10_000

/**
 * Writes an app and returns it, or the app that its owner has already. Undefined when the api_id is taken.
 */
export async function insertApp(tx: Tx, app: App): Promise<App | undefined> {
  const [written] = await tx.sql<App[]>`
    with written as (
      insert into app (api_id, api_hash, title, short_name, owner_phone, created_at)
      select ${app.apiId}::int, ${app.apiHash}, ${app.title}, ${app.shortName}, ${app.ownerPhone},
        ${app.createdAt}::int
      on conflict do nothing
      returning *
    )
    select api_id as "apiId", api_hash as "apiHash", title, short_name as "shortName",
      owner_phone as "ownerPhone", created_at as "createdAt"
    from (select * from written union all select * from app where owner_phone = ${app.ownerPhone}) found
    limit 1`
  return written
}

/** The app with this id. */
export async function findApp(db: Db | Tx, apiId: number): Promise<App | undefined> {
  const [app] = await db.sql<App[]>`
    select api_id as "apiId", api_hash as "apiHash", title, short_name as "shortName",
      owner_phone as "ownerPhone", created_at as "createdAt"
    from app where api_id = ${apiId}`
  return app
}

/** The titles of these apps. */
export async function readTitles(db: Db | Tx, apiIds: readonly number[]): Promise<Map<number, string>> {
  const rows = await db.sql<{ apiId: number; title: string }[]>`
    select api_id as "apiId", title from app where api_id = any(${[...apiIds]}::int[])`
  return new Map(rows.map((row) => [row.apiId, row.title]))
}

/** All apps, by id. */
export async function readApps(db: Db | Tx): Promise<App[]> {
  return await db.sql<App[]>`
    select api_id as "apiId", api_hash as "apiHash", title, short_name as "shortName",
      owner_phone as "ownerPhone", created_at as "createdAt"
    from app order by api_id limit ${MAX_LISTED}`
}
