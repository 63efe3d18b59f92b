import { afterAll, beforeAll, expect, test } from 'vitest'
import { decodeObject, decodeResult } from '../../src/tl/decode.ts'
import { encodeRequest } from '../../src/tl/encode.ts'
import { tl } from '../../src/tl/factories.ts'
import type * as T from '../../src/tl/schema.d.ts'
import { levelOf } from '../harness/levels.ts'
import { startWorld, texts, type Person, type World } from '../harness/people.ts'
import { connectClient, type Client, type ClientOptions } from '../mtproto/client/client.ts'
import { caughtUp } from '../mtproto/messages.ts'

const QUEUED = 3

let world: World
let alice: Person
let bob: Person

beforeAll(async () => {
  world = await startWorld({ mtprotoLimits: { queuedPushes: QUEUED } })
  alice = await world.person('Alice')
  bob = await world.person('Bob')
})
afterAll(() => world[Symbol.asyncDispose]())

/** One more session of somebody's key. */
async function anotherSession(person: Person, more: Partial<ClientOptions> = {}): Promise<Client> {
  const { host, port } = world.server
  const { key, salt } = person.device.client
  return await connectClient({ host, port, key, salt, ...more })
}

/** What was pushed, by name; texts of new messages. */
function pushed(client: Client): string[] {
  return client.pushes.splice(0).flatMap((body) => {
    const updates = decodeObject(body) as T.Updates
    if (updates._ !== 'updates') return [updates._]
    return updates.updates.map((update) =>
      update._ === 'updateNewMessage' ? texts([update.message]).join() : update._,
    )
  })
}

/** Ends a connection, and resolves when the server has seen that only Alice's and Bob's first devices are there. */
async function leave(client: Client): Promise<void> {
  client.close()
  await expect.poll(() => levelOf(world.server, 'connections')).toBe(2)
}

function send(text: string): T.AnyMethod {
  const peer = tl.inputPeerSelf()
  return tl['messages.sendMessage']({ peer, message: text, randomId: world.server.context.random.long() })
}

test('the session that acts is not pushed what it was answered; others of the same key are', async () => {
  const acting = await anotherSession(alice)
  const other = await anotherSession(alice)
  for (const client of [acting, other]) await client.request(encodeRequest(tl['updates.getState']()))
  const answer = decodeResult('messages.sendMessage', await acting.request(encodeRequest(send('mine'))))
  expect(answer._).toBe('updates')
  await alice.device.nextUpdate('updateNewMessage')
  for (const client of [acting, other]) await caughtUp(client)
  expect(pushed(acting)).toEqual([])
  expect(pushed(other)).toEqual(['mine'])
  for (const client of [acting, other]) client.close()
})

test('a session that calls without updates gets none until it calls with them', async () => {
  const quiet = await anotherSession(bob)
  const state = tl['updates.getState']()
  await quiet.request(encodeRequest(tl.invokeWithoutUpdates({ query: state })))
  await alice.send(bob, 'unheard')
  await bob.device.nextUpdate('updateNewMessage')
  await caughtUp(quiet)
  expect(pushed(quiet)).toEqual([])
  await quiet.request(encodeRequest(state))
  await alice.send(bob, 'heard')
  await bob.device.nextUpdate('updateNewMessage')
  await caughtUp(quiet)
  expect(pushed(quiet)).toEqual(['heard'])
  quiet.close()
})

test('a session that only transfers files gets none', async () => {
  const transfer = await anotherSession(bob)
  const [fileId, bytes] = [1n, Buffer.from('Hello')]
  await transfer.request(encodeRequest(tl['upload.saveFilePart']({ fileId, filePart: 0, bytes })))
  await alice.send(bob, 'beside a file')
  await bob.device.nextUpdate('updateNewMessage')
  await caughtUp(transfer)
  expect(pushed(transfer)).toEqual([])
  // One that is used for other things as well goes on getting them.
  await transfer.request(encodeRequest(tl['updates.getState']()))
  await transfer.request(encodeRequest(tl['upload.saveFilePart']({ fileId, filePart: 0, bytes })))
  await alice.send(bob, 'beside other things')
  await bob.device.nextUpdate('updateNewMessage')
  await caughtUp(transfer)
  expect(pushed(transfer)).toEqual(['beside other things'])
  transfer.close()
})

