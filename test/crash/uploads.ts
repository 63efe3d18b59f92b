import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import pino from 'pino'
import { diskBlobs } from '../../src/blobs/disk.ts'
import { systemRandom } from '../../src/lib/random.ts'
import { openDatabase } from '../../src/store/database.ts'
import { within } from '../harness/server.ts'
import type { Phone } from '../simulate/phone.ts'

const PART_BYTES = 32_768
const PARTS_OF_FILE = 8
const SETTLE_MS = 60_000

/** A part whose saving was answered. */
interface SavedPart {
  readonly userId: number
  readonly fileId: bigint
  readonly part: number
  readonly bytes: Buffer
}

/** Somebody who uploads files over whatever happens, one part after the other. */
export class Uploads {
  readonly #saved: SavedPart[] = []
  #isUploading = false
  #uploading: Promise<void> = Promise.resolve()

  /** Parts whose saving was answered. */
  get saved(): number {
    return this.#saved.length
  }

  start(phone: Phone): void {
    this.#isUploading = true
    this.#uploading = this.#keepUploading(phone)
  }

  /** Resolves when what was begun is answered. Rejects when a part was refused. */
  async stop(): Promise<void> {
    this.#isUploading = false
    await within(this.#uploading, SETTLE_MS, () => 'not all parts are answered')
  }

  async #keepUploading(phone: Phone): Promise<void> {
    let fileId = 0n
    let count = 0
    while (this.#isUploading) {
      const part = count++ % PARTS_OF_FILE
      if (part === 0) fileId = randomBytes(8).readBigInt64LE()
      const bytes = randomBytes(PART_BYTES)
      await phone.call('upload.saveFilePart', { fileId, filePart: part, bytes })
      this.#saved.push({ userId: phone.userId, fileId, part, bytes })
    }
  }

  /** Looks for what was saved, in the database at `url` and where the bytes lie. Returns what is wrong. */
  async check(url: string, dataDir: string): Promise<string[]> {
    const blobs = diskBlobs(join(dataDir, 'blobs'), systemRandom)
    const db = await openDatabase({ url, log: pino({ level: 'silent' }), connections: 1 })
    const faults: string[] = []
    try {
      for (const { userId, fileId, part, bytes } of this.#saved) {
        const [row] = await db.sql<{ folder: string }[]>`
          select folder from upload where user_id = ${userId} and file_id = ${fileId} and have @> ${part}::int`
        const stored = Buffer.alloc(PART_BYTES + 1)
        const size = row ? await blobs.read(row.folder, part, 0, stored).catch(() => -1) : -1
        if (size < 0 || !stored.subarray(0, size).equals(bytes))
          faults.push(`part ${part} of ${fileId} was answered, and ${row ? 'its bytes are' : 'is'} not there`)
      }
    } finally {
      await db.close()
    }
    return faults
  }
}
