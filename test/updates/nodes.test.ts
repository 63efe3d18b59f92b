import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Bus } from '../../src/bus/bus.ts'
import { createLocalBus } from '../../src/bus/local.ts'
import { parseBus } from '../../src/config-bus.ts'
import { decodeObject, decodeResult } from '../../src/tl/decode.ts'
import { encodeRequest } from '../../src/tl/encode.ts'
import { tl } from '../../src/tl/factories.ts'
import type * as T from '../../src/tl/schema.d.ts'
import { download, locationFor, makeDocument, someBytes, upload } from '../api/upload/uploading.ts'
import { startTestServer, type TestServer, type TestServerOptions } from '../harness/in-process.ts'
import { findNats, startNats, type Nats } from '../harness/nats.ts'
import { startWorld, texts, type Person, type World } from '../harness/people.ts'
import { bind, connectUnbound, state } from '../harness/temporary-key.ts'
import { connectClient, type Client } from '../mtproto/client/client.ts'

/** Two nodes over one database: Alice's devices are on the one, Bob's also on the other. */
class Nodes implements AsyncDisposable {
  readonly world: World
  readonly second: TestServer
  readonly alice: Person
  readonly bob: Person
  /** A device of Bob's on the other node. */
  readonly there: Client
  #randomId = 1n

  private constructor(parts: Pick<Nodes, 'world' | 'second' | 'alice' | 'bob' | 'there'>) {
    this.world = parts.world
    this.second = parts.second
    this.alice = parts.alice
    this.bob = parts.bob
    this.there = parts.there
  }

  static async start(options: TestServerOptions): Promise<Nodes> {
    const world = await startWorld(options)
    const { database, blobs } = world.server.context.config
    const second = await startTestServer({ ...options, config: { ...options.config, database, blobs } })
    const [alice, bob] = [await world.person('Alice'), await world.person('Bob')]
    const { key, salt } = (await bob.anotherDevice()).client
    const there = await connectClient({ host: second.host, port: second.port, key, salt })
    const nodes = new Nodes({ world, second, alice, bob, there })
    await nodes.call('updates.getState')
    return nodes
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.there.close()
    await this.second.stop()
    await this.world[Symbol.asyncDispose]()
  }

  /** Bob calls on the other node. */
  async call<M extends T.MethodName>(
    method: M,
    fields?: Parameters<T.Factories[M]>[0],
  ): Promise<T.Methods[M]['res']> {
    const make = tl[method] as (given: typeof fields) => T.AnyMethod
    return decodeResult(method, await this.there.request(encodeRequest(make(fields))))
  }

  /** How Alice looks to Bob there. */
  async aliceThere(): Promise<T.user> {
    const [user] = await this.call('users.getUsers', { id: [this.bob.user(this.alice)] })
    if (user?._ !== 'user') throw new Error('Alice is not seen')
    return user
  }

  /** What was pushed to Bob there. */
  pushed(): T.Update[] {
    return this.there.pushes.flatMap((body) => {
      const each = decodeObject(body) as T.Updates
      return each._ === 'updateShort' ? [each.update] : each._ === 'updates' ? each.updates : []
    })
  }

  /** The texts of the messages that were pushed to Bob there. */
  told(): string[] {
    return texts(this.pushed().flatMap((each) => (each._ === 'updateNewMessage' ? [each.message] : [])))
  }

