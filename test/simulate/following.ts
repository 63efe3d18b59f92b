import type * as T from '../../src/tl/schema.d.ts'
import type { Fields } from '../harness/device.ts'
import { changedBy, userIdOf, type Holding } from './holding.ts'

export type Call = <M extends T.MethodName>(method: M, fields?: Fields<M>) => Promise<T.Methods[M]['res']>

/** A change that counts in pts, and what it does. */
interface Counted {
  readonly pts: number
  readonly ptsCount: number
  readonly apply: () => void
}

/**
 * Follows an account as an honest client does: what comes next is applied, what was applied before is passed over, and
 * a hole that stays leads to the difference. https://core.telegram.org/api/updates
 */
export class Following {
  readonly holding: Holding
  readonly #call: Call
  #pts = 0
  #date = 0
  /** Changes that wait for the ones before them. */
  #waiting: Counted[] = []
  /** What came while everything was being loaded or the difference was being asked for. */
  #held: (() => void)[] = []
  #catchingUp: Promise<void> | undefined
  #isAgainDue = false
  #gapTimer: NodeJS.Timeout | undefined
  /** How long a hole may stand until the difference is asked for. */
  gapMs = 300
  /** How often a hole stayed. */
  gaps = 0
  /** How many marks came that the simulation put into the log. */
  marks = 0
  /** How often updates came that were known. */
  repeats = 0

  constructor(holding: Holding, call: Call) {
    this.holding = holding
    this.#call = call
  }

  get pts(): number {
    return this.#pts
  }

  /** Whether all that came has been applied. */
  get isWhole(): boolean {
    return this.#waiting.length === 0 && !this.#catchingUp
  }

  /** Stops timers. */
  stop(): void {
    clearTimeout(this.#gapTimer)
  }

  /** Takes updates, pushed or answered. */
  take(updates: T.Updates): void {
    // Before all is loaded there is nothing to which they could be applied.
    if (this.#pts === 0 && !this.#catchingUp) return
    if (this.#catchingUp) {
      const keptAt = new Map(this.holding.changes)
      this.#held.push(() =>
        this.#take(updates, (update) => this.holding.applyKept(update, keptAt.get(changedBy(update) ?? ''))),
      )
      return
    }
    this.#take(updates, (update) => this.holding.apply(update))
  }

  #take(updates: T.Updates, apply: (update: T.Update) => void): void {
    switch (updates._) {
      case 'updates':
      case 'updatesCombined':
        for (const update of updates.updates) this.#takeOne(update, apply)
        return
      case 'updateShort':
        return this.#takeOne(updates.update, apply)
      case 'updatesTooLong':
        return void this.catchUp().catch(() => {})
      default:
        throw new Error(`${updates._} is not expected`)
    }
  }

