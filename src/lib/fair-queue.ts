interface Line<T> {
  readonly owner: number
  readonly group: number
  readonly items: T[]
  isHeld: boolean
}

/** What somebody gave in their turn. */
interface Taken<T> {
  readonly group: number
  readonly owner: number
  readonly items: T[]
}

/**
 * What waits, in lines of one owner each. Groups of owners take turns, and in each group its owners, so that nobody waits
 * for all that another one has brought. Items of one owner stay in their order.
 */
export class FairQueue<T> {
  readonly #lines = new Map<number, Line<T>>()
  /** Lines that may be taken from, by group; both in the order of their turns. */
  readonly #ready = new Map<number, Map<number, Line<T>>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  /** How many items of an owner wait. */
  sizeOf(owner: number): number {
    return this.#lines.get(owner)?.items.length ?? 0
  }

  /** Whether anybody of a group waits who may be taken from. */
  hasOf(group: number): boolean {
    return this.#ready.has(group)
  }

  /** Adds an item. An owner belongs to the group of the first item in the line. */
  push(group: number, owner: number, item: T): void {
    let line = this.#lines.get(owner)
    if (!line || (line.items.length === 0 && line.group !== group)) {
      line = { owner, group, items: [], isHeld: line?.isHeld ?? false }
      this.#lines.set(owner, line)
    }
    line.items.push(item)
    this.#size++
    if (line.items.length === 1 && !line.isHeld) this.#queue(line)
  }

  /**
   * Takes up to `most` items of the owner whose turn it is, of the groups that may have one, as long as they are wanted.
   * Undefined when nobody waits who may be taken from, or the next item is not wanted: then it keeps its turn.
   */
  take(
    most: number,
    isWanted: (item: T) => boolean = () => true,
    mayTake: (group: number) => boolean = () => true,
  ): Taken<T> | undefined {
    const line = this.#next(mayTake)
    if (!line) return undefined
    let count = 0
    while (count < Math.min(most, line.items.length) && isWanted(line.items[count]!)) count++
    if (count === 0) return undefined
    this.#size -= count
    const items = line.items.splice(0, count)
    this.#unqueue(line)
    if (line.items.length > 0) this.#queue(line)
    else if (!line.isHeld) this.#lines.delete(line.owner)
    return { group: line.group, owner: line.owner, items }
  }

  #next(mayTake: (group: number) => boolean): Line<T> | undefined {
    for (const [group, lines] of this.#ready) {
      if (mayTake(group)) return lines.values().next().value
    }
    return undefined
  }

  /** Nothing is taken of an owner until `letGo`. */
  hold(owner: number): void {
    const line = this.#lines.get(owner)
    if (!line) {
      this.#lines.set(owner, { owner, group: 0, items: [], isHeld: true })
      return
    }
    line.isHeld = true
    this.#unqueue(line)
  }

  letGo(owner: number): void {
    const line = this.#lines.get(owner)
    if (!line?.isHeld) return
    line.isHeld = false
    if (line.items.length > 0) this.#queue(line)
    else this.#lines.delete(owner)
  }

  #queue(line: Line<T>): void {
    const lines = this.#ready.get(line.group)
    if (lines) lines.set(line.owner, line)
    else this.#ready.set(line.group, new Map([[line.owner, line]]))
  }

  /** Takes a line out, and lets the other groups have their turns before those that stand with it. */
  #unqueue(line: Line<T>): void {
    const lines = this.#ready.get(line.group)
    if (!lines?.delete(line.owner)) return
    this.#ready.delete(line.group)
    if (lines.size > 0) this.#ready.set(line.group, lines)
  }
}
