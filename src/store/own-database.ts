import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { lockDirectory } from './directory-lock.ts'
import { runningPostgres, startEmbeddedPostgres } from './embedded.ts'
import { DatabaseError } from './errors.ts'

export interface DataUse {
  /** The data directory of the server, which exists. */
  readonly dataDir: string
  /** A PostgreSQL of the host's own; without it, the one inside the data directory. */
  readonly database: string | undefined
  readonly holder: 'server' | 'command'
  readonly log: Logger
}

export interface HeldDatabase {
  readonly url: string
  /** Stops what was started for this use alone, and leaves the directory to others. */
  release(): Promise<void>
}

const POLL_MS = 50
/** A command takes a moment, and so does the start of a server, but for a machine that is very busy. */
const WAIT_MS = 60_000

/**
 * Takes a data directory into use, with its database. A server has it alone; a command uses the database of the server
 * that runs there, or starts it for itself; both wait for a command that came before. Throws DatabaseError.
 */
export async function takeDatabase(use: DataUse): Promise<HeldDatabase> {
  const { dataDir, database, holder, log } = use
  if (holder === 'command' && database !== undefined)
    return { url: database, release: () => Promise.resolve() }
  const says = holder === 'server' && database !== undefined ? 'server without database' : holder
  const until = performance.now() + WAIT_MS
  for (;;) {
    const lock = await lockDirectory(dataDir, says)
    if ('release' in lock) return hold(database, join(dataDir, 'postgres'), log, lock.release)
    if (lock.heldBy !== 'command') {
      if (holder === 'server')
        throw new DatabaseError(`another server is using ${dataDir}: choose another with --data`)
      if (lock.heldBy !== 'server')
        throw new DatabaseError(
          `the server that uses ${dataDir} has its database elsewhere: name it with --database`,
        )
      const url = runningPostgres(join(dataDir, 'postgres'))
      if (url !== undefined) return { url, release: () => Promise.resolve() }
    }
    if (performance.now() > until)
      throw new DatabaseError(`another process keeps ${dataDir} for itself: end it`)
    await delay(POLL_MS)
  }
}

async function hold(
  database: string | undefined,
  dir: string,
  log: Logger,
  release: () => void,
): Promise<HeldDatabase> {
  if (database !== undefined) return { url: database, release: () => Promise.resolve(release()) }
  try {
    const postgres = await startEmbeddedPostgres({ dir, log })
    return { url: postgres.url, release: () => postgres.stop().finally(release) }
  } catch (error) {
    release()
    throw error
  }
}