test('a session that asks for the configuration first and then transfers files gets none either', async () => {
  const transfer = await anotherSession(bob)
  await transfer.request(encodeRequest(tl['help.getConfig']()))
  const part = tl['upload.saveFilePart']({ fileId: 2n, filePart: 0, bytes: Buffer.from('Hello') })
  await transfer.request(encodeRequest(part))
  await alice.send(bob, 'beside a file')
  await bob.device.nextUpdate('updateNewMessage')
  await caughtUp(transfer)
  expect(pushed(transfer)).toEqual([])
  transfer.close()
})

test('a call waits for the one that it is to follow, whatever comes first', async () => {
  const client = await anotherSession(alice)
  await client.request(encodeRequest(tl['updates.getState']()))
  const first = client.number({ body: encodeRequest(send('first')), isContent: true })
  const query = send('second')
  const after = tl.invokeAfterMsg({ msgId: first.msgId, query })
  const second = client.number({ body: encodeRequest(after), isContent: true })
  const third = client.number({
    body: encodeRequest(tl.invokeAfterMsgs({ msgIds: [first.msgId, second.msgId], query: send('third') })),
    isContent: true,
  })
  const answers = Promise.all([first, second, third].map((message) => client.answerTo(message)))
  client.sendContainer([third, second, first])
  await answers
  const history = await alice.history(alice, { limit: 3 })
  expect(texts(history)).toEqual(['third', 'second', 'first'])
  client.close()
})

test('what should follow a call that failed fails too', async () => {
  const client = await anotherSession(alice)
  await client.request(encodeRequest(tl['updates.getState']()))
  const first = client.number({ body: encodeRequest(send('')), isContent: true })
  const after = tl.invokeAfterMsg({ msgId: first.msgId, query: send('never sent') })
  const second = client.number({ body: encodeRequest(after), isContent: true })
  const answers = Promise.all([first, second].map((message) => client.answerTo(message)))
  client.sendContainer([first, second])
  const errors = (await answers).map((body) => (decodeObject(body) as T.rpc_error).errorMessage)
  expect(errors).toEqual(['MESSAGE_EMPTY', 'MSG_WAIT_FAILED'])
  client.close()
})

test('of more updates than may wait, one word is left, and the difference has them all', async () => {
  const before = await anotherSession(bob)
  const state = decodeResult(
    'updates.getState',
    await before.request(encodeRequest(tl['updates.getState']())),
  )
  await leave(before)
  const sent = Array.from({ length: QUEUED + 1 }, (_, index) => `while away ${index}`)
  for (const text of sent) {
    await alice.send(bob, text)
    await bob.device.nextUpdate('updateNewMessage')
  }
  const after = await anotherSession(bob, { after: before })
  await caughtUp(after)
  expect(pushed(after)).toEqual(['updatesTooLong'])
  const { pts, date } = state
  const difference = decodeResult(
    'updates.getDifference',
    await after.request(encodeRequest(tl['updates.getDifference']({ pts, date, qts: 0 }))),
  )
  expect('newMessages' in difference && texts(difference.newMessages)).toEqual(sent)
  after.close()
})

test('fewer updates wait for the session and come in order', async () => {
  const before = await anotherSession(bob)
  await before.request(encodeRequest(tl['updates.getState']()))
  await leave(before)
  const sent = Array.from({ length: QUEUED }, (_, index) => `kept ${index}`)
  for (const text of sent) {
    await alice.send(bob, text)
    await bob.device.nextUpdate('updateNewMessage')
  }
  const after = await anotherSession(bob, { after: before })
  await caughtUp(after)
  expect(pushed(after)).toEqual(sent)
  after.close()
})
