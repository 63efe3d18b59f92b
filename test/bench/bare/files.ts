import { randomBytes } from 'node:crypto'
import { mkdir, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The file that everybody fetches. */
const FETCHED_BYTES = 16 * 524_288

/** Bytes on the disk, without a question whose they are. */
export interface BareFiles {
  write(fileId: bigint, part: number, bytes: Uint8Array): Promise<void>
  read(offset: number, limit: number): Promise<Buffer>
}

export async function openBareFiles(directory: string): Promise<BareFiles> {
  await mkdir(directory, { recursive: true })
  const fetched = join(directory, 'fetched')
  await writeFile(fetched, randomBytes(FETCHED_BYTES))
  return {
    async write(fileId, part, bytes) {
      const file = await open(join(directory, `${fileId}-${part}`), 'w')
      await file.writeFile(bytes)
      await file.datasync()
      await file.close()
    },
    async read(offset, limit) {
      const bytes = Buffer.allocUnsafe(limit)
      const file = await open(fetched, 'r')
      await file.read(bytes, 0, limit, offset)
      await file.close()
      return bytes
    },
  }
}
