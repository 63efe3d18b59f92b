import type { Context } from '../../context.ts'
import type { Timer } from '../../lib/clock.ts'
import { SWEEP_FILES_EVERY_MS, SWEPT_UPLOADS, UPLOAD_KEPT_SEC } from './limits.ts'
import { dropGoneFolders, dropUploads, readGoneFolders } from './upload-store.ts'

/**
 * Deletes what was uploaded and became no file. First the rows go, and what nobody took is noted; then the bytes; then the
 * note, so that whatever a crash leaves is found by a later pass.
 */
export class UploadSweeper {
  readonly #ctx: Context
  readonly #timer: Timer
  #running: Promise<void> | undefined

  constructor(ctx: Context) {
    this.#ctx = ctx
    this.#timer = ctx.clock.setInterval(() => void this.pass(), SWEEP_FILES_EVERY_MS)
  }

  /** Deletes some. A failure is logged: the next pass tries again. */
  async pass(): Promise<void> {
    this.#running ??= this.#sweep().finally(() => (this.#running = undefined))
    await this.#running
  }

  async #sweep(): Promise<void> {
    const { db, blobs, clock, log, config } = this.#ctx
    // What lies in other datacenters is for those who serve them.
    const bounds = { elsewhere: config.datacenters.elsewhere.map(({ id }) => id), count: SWEPT_UPLOADS }
    try {
      const beforeSec = clock.nowSec() - UPLOAD_KEPT_SEC
      await db.single((tx) => dropUploads(tx, { ...bounds, beforeSec }))
      const folders = await readGoneFolders(db, bounds)
      for (const folder of folders) await blobs.drop(folder)
      if (folders.length > 0) await db.single((tx) => dropGoneFolders(tx, folders))
    } catch (error) {
      log.warn({ err: error }, 'uploads could not be swept')
    }
  }

  /** Begins no more passes, and waits for the one under way. */
  async stop(): Promise<void> {
    this.#timer.cancel()
    await this.#running
  }
}
