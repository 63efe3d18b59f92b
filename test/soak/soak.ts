import { setTimeout as delay } from 'node:timers/promises'
import { must } from '../../src/lib/assert.ts'
import { tl } from '../../src/tl/factories.ts'
import { startInspected } from '../bench/inspector.ts'
import { within, type ServerProcess } from '../harness/server.ts'
import { makeKey } from '../mtproto/client/client.ts'
import { Acquaintances, testNumber } from '../simulate/acquaintances.ts'
import { Chance } from '../simulate/chance.ts'
import { checkDatabase, checkPhone } from '../simulate/check.ts'
import { keyOf } from '../simulate/holding.ts'
import { Operations } from '../simulate/operations.ts'
import { Phone, type Venue } from '../simulate/phone.ts'
import { Sampling } from './sampling.ts'
import { judge, type Sample, type Verdict } from './verdict.ts'

export interface SoakOptions {
  readonly minutes: number
  /** What people do in a second, all together. */
  readonly perSecond: number
  readonly people: number
  /** Of each. */
  readonly devices: number
  readonly seed: number
  readonly say: (text: string) => void
}

export interface SoakOutcome {
  readonly verdict: Verdict
  readonly samples: readonly Sample[]
  readonly faults: readonly string[]
  readonly done: Readonly<Record<string, number>>
}

/** What happens, and how often compared with the rest. `operation` is what the simulation's devices do. */
const WEIGHTS = { operation: 78, dialogs: 5, history: 5, difference: 4, reconnect: 5, handshake: 3 } as const

const LAYERS = [229, 214, 181, 158] as const
const SAMPLE_MS = 60_000
const LEAST_SAMPLES = 30
/** One device logs out and another takes its place: seldom enough for the limit of codes of a phone. */
const NEW_DEVICE_MS = 30_000
const AT_ONCE = 8
const SETTLE_MS = 60_000
const AWAY_MS = 3_000
const LONG_AWAY_MS = 90_000
/** After the last connection is closed. */
const REST_MS = 10_000

/** An hour in the life of a server: people use it at a moderate rate, and what it holds is looked at all the time. */
export async function soak(options: SoakOptions): Promise<SoakOutcome> {
  await using server = await startInspected()
  await using sampling = await Sampling.of(server)
  const life = new Life(options, server)
  try {
    await life.begin()
    const before = await sampling.take(0)
    return await life.run(sampling, before)
  } finally {
    life.close()
  }
}

class Life implements Venue {
  readonly chance: Chance
  readonly clock = { nowMs: () => Date.now() }
  readonly host: string
  readonly port: number
  readonly publicKey: string
  apiId = 0
  apiHash = ''
  isOver = false
  readonly #options: SoakOptions
  readonly #server: ServerProcess
  readonly #acquaintances = new Acquaintances()
  readonly #phones: Phone[] = []
  readonly #busy = new Set<Phone>()
  readonly #running = new Set<Promise<void>>()
  readonly #done = new Map<string, number>()
  readonly #faults: string[] = []
  #numbers: readonly string[] = []
  #nextOut = 0

  constructor(options: SoakOptions, server: ServerProcess) {
    this.#options = options
    this.#server = server
    this.chance = new Chance(options.seed)
    this.host = server.host
    this.port = server.port
    this.publicKey = server.file.publicKey
  }

