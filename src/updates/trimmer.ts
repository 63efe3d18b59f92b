import type { Logger } from 'pino'
import type { Clock } from '../lib/clock.ts'
import { Rounds } from '../lib/rounds.ts'
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
  readonly #rounds: Rounds
  #lastBoxId: number = BEFORE_ALL

  constructor(deps: TrimmerDeps) {
    this.#deps = deps
    this.#rounds = new Rounds(deps.clock, TRIM_EVERY_MS, {
      run: () => this.#trim(),
      failed: (error) => deps.log.warn({ err: error }, 'the update log could not be trimmed'),
    })
  }

  /** Looks at the next slice of boxes. */
  pass(): Promise<void> {
    return this.#rounds.pass()
  }

  async #trim(): Promise<void> {
    const { db, clock } = this.#deps
    const kept = {
      sinceSec: clock.nowSec() - LOG_KEPT_SEC,
      pts: LOG_KEPT_PTS,
      boxes: TRIM_BOXES,
      rows: TRIM_ROWS,
    }
    this.#lastBoxId = (await db.single((tx) => trimLog(tx, this.#lastBoxId, kept))) ?? BEFORE_ALL
  }

  /** Looks at nothing more, once what is under way is done. */
  stop(): Promise<void> {
    return this.#rounds.stop()
  }
}
