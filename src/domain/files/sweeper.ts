import type { Context } from '../../context.ts'
import { Rounds } from '../../lib/rounds.ts'
import { SWEEP_FILES_EVERY_MS, SWEPT_UPLOADS, UPLOAD_KEPT_SEC } from './limits.ts'
import { dropGoneFolders, dropUploads, readGoneFolders } from './upload-store.ts'

/**
 * Deletes what was uploaded and became no file. First the rows go, and what nobody took is noted; then the bytes; then the
 * note, so that whatever a crash leaves is found by a later pass.
 */
export class UploadSweeper {
  readonly #ctx: Context
  readonly #rounds: Rounds

  constructor(ctx: Context) {
    this.#ctx = ctx
    this.#rounds = new Rounds(ctx.clock, SWEEP_FILES_EVERY_MS, {
      run: () => this.#sweep(),
      failed: (error) => ctx.log.warn({ err: error }, 'uploads could not be swept'),
    })
  }

  /** Deletes all that is due by now. */
  pass(): Promise<void> {
    return this.#rounds.pass()
  }

  async #sweep(): Promise<void> {
    let isMore = true
    while (isMore && !this.#rounds.isStopped) isMore = await this.#sweepSome()
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

  /** Looks at nothing more, once what is under way is done. */
  stop(): Promise<void> {
    return this.#rounds.stop()
  }
}
