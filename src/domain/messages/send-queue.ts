import type { Clock } from '../../lib/clock.ts'
import type { Database, Tx } from '../../store/database.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type { Updates } from '../../updates/updates.ts'
import { SEND_BATCH, SEND_STATEMENTS, SENDS_WAITING } from './limits.ts'
import { writeMessages, type Outgoing, type Placed } from './send-store.ts'

/** Messages that were written, and when. */
export interface Written {
  readonly date: number
  readonly batch: readonly Outgoing[]
  /** Without what had been sent before. Indexes are those of the batch. */
  readonly placed: readonly Placed[]
}

/** Messages of one caller, which are written together or not at all. */
interface Sending {
  readonly batch: readonly Outgoing[]
  /** Given only for a message that does not go with others. */
  readonly date: number | undefined
  readonly announce: (tx: Tx, written: Written) => void
  resolve(written: Written): void
  reject(error: unknown): void
}

/**
 * Sends of many callers on their way to the database. While statements are under way, what comes is collected, and goes
 * as one statement and one commit: a batch of forty costs PostgreSQL a quarter for each message of what one alone costs.
 */
export class SendQueue {
  readonly #db: Database
  readonly #clock: Clock
  readonly #willAnnounce: Updates['willAnnounce']
  #waiting: Sending[] = []
  #underWay = 0

  constructor(db: Database, clock: Clock, willAnnounce: Updates['willAnnounce']) {
    this.#db = db
    this.#clock = clock
    this.#willAnnounce = willAnnounce
  }

  /** How many callers wait for their turn. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** Writes messages. `announce` is called within the transaction. Throws RPC_CALL_FAIL when far too many wait. */
  write(
    batch: readonly Outgoing[],
    announce: (tx: Tx, written: Written) => void,
    date?: number,
  ): Promise<Written> {
    if (this.#waiting.length >= SENDS_WAITING) throw rpcError('RPC_CALL_FAIL')
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, date, announce, resolve, reject })
      this.#start()
    })
  }

  #start(): void {
    while (this.#underWay < SEND_STATEMENTS && this.#waiting.length > 0) {
      this.#underWay++
      void this.#run(this.#take()).finally(() => {
        this.#underWay--
        this.#start()
      })
    }
  }

  /** The next sends that fit into one statement. */
  #take(): Sending[] {
    let messages = 0
    let count = 0
    for (const sending of this.#waiting) {
      messages += sending.batch.length
      const isAlone = sending.date !== undefined
      if (count > 0 && (isAlone || messages > SEND_BATCH)) break
      count++
      if (isAlone) break
    }
    return this.#waiting.splice(0, count)
  }

  /** When a statement fails, each send is tried alone, so that nobody fails for another's sake. */
  async #run(sendings: readonly Sending[]): Promise<void> {
    try {
      await this.#write(sendings)
    } catch (error) {
      if (sendings.length === 1) sendings[0]?.reject(error)
      else for (const sending of sendings) await this.#run([sending])
    }
  }

  async #write(sendings: readonly Sending[]): Promise<void> {
    const date = sendings[0]?.date ?? this.#clock.nowSec()
    const batch = sendings.flatMap((sending) => sending.batch)
    const written = await this.#db.single(async (tx) => {
      this.#willAnnounce(
        tx,
        batch.flatMap((message) => [message.fromId, message.toId]),
      )
      const placed = await writeMessages(tx, date, batch)
      const parts = partsOf(sendings, placed, date)
      for (const [index, sending] of sendings.entries()) sending.announce(tx, parts[index]!)
      return parts
    })
    for (const [index, sending] of sendings.entries()) sending.resolve(written[index]!)
  }
}

/** What became of each send. */
function partsOf(sendings: readonly Sending[], placed: readonly Placed[], date: number): Written[] {
  let from = 0
  let next = 0
  return sendings.map(({ batch }) => {
    const own: Placed[] = []
    // They stand in the order of the batch.
    for (; next < placed.length && placed[next]!.index < from + batch.length; next++) {
      own.push({ ...placed[next]!, index: placed[next]!.index - from })
    }
    from += batch.length
    return { date, batch, placed: own }
  })
}