  /** With which error Alice's message to Bob fails, or how it does not. */
  async failureOf(message: string): Promise<string> {
    const fields = { peer: this.alice.peer(this.bob), message, randomId: this.#randomId++ }
    const done = (): string => 'sent'
    return await this.alice.call('messages.sendMessage', fields).then(done, (error: Error) => error.message)
  }
}

/** What holds over whatever bus. */
function describeNodes(
  options: () => TestServerOptions,
  more: (nodes: () => Nodes) => void = () => {},
): void {
  let nodes: Nodes
  beforeAll(async () => {
    nodes = await Nodes.start(options())
  })
  afterAll(() => nodes[Symbol.asyncDispose]())

  test('what is sent on one node is pushed on the other', async () => {
    nodes.there.pushes.length = 0
    await nodes.alice.send(nodes.bob, 'across')
    await expect.poll(() => nodes.told()).toEqual(['across'])
  })

  test('what is uploaded on one node is fetched on the other', async () => {
    const { world, second, alice, bob } = nodes
    const bytes = someBytes(100_000)
    const document = await makeDocument(world.server.context, alice.id, await upload(alice, bytes))
    const location = locationFor(second.context, bob.id, document)
    const call: Nodes['call'] = (method, fields) => nodes.call(method, fields)
    expect(await download({ call }, location)).toEqual(bytes)
  })

  test('whoever types on one node is seen to on the other', async () => {
    const { alice, bob, there } = nodes
    there.pushes.length = 0
    await alice.call('messages.setTyping', { peer: alice.peer(bob), action: tl.sendMessageTypingAction() })
    const typing = { _: 'updateUserTyping', userId: alice.id, action: tl.sendMessageTypingAction() }
    await expect.poll(() => nodes.pushed()).toContainEqual(expect.objectContaining(typing))
  })

  test('a name that is changed on one node is new on the other', async () => {
    expect((await nodes.aliceThere()).firstName).toBe('Alice')
    await nodes.alice.call('account.updateProfile', { firstName: 'Alicia' })
    await expect.poll(async () => (await nodes.aliceThere()).firstName).toBe('Alicia')
  })

  test('what somebody hides on one node is hidden on the other', async () => {
    const { alice } = nodes
    const rule = async (value: T.InputPrivacyRule): Promise<void> => {
      await alice.call('account.setPrivacy', { key: tl.inputPrivacyKeyPhoneNumber(), rules: [value] })
    }
    const shown = async (): Promise<string | undefined> => (await nodes.aliceThere()).phone
    await rule(tl.inputPrivacyValueAllowAll())
    await expect.poll(shown).toBe(alice.phone)
    await rule(tl.inputPrivacyValueDisallowAll())
    await expect.poll(shown).toBeUndefined()
  })

  test('whoever is blocked on one node cannot write on the other', async () => {
    expect(await nodes.failureOf('not blocked yet')).toBe('sent')
    await nodes.call('contacts.block', { id: nodes.bob.peer(nodes.alice) })
    await expect.poll(() => nodes.failureOf('blocked')).toBe('USER_IS_BLOCKED')
    await nodes.call('contacts.unblock', { id: nodes.bob.peer(nodes.alice) })
    await expect.poll(() => nodes.failureOf('not blocked any more')).toBe('sent')
    await expect.poll(() => nodes.told()).toContain('not blocked any more')
  })

  more(() => nodes)

  test('a session that is ended on one node is out on the other, and told so', async () => {
    nodes.there.pushes.length = 0
    await endOtherSessions(nodes)
    await expectOut(nodes)
  })
}

/** Bob ends all sessions but the one on the first node. */
async function endOtherSessions({ world, bob }: Nodes): Promise<void> {
  // Only who has been there for a day may end the sessions of others.
  const { db } = world.server.context
  await db.sql`update device set created_at = created_at - 90000 where key_id = ${bob.device.client.key.id}`
  const { authorizations } = await bob.call('account.getAuthorizations')
  for (const { hash } of authorizations.filter((each) => !each.current)) {
    await bob.call('account.resetAuthorization', { hash })
  }
}

async function expectOut({ there }: Nodes): Promise<void> {
  const told = (): boolean =>
    there.pushes.some((body) => (decodeObject(body) as T.Updates)._ === 'updatesTooLong')
  await expect.poll(told, { timeout: 20_000 }).toBe(true)
  const answer = decodeObject(await there.request(encodeRequest(tl['updates.getState']())))
  expect(answer).toMatchObject({ _: 'rpc_error', errorMessage: 'AUTH_KEY_UNREGISTERED' })
}

describe('two nodes over a bus in one process', () => {
  const bus: Bus = createLocalBus()
  describeNodes(() => ({ bus }))
})

describe.skipIf(findNats() === undefined)('two nodes over NATS', () => {
  let nats: Nats
  const options = (): TestServerOptions => ({ config: { bus: parseBus(nats.url, expect.unreachable) } })
  const areAway = ({ world, second }: Nodes): boolean[] =>
    [world.server, second].map(({ context }) => context.bus.isAway)
  const back = async (nodes: Nodes): Promise<void> =>
    await expect.poll(() => areAway(nodes), { timeout: 20_000 }).toEqual([false, false])
  const away = async (nodes: Nodes): Promise<void> =>
    await expect.poll(() => areAway(nodes)).toEqual([true, true])

  beforeAll(async () => {
    nats = await startNats()
  })
  afterAll(() => nats[Symbol.asyncDispose]())

  describeNodes(options, (nodes) => {
    test('what was said while NATS was away comes when it is back, in order, with what is said then', async () => {
      const { alice, bob, there, second } = nodes()
      there.pushes.length = 0
      await nats.kill()
      await away(nodes())
      for (const text of ['lost 1', 'lost 2']) await alice.send(bob, text)
      const page = async (path: string): Promise<string> =>
        await (await fetch(`http://${second.host}:${second.port}${path}`)).text()
      expect(await page('/readyz')).toBe('ok, but the bus is away\n')
      expect(await page('/metrics')).toContain('\nchappe_bus_away 1\n')
      await nats.restart()
      await back(nodes())
      await expect.poll(() => nodes().told(), { timeout: 20_000 }).toEqual(['lost 1', 'lost 2'])
      await alice.send(bob, 'heard')
      await expect.poll(() => nodes().told()).toEqual(['lost 1', 'lost 2', 'heard'])
      expect(await page('/readyz')).toBe('ok\n')
      const metrics = await page('/metrics')
      expect(metrics).toContain('\nchappe_bus_away 0\n')
      expect(metrics).toMatch(/\nchappe_bus_events_total\{fate="received"\} [1-9]/)
    })

    test('a name that is changed while NATS is away is new on the other node when it is back', async () => {
      await nodes().aliceThere()
      await nats.kill()
      await away(nodes())
      await nodes().alice.call('account.updateProfile', { firstName: 'Alison' })
      await nats.restart()
      await back(nodes())
      await expect.poll(async () => (await nodes().aliceThere()).firstName).toBe('Alison')
    })
  })

  test('keys that end, are bound or lose their login while NATS is away are known when it is back', async () => {
    await using nodes = await Nodes.start(options())
    const { world, bob, second } = nodes
    const { key, salt } = (await bob.anotherDevice()).client
    const destroyed = await connectClient({ host: second.host, port: second.port, key, salt })
    expect(await state(destroyed)).toBe('updates.state')
    const temporary = await connectUnbound(world.server)
    const bound = await connectClient({
      host: second.host,
      port: second.port,
      key: temporary.key,
      salt: temporary.salt,
    })
    expect(await state(bound)).toBe('AUTH_KEY_PERM_EMPTY')
    nodes.there.pushes.length = 0
    await nats.kill()
    await away(nodes)
    // As `destroy_auth_key` does.
    await world.server.context.db.sql`delete from auth_key where key_id = ${key.id}`
    await bind(temporary, bob.device.client.key)
    await endOtherSessions(nodes)
    await nats.restart()
    await back(nodes)
    await destroyed.closed
    await expect.poll(() => state(bound)).toBe('updates.state')
    await expectOut(nodes)
    for (const each of [temporary, bound]) each.close()
  })
})
