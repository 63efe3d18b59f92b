import type { Clock } from '../lib/clock.ts'
import { Lru } from '../lib/lru.ts'
import type { Bus } from './bus.ts'

/** Whose change makes what is remembered outdated: a user, an authorization key. */
export type Owner = number | bigint

/** Something that is read again and again, and remembered in between. There is one constant for each. */
export interface Remembered<C, K, V> {
  /** What its owners are. */
  readonly about: string
  /** How many of them are remembered at most, and how long, for changes that nobody told of: see `Memory`. */
  readonly limit: number
  readonly keptMs: number
  readonly idOf: (key: K) => string | number | bigint
  readonly ownersOf: (key: K) => readonly Owner[]
  /** Reads them; results stand in the order of the keys. */
  readonly load: (context: C, keys: readonly K[]) => Promise<readonly V[]>
  /** Whether what was read is worth remembering; by default it is. */
  readonly isKept?: (value: V) => boolean
}

interface Entry {
  readonly value: unknown
  /** How many changes had been told of when it began to be read. */
  readonly readAt: number
  readonly untilMs: number
}

/** A change that nodes tell each other of. */
interface Outdated {
  readonly about: string
  /** Undefined: nobody knows whose. */
  readonly owners: readonly Owner[] | undefined
}

const SUBJECT = 'outdated'
/** Owners whose last change is remembered; beyond that, all that was read before counts as outdated. */
const MAX_CHANGES = 100_000

/**
 * What a node remembers of the database. Whoever changes something says so after the commit, and before anybody is told
 * that it is done: this node then knows at once, the others as soon as the bus brings it. What a node is never told,
 * because a doorbell was lost or a command changed it beside the server, it finds out within `keptMs`; where the bus knows
 * that it may have lost some, nothing counts as remembered.
 */
export class Memory<C> {
  readonly #context: () => C
  readonly #bus: Bus
  readonly #clock: Clock
  /** By their constants. */
  readonly #shelves = new Map<object, Lru<string | number | bigint, Entry>>()
  readonly #changes = new Map<string, Changes>()
  readonly #leaveBus: () => void

  constructor(deps: { readonly context: () => C; readonly bus: Bus; readonly clock: Clock }) {
    this.#context = deps.context
    this.#bus = deps.bus
    this.#clock = deps.clock
    this.#leaveBus = deps.bus.subscribe(
      SUBJECT,
      (event) => this.#take(event as Outdated), // Only `outdate` writes to this subject.
      () => this.#outdateAll(),
    )
  }

  /** What is known under a key, at once if it is remembered. */
  get<K, V>(what: Remembered<C, K, V>, key: K): V | Promise<V> {
    const known = this.#find(what, key)
    if (known) return known.value as V // A shelf holds what its constant loads.
    return this.getAll(what, [key]).then(([value]) => value as V)
  }

  /** The same for several keys, in their order; what is not remembered is read at once. */
  async getAll<K, V>(what: Remembered<C, K, V>, keys: readonly K[]): Promise<V[]> {
    const values = keys.map((key) => this.#find(what, key))
    const missing = keys.filter((_, index) => !values[index])
    if (missing.length === 0) return values.map((entry) => entry!.value as V)
    const readAt = this.#changesOf(what.about).count
    const loaded = await what.load(this.#context(), missing)
    const untilMs = this.#clock.nowMs() + what.keptMs
    const shelf = this.#shelfOf(what)
    let next = 0
    return keys.map((key, index) => {
      const known = values[index]
      if (known) return known.value as V
      const value = loaded[next++] as V
      if (what.isKept?.(value) ?? true) shelf.set(what.idOf(key), { value, readAt, untilMs })
      return value
    })
  }

  /** What was read of these owners is outdated; without owners, of all. Every node is told. */
  outdate(about: string, owners: readonly Owner[] | undefined): void {
    const outdated: Outdated = { about, owners }
    this.#take(outdated)
    this.#bus.publish(SUBJECT, outdated)
  }

  /** The same on this node alone: the others are told in another way. */
  outdateHere(about: string, owners: readonly Owner[]): void {
    this.#take({ about, owners })
  }

  /** Hears of no more changes. */
  close(): void {
    this.#leaveBus()
  }

  #take({ about, owners }: Outdated): void {
    this.#changesOf(about).add(owners)
  }

  /** What was told meanwhile may be about anything. */
  #outdateAll(): void {
    for (const changes of this.#changes.values()) changes.add(undefined)
  }

  #find<K, V>(what: Remembered<C, K, V>, key: K): Entry | undefined {
    const entry = this.#shelfOf(what).get(what.idOf(key))
    if (!entry || entry.untilMs <= this.#clock.nowMs()) return undefined
    return this.#changesOf(what.about).hasAny(what.ownersOf(key), entry.readAt) ? undefined : entry
  }

  #shelfOf<K, V>(what: Remembered<C, K, V>): Lru<string | number | bigint, Entry> {
    let shelf = this.#shelves.get(what)
    if (!shelf) this.#shelves.set(what, (shelf = new Lru(what.limit)))
    return shelf
  }

  #changesOf(about: string): Changes {
    let changes = this.#changes.get(about)
    if (!changes) this.#changes.set(about, (changes = new Changes()))
    return changes
  }
}

/** When owners changed, in numbers that rise with each change. */
class Changes {
  /** How many there were. */
  count = 0
  /** Whatever was read before this one is outdated. */
  #all = 0
  readonly #last = new Map<Owner, number>()

  add(owners: readonly Owner[] | undefined): void {
    this.count++
    if (!owners || this.#last.size + owners.length > MAX_CHANGES) {
      this.#last.clear()
      this.#all = this.count
    } else for (const owner of owners) this.#last.set(owner, this.count)
  }

  /** Whether any of them has changed since so many changes. */
  hasAny(owners: readonly Owner[], since: number): boolean {
    return since < this.#all || owners.some((owner) => (this.#last.get(owner) ?? 0) > since)
  }
}
