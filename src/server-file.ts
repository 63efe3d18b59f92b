import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PublicFacts } from './http/facts.ts'

/** What DATA/server.json says: the facts for everybody, and what only the host may know. */
export interface ServerFile extends PublicFacts {
  readonly pid: number
  readonly adminToken: string
}

/** Writes DATA/server.json, whole or not at all, for its owner alone. */
export async function writeServerFile(dataDir: string, file: ServerFile): Promise<void> {
  const path = join(dataDir, 'server.json')
  await writeFile(`${path}.new`, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 })
  await rename(`${path}.new`, path)
}
