import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { DatabaseError } from './errors.ts'

const POLL_MS = 25
/** An orderly shutdown writes a checkpoint; after this long the next start's recovery is quicker. */
const ORDERLY_MS = 8_000
const FORCED_MS = 20_000

/** Where PostgreSQL says, in its lock file, which process it is and whether it takes connections. */
interface LockFile {
  readonly pid: number
  readonly status: string
}

function readLockFile(data: string): LockFile | undefined {
  const file = join(data, 'postmaster.pid')
  if (!existsSync(file)) return undefined
  const lines = readFileSync(file, 'utf8').split('\n')
  return { pid: Number(lines[0]), status: lines[7]?.trim() ?? '' }
}

/** The PostgreSQL that runs in a data directory. A lock file alone proves nothing: it outlives a killed process. */
export function postmasterPid(data: string): number | undefined {
  const pid = readLockFile(data)?.pid
  if (pid === undefined || !Number.isInteger(pid) || pid <= 1) return undefined
  return isPostmasterOf(pid, data) ? pid : undefined
}

/** Whether the process with this number, which is PostgreSQL's own, has recovered and takes connections. */
export function isReady(data: string, pid: number | undefined): boolean {
  const found = readLockFile(data)
  return found !== undefined && found.pid === pid && found.status === 'ready'
}

/** A server that was killed leaves its PostgreSQL running. It is shut down, so that this server's own can start. */
export async function stopOrphan(data: string, log: Logger): Promise<void> {
  const pid = postmasterPid(data)
  if (pid === undefined) return
  log.warn({ postmaster: pid }, 'taking over from a database whose server is gone')
  signal(pid, 'SIGINT')
  const begun = performance.now()
  let isForced = false
  while (postmasterPid(data) === pid) {
    const waited = performance.now() - begun
    if (waited > FORCED_MS)
      throw new DatabaseError(`PostgreSQL (process ${pid}) does not end: end it by hand`)
    if (waited > ORDERLY_MS && !isForced) {
      signal(pid, 'SIGQUIT')
      isForced = true
    }
    await delay(POLL_MS)
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return
    throw new DatabaseError(`PostgreSQL (process ${pid}) runs for another user: stop it as that user`)
  }
}

/** The number may have passed to another program since, or to another PostgreSQL. */
function isPostmasterOf(pid: number, data: string): boolean {
  try {
    // A postmaster works in its data directory.
    return realpathSync(readlinkSync(`/proc/${pid}/cwd`)) === realpathSync(data)
  } catch {
    const shown = spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' })
    return shown.status === 0 && shown.stdout.includes('postgres') && shown.stdout.includes(data)
  }
}