  /** Everybody signs up; then all connections but the server's own end, so that what it holds at rest is seen. */
  async begin(): Promise<void> {
    const { people, devices, say } = this.#options
    Object.assign(this, await this.#server.createApp())
    this.#numbers = Array.from({ length: people }, (_, person) => testNumber(person))
    say(`signing up ${people} people with ${devices} devices each`)
    for (let person = 0; person < people; person++)
      for (let device = 0; device < devices; device++) this.#phones.push(await this.#signIn(person))
    for (const phone of this.#phones) await this.#acquaintances.meet(phone, this.#numbers)
    for (const phone of this.#phones) phone.disconnect()
    await delay(REST_MS / 10)
  }

  async run(sampling: Sampling, before: Sample): Promise<SoakOutcome> {
    const { minutes, say } = this.#options
    for (const phone of this.#phones) await this.#connect(phone, 'same')
    await Promise.all(this.#phones.map((phone) => phone.following.load()))
    const userIds = [...new Set(this.#phones.map((phone) => phone.userId))]
    const operations = new Operations(this.#acquaintances, this.chance.branch(), userIds)
    const until = performance.now() + minutes * 60_000
    const living = this.#live(operations, until)
    const samples = await this.#sample(sampling, until)
    await living
    await this.#settle()
    say('looking for what was sent')
    this.#faults.push(...(await checkDatabase(sampling.db, operations.sent)))
    for (const phone of this.#phones) this.#faults.push(...(await checkPhone(sampling.db, phone)))
    this.close()
    await delay(REST_MS)
    const after = await sampling.take(minutes)
    const verdict = judge(before, samples, after)
    const counts = [...this.#done, ...operations.done, ...operations.refused]
    const serverErrors = this.#phones.reduce((sum, phone) => sum + phone.serverErrors, 0)
    return {
      verdict,
      samples: [before, ...samples, after],
      faults: this.#faults,
      done: { ...Object.fromEntries(counts), serverErrors },
    }
  }

  close(): void {
    this.isOver = true
    for (const phone of this.#phones) phone.close()
  }

  async #sample(sampling: Sampling, until: number): Promise<Sample[]> {
    const { minutes, say } = this.#options
    const everyMs = Math.min(SAMPLE_MS, (minutes * 60_000) / LEAST_SAMPLES)
    const begun = performance.now()
    const samples: Sample[] = []
    while (performance.now() < until) {
      await delay(everyMs)
      const sample = await sampling.take((performance.now() - begun) / 60_000)
      samples.push(sample)
      say(JSON.stringify(sample))
    }
    return samples
  }

  /** Something happens at a steady rate, on devices that have nothing else to do. */
  async #live(operations: Operations, until: number): Promise<void> {
    const begun = performance.now()
    let newDevices = 0
    for (let count = 0; performance.now() < until && this.#faults.length === 0; count++) {
      await delay(Math.max(0, begun + (count / this.#options.perSecond) * 1000 - performance.now()))
      while (this.#running.size >= AT_ONCE)
        await within(Promise.race(this.#running), SETTLE_MS, () => 'nothing ends')
      if (performance.now() - begun > (newDevices + 1) * NEW_DEVICE_MS) {
        newDevices++
        this.#begin('new device', () => this.#replaceDevice())
        continue
      }
      const idle = this.#phones.filter((phone) => phone.isOnline && !this.#busy.has(phone))
      if (idle.length > 0) this.#act(operations, this.chance.pick(idle))
    }
  }

  #act(operations: Operations, phone: Phone): void {
    const activity = this.chance.weighed(WEIGHTS)
    this.#busy.add(phone)
    this.#begin(activity, () =>
      this[activity](phone, operations).finally(() => void this.#busy.delete(phone)),
    )
  }

  #begin(name: string, work: () => Promise<void>): void {
    this.#done.set(name, (this.#done.get(name) ?? 0) + 1)
    const running = work()
      .catch((error: unknown) => void this.#faults.push(`${name}: ${String(error)}`))
      .finally(() => void this.#running.delete(running))
    this.#running.add(running)
  }

  async operation(phone: Phone, operations: Operations): Promise<void> {
    await operations.run(phone, operations.choose())
  }

  async dialogs(phone: Phone): Promise<void> {
    const offsetPeer = tl.inputPeerEmpty()
    await phone.call('messages.getDialogs', { offsetDate: 0, offsetId: 0, offsetPeer, limit: 100, hash: 0n })
  }

  async history(phone: Phone): Promise<void> {
    const other = this.chance.pick(this.#phones.filter((each) => each.userId !== phone.userId))
    const peer = this.#acquaintances.peer(phone.userId, other.userId)
    const window = { offsetId: 0, offsetDate: 0, addOffset: 0, limit: 50, maxId: 0, minId: 0, hash: 0n }
    await phone.call('messages.getHistory', { peer, ...window })
  }

  async difference(phone: Phone): Promise<void> {
    await phone.following.catchUp()
  }

  /** The connection breaks; the next one comes soon, or after a while, in the same session or in a new one. */
  async reconnect(phone: Phone): Promise<void> {
    phone.disconnect()
    const awayMs = this.chance.int(this.chance.happens(0.1) ? LONG_AWAY_MS : AWAY_MS)
    const session = this.chance.happens(0.6) ? 'same' : 'new'
    // Not waited for: others go on meanwhile.
    void delay(awayMs).then(() => this.#connect(phone, session))
  }

  /** Somebody connects for the first time and does not sign in. */
  async handshake(): Promise<void> {
    await makeKey({ host: this.host, port: this.port, publicKey: this.publicKey, dc: 2 })
  }

  /** A device logs out, and its owner signs in on another one. */
  async #replaceDevice(): Promise<void> {
    const index = this.#nextOut++ % this.#phones.length
    const phone = must(this.#phones[index], 'there are devices')
    if (this.#busy.has(phone) || !phone.isOnline) return
    this.#busy.add(phone)
    await phone.call('auth.logOut')
    phone.onLost = () => {}
    phone.close()
    const next = await this.#signIn(Math.floor(index / this.#options.devices))
    await next.following.load()
    await this.#doubtEmptyChats(next)
    this.#phones[index] = next
  }

  /** Whether a chat is pinned or marked in which nothing is, the list of chats does not tell a new device. */
  async #doubtEmptyChats(phone: Phone): Promise<void> {
    const offsetPeer = tl.inputPeerEmpty()
    const window = { offsetDate: 0, offsetId: 0, offsetPeer, limit: 100, hash: 0n }
    const list = await phone.call('messages.getDialogs', window)
    const listed = new Set('users' in list ? list.users.map((user) => user.id) : [])
    for (const { userId } of this.#phones) {
      if (listed.has(userId)) continue
      for (const kind of ['pin', 'mark', 'draft'] as const) phone.holding.unsure.add(keyOf(kind, userId))
    }
  }

  async #signIn(person: number): Promise<Phone> {
    const layer = this.chance.pick(LAYERS)
    const phone = new Phone(this, `person ${person} layer ${layer}`, layer)
    phone.onLost = () => void this.#connect(phone, 'same')
    await this.#connect(phone, 'same')
    await phone.signIn(must(this.#numbers[person], 'everybody has a number'), `Person ${person}`)
    return phone
  }

  async #connect(phone: Phone, session: 'same' | 'new'): Promise<void> {
    while (!phone.isOnline && !this.isOver) await phone.connect(session).catch(() => delay(50))
  }

  async #settle(): Promise<void> {
    await within(Promise.all(this.#running), SETTLE_MS, () => 'not all ends')
    for (const phone of this.#phones) await this.#connect(phone, 'same')
    await delay(1000)
    const all = Promise.all(this.#phones.map((phone) => phone.following.catchUp()))
    await within(all, SETTLE_MS, () => 'not all differences are answered')
  }
}
