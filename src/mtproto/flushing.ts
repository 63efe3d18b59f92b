import type { Logger } from 'pino'
import type { Clock } from '../lib/clock.ts'
import { afterTurns } from '../lib/event-loop.ts'
import type { MtprotoSession } from './session.ts'

/** Answers to what came together are ready within so many turns of the event loop, and so leave together. */
export const FLUSH_TURNS = 3

/**
 * When sessions send. Everything that is queued while the present events are dealt with leaves in one packet, and
 * acknowledgements wait a little for an answer that makes them unnecessary. No session has a timer of its own.
 */
export class Flushing {
  readonly #clock: Clock
  readonly #log: Logger
  readonly #ackDelayMs: number
  #toFlush = new Set<MtprotoSession>()
  #isScheduled = false
  #toAcknowledge = new Set<MtprotoSession>()

  constructor(clock: Clock, log: Logger, ackDelayMs: number) {
    this.#clock = clock
    this.#log = log
    this.#ackDelayMs = ackDelayMs
  }

  flushSoon(session: MtprotoSession): void {
    this.#toFlush.add(session)
    if (this.#isScheduled) return
    this.#isScheduled = true
    afterTurns(FLUSH_TURNS, () => this.flush())
  }

  ackSoon(session: MtprotoSession): void {
    this.#toAcknowledge.add(session)
    if (this.#toAcknowledge.size === 1) this.#clock.setTimeout(() => this.#acknowledge(), this.#ackDelayMs)
  }

  /** Sends everything that is queued now. */
  flush(): void {
    this.#isScheduled = false
    const sessions = this.#toFlush
    this.#toFlush = new Set()
    for (const session of sessions) {
      try {
        session.flush()
      } catch (error) {
        // One session must not keep the others from being heard.
        this.#log.error({ err: error }, 'a session could not send')
      }
    }
  }

  #acknowledge(): void {
    const sessions = this.#toAcknowledge
    this.#toAcknowledge = new Set()
    for (const session of sessions) session.sendAcks()
  }
}
