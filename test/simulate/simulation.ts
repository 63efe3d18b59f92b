import { setTimeout as delay } from 'node:timers/promises'
import type { UserId } from '../../src/lib/ids.ts'
import { codecFor, NEWEST_LAYER } from '../../src/tl/encode.ts'
import { tl } from '../../src/tl/factories.ts'
import { Kind } from '../../src/updates/log.ts'
import { within } from '../harness/server.ts'
import { Chance } from './chance.ts'
import { checkDatabase, checkPhone } from './check.ts'
import { Operations } from './operations.ts'
import { Phone } from './phone.ts'
import { Stage, type Place } from './stage.ts'

export interface SimulationOptions extends Place {
  readonly seed: number
  readonly steps: number
  readonly people: number
  /** Of each. */
  readonly devices: number
  /** Without faults, what is pushed must suffice. */
  readonly hasFaults: boolean
  /** The most servers that are started one after the other. */
  readonly restarts: number
  /** Nothing new happens after so long. */
  readonly budgetMs: number
  readonly say?: (text: string) => void
}

/** What a simulation found out. */
export interface Outcome {
  readonly faults: readonly string[]
  /** What happened how often. */
  readonly figures: Readonly<Record<string, number>>
}

/** Layers that clients of today and of some years ago speak. */
const LAYERS = [229, 214, 181, 158, 143, 133] as const
/** Operations under way at a time. */
const AT_ONCE = 6
const SETTLE_MS = 60_000
/** A hole that stays for so long where nothing goes wrong is not filled by what is pushed, however slow the machine. */
const CALM_GAP_MS = 20_000

/** Lets people use a server while everything goes wrong that may, and compares what everybody holds in the end. */
export async function simulate(options: SimulationOptions): Promise<Outcome> {
  const simulation = new Simulation(options)
  try {
    return await simulation.run()
  } catch (error) {
    return { faults: [...simulation.faults, String(error)], figures: {} }
  } finally {
    await simulation.close()
  }
}

class Simulation {
  readonly #options: SimulationOptions
  readonly #chance: Chance
  readonly #stage: Stage
  readonly #phones: Phone[] = []
  readonly #userIds: number[] = []
  readonly faults: string[] = []
  readonly #busy = new Set<Phone>()
  readonly #running = new Set<Promise<void>>()
  readonly #upsets: Record<string, number> = {}
  #steps = 0
  #restarting: Promise<void> | undefined

  constructor(options: SimulationOptions) {
    this.#options = options
    this.#chance = new Chance(options.seed)
    this.#stage = new Stage(options, this.#chance)
  }

