import type { Clock } from '../../lib/clock.ts'
import type { BoxId } from '../../lib/ids.ts'
import type { Queue } from '../../updates/log.ts'
import { RECEIPT_MS, RECEIPTS } from './limits.ts'

/** Up to which qts a device has what was sent to it. */
interface Receipt {
  readonly boxId: BoxId
  readonly queue: Queue
  qts: number
  /** When it will surely have stored that. */
  dueMs: number
  /** What it has got since. */
  latest: number
}

/**
 * What devices have acknowledged, though in a way that says nothing of whether it is stored: some clients ask to forget
 * messages only when they come back. A restart forgets this; then they come back.
 */
export class Receipts {
  readonly #clock: Clock
  readonly #receipts = new Map<string, Receipt>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A device has acknowledged what was pushed to it up to a qts. */
  note(boxId: BoxId, { queue, qts }: { readonly queue: Queue; readonly qts: number }): void {
    const id = `${boxId} ${queue}`
    const known = this.#receipts.get(id)
    if (known) known.latest = Math.max(known.latest, qts)
    else if (this.#receipts.size < RECEIPTS)
      this.#receipts.set(id, { boxId, queue, qts, dueMs: this.#clock.nowMs() + RECEIPT_MS, latest: qts })
  }

  /** What devices have stored by now, each once. */
  takeDue(): { readonly boxId: BoxId; readonly queue: Queue; readonly qts: number }[] {
    const nowMs = this.#clock.nowMs()
    const due: { boxId: BoxId; queue: Queue; qts: number }[] = []
    for (const [id, receipt] of this.#receipts) {
      // They stand in the order in which they fall due.
      if (receipt.dueMs > nowMs) break
      due.push({ boxId: receipt.boxId, queue: receipt.queue, qts: receipt.qts })
      this.#receipts.delete(id)
      if (receipt.latest === receipt.qts) continue
      receipt.qts = receipt.latest
      receipt.dueMs = nowMs + RECEIPT_MS
      this.#receipts.set(id, receipt)
    }
    return due
  }
}
