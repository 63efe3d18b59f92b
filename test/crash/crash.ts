import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pino from 'pino'
import { must } from '../../src/lib/assert.ts'
import { openDatabase } from '../../src/store/database.ts'
import { runningPostgres } from '../../src/store/embedded.ts'
import { postmasterPid } from '../../src/store/postmaster.ts'
import { RpcFailure } from '../harness/device.ts'
import { startServerProcess, within, type ServerProcess } from '../harness/server.ts'
import { Acquaintances, testNumber } from '../simulate/acquaintances.ts'
import { Chance } from '../simulate/chance.ts'
import { checkDatabase, checkPhone } from '../simulate/check.ts'
import type { Sent } from '../simulate/operations.ts'
import { Phone, type Venue } from '../simulate/phone.ts'

export interface CrashOptions {
  readonly seed: number
  readonly rounds: number
  /** A new directory for the server's data. */
  readonly dataDir: string
  /** How often all that was sent is looked for, in rounds. */
  readonly checkEvery: number
  readonly say?: (text: string) => void
}

export interface CrashOutcome {
  readonly faults: readonly string[]
  readonly killed: Readonly<Record<Victim, number>>
  /** Messages whose sending was answered. */
  readonly sent: number
}

type Victim = 'server' | 'database' | 'both'

/** How many devices each of the people has. */
const DEVICES = [2, 1, 1] as const
const LAYER = 229
/** The server dies so long after it was begun to be used again. */
const FIRST_MS = 50
const LAST_MS = 700
const SETTLE_MS = 60_000

/**
 * Kills a server in a process of its own, its database, or both, again and again while people send. The next start needs
 * no help, and what was answered as sent is in both histories, once.
 */
export async function crash(options: CrashOptions): Promise<CrashOutcome> {
  await using test = new CrashTest(options)
  return await test.run()
}

class CrashTest implements Venue, AsyncDisposable {
  readonly chance: Chance
  readonly host = '127.0.0.1'
  readonly clock = { nowMs: () => Date.now() }
  apiId = 0
  apiHash = ''
  isOver = false
  readonly #options: CrashOptions
  readonly #phones: Phone[] = []
  readonly #faults: string[] = []
  readonly #sent: (Sent & { readonly text: string })[] = []
  readonly #killed = { server: 0, database: 0, both: 0 }
  readonly #acquaintances = new Acquaintances()
  #server: ServerProcess | undefined
  #port = 0
  #starting: Promise<void> | undefined
  #isSending = false
  #count = 0

  constructor(options: CrashOptions) {
    this.#options = options
    this.chance = new Chance(options.seed)
  }

  get port(): number {
    return this.#port
  }

  get publicKey(): string {
    return this.#running.file.publicKey
  }

  get #running(): ServerProcess {
    return must(this.#server, 'a server was started')
  }

