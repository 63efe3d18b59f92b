import { link, mkdir, open, rm, unlink, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { assert } from '../lib/assert.ts'
import type { Random } from '../lib/random.ts'
import { BlobMissing, isFolderName, type Blobs } from './blobs.ts'

/** Folders are spread over so many that none has more entries than any file system likes. */
const SPREAD_CHARS = 2
const TEMPORARY_BYTES = 8

/**
 * Parts as files below a directory. A part is written under another name, and gets its own when it is on the disk: what
 * has the name of a part is whole, whenever the power fails.
 */
export function diskBlobs(root: string, random: Random): Blobs {
  const directoryOf = (folder: string): string => {
    assert(isFolderName(folder), 'a folder has a name of ours')
    return join(root, folder.slice(0, SPREAD_CHARS), folder.slice(SPREAD_CHARS))
  }
  return {
    async put(folder, part, bytes) {
      const directory = directoryOf(folder)
      const path = join(directory, partName(part))
      const temporary = `${path}.${Buffer.from(random.bytes(TEMPORARY_BYTES)).toString('hex')}`
      const file = await openNew(temporary, root)
      try {
        await writeDown(file, bytes)
        return await nameAs(temporary, path)
      } finally {
        await unlink(temporary).catch(ignoreMissing)
        await syncDirectory(directory)
      }
    },

    async read(folder, part, offset, into) {
      const file = await open(join(directoryOf(folder), partName(part)), 'r').catch((error: unknown) => {
        throw isMissing(error) ? new BlobMissing(`part ${part} of ${folder}`) : error
      })
      try {
        let filled = 0
        while (filled < into.length) {
          const { bytesRead } = await file.read(into, filled, into.length - filled, offset + filled)
          if (bytesRead === 0) break
          filled += bytesRead
        }
        return filled
      } finally {
        await file.close()
      }
    },

    async drop(folder) {
      await rm(directoryOf(folder), { recursive: true, force: true })
    },
  }
}

function partName(part: number): string {
  assert(Number.isSafeInteger(part) && part >= 0, 'parts are numbered from 0')
  return String(part)
}

/** Opens a new file; makes its directory if that is not there, durably. */
async function openNew(path: string, root: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600)
  } catch (error) {
    if (!isMissing(error)) throw error
    const directory = dirname(path)
    await mkdir(directory, { recursive: true, mode: 0o700 })
    await syncDirectory(dirname(directory))
    await syncDirectory(root)
    return await open(path, 'wx', 0o600)
  }
}

async function writeDown(file: FileHandle, bytes: Uint8Array): Promise<void> {
  try {
    await file.writeFile(bytes)
    await file.datasync()
  } finally {
    await file.close()
  }
}

/** Gives a file another name; false when something has that name. */
async function nameAs(temporary: string, path: string): Promise<boolean> {
  try {
    await link(temporary, path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/** Has the entries of a directory reach the disk. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

function ignoreMissing(error: unknown): void {
  if (!isMissing(error)) throw error
}

function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT'
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
}
