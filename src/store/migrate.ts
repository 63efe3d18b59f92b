import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type { Logger } from 'pino'
import postgres from 'postgres'
import type { Database, Tx } from './database.ts'

const FOLDER = new URL('./migrations/', import.meta.url)
/** Any constant will do, as long as every node takes the same lock. */
const LOCK = 725_001

/** The database cannot be used by this version; the message, one line, says what to do. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError'
}

interface Migration {
  readonly name: string
  readonly text: string
  readonly hash: string
}

/** Brings the database to this version, in one transaction under a lock. Returns the names of what was run. */
export async function migrate(db: Database, log: Logger): Promise<string[]> {
  const migrations = await readMigrations()
  return db.transaction(async (tx) => {
    // Neither the wait for another node that migrates nor work on a large table is a runaway statement.
    await tx.takeTime()
    await tx.sql`select pg_advisory_xact_lock(${LOCK})`
    await tx.sql`create table if not exists migration (
      name text primary key, hash text not null, run_at timestamptz not null default now())`
    const run = await tx.sql<{ name: string; hash: string }[]>`select name, hash from migration order by name`
    checkKnown(run, migrations)
    const done = new Set(run.map((row) => row.name))
    const open = migrations.filter((migration) => !done.has(migration.name))
    for (const { name, text, hash } of open) {
      log.info({ migration: name }, 'migrating the database')
      await runText(tx, name, text)
      await tx.sql`insert into migration (name, hash) values (${name}, ${hash})`
    }
    return open.map((migration) => migration.name)
  })
}

async function runText(tx: Tx, name: string, text: string): Promise<void> {
  try {
    await tx.sql.unsafe(text).simple()
  } catch (error) {
    if (!(error instanceof postgres.PostgresError)) throw error
    throw new MigrationError(`migration ${name} failed: ${error.message}`)
  }
}

async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(new URL(name, FOLDER), 'utf8')
      return { name, text, hash: createHash('sha256').update(text).digest('hex') }
    }),
  )
}

function checkKnown(run: readonly { name: string; hash: string }[], known: readonly Migration[]): void {
  for (const row of run) {
    const migration = known.find((each) => each.name === row.name)
    if (!migration) {
      throw new MigrationError(
        `the database has migration ${row.name}, which this version does not know: use a newer one`,
      )
    }
    if (migration.hash !== row.hash) {
      throw new MigrationError(`migration ${row.name} is not the one that the database was made with`)
    }
  }
}
