import type { Bus } from '../../src/bus/bus.ts'
import { createLocalBus } from '../../src/bus/local.ts'
import type { Chance } from './chance.ts'

const DROPPED = 0.1
const DOUBLED = 0.05
const DELAYED = 0.15
const LONGEST_DELAY_MS = 300

/** A bus that loses events, brings them twice, late or out of order, as long as `isUnreliable`. */
export class UnreliableBus implements Bus {
  readonly isAway = false
  isUnreliable = false
  readonly #bus = createLocalBus()
  readonly #chance: Chance

  constructor(chance: Chance) {
    this.#chance = chance
  }

  publish(subject: string, event: unknown): void {
    if (!this.isUnreliable) {
      this.#bus.publish(subject, event)
      return
    }
    if (this.#chance.happens(DROPPED)) return
    const copies = this.#chance.happens(DOUBLED) ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      if (!this.#chance.happens(DELAYED)) this.#bus.publish(subject, event)
      else setTimeout(() => this.#bus.publish(subject, event), this.#chance.int(LONGEST_DELAY_MS))
    }
  }

  subscribe(subject: string, listener: (event: unknown) => void, onGap: () => void): () => void {
    return this.#bus.subscribe(subject, listener, onGap)
  }

  listening(): undefined {
    return undefined
  }
}
