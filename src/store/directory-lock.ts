import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { realpathSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { DatabaseError } from './errors.ts'

/** Who uses a data directory: a server for as long as it runs, with its database there or not, or a command. */
export type Holder = 'server' | 'server without database' | 'command'

const HOLDERS: readonly string[] = ['server', 'server without database', 'command'] satisfies Holder[]

const TRIES = 100

/** What became of taking the lock: how to give it back, or who has it. */
export type Lock = { readonly release: () => void } | { readonly heldBy: Holder }

/**
 * Makes sure that one process at a time uses a data directory. The lock is a socket that this process listens on and
 * on which it says who it is, so that the lock ends with the process, however that ends. Throws DatabaseError.
 */
export async function lockDirectory(dir: string, holder: Holder): Promise<Lock> {
  const name = `chappe-${createHash('sha256').update(realpathSync(dir)).digest('hex').slice(0, 24)}`
  // Linux has sockets without a file, which nothing needs to clear away.
  const path = process.platform === 'linux' ? `\0${name}` : join(tmpdir(), `${name}.sock`)
  const server = net.createServer((socket) => socket.on('error', () => {}).end(holder))
  const release = (): void => void server.close()
  // Whoever had it may give it back, and another take it, before it was asked.
  for (let tries = 0; tries < TRIES; tries++) {
    if (await tryListen(server, path)) return { release }
    const heldBy = await askHolder(path)
    if (heldBy) return { heldBy }
    if (process.platform !== 'linux') rmSync(path, { force: true })
  }
  throw new DatabaseError(`${dir} cannot be locked: try again`)
}

async function tryListen(server: net.Server, path: string): Promise<boolean> {
  server.listen(path)
  try {
    await once(server, 'listening')
    server.unref()
    return true
  } catch {
    return false
  }
}

/** Nobody, when the socket was left behind. A holder that is too busy to answer in time is a server. */
async function askHolder(path: string): Promise<Holder | undefined> {
  const socket = net.connect(path)
  try {
    await once(socket, 'connect')
    socket.setTimeout(1_000, () => socket.end())
    const said = await text(socket)
    return HOLDERS.includes(said) ? (said as Holder) : 'server'
  } catch {
    return undefined
  } finally {
    socket.destroy()
  }
}
