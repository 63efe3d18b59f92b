import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLocalBus } from '../../src/bus/local.ts'
import { decodeObject, decodeResult } from '../../src/tl/decode.ts'
import { encodeRequest } from '../../src/tl/encode.ts'
import { tl } from '../../src/tl/factories.ts'
import type * as T from '../../src/tl/schema.d.ts'
import { download, locationFor, makeDocument, someBytes, upload } from '../api/upload/uploading.ts'
import { startTestServer, type TestServer } from '../harness/in-process.ts'
import { startWorld, texts, type Person, type World } from '../harness/people.ts'
import { connectClient, type Client } from '../mtproto/client/client.ts'

/** Two nodes over one database and one bus: Alice's devices are on the one, Bob's also on the other. */
let world: World
let second: TestServer
let alice: Person
let bob: Person
let there: Client

beforeAll(async () => {
  const bus = createLocalBus()
  world = await startWorld({ bus })
  const { database, blobs } = world.server.context.config
  second = await startTestServer({ bus, config: { database, blobs } })
  alice = await world.person('Alice')
  bob = await world.person('Bob')
  const { key, salt } = (await bob.anotherDevice()).client
  there = await connectClient({ host: second.host, port: second.port, key, salt })
  await call('updates.getState')
})
afterAll(async () => {
  there.close()
  await second.stop()
  await world[Symbol.asyncDispose]()
})

/** Bob calls on the other node. */
async function call<M extends T.MethodName>(
  method: M,
  fields?: Parameters<T.Factories[M]>[0],
): Promise<T.Methods[M]['res']> {
  const make = tl[method] as (given: typeof fields) => T.AnyMethod
  return decodeResult(method, await there.request(encodeRequest(make(fields))))
}

/** How Alice looks to Bob there. */
async function aliceThere(): Promise<T.user> {
  const [user] = await call('users.getUsers', { id: [bob.user(alice)] })
  if (user?._ !== 'user') throw new Error('Alice is not seen')
  return user
}

test('what is sent on one node is pushed on the other', async () => {
  there.pushes.length = 0
  await alice.send(bob, 'across')
  const pushed = (): string[] => {
    const updates = there.pushes.flatMap((body) => {
      const each = decodeObject(body) as T.Updates
      return each._ === 'updates' ? each.updates : []
    })
    return texts(updates.flatMap((update) => (update._ === 'updateNewMessage' ? [update.message] : [])))
  }
  await expect.poll(pushed).toEqual(['across'])
})

test('what is uploaded on one node is fetched on the other', async () => {
  const bytes = someBytes(100_000)
  const document = await makeDocument(world.server.context, alice.id, await upload(alice, bytes))
  const location = locationFor(second.context, bob.id, document)
  expect(await download({ call }, location)).toEqual(bytes)
})

test('a name that is changed on one node is new on the other', async () => {
  expect((await aliceThere()).firstName).toBe('Alice')
  await alice.call('account.updateProfile', { firstName: 'Alicia' })
  expect((await aliceThere()).firstName).toBe('Alicia')
})

test('what somebody hides on one node is hidden on the other', async () => {
  const show = async (rule: T.InputPrivacyRule): Promise<string | undefined> => {
    const key = tl.inputPrivacyKeyPhoneNumber()
    await alice.call('account.setPrivacy', { key, rules: [rule] })
    return (await aliceThere()).phone
  }
  expect(await show(tl.inputPrivacyValueAllowAll())).toBe(alice.phone)
  expect(await show(tl.inputPrivacyValueDisallowAll())).toBeUndefined()
})

test('whoever is blocked on one node cannot write on the other', async () => {
  await alice.send(bob, 'not blocked yet')
  await call('contacts.block', { id: bob.peer(alice) })
  const message = { peer: alice.peer(bob), message: 'blocked', randomId: 1n }
  expect(await alice.failure('messages.sendMessage', message)).toBe('USER_IS_BLOCKED')
  await call('contacts.unblock', { id: bob.peer(alice) })
  await alice.send(bob, 'not blocked any more')
})

test('a session that is ended on one node is out on the other, and told so', async () => {
  await call('updates.getState')
  // Only who has been there for a day may end the sessions of others.
  const { db } = world.server.context
  await db.sql`update device set created_at = created_at - 90000 where key_id = ${bob.device.client.key.id}`
  const { authorizations } = await bob.call('account.getAuthorizations')
  for (const { hash } of authorizations.filter((each) => !each.current)) {
    await bob.call('account.resetAuthorization', { hash })
  }
  const told = (): boolean =>
    there.pushes.some((body) => (decodeObject(body) as T.Updates)._ === 'updatesTooLong')
  await expect.poll(told).toBe(true)
  const answer = decodeObject(await there.request(encodeRequest(tl['updates.getState']())))
  expect(answer).toMatchObject({ _: 'rpc_error', errorMessage: 'AUTH_KEY_UNREGISTERED' })
})