  #takeOne(update: T.Update, apply: (update: T.Update) => void): void {
    if (update._ === 'updateConfig') this.marks++
    if ('pts' in update && 'ptsCount' in update && typeof update.ptsCount === 'number') {
      this.#count({ pts: update.pts, ptsCount: update.ptsCount, apply: () => apply(update) })
    } else apply(update)
  }

  /** The answer to what the device did itself. */
  takeAffected(affected: { readonly pts: number; readonly ptsCount: number }, apply: () => void): void {
    const counted = { pts: affected.pts, ptsCount: affected.ptsCount, apply }
    if (this.#catchingUp) this.#held.push(() => this.#count(counted))
    else this.#count(counted)
  }

  #count(counted: Counted): void {
    this.#waiting.push(counted)
    this.#advance()
  }

  #advance(): void {
    this.#waiting.sort((a, b) => a.pts - b.pts || b.ptsCount - a.ptsCount)
    while (this.#waiting.length > 0) {
      const { pts, ptsCount, apply } = this.#waiting[0]!
      if (pts - ptsCount > this.#pts) break
      this.#waiting.shift()
      if (pts < this.#pts || (pts === this.#pts && ptsCount > 0)) {
        this.repeats++
        continue
      }
      if (pts - ptsCount < this.#pts) {
        this.holding.faults.push(
          `from pts ${pts - ptsCount} to ${pts}, while the device stands at ${this.#pts}`,
        )
      }
      apply()
      this.#pts = pts
    }
    if (this.#waiting.length === 0) {
      clearTimeout(this.#gapTimer)
      this.#gapTimer = undefined
      return
    }
    this.#gapTimer ??= setTimeout(() => {
      this.#gapTimer = undefined
      if (this.#waiting.length === 0) return
      this.gaps++
      this.catchUp().catch(() => {})
    }, this.gapMs)
  }

  /** Asks for the difference until there is none. */
  async catchUp(): Promise<void> {
    this.#isAgainDue = true
    await this.#whileHolding(async () => {
      while (this.#isAgainDue) {
        this.#isAgainDue = false
        await this.#askDifference()
      }
    })
  }

  /** Loads the account from the beginning. */
  async load(): Promise<void> {
    await this.#whileHolding(() => this.#load())
  }

  #whileHolding(work: () => Promise<void>): Promise<void> {
    if (this.#catchingUp) return this.#catchingUp
    const ended = (): void => {
      this.#catchingUp = undefined
      // One of them may lead to the difference again; then the rest waits for that.
      for (let take = this.#held.shift(); take; take = this.#catchingUp ? undefined : this.#held.shift())
        take()
      if (!this.#catchingUp) this.#advance()
    }
    this.#catchingUp = work().finally(ended)
    return this.#catchingUp
  }

  async #askDifference(): Promise<void> {
    for (;;) {
      const difference = await this.#call('updates.getDifference', {
        pts: this.#pts,
        date: this.#date,
        qts: 0,
      })
      switch (difference._) {
        case 'updates.differenceEmpty':
          this.#date = difference.date
          return
        case 'updates.differenceTooLong':
          return await this.#load()
        case 'updates.differenceSlice':
          this.#takeDifference(difference, difference.intermediateState)
          break
        case 'updates.difference':
          return this.#takeDifference(difference, difference.state)
      }
    }
  }

  #takeDifference(
    difference: T.updates.difference | T.updates.differenceSlice,
    state: T.updates.state,
  ): void {
    if (state.pts < this.#pts) this.holding.faults.push(`the difference leads back from ${this.#pts}`)
    const counts = difference.newMessages.length
    // Each new message counts one, and so does at least each update that counts.
    if (counts > state.pts - this.#pts) {
      this.holding.faults.push(`${counts} new messages between pts ${this.#pts} and ${state.pts}`)
    }
    for (const message of difference.newMessages) this.holding.putNew(message)
    for (const update of difference.otherUpdates) this.holding.apply(update)
    this.#pts = state.pts
    this.#date = state.date
  }

  async #load(): Promise<void> {
    const { holding } = this
    const state = await this.#call('updates.getState')
    holding.clear()
    const dialogs = await this.#call('messages.getDialogs', {
      offsetDate: 0,
      offsetId: 0,
      offsetPeer: { _: 'inputPeerEmpty' },
      limit: 100,
      hash: 0n,
    })
    if (!('dialogs' in dialogs)) throw new Error('the list of chats came without dialogs')
    const hashes = new Map(
      dialogs.users.map((user) => [user.id, 'accessHash' in user ? user.accessHash : 0n]),
    )
    for (const dialog of dialogs.dialogs) {
      if (dialog._ !== 'dialog') continue
      holding.putDialog(dialog)
      const userId = userIdOf(dialog.peer)
      await this.#loadHistory({ _: 'inputPeerUser', userId, accessHash: hashes.get(userId) ?? 0n })
    }
    const drafts = await this.#call('messages.getAllDrafts')
    if ('updates' in drafts) for (const update of drafts.updates) holding.apply(update)
    const blocked = await this.#call('contacts.getBlocked', { offset: 0, limit: 100 })
    for (const each of blocked.blocked) holding.blocked.add(userIdOf(each.peerId))
    this.#pts = state.pts
    this.#date = state.date
  }

  async #loadHistory(peer: T.InputPeer): Promise<void> {
    for (let offsetId = 0; ;) {
      const page = await this.#call('messages.getHistory', {
        peer,
        offsetId,
        offsetDate: 0,
        addOffset: 0,
        limit: 100,
        maxId: 0,
        minId: 0,
        hash: 0n,
      })
      const messages = 'messages' in page ? page.messages : []
      for (const message of messages) this.holding.put(message)
      const last = messages.at(-1)
      if (!last || messages.length < 100) return
      offsetId = last.id
    }
  }
}
