import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { secretsFrom, type Secrets } from './lib/secrets.ts'
import { generateServerKey, loadServerKey, type ServerKey } from './mtproto/server-key.ts'

export interface ServerKeys {
  /** The RSA key by which clients know the server. */
  readonly rsa: ServerKey
  /** What is derived from the master key. */
  readonly secrets: Secrets
}

/**
 * Reads the keys of a server from DATA/keys, or makes them on first start: `server.pem`, which clients are pointed at,
 * and `master.key`, which seals what the database keeps. Whoever backs up the database needs both.
 */
export async function loadServerKeys(dataDir: string): Promise<ServerKeys> {
  const dir = join(dataDir, 'keys')
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const master = await readOrMake(join(dir, 'master.key'), () => randomBytes(32))
  const pem = await readOrMake(join(dir, 'server.pem'), () => Buffer.from(generateServerKey()))
  return { rsa: loadServerKey(pem.toString('utf8')), secrets: secretsFrom(master) }
}

/** A file appears whole or not at all, and only its owner can read it. */
async function readOrMake(path: string, make: () => Buffer): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
  const content = make()
  const draft = `${path}.new`
  await writeFile(draft, content, { mode: 0o600 })
  await chmod(draft, 0o600)
  await rename(draft, path)
  return content
}
