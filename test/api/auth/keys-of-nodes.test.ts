import { afterAll, beforeAll, expect, test } from 'vitest'
import { ID } from '../../../src/mtproto/ids.ts'
import { decodeObject } from '../../../src/tl/decode.ts'
import type * as T from '../../../src/tl/schema.d.ts'
import { HeldBus } from '../../harness/held-bus.ts'
import { startTestServer, type TestServer } from '../../harness/in-process.ts'
import { startWorld, type World } from '../../harness/people.ts'
import {
  bind,
  connectUnbound,
  dropTemporary,
  refusal,
  state,
  tryToBind,
} from '../../harness/temporary-key.ts'
import { connectClient, type Client } from '../../mtproto/client/client.ts'

/** Two nodes over one database and one bus. */
let world: World
let here: TestServer
let there: TestServer
const bus = new HeldBus()

beforeAll(async () => {
  world = await startWorld({ bus })
  here = world.server
  there = await startTestServer({ bus, config: { database: here.context.config.database } })
})
afterAll(async () => {
  await there.stop()
  await world[Symbol.asyncDispose]()
})

/** Another session of a client's key, on the other node. */
async function across({ key, salt }: Client): Promise<Client> {
  return await connectClient({ host: there.host, port: there.port, key, salt })
}

async function destroyKey(client: Client): Promise<void> {
  const body = Buffer.alloc(4)
  body.writeInt32LE(ID.destroyAuthKey)
  client.send([{ body, isContent: true }])
  await client.waitForId(ID.destroyAuthKeyOk)
}

test('a key that is destroyed on one node is unknown on the other, and so are those bound to it', async () => {
  const { client } = (await world.person('Alice')).device
  const temporary = await connectUnbound(here)
  await bind(temporary, client.key)
  const [own, bound] = [await across(client), await across(temporary)]
  for (const each of [own, bound]) expect(await state(each)).toBe('updates.state')
  await destroyKey(client)
  for (const { key } of [own, bound]) expect(await refusal(there, key)).toBe(-404)
  // They are ended by the server: nobody closes them here.
  await Promise.all([own.closed, bound.closed])
})

test('a temporary key that is dropped on one node is unknown on the other', async () => {
  const { client } = (await world.person('Bob')).device
  const [dropped, kept] = [await connectUnbound(here), await connectUnbound(here)]
  const clients: Client[] = []
  for (const each of [dropped, kept]) {
    await bind(each, client.key)
    clients.push(await across(each))
    expect(await state(clients.at(-1)!)).toBe('updates.state')
  }
  await dropTemporary(client, [kept.key.id])
  expect(await refusal(there, dropped.key)).toBe(-404)
  await clients[0]!.closed
  expect(await state(clients[1]!)).toBe('updates.state')
  for (const each of [...clients, kept]) each.close()
})

test('a temporary key that is bound on one node stands for its owner on the other', async () => {
  const carol = await world.person('Carol')
  const { client } = carol.device
  const temporary = await connectUnbound(here)
  const other = await across(temporary)
  expect(await state(other)).toBe('AUTH_KEY_PERM_EMPTY')
  await bind(temporary, client.key)
  expect(await state(other)).toBe('updates.state')
  const dan = await world.person('Dan')
  await dan.send(carol, 'Hello')
  const pushed = (): boolean =>
    other.pushes.some((body) =>
      (decodeObject(body) as T.updates).updates.some((update) => update._ === 'updateNewMessage'),
    )
  await expect.poll(pushed).toBe(true)
  // The session is found under the key that it was bound to: it ends with it.
  await destroyKey(client)
  await other.closed
})

test('a temporary key is bound once, though the other node has not heard of it', async () => {
  const [fred, gina] = [await world.person('Fred'), await world.person('Gina')]
  const temporary = await connectUnbound(here)
  const other = await across(temporary)
  expect(await state(other)).toBe('AUTH_KEY_PERM_EMPTY')
  bus.hold()
  try {
    await bind(temporary, fred.device.client.key)
    expect(await tryToBind(other, gina.device.client.key)).toBe('TEMP_AUTH_KEY_ALREADY_BOUND')
    expect(await state(other)).toBe('AUTH_KEY_PERM_EMPTY')
  } finally {
    bus.release()
  }
  expect(await state(other)).toBe('updates.state')
  for (const each of [temporary, other]) each.close()
})

test('what is bound to a key that ended, though this node has not heard of it, is bound to nothing', async () => {
  const { client } = (await world.person('Hanna')).device
  const other = await across(client)
  expect(await state(other)).toBe('updates.state')
  const temporary = await connectUnbound(there)
  bus.hold()
  try {
    await destroyKey(client)
    expect(await tryToBind(temporary, client.key)).toBe('ENCRYPTED_MESSAGE_INVALID')
    // By now it has: nothing goes on under that key.
    await other.closed
    expect(await refusal(there, client.key)).toBe(-404)
  } finally {
    bus.release()
  }
  expect(await state(temporary)).toBe('AUTH_KEY_PERM_EMPTY')
  temporary.close()
})

test('a key that was looked up in vain is found once it is made', async () => {
  const { client } = (await world.person('Erin')).device
  const { db } = here.context
  const keyId = client.key.id
  // No client can name a key before it is made, so its row is taken away and put back.
  const [row] = await db.sql<{ sealed: Uint8Array; dc: number }[]>`
    delete from auth_key where key_id = ${keyId} returning sealed, dc`
  expect(await refusal(there, client.key)).toBe(-404)
  await db.sql`
    insert into auth_key (key_id, sealed, dc, created_at) values (${keyId}, ${row!.sealed}, ${row!.dc}, 0)`
  const other = await across(client)
  expect(await state(other)).toBe('AUTH_KEY_UNREGISTERED')
  other.close()
})
