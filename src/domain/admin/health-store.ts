import type { Db, Tx } from '../../store/database.ts'

/** How the database is. */
export interface DatabaseHealth {
  readonly connections: number
  /** Statements that have been running for long. */
  readonly slow: number
  readonly sizeBytes: number
}

/** Asks the database how it is. `slowSec`: from when on a statement is slow. */
export async function readDatabaseHealth(db: Db | Tx, slowSec: number): Promise<DatabaseHealth> {
  const [row] = await db.sql<DatabaseHealth[]>`
    select count(*)::int as connections,
      (count(*) filter (where state = 'active' and pid <> pg_backend_pid()
        and clock_timestamp() - query_start > make_interval(secs => ${slowSec})))::int as slow,
      pg_database_size(current_database())::float8 as "sizeBytes"
    from pg_stat_activity where datname = current_database()`
  return row!
}
