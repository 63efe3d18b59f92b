import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandError } from './command.ts'

/** What a running server says of itself in DATA/server.json. */
export interface ServerFile {
  readonly version: string
  readonly layer: number
  readonly pid: number
  readonly url: string
  readonly thisDc: number
  readonly dcs: readonly { readonly id: number; readonly host: string; readonly port: number }[]
  readonly publicKey: string
  /** Unsigned, 16 hexadecimal digits. */
  readonly fingerprint: string
  readonly adminToken: string
}

/** Reads what the server with this data directory wrote when it last started. Throws CommandError. */
export async function readServerFile(dataDir: string): Promise<ServerFile> {
  const path = join(dataDir, 'server.json')
  try {
    return JSON.parse(await readFile(path, 'utf8')) as ServerFile
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new CommandError(`${path} is not there: start the server once, or name its directory with --data`)
    }
    throw new CommandError(`${path} cannot be read: ${String(error)}`)
  }
}
