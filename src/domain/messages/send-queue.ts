import type { Actor } from '../../context.ts'
import type { Clock } from '../../lib/clock.ts'
import { afterTurns } from '../../lib/event-loop.ts'
import { FairQueue } from '../../lib/fair-queue.ts'
import { Lately } from '../../lib/lately.ts'
import type { Database, Tx } from '../../store/database.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type { Updates } from '../../updates/updates.ts'
import {
  SEND_BATCH,
  SEND_SHARED_MS,
  SEND_STATEMENTS,
  SEND_TURN,
  SENDS_WAITING,
  SENDS_WAITING_OF_ACCOUNT,
} from './limits.ts'
import { writeMessages, type Outgoing, type Placed } from './send-store.ts'

/** Messages that were written, and when. */
export interface Written {
  readonly date: number
  readonly batch: readonly Outgoing[]
  /** Without what had been sent before. Indexes are those of the batch. */
  readonly placed: readonly Placed[]
}

/** Who has messages written, for what, and when they are dated. */
interface Writing {
  /** Undefined when the server itself does. */
  readonly by: Actor | undefined
  readonly announce: (tx: Tx, written: Written) => void
  /** Given only for a message that does not go with others. */
  readonly date?: number | undefined
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

/** Seconds after which a sender of whom too many wait may ask again. */
const ASK_AGAIN_SEC = 2

/**
 * Sends of many callers on their way to the database. While statements are under way, what comes is collected, and goes
 * as one statement and one commit: a batch of forty costs PostgreSQL a quarter for each message of what one alone costs.
 * Apps take turns, and in each app its accounts, and while several send, no app has all statements: whoever sends without
 * end delays others by a batch at most. Sends of one account are never in two statements at once, which could overtake
 * each other.
 */
export class SendQueue {
  readonly #db: Database
  readonly #clock: Clock
  readonly #willAnnounce: Updates['willAnnounce']
  readonly #waiting = new FairQueue<Sending>()
  /** The apps of each statement that is under way. */
  readonly #underWay = new Set<ReadonlySet<number>>()
  readonly #senders: Lately
  /** Whether several apps send. */
  #isShared = false
  #isScheduled = false

  constructor(db: Database, clock: Clock, willAnnounce: Updates['willAnnounce']) {
    this.#db = db
    this.#clock = clock
    this.#senders = new Lately(clock, SEND_SHARED_MS)
    this.#willAnnounce = willAnnounce
  }

  /** How many callers wait for their turn. */
  get waiting(): number {
    return this.#waiting.size
  }

  /**
   * Writes messages of one sender. `announce` is called within the transaction. Throws FLOOD_WAIT_X when too many of the
   * sender wait, and RPC_CALL_FAIL when far too many do of everybody.
   */
  write(batch: readonly Outgoing[], { by, announce, date }: Writing): Promise<Written> {
    const senderId = batch[0]?.fromId ?? 0
    if (by && this.#waiting.sizeOf(senderId) >= SENDS_WAITING_OF_ACCOUNT)
      throw rpcError('FLOOD_WAIT_%d', ASK_AGAIN_SEC)
    if (this.#waiting.size >= SENDS_WAITING) throw rpcError('RPC_CALL_FAIL')
    const apiId = by?.apiId ?? 0
    this.#isShared = this.#senders.note(apiId) > 1
    return new Promise((resolve, reject) => {
      this.#waiting.push(apiId, senderId, { batch, date, announce, resolve, reject })
      this.#startSoon()
    })
  }

  /** All that the present events bring goes together: a busy server has many of them, an idle one does not wait. */
  #startSoon(): void {
    if (this.#isScheduled || this.#underWay.size >= SEND_STATEMENTS) return
    this.#isScheduled = true
    afterTurns(1, () => {
      this.#isScheduled = false
      this.#start()
    })
  }

  #start(): void {
    while (this.#underWay.size < SEND_STATEMENTS) {
      const { sendings, senders, apps } = this.#take()
      if (sendings.length === 0) return
      this.#underWay.add(apps)
      for (const sender of senders) this.#waiting.hold(sender)
      void this.#run(sendings).finally(() => {
        this.#underWay.delete(apps)
        for (const sender of senders) this.#waiting.letGo(sender)
        if (this.#waiting.size > 0) this.#startSoon()
      })
    }
  }

  /** The next sends that fit into one statement, and whose they are. */
  #take(): { sendings: Sending[]; senders: Set<number>; apps: Set<number> } {
    const taken = { sendings: [] as Sending[], senders: new Set<number>(), apps: new Set<number>() }
    let messages = 0
    let isAlone = false
    const fits = (sending: Sending): boolean => {
      const mustBeAlone = sending.date !== undefined
      if (messages > 0 && (isAlone || mustBeAlone || messages + sending.batch.length > SEND_BATCH))
        return false
      messages += sending.batch.length
      isAlone = mustBeAlone
      return true
    }
    const mayTake = (app: number): boolean =>
      !this.#isShared || ![...this.#underWay].some((apps) => apps.has(app))
    for (;;) {
      const turn = this.#waiting.take(SEND_TURN, fits, mayTake)
      if (!turn) return taken
      taken.sendings.push(...turn.items)
      taken.senders.add(turn.owner)
      taken.apps.add(turn.group)
    }
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
