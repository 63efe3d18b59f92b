import { afterAll, beforeAll, expect, test } from 'vitest'
import { encodeRequest } from '../../../src/tl/encode.ts'
import { decodeObject } from '../../../src/tl/decode.ts'
import { tl } from '../../../src/tl/factories.ts'
import type * as T from '../../../src/tl/schema.d.ts'
import { startWorld, type Person, type World } from '../../harness/people.ts'
import { bindingMessage } from '../../mtproto/client/binding.ts'
import { connectClient, makeKey, type Client } from '../../mtproto/client/client.ts'
import type { ConnectionClosed } from '../../mtproto/client/plain-client.ts'

const BOOL_TRUE = 0x997275b5

let world: World

beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

/** Sends a request in a message of this id. */
async function ask(client: Client, request: T.AnyMethod, msgId = client.nextMsgId()): Promise<Buffer> {
  const message = { body: encodeRequest(request), isContent: true, msgId }
  const answer = client.answerTo(message)
  client.send([message])
  return await answer
}

/** A connection of somebody with a temporary key that is bound to the permanent one. */
async function bound(person: Person): Promise<Client> {
  const { host, port, running } = world.server
  const at = { host, port, publicKey: running.facts.publicKey }
  const key = await makeKey({ ...at, exchange: { expiresInSec: 86_400 } })
  const client = await connectClient({ ...at, key })
  const perm = person.device.client.key
  const expiresAt = Math.floor(Date.now() / 1000) + 3600
  const msgId = client.nextMsgId()
  const { sessionId } = client
  const binding = { nonce: 5n, tempKeyId: key.id, sessionId, msgId, expiresAt }
  const encryptedMessage = bindingMessage(perm, binding)
  const fields = { permAuthKeyId: perm.id, nonce: 5n, expiresAt, encryptedMessage }
  const answer = await ask(client, tl['auth.bindTempAuthKey'](fields), msgId)
  expect(answer.readUInt32LE(0)).toBe(BOOL_TRUE)
  return client
}

async function state(client: Client): Promise<string> {
  return decodeObject(await ask(client, tl['updates.getState']()))._
}

test('a client drops its temporary keys but for the one that it uses and those that it names', async () => {
  const [alice, bob] = [await world.person('Alice'), await world.person('Bob')]
  const clients = [await bound(alice), await bound(alice), await bound(alice), await bound(bob)]
  const [used, named, dropped, foreign] = clients as [Client, Client, Client, Client]
  const closed = dropped.closed
  const answer = await ask(used, tl['auth.dropTempAuthKeys']({ exceptAuthKeys: [named.key.id] }))
  expect(answer.readUInt32LE(0)).toBe(BOOL_TRUE)
  await closed
  for (const client of [used, named, foreign]) expect(await state(client)).toBe('updates.state')
  expect(await alice.call('updates.getState')).toMatchObject({ _: 'updates.state' })
  const { host, port } = world.server
  const again = await connectClient({ host, port, key: dropped.key })
  const refused = await again
    .request(encodeRequest(tl['updates.getState']()))
    .catch((reason: unknown) => reason)
  expect((refused as ConnectionClosed).code).toBe(-404)
  for (const client of clients) client.close()
})
