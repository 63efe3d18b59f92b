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
  #isStopped = false

  constructor(ctx: Context) {
    this.#ctx = ctx
    this.#timer = ctx.clock.setInterval(() => void this.pass(), SWEEP_FILES_EVERY_MS)
  }

  /** Deletes all that is due by now. A failure is logged: the next pass tries again. */
  async pass(): Promise<void> {
    this.#running ??= this.#sweep().finally(() => (this.#running = undefined))
    await this.#running
  }

  async #sweep(): Promise<void> {
    try {
      let isMore = true
      while (isMore && !this.#isStopped) isMore = await this.#sweepSome()
    } catch (error) {
      this.#ctx.log.warn({ err: error }, 'uploads could not be swept')
    }
  }

  /** False when there is no more. */
  async #sweepSome(): Promise<boolean> {
    const { db, blobs, clock, config } = this.#ctx
    // What lies in other datacenters is for those who serve them.
    const bounds = { elsewhere: config.datacenters.elsewhere.map(({ id }) => id), count: SWEPT_UPLOADS }
    const beforeSec = clock.nowSec() - UPLOAD_KEPT_SEC
    const dropped = await db.single((tx) => dropUploads(tx, { ...bounds, beforeSec }))
    const folders = await readGoneFolders(db, bounds)
    for (const folder of folders) await blobs.drop(folder)
    if (folders.length > 0) await db.single((tx) => dropGoneFolders(tx, folders))
    return Math.max(dropped, folders.length) === SWEPT_UPLOADS
  }

  /** Begins no more passes, and waits for what is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#timer.cancel()
    await this.#running
  }
}
