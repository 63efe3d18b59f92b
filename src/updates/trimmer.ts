import type { Logger } from 'pino'
import type { Clock, Timer } from '../lib/clock.ts'
import type { Database } from '../store/database.ts'
import { LOG_KEPT_PTS, LOG_KEPT_SEC, TRIM_BOXES, TRIM_EVERY_MS, TRIM_ROWS } from './limits.ts'
import { trimLog } from './log.ts'

export interface TrimmerDeps {
  readonly db: Database
  readonly clock: Clock
  readonly log: Logger
}

/** Before the first of all boxes: those of channels have negative ids. */
const BEFORE_ALL = -(2 ** 31)

/**
 * Keeps the update log within its bounds. It goes round all boxes, a slice at a time, so that a pass costs the same
 * however many there are. Clients that stand before what is kept are told that the difference is too long.
 * https://core.telegram.org/constructor/updates.differenceTooLong
 */
export class LogTrimmer {
  readonly #deps: TrimmerDeps
  readonly #timer: Timer
  #lastBoxId: number = BEFORE_ALL
  #running: Promise<void> | undefined

  constructor(deps: TrimmerDeps) {
    this.#deps = deps
    this.#timer = deps.clock.setInterval(() => void this.pass(), TRIM_EVERY_MS)
  }

  /** Looks at the next slice of boxes. A failure is logged: the next pass tries again. */
  async pass(): Promise<void> {
    this.#running ??= this.#trim().finally(() => (this.#running = undefined))
    await this.#running
  }

  async #trim(): Promise<void> {
    const { db, clock, log } = this.#deps
    const kept = {
      sinceSec: clock.nowSec() - LOG_KEPT_SEC,
      pts: LOG_KEPT_PTS,
      boxes: TRIM_BOXES,
      rows: TRIM_ROWS,
    }
    try {
      this.#lastBoxId = (await db.single((tx) => trimLog(tx, this.#lastBoxId, kept))) ?? BEFORE_ALL
    } catch (error) {
      log.warn({ err: error }, 'the update log could not be trimmed')
    }
  }

  /** Begins no more passes, and waits for the one under way. */
  async stop(): Promise<void> {
    this.#timer.cancel()
    await this.#running
  }
}
