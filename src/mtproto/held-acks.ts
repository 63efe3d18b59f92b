/** So many acknowledgements are not held back any longer. */
const MAX_HELD = 64

/** Messages that the client is still to be told have arrived, unless their answers say so first. */
export class HeldAcks {
  #ids: Set<bigint> | undefined
  #isDue = false

  /** Whether they should be sent now. */
  get areDue(): boolean {
    return this.#isDue && this.count > 0
  }

  get count(): number {
    return this.#ids?.size ?? 0
  }

  /** Adds one. True when there are so many that they are due. */
  add(msgId: bigint): boolean {
    this.#ids ??= new Set()
    if (this.#ids.size === 0) this.#isDue = false
    this.#ids.add(msgId)
    if (this.#ids.size >= MAX_HELD) this.#isDue = true
    return this.#isDue
  }

  /** The message is being answered. */
  remove(msgId: bigint): void {
    this.#ids?.delete(msgId)
  }

  /** They have been held back long enough. */
  makeDue(): void {
    this.#isDue = true
  }

  /** Gives them all away. */
  take(): bigint[] {
    const ids = [...(this.#ids ?? [])]
    this.#ids = undefined
    this.#isDue = false
    return ids
  }
}
