import type { BoxId } from '../lib/ids.ts'
import type { Tx } from '../store/database.ts'

/** A transaction whose changes others may see already, while nobody has been told of them. */
interface OpenWrite {
  /** What waits for its end. */
  readonly waiters: (() => void)[]
}

/** The transactions of this node that stand between their commit and their doorbells, box by box. */
export class OpenWrites {
  readonly #open = new Map<BoxId, Set<OpenWrite>>()

  /** Notes a transaction that is about to write to these boxes. It counts from its commit to its doorbells. */
  note(tx: Tx, boxIds: Iterable<BoxId>): void {
    const boxes = new Set(boxIds)
    tx.onVisible(() => {
      const write: OpenWrite = { waiters: [] }
      for (const boxId of boxes) this.#begin(boxId, write)
      // What rings on this node does so a moment after the commit (bus/bus.ts).
      return () => queueMicrotask(() => this.#end(boxes, write))
    })
  }

  /** Resolves when the transactions over this box that are open now have rung; undefined when there are none. */
  rung(boxId: BoxId): Promise<void> | undefined {
    const open = this.#open.get(boxId)
    if (!open) return undefined
    const ends = [...open].map((write) => new Promise<void>((resolve) => write.waiters.push(resolve)))
    return Promise.all(ends).then(() => {})
  }

  #begin(boxId: BoxId, write: OpenWrite): void {
    const open = this.#open.get(boxId)
    if (open) open.add(write)
    else this.#open.set(boxId, new Set([write]))
  }

  #end(boxes: Iterable<BoxId>, write: OpenWrite): void {
    for (const boxId of boxes) {
      const open = this.#open.get(boxId)
      open?.delete(write)
      if (open?.size === 0) this.#open.delete(boxId)
    }
    for (const wake of write.waiters) wake()
  }
}
