import { spawnSync } from 'node:child_process'
import { chmodSync, lchownSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseError } from './errors.ts'

/** How PostgreSQL's programs are started: as whom, and behind which command. */
export interface PostgresUser {
  readonly prefix: readonly string[]
  readonly uid: number | undefined
  readonly gid: number | undefined
}

/** Users that PostgreSQL may run as, the first that exists. */
const SYSTEM_USERS = ['chappe', 'postgres', 'nobody']

/**
 * As whom PostgreSQL runs. It refuses to be root, so root gets one of two ways: a user namespace, in which the files
 * stay root's and nobody else can reach them; or, where the kernel forbids that, a system user, to whom `dir` is given.
 * A directory that was given to a user stays with it. `bin` holds the programs. Throws DatabaseError.
 */
export function choosePostgresUser(dir: string, bin: string): PostgresUser {
  if (process.getuid?.() !== 0) return { prefix: [], uid: undefined, gid: undefined }
  const owner = statSync(dir)
  const users = systemUsers()
  const namespaceUser = users.find((user) => user.name === 'nobody') ?? users[0]
  if (owner.uid === 0 && namespaceUser && canMapUsers(namespaceUser)) {
    return { prefix: unshare(namespaceUser), uid: undefined, gid: undefined }
  }
  const user = owner.uid === 0 ? users[0] : { uid: owner.uid, gid: owner.gid }
  if (!user) throw new DatabaseError(explainRoot(dir, 'there is no system user for it'))
  // The directory of the server's data is the server's own to open: what is in it has rights of its own.
  const parent = dirname(dir)
  if (statSync(parent).uid === 0) chmodSync(parent, (statSync(parent).mode & 0o7777) | 0o011)
  for (const each of [dir, bin]) {
    const closed = firstClosedParent(each, user.uid)
    if (closed) throw new DatabaseError(explainRoot(dir, `${closed} is closed to other users`))
  }
  if (owner.uid === 0) giveTo(dir, user.uid, user.gid)
  return { prefix: [], uid: user.uid, gid: user.gid }
}

interface SystemUser {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/** The users that PostgreSQL may run as, in the order in which they are preferred. */
function systemUsers(): SystemUser[] {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
  const users = lines
    .map((line) => line.split(':'))
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
  return SYSTEM_USERS.flatMap((name) => users.filter((user) => user.name === name && user.uid > 0))
}

function unshare(user: SystemUser): [string, ...string[]] {
  return ['unshare', '--user', `--map-user=${user.uid}`, `--map-group=${user.gid}`]
}

function canMapUsers(user: SystemUser): boolean {
  const [command, ...args] = unshare(user)
  return spawnSync(command, [...args, 'true'], { stdio: 'ignore' }).status === 0
}

/** A parent that this user cannot pass through. */
function firstClosedParent(path: string, uid: number): string | undefined {
  for (let parent = dirname(path); ; parent = dirname(parent)) {
    const { mode, uid: owner } = statSync(parent)
    if ((mode & (owner === uid ? 0o100 : 0o001)) === 0) return parent
    if (parent === dirname(parent)) return undefined
  }
}

function giveTo(path: string, uid: number, gid: number): void {
  lchownSync(path, uid, gid)
  if (!lstatSync(path).isDirectory()) return
  chmodSync(path, 0o700)
  for (const name of readdirSync(path)) giveTo(join(path, name), uid, gid)
}

function explainRoot(dir: string, reason: string): string {
  return (
    `PostgreSQL does not run as root, user namespaces are not allowed here, and ${reason}: start Chappe as an ordinary ` +
    `user, or put it and its data directory (${dirname(dir)}) where a system user can reach them, or give it a ` +
    `database with --database`
  )
}
