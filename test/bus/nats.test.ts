import { connect, type NatsConnection } from '@nats-io/transport-node'
import pino from 'pino'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { BusError } from '../../src/bus/errors.ts'
import { openBus, type OpenedBus } from '../../src/bus/open.ts'
import { parseBus } from '../../src/config-bus.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { systemRandom } from '../../src/lib/random.ts'
import { secretsFrom } from '../../src/lib/secrets.ts'
import { findNats, startNats, type Nats } from '../harness/nats.ts'

const MASTER = new Uint8Array(32).fill(7)

/** What a listener heard. */
interface Heard {
  readonly events: unknown[]
  gaps: number
}

describe.skipIf(findNats() === undefined)('nodes on one NATS', () => {
  let nats: Nats
  let outsider: NatsConnection
  const opened: OpenedBus[] = []

  beforeAll(async () => {
    nats = await startNats()
    outsider = await connect({ servers: `127.0.0.1:${nats.port}`, maxReconnectAttempts: -1 })
  })
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close()
  })
  afterAll(async () => {
    await outsider.close()
    await nats[Symbol.asyncDispose]()
  })

  interface Identity {
    readonly url?: string
    readonly database?: string
    readonly master?: Uint8Array
  }

  async function node({
    url = nats.url,
    database = 'chappe',
    master = MASTER,
  }: Identity = {}): Promise<OpenedBus> {
    const address = parseBus(url, (message) => {
      throw new Error(message)
    })
    const bus = await openBus({
      address,
      database,
      secrets: secretsFrom(master),
      log: pino({ level: 'silent' }),
      clock: systemClock,
      random: systemRandom,
      mayBeAlone: false,
    })
    opened.push(bus)
    return bus
  }

  async function listen({ bus }: OpenedBus, subject: string): Promise<Heard> {
    const heard: Heard = { events: [], gaps: 0 }
    bus.subscribe(
      subject,
      (event) => heard.events.push(event),
      () => heard.gaps++,
    )
    await bus.listening()
    return heard
  }

  test('what one publishes all hear once: this one in a microtask, the others soon', async () => {
    const [here, there] = [await node(), await node()]
    const heard = [await listen(here, 'box.1'), await listen(there, 'box.1')] as const
    const other = await listen(there, 'box.2')
    const event = {
      id: 2n ** 62n,
      bytes: new Uint8Array([1, 2]),
      none: undefined,
      list: [{ text: 'é' }],
      at: null,
    }
    here.bus.publish('box.1', event)
    expect(heard[0].events).toEqual([])
    await Promise.resolve()
    expect(heard[0].events).toEqual([event])
    await expect.poll(() => heard[1].events).toEqual([event])
    here.bus.publish('box.2', 'the last')
    await expect.poll(() => other.events).toEqual(['the last'])
    expect(heard.map(({ events }) => events.length)).toEqual([1, 1])
    expect(here.counts).toMatchObject({ received: 0, dropped: 0, foreign: 0 })
    expect(there.counts).toMatchObject({ received: 2, dropped: 0, foreign: 0 })
  })

  test('whoever stops listening hears no more, and another on the same subject does', async () => {
    const [here, there] = [await node(), await node()]
    const first: unknown[] = []
    const leave = there.bus.subscribe(
      'box.1',
      (event) => first.push(event),
      () => {},
    )
    const second = await listen(there, 'box.1')
    here.bus.publish('box.1', 1)
    await expect.poll(() => second.events).toEqual([1])
    leave()
    here.bus.publish('box.1', 2)
    await expect.poll(() => second.events).toEqual([1, 2])
    expect(first).toEqual([1])
  })

  test('servers with other keys, another database or another name do not hear each other', async () => {
    const identities: Identity[] = [
      {},
      { master: new Uint8Array(32).fill(8) },
      { database: 'other' },
      { url: `${nats.url}/other` },
    ]
    const nodes = await Promise.all(
      identities.map(async (each) => [await node(each), await node(each)] as const),
    )
    const heard = await Promise.all(nodes.map(([, there]) => listen(there, 'box.1')))
    for (const [index, [here]] of nodes.entries()) here.bus.publish('box.1', index)
    await expect.poll(() => heard.map(({ events }) => events)).toEqual([[0], [1], [2], [3]])
  })

  test('a message that is not of this server is passed over, and what a listener throws hurts nobody', async () => {
    const [here, there] = [await node(), await node()]
    const subjects: string[] = []
    const messages: Uint8Array[] = []
    const tap = outsider.subscribe('chappe.>', {
      callback: (_error, message) => {
        subjects.push(message.subject)
        messages.push(message.data)
      },
    })
    await outsider.flush()
    there.bus.subscribe(
      'box.1',
      () => {
        throw new Error('on purpose')
      },
      () => {},
    )
    const heard = await listen(there, 'box.1')
    here.bus.publish('box.1', { real: true })
    await expect.poll(() => heard.events).toEqual([{ real: true }])
    tap.unsubscribe()
    const [subject, message] = [subjects.at(-1)!, messages.at(-1)!]
    const forged = Buffer.from(message)
    forged[forged.length - 1]! ^= 1
    const foreign = [
      Buffer.alloc(0),
      Buffer.from('hello'),
      Buffer.alloc(100, 1),
      forged,
      Buffer.alloc(300_000),
    ]
    for (const each of foreign) outsider.publish(subject, each)
    const other = await listen(there, 'box.2')
    // Of this server, but for another subject.
    outsider.publish(subject.replace(/1$/, '2'), message)
    here.bus.publish('box.2', 'the last')
    await expect.poll(() => other.events).toEqual(['the last'])
    await expect.poll(() => there.counts?.foreign).toBe(foreign.length + 1)
    expect(heard).toEqual({ events: [{ real: true }], gaps: 0 })
  })

  test('of an event that is too long for the bus, or no data, the others hear that there was one', async () => {
    const [here, there] = [await node(), await node()]
    const heard = [await listen(here, 'box.1'), await listen(there, 'box.1')] as const
    const other = await listen(there, 'box.2')
    here.bus.publish('box.1', 'x'.repeat(1 << 20))
    await expect.poll(() => heard[1].gaps).toBe(1)
    expect(heard[0].events).toHaveLength(1)
    here.bus.publish('box.1', { call: () => {} })
    await expect.poll(() => heard[1].gaps).toBe(2)
    expect([heard[0].gaps, heard[1].events.length, other.gaps]).toEqual([0, 0, 0])
  })

  test('what cannot be taken in time is dropped, and the others look up what that was', async () => {
    const [here, there] = [await node(), await node()]
    const heard = await listen(there, 'box.1')
    const long = 'x'.repeat(200_000)
    for (let count = 0; count < 200; count++) here.bus.publish('box.1', long)
    expect(here.counts?.dropped).toBeGreaterThan(0)
    await expect.poll(() => heard.gaps, { timeout: 10_000 }).toBeGreaterThan(0)
    expect(heard.events.length + (here.counts?.dropped ?? 0)).toBe(200)
    here.bus.publish('box.1', 'again')
    await expect.poll(() => heard.events.at(-1)).toBe('again')
  })

  test('a bus that dies is away; when it is back, all nodes hear of the gap, and of events again', async () => {
    const [here, there] = [await node(), await node()]
    // Nobody tells this one that something was lost.
    const lone = await node({ database: 'lone' })
    const alone = await listen(lone, 'box.1')
    const heard = [await listen(here, 'box.1'), await listen(there, 'box.1')] as const
    await nats.kill()
    await expect.poll(() => here.bus.isAway && there.bus.isAway).toBe(true)
    here.bus.publish('box.1', 'lost')
    expect(here.bus.listening()).toBeUndefined()
    const late = await listen(there, 'box.2')
    await nats.restart()
    await expect.poll(() => here.bus.isAway || there.bus.isAway, { timeout: 20_000 }).toBe(false)
    await expect.poll(() => Math.min(...[...heard, late, alone].map(({ gaps }) => gaps))).toBeGreaterThan(0)
    here.bus.publish('box.1', 'heard')
    here.bus.publish('box.2', 'heard too')
    await expect.poll(() => heard[1].events).toEqual(['heard'])
    await expect.poll(() => late.events).toEqual(['heard too'])
    expect(heard[0].events).toEqual(['lost', 'heard'])
    expect(here.counts?.dropped).toBe(1)
  })

  test('a node stops while the bus is away', async () => {
    const here = await node()
    await nats.kill()
    await expect.poll(() => here.bus.isAway).toBe(true)
    await here.close()
    here.bus.publish('box.1', 'to nobody')
    await nats.restart()
  })

  test('what was published is sent before a node stops', async () => {
    const [here, there] = [await node(), await node()]
    const heard = await listen(there, 'box.1')
    for (let count = 0; count < 100; count++) here.bus.publish('box.1', count)
    await here.close()
    await expect.poll(() => heard.events.length).toBe(100)
  })

  test('a bus with a password or a token lets in whoever has it; nobody is told it', async () => {
    for (const [args, right, wrong] of [
      [['--user', 'u', '--pass', 'p@ss'], 'u:p%40ss', 'u:secret'],
      [['--auth', 'tok:en'], 'tok%3Aen', 'secret'],
    ] as const) {
      await using guarded = await startNats(args)
      const at = (credentials: string): string => `nats://${credentials}@127.0.0.1:${guarded.port}`
      expect((await node({ url: at(right) })).bus.isAway).toBe(false)
      const failure: unknown = await node({ url: at(wrong) }).catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(BusError)
      const { message } = failure as BusError
      expect(message).toMatch(/^the bus at 127\.0\.0\.1:\d+ cannot be used: .*Authorization/i)
      expect(message).not.toContain('secret')
      for (const each of opened.splice(0)) await each.close()
    }
  })

  test('a bus that is not there is told of in one line', async () => {
    const port = await startNats().then(async (gone) => {
      await gone.kill()
      return gone.port
    })
    const failure = node({ url: `nats://127.0.0.1:${port}` })
    await expect(failure).rejects.toThrow(`the bus at 127.0.0.1:${port} cannot be used: connection refused`)
  })
})