  async run(): Promise<Outcome> {
    const { steps, budgetMs, hasFaults, say = () => {} } = this.#options
    await this.#stage.start()
    await this.#signUpAll()
    const operations = new Operations(this.#stage, this.#chance.branch(), this.#userIds)
    this.#stage.bus.isUnreliable = hasFaults
    const upsets = this.#chance.branch()
    const untilMs = Date.now() + budgetMs
    for (this.#steps = 0; this.#steps < steps && Date.now() < untilMs; this.#steps++) {
      if (this.faults.length > 0) break
      if (hasFaults && upsets.happens(0.12)) this.#upset(upsets)
      await this.#begin(operations)
      if (this.#chance.happens(0.3)) await delay(this.#chance.int(6))
      if (this.#steps % 1000 === 999) say(`${this.#steps + 1} steps, ${this.#stage.restarts} restarts`)
    }
    await this.#settle()
    await this.#check(operations)
    return { faults: this.faults, figures: this.#figures(operations) }
  }

  async close(): Promise<void> {
    this.#stage.isOver = true
    for (const phone of this.#phones) phone.close()
    await this.#restarting?.catch(() => {})
    await this.#stage.stop()
  }

  async #signUpAll(): Promise<void> {
    const { people, devices } = this.#options
    for (let person = 0; person < people; person++) {
      for (let device = 0; device < devices; device++) await this.#signIn(person)
    }
    await Promise.all(this.#phones.map((phone) => phone.following.load()))
  }

  /** Signs in on one more device; whoever has no account gets one. */
  async #signIn(person: number): Promise<Phone> {
    const layer = LAYERS[this.#phones.length % LAYERS.length] ?? LAYERS[0]
    const name = `person ${person} device ${this.#phones.length} layer ${layer}`
    const phone = new Phone(this.#stage, name, layer)
    phone.onLost = () => this.#later(this.#connect(phone, 'same'))
    if (!this.#options.hasFaults) phone.following.gapMs = CALM_GAP_MS
    this.#phones.push(phone)
    await phone.connect()
    await phone.signIn(`999662${String(person).padStart(4, '0')}`, `Person ${person}`)
    if (this.#userIds[person] === undefined) this.#userIds[person] = phone.userId
    return phone
  }

  /** Begins one operation on a device that has nothing else to do. */
  async #begin(operations: Operations): Promise<void> {
    while (this.#running.size >= AT_ONCE) {
      await within(Promise.race(this.#running), SETTLE_MS, () => 'no operation ends')
    }
    const idle = this.#phones.filter((phone) => phone.isOnline && !this.#busy.has(phone))
    if (idle.length === 0) return await delay(5)
    const phone = this.#chance.pick(idle)
    const operation = operations.choose()
    this.#busy.add(phone)
    const running = operations
      .run(phone, operation)
      .catch((error: unknown) => void this.faults.push(`${phone.name}: ${operation}: ${String(error)}`))
      .finally(() => {
        this.#busy.delete(phone)
        this.#running.delete(running)
      })
    this.#running.add(running)
  }

  /** Something goes wrong. */
  #upset(chance: Chance): void {
    const kind = chance.weighed({ disconnect: 40, moveOn: 10, stall: 25, jump: 20, back: 5, restart: 3 })
    const phone = chance.pick(this.#phones)
    if (kind !== 'restart') this.#upsets[kind] = (this.#upsets[kind] ?? 0) + 1
    switch (kind) {
      case 'disconnect':
        return this.#disconnect(phone, chance)
      case 'moveOn':
        if (!phone.isOnline) return
        phone.abandon()
        return this.#later(this.#connect(phone, 'same'))
      case 'stall':
        return phone.stall(chance.int(600))
      case 'jump':
        // The time that a stop gives to what is under way is not what is tried here.
        if (this.#restarting) return
        return this.#stage.clock.jump(chance.happens(0.1) ? chance.int(7_200_000) : chance.int(90_000))
      case 'back':
        return this.#stage.clock.jump(-chance.int(4_000))
      case 'restart':
        if (this.#stage.restarts < this.#options.restarts && !this.#restarting) this.#restart()
    }
  }

  #disconnect(phone: Phone, chance: Chance): void {
    if (!phone.isOnline) return
    phone.disconnect()
    const session = chance.happens(0.7) ? 'same' : 'new'
    const awayMs = chance.happens(0.2) ? chance.int(2_500) : chance.int(300)
    this.#later(delay(awayMs).then(() => this.#connect(phone, session)))
  }

  /** Connects, again and again while there is no server. */
  async #connect(phone: Phone, session: 'same' | 'new'): Promise<void> {
    for (let tries = 0; !phone.isOnline && !this.#stage.isOver; tries++) {
      try {
        await this.#restarting
        await phone.connect(session)
      } catch (error) {
        if (tries > 100) throw error
        await delay(20)
      }
    }
  }

  #restart(): void {
    this.#restarting = this.#stage
      .restart()
      .catch((error: unknown) => void this.faults.push(`no restart: ${String(error)}`))
      .finally(() => (this.#restarting = undefined))
  }

  #later(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (!this.#stage.isOver) this.faults.push(String(error))
    })
  }

  /** Nothing goes wrong any more: what was begun ends, and every device asks for what it has missed. */
  async #settle(): Promise<void> {
    await this.#restarting
    for (const phone of this.#phones) if (!phone.isOnline) await this.#connect(phone, 'same')
    await within(Promise.all(this.#running), SETTLE_MS, () => 'not all operations end')
    this.#stage.bus.isUnreliable = false
    if (!this.#options.hasFaults) return await this.#passMarks()
    // Doorbells that are late and devices that stall have had their time by then.
    await delay(700)
    for (const phone of this.#phones) {
      if (!phone.isOnline) await this.#connect(phone, 'same')
    }
    const all = Promise.all(this.#phones.map((phone) => phone.following.catchUp()))
    await within(all, SETTLE_MS, () => 'not all differences are answered')
  }

  /** Puts a mark into the log of everybody, and waits until it was pushed to every device, behind all that was before. */
  async #passMarks(): Promise<void> {
    const { db, updates } = this.#stage.running.context
    const data = codecFor(NEWEST_LAYER).encode(tl.updateConfig(), 'Update')
    const marks = this.#userIds.map((id) => ({ boxId: id as UserId, kind: Kind.other, count: 0, data }))
    await db.transaction((tx) => updates.record(tx, marks))
    const untilMs = Date.now() + SETTLE_MS
    const isBehind = ({ following }: Phone): boolean => following.marks === 0 || !following.isWhole
    for (let behind = this.#phones; behind.length > 0; behind = behind.filter(isBehind)) {
      if (Date.now() > untilMs) throw new Error(`${behind.length} devices were not pushed all`)
      await delay(5)
    }
  }

  async #check(operations: Operations): Promise<void> {
    const { db } = this.#stage.running.context
    this.faults.push(...(await checkDatabase(db, operations.sent)))
    for (const phone of this.#phones) this.faults.push(...(await checkPhone(db, phone)))
    this.faults.push(
      ...this.#stage.errors.map((line) => `the server logged: ${line.slice(0, 300)} … ${line.slice(-200)}`),
    )
    if (this.#options.hasFaults) return
    for (const phone of this.#phones) {
      if (phone.following.gaps > 0)
        this.faults.push(`${phone.name}: ${phone.following.gaps} holes in what was pushed`)
    }
  }

  #figures(operations: Operations): Record<string, number> {
    const sum = (of: (phone: Phone) => number): number =>
      this.#phones.reduce((all, phone) => all + of(phone), 0)
    return {
      steps: this.#steps,
      ...Object.fromEntries(operations.done),
      ...Object.fromEntries(operations.refused),
      ...this.#upsets,
      restarts: this.#stage.restarts,
      gaps: sum((phone) => phone.following.gaps),
      repeats: sum((phone) => phone.following.repeats),
      serverErrors: sum((phone) => phone.serverErrors),
      unsure: sum((phone) => phone.holding.unsure.size),
    }
  }
}
