import pino from 'pino'
import { openDatabase } from '../../src/store/database.ts'
import { RpcFailure } from '../harness/device.ts'
import { within, type ServerProcess } from '../harness/server.ts'
import { Acquaintances, testNumber } from '../simulate/acquaintances.ts'
import { Chance } from '../simulate/chance.ts'
import { checkDatabase, checkPhone } from '../simulate/check.ts'
import type { Sent } from '../simulate/operations.ts'
import { Phone, type Venue } from '../simulate/phone.ts'

/** How many devices each of the people has. */
const DEVICES = [2, 1, 1] as const
const LAYER = 229
const SETTLE_MS = 60_000
const RECONNECT_MS = 25

/** People who write to each other over whatever happens, one message after the other on each device. */
export class Correspondence implements Venue, Disposable {
  readonly chance: Chance
  host = ''
  readonly clock = { nowMs: () => Date.now() }
  port = 0
  publicKey = ''
  apiId = 0
  apiHash = ''
  isOver = false
  readonly phones: Phone[] = []
  /** What must not be. */
  readonly faults: string[] = []
  /** How often a connection was lost. */
  lost = 0
  readonly #acquaintances = new Acquaintances()
  readonly #sent: (Sent & { readonly text: string })[] = []
  readonly #textLength: number
  #isSending = false
  #sending: Promise<void>[] = []
  #count = 0

  /** `textLength`: how long messages are at least. */
  constructor(seed: number, textLength = 0) {
    this.chance = new Chance(seed)
    this.#textLength = textLength
  }

  /** Messages whose sending was answered. */
  get sent(): number {
    return this.#sent.length
  }

  /** How often a call was answered with an error of the server's own. */
  get serverErrors(): number {
    return this.phones.reduce((sum, phone) => sum + phone.serverErrors, 0)
  }

  /** Everybody signs up, and has everybody among the contacts. */
  async begin(server: ServerProcess): Promise<void> {
    this.host = server.host
    this.port = server.port
    this.publicKey = server.file.publicKey
    Object.assign(this, await server.createApp())
    for (const [person, devices] of DEVICES.entries()) {
      for (let device = 0; device < devices; device++) {
        const phone = new Phone(this, `person ${person} device ${device}`, LAYER)
        phone.onLost = () => void this.#reconnect(phone)
        this.phones.push(phone)
        await phone.connect()
        await phone.signIn(testNumber(person), `Person ${person}`)
      }
    }
    const numbers = DEVICES.map((_, person) => testNumber(person))
    for (const phone of this.phones) await this.#acquaintances.meet(phone, numbers)
    await Promise.all(this.phones.map((phone) => phone.following.load()))
  }

  startSending(): void {
    this.#isSending = true
    this.#sending = this.phones.map((phone) => this.#keepSending(phone))
  }

  /** Resolves when all that was begun is answered. */
  async stopSending(): Promise<void> {
    this.#isSending = false
    await within(Promise.all(this.#sending), SETTLE_MS, () => 'not all sends are answered')
  }

  /** One message after the other, each to its end. */
  async #keepSending(phone: Phone): Promise<void> {
    const others = [...new Set(this.phones.map((each) => each.userId))].filter((id) => id !== phone.userId)
    while (this.#isSending) {
      try {
        await this.#send(phone, this.chance.pick(others))
      } catch (error) {
        const isKnown = error instanceof RpcFailure ? ` ${error.code}` : ''
        this.faults.push(`${phone.name} could not send:${isKnown} ${String(error)}`)
        return
      }
    }
  }

  async #send(phone: Phone, toId: number): Promise<void> {
    const randomId = this.chance.long()
    const text = this.#nextText()
    const peer = this.#acquaintances.peer(phone.userId, toId)
    const answer = await phone.call('messages.sendMessage', { peer, message: text, randomId })
    const updates = 'updates' in answer ? answer.updates : []
    const named = updates.find((each) => each._ === 'updateMessageID')
    if (!named || named.randomId !== randomId) throw new Error('the answer does not name the message')
    this.#sent.push({ fromId: phone.userId, toId, randomId, id: named.id, text })
    phone.following.take(answer)
  }

  /** Each text is sent once, and none can be compressed. */
  #nextText(): string {
    let text = `sent ${++this.#count}`
    while (text.length < this.#textLength) text += ` ${this.chance.long().toString(36)}`
    return text
  }

  async #reconnect(phone: Phone): Promise<void> {
    this.lost++
    while (!this.isOver && !phone.isOnline) {
      const session = this.chance.happens(0.8) ? 'same' : 'new'
      await phone.connect(session).catch(() => new Promise((resolve) => setTimeout(resolve, RECONNECT_MS)))
    }
  }

  /** Looks for what was sent, in both histories and in the database at `url`, and adds what is wrong to the faults. */
  async check(url: string): Promise<void> {
    await within(
      Promise.all(this.phones.map((phone) => phone.following.catchUp())),
      SETTLE_MS,
      () => 'not all differences are answered',
    )
    this.#checkHistories()
    const db = await openDatabase({ url, log: pino({ level: 'silent' }), connections: 1 })
    try {
      this.faults.push(...(await checkDatabase(db, this.#sent)))
      for (const phone of this.phones) this.faults.push(...(await checkPhone(db, phone)))
    } finally {
      await db.close()
    }
  }

  /** As the devices hold them, which is what the database holds. */
  #checkHistories(): void {
    const texts = new Map<string, number>()
    for (const { userId, holding } of new Map(this.phones.map((phone) => [phone.userId, phone])).values()) {
      for (const message of holding.messages.values()) {
        const key = `${userId} ${message.peerId} ${message.text}`
        texts.set(key, (texts.get(key) ?? 0) + 1)
      }
    }
    for (const { fromId, toId, text } of this.#sent) {
      for (const [owner, peer] of [[fromId, toId] as const, [toId, fromId] as const]) {
        const times = texts.get(`${owner} ${peer} ${text}`) ?? 0
        if (times !== 1)
          this.faults.push(`"${text.slice(0, 20)}" of ${fromId} to ${toId} is ${times} times with ${owner}`)
      }
    }
  }

  [Symbol.dispose](): void {
    this.isOver = true
    this.#isSending = false
    for (const phone of this.phones) phone.close()
  }
}
