interface Waiting<T> {
  readonly group: number
  readonly item: T
}

interface Line<T> {
  readonly owner: number
  readonly waiting: Waiting<T>[]
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
    return this.#lines.get(owner)?.waiting.length ?? 0
  }

  /** Adds an item. An owner stands with the group of the first item in the line. */
  push(group: number, owner: number, item: T): void {
    let line = this.#lines.get(owner)
    if (!line) {
      line = { owner, waiting: [], isHeld: false }
      this.#lines.set(owner, line)
    }
    line.waiting.push({ group, item })
    this.#size++
    if (line.waiting.length === 1 && !line.isHeld) this.#queue(line)
  }

  /**
   * Takes up to `most` items of the owner whose turn it is, of the groups that may have one, as long as they are wanted and
   * of one group. Undefined when nobody waits who may be taken from, or the next item is not wanted: then it keeps its turn.
   */
  take(
    most: number,
    isWanted: (item: T) => boolean = () => true,
    mayTake: (group: number) => boolean = () => true,
  ): Taken<T> | undefined {
    const line = this.#next(mayTake)
    const first = line?.waiting[0]
    if (!line || !first) return undefined
    const { group } = first
    const isNext = (waiting: Waiting<T> | undefined): boolean =>
      waiting?.group === group && isWanted(waiting.item)
    let count = 0
    while (count < most && isNext(line.waiting[count])) count++
    if (count === 0) return undefined
    this.#size -= count
    this.#unqueue(line)
    const items = line.waiting.splice(0, count).map(({ item }) => item)
    if (line.waiting.length > 0) this.#queue(line)
    else if (!line.isHeld) this.#lines.delete(line.owner)
    return { group, owner: line.owner, items }
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
      this.#lines.set(owner, { owner, waiting: [], isHeld: true })
      return
    }
    line.isHeld = true
    this.#unqueue(line)
  }

  letGo(owner: number): void {
    const line = this.#lines.get(owner)
    if (!line?.isHeld) return
    line.isHeld = false
    if (line.waiting.length > 0) this.#queue(line)
    else this.#lines.delete(owner)
  }

  #queue(line: Line<T>): void {
    const group = line.waiting[0]!.group
    const lines = this.#ready.get(group)
    if (lines) lines.set(line.owner, line)
    else this.#ready.set(group, new Map([[line.owner, line]]))
  }

  /** Takes a line out, and lets the other groups have their turns before those that stand with it. */
  #unqueue(line: Line<T>): void {
    const group = line.waiting[0]?.group
    const lines = group === undefined ? undefined : this.#ready.get(group)
    if (group === undefined || !lines?.delete(line.owner)) return
    this.#ready.delete(group)
    if (lines.size > 0) this.#ready.set(group, lines)
  }
}
