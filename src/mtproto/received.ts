/** What a session knows of a message id that a client names. */
export type Knowledge = 'received' | 'missing' | 'future' | 'forgotten'

/**
 * The ids of the messages that a client sent in one session, in rising order, with the seq_no of those that count. It
 * is what tells a repeated message from a new one.
 * https://core.telegram.org/mtproto/security_guidelines#checking-msg-id
 */
export class ReceivedIds {
  readonly #limit: number
  #ids: bigint[] = []
  /** The odd seq_no of a content-related message; 0 for the others, which are not compared. */
  #seqNos: number[] = []
  /** Ids up to this one may have been forgotten. */
  #forgotten = 0n

  constructor(limit: number) {
    this.#limit = limit
  }

  has(msgId: bigint): boolean {
    const at = this.#indexOf(msgId)
    return this.#ids[at] === msgId
  }

  /** Whether the id is so old that nothing can be said of it. */
  isForgotten(msgId: bigint): boolean {
    return msgId <= this.#forgotten
  }

  knows(msgId: bigint): Knowledge {
    if (this.has(msgId)) return 'received'
    const last = this.#ids.at(-1)
    if (last === undefined || this.isForgotten(msgId) || msgId < this.#ids[0]!) return 'forgotten'
    return msgId > last ? 'future' : 'missing'
  }

  /** Whether the message was content-related, which only a received one can tell. */
  isContent(msgId: bigint): boolean {
    const at = this.#indexOf(msgId)
    return this.#ids[at] === msgId && this.#seqNos[at] !== 0
  }

  /**
   * Compares an odd seq_no with its neighbours': 32 when it is too low for its id, 33 when too high, 0 when it fits.
   * https://core.telegram.org/mtproto/service_messages_about_messages#notice-of-ignored-error-message
   */
  checkSeqNo(msgId: bigint, seqNo: number): 0 | 32 | 33 {
    let at = this.#indexOf(msgId)
    let before = at - 1
    while (before >= 0 && this.#seqNos[before] === 0) before--
    if (before >= 0 && this.#seqNos[before]! >= seqNo) return 32
    while (at < this.#ids.length && this.#seqNos[at] === 0) at++
    if (at < this.#ids.length && this.#seqNos[at]! <= seqNo) return 33
    return 0
  }

  add(msgId: bigint, seqNo: number): void {
    const counted = seqNo & 1 ? seqNo : 0
    const last = this.#ids.at(-1)
    if (last === undefined || msgId > last) {
      this.#ids.push(msgId)
      this.#seqNos.push(counted)
    } else {
      const at = this.#indexOf(msgId)
      if (this.#ids[at] === msgId) return
      this.#ids.splice(at, 0, msgId)
      this.#seqNos.splice(at, 0, counted)
    }
    // Forgetting the older half at once keeps the cost of it away from most messages.
    if (this.#ids.length > this.#limit * 2) this.#forget(this.#ids.length - this.#limit)
  }

  /** Forgets what is older than `msgId`: no message of that age is accepted any more. */
  prune(msgId: bigint): void {
    if (this.#ids.length > 0 && this.#ids[0]! < msgId) this.#forget(this.#indexOf(msgId))
  }

  get size(): number {
    return this.#ids.length
  }

  #forget(count: number): void {
    if (count <= 0) return
    this.#forgotten = this.#ids[count - 1]!
    this.#ids = this.#ids.slice(count)
    this.#seqNos = this.#seqNos.slice(count)
  }

  /** Where the id stands or would stand. */
  #indexOf(msgId: bigint): number {
    const ids = this.#ids
    let low = 0
    let high = ids.length
    if (high > 0 && ids[high - 1]! < msgId) return high
    while (low < high) {
      const middle = (low + high) >> 1
      if (ids[middle]! < msgId) low = middle + 1
      else high = middle
    }
    return low
  }
}
