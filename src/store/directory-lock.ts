import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { realpathSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseError } from './errors.ts'

/**
 * Makes sure that one server at a time uses a data directory. The lock is a socket that this process listens on, so
 * that it ends with the process, however that ends. Returns how to give it back. Throws DatabaseError.
 */
export async function lockDirectory(dir: string): Promise<() => void> {
  const name = `chappe-${createHash('sha256').update(realpathSync(dir)).digest('hex').slice(0, 24)}`
  // Linux has sockets without a file, which nothing needs to clear away.
  const path = process.platform === 'linux' ? `\0${name}` : join(tmpdir(), `${name}.sock`)
  const server = net.createServer((socket) => socket.destroy())
  if (!(await tryListen(server, path))) {
    if (await isAnswering(path))
      throw new DatabaseError(`another server is using ${dir}: stop it, or choose another with --data`)
    rmSync(path, { force: true })
    if (!(await tryListen(server, path))) throw new DatabaseError(`${path} cannot be listened on`)
  }
  server.unref()
  return () => server.close()
}

async function tryListen(server: net.Server, path: string): Promise<boolean> {
  server.listen(path)
  try {
    await once(server, 'listening')
    return true
  } catch {
    return false
  }
}

async function isAnswering(path: string): Promise<boolean> {
  const socket = net.connect(path)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