  async run(): Promise<CrashOutcome> {
    const { rounds, checkEvery, say = () => {} } = this.#options
    await this.#start()
    Object.assign(this, await this.#running.createApp())
    await this.#signUpAll()
    for (let round = 1; round <= rounds && this.#faults.length === 0; round++) {
      const victim = VICTIMS[round % VICTIMS.length] ?? 'server'
      this.#isSending = true
      const sending = this.#phones.map((phone) => this.#keepSending(phone))
      await delay(FIRST_MS + this.chance.int(LAST_MS - FIRST_MS))
      await this.#kill(victim)
      // Some sends begin after the crash, too.
      await delay(this.chance.int(300))
      this.#isSending = false
      await within(
        Promise.all(sending),
        SETTLE_MS,
        () => `round ${round} (${victim}): not all sends are answered`,
      )
      if (round % checkEvery === 0 || round === rounds) await this.#check()
      say(`round ${round}: killed ${victim}, ${this.#sent.length} messages sent`)
    }
    return { faults: this.#faults, killed: this.#killed, sent: this.#sent.length }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isOver = true
    this.#isSending = false
    for (const phone of this.#phones) phone.close()
    await this.#starting?.catch(() => {})
    await this.#server?.stop()
  }

  async #start(): Promise<void> {
    const { dataDir } = this.#options
    this.#server = await startServerProcess({ dataDir, listen: `${this.host}:${this.#port}` })
    this.#port = this.#server.port
  }

  async #signUpAll(): Promise<void> {
    for (const [person, devices] of DEVICES.entries()) {
      for (let device = 0; device < devices; device++) {
        const phone = new Phone(this, `person ${person} device ${device}`, LAYER)
        phone.onLost = () => void this.#reconnect(phone)
        this.#phones.push(phone)
        await phone.connect()
        await phone.signIn(testNumber(person), `Person ${person}`)
      }
    }
    const numbers = DEVICES.map((_, person) => testNumber(person))
    for (const phone of this.#phones) await this.#acquaintances.meet(phone, numbers)
    await Promise.all(this.#phones.map((phone) => phone.following.load()))
  }

  /** One message after the other, each to its end, over whatever crashes. */
  async #keepSending(phone: Phone): Promise<void> {
    const others = [...new Set(this.#phones.map((each) => each.userId))].filter((id) => id !== phone.userId)
    while (this.#isSending) {
      try {
        await this.#send(phone, this.chance.pick(others))
      } catch (error) {
        const isKnown = error instanceof RpcFailure ? ` ${error.code}` : ''
        this.#faults.push(`${phone.name} could not send:${isKnown} ${String(error)}`)
        return
      }
    }
  }

  async #send(phone: Phone, toId: number): Promise<void> {
    const randomId = this.chance.long()
    const text = `sent ${++this.#count}`
    const peer = this.#acquaintances.peer(phone.userId, toId)
    const answer = await phone.call('messages.sendMessage', { peer, message: text, randomId })
    const updates = 'updates' in answer ? answer.updates : []
    const named = updates.find((each) => each._ === 'updateMessageID')
    if (!named || named.randomId !== randomId) throw new Error('the answer does not name the message')
    this.#sent.push({ fromId: phone.userId, toId, randomId, id: named.id, text })
    phone.following.take(answer)
  }

  async #kill(victim: Victim): Promise<void> {
    this.#killed[victim]++
    const database = join(this.#options.dataDir, 'postgres', 'data')
    const postmaster = must(postmasterPid(database), 'the database runs')
    if (victim === 'database') {
      killTree(postmaster)
      return
    }
    if (victim === 'both' && this.chance.happens(0.5)) killTree(postmaster)
    const dead = this.#running.kill()
    if (victim === 'both') killTree(postmaster)
    await dead
    this.#starting = this.#start()
    await this.#starting
  }

  async #reconnect(phone: Phone): Promise<void> {
    while (!this.isOver && !phone.isOnline) {
      await phone.connect(this.chance.happens(0.8) ? 'same' : 'new').catch(() => delay(25))
    }
  }

  async #check(): Promise<void> {
    await within(
      Promise.all(this.#phones.map((phone) => phone.following.catchUp())),
      SETTLE_MS,
      () => 'not all differences are answered',
    )
    await this.#checkHistories()
    const url = must(runningPostgres(join(this.#options.dataDir, 'postgres')), 'the database runs')
    const db = await openDatabase({ url, log: pino({ level: 'silent' }), connections: 1 })
    try {
      this.#faults.push(...(await checkDatabase(db, this.#sent)))
      for (const phone of this.#phones) this.#faults.push(...(await checkPhone(db, phone)))
    } finally {
      await db.close()
    }
  }

  /** As the devices hold them, which is what the database holds. */
  async #checkHistories(): Promise<void> {
    const texts = new Map<string, number>()
    for (const { userId, holding } of new Map(this.#phones.map((phone) => [phone.userId, phone])).values()) {
      for (const message of holding.messages.values()) {
        const key = `${userId} ${message.peerId} ${message.text}`
        texts.set(key, (texts.get(key) ?? 0) + 1)
      }
    }
    for (const { fromId, toId, text } of this.#sent) {
      for (const [owner, peer] of [[fromId, toId] as const, [toId, fromId] as const]) {
        const times = texts.get(`${owner} ${peer} ${text}`) ?? 0
        if (times !== 1)
          this.#faults.push(`"${text}" of ${fromId} to ${toId} is ${times} times with ${owner}`)
      }
    }
  }
}

const VICTIMS: readonly Victim[] = ['server', 'database', 'both']

/** `kill -9` for a process and all that it has started, these first: none of them gets to tidy up. */
function killTree(pid: number): void {
  for (const child of childrenOf(pid)) killTree(child)
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

function childrenOf(pid: number): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      // After the name, which stands in brackets and may hold anything: the state and the parent.
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]
      return Number(parent) === pid ? [Number(name)] : []
    } catch {
      return []
    }
  })
}
