import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import type { TestProject } from 'vitest/node'
import { loadServerKeys } from '../../src/server-keys.ts'
import { openDatabase } from '../../src/store/database.ts'
import { startEmbeddedPostgres } from '../../src/store/embedded.ts'
import { migrate } from '../../src/store/migrate.ts'
import { databaseUrl } from './postgres-url.ts'
import { TEMPLATE } from './postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The PostgreSQL of this run. */
    readonly postgresUrl: string
    /** A data directory with keys, so that no test needs to make some. */
    readonly keysFrom: string
  }
}

/** Nothing that tests write must survive a power failure. */
const SETTINGS = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'max_connections=400',
  'wal_level=minimal',
  'max_wal_senders=0',
]

/** Starts one PostgreSQL for all tests, with a migrated database to copy. Returns how to stop it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = await mkdtemp(join(tmpdir(), 'chappe-tests-'))
  const log = pino({ level: 'silent' })
  const keysFrom = join(dir, 'data')
  await loadServerKeys(keysFrom)
  const postgres = await startEmbeddedPostgres({ dir: join(dir, 'postgres'), log, settings: SETTINGS })
  const stop = async (): Promise<void> => {
    await postgres.stop()
    await rm(dir, { recursive: true, force: true })
  }
  try {
    await makeTemplate(postgres.url, log)
  } catch (error) {
    await stop()
    throw error
  }
  project.provide('postgresUrl', postgres.url)
  project.provide('keysFrom', keysFrom)
  return stop
}

async function makeTemplate(url: string, log: pino.Logger): Promise<void> {
  const first = await openDatabase({ url, log, connections: 1 })
  await first.sql.unsafe(`create database ${TEMPLATE}`)
  await first.close()
  const template = await openDatabase({ url: databaseUrl(url, TEMPLATE), log, connections: 1 })
  await migrate(template, log)
  await template.close()
}
