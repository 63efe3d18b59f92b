import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ServerFile } from '../server-file.ts'
import { CommandError } from './command.ts'

/** Reads what the server with this data directory wrote when it last started. Throws CommandError. */
export async function readServerFile(dataDir: string): Promise<ServerFile> {
  const file = await findServerFile(dataDir)
  if (file) return file
  const path = join(dataDir, 'server.json')
  throw new CommandError(`${path} is not there: start the server once, or name its directory with --data`)
}

/** The same; undefined when it never started. Throws CommandError. */
export async function findServerFile(dataDir: string): Promise<ServerFile | undefined> {
  const path = join(dataDir, 'server.json')
  try {
    return JSON.parse(await readFile(path, 'utf8')) as ServerFile
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new CommandError(`${path} cannot be read: ${String(error)}`)
  }
}
