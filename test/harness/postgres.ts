import { randomBytes } from 'node:crypto'
import pino from 'pino'
import { inject } from 'vitest'
import { openDatabase, type Database } from '../../src/store/database.ts'
import { databaseUrl } from './postgres-url.ts'

/** The migrated database that tests copy. */
export const TEMPLATE = 'chappe_template'

export interface TestDatabase extends AsyncDisposable {
  /** As `--database` takes it. */
  readonly url: string
  drop(): Promise<void>
}

/** Makes a database of a test's own: migrated, and empty otherwise. */
export function createTestDatabase(): Promise<TestDatabase> {
  return create(TEMPLATE)
}

/** Makes a database in which nothing is. */
export function createEmptyDatabase(): Promise<TestDatabase> {
  return create('template1')
}

async function create(template: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`
  // Copying the files takes a tenth of the time of logging every page, the default.
  await administer((db) => db.sql.unsafe(`create database ${name} template ${template} strategy file_copy`))
  const drop = async (): Promise<void> => {
    await administer((db) => db.sql.unsafe(`drop database if exists ${name} with (force)`))
  }
  return { url: databaseUrl(inject('postgresUrl'), name), drop, [Symbol.asyncDispose]: drop }
}

/** Connects to a database for the time of a test. */
export async function connectTo(url: string): Promise<Database & AsyncDisposable> {
  const db = await openDatabase({ url, log: pino({ level: 'silent' }), connections: 4 })
  return { ...db, [Symbol.asyncDispose]: () => db.close() }
}

async function administer(run: (db: Database) => Promise<unknown>): Promise<void> {
  const db = await openDatabase({
    url: inject('postgresUrl'),
    log: pino({ level: 'silent' }),
    connections: 1,
  })
  try {
    await run(db)
  } finally {
    await db.close()
  }
}
