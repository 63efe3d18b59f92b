import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { MAX_DATA_BYTES, WAITING_MESSAGES } from '../../../src/domain/secret/limits.ts'
import { HeldBus } from '../../harness/held-bus.ts'
import { startWorld, type Person, type World } from '../../harness/people.ts'
import { cameTo, missed, openChat, sealed, sendSealed, unsealed, type OpenChat } from './secret-chat.ts'

const bus = new HeldBus()
let world: World
let alice: Person
let bob: Person
let chat: OpenChat

beforeAll(async () => {
  world = await startWorld({ bus })
})
afterAll(() => world[Symbol.asyncDispose]())

beforeEach(async () => {
  alice = await world.person('Alice')
  bob = await world.person('Bob')
  chat = await openChat(alice, bob)
})

function nowSec(): number {
  return world.server.context.clock.nowSec()
}

test('messages go to the one device, numbered without a hole, both ways', async () => {
  const tablet = await bob.anotherDevice()
  const date = await sendSealed(alice.device, chat.ofAdmin, 'hello')
  expect(date).toBeGreaterThan(nowSec() - 60)
  await alice.call('messages.sendEncryptedService', {
    peer: chat.ofAdmin,
    randomId: 5n,
    data: sealed('layer 144'),
  })
  const [message, service] = await bob.expectUpdates('updateNewEncryptedMessage', 'updateNewEncryptedMessage')
  expect(message).toMatchObject({ qts: 2, message: { _: 'encryptedMessage', chatId: chat.id, date } })
  expect(service).toMatchObject({ qts: 3, message: { _: 'encryptedMessageService', randomId: 5n } })
  expect(unsealed(message.message)).toBe('hello')
  expect(await cameTo(tablet)).toEqual([])

  await sendSealed(bob.device, chat.ofParticipant, 'hello yourself')
  expect(await cameTo(alice.device)).toEqual(['hello yourself 2'])
  expect((await bob.call('updates.getState')).qts).toBe(3)
  expect((await tablet.call('updates.getState')).qts).toBe(1)
})

test('a message that is sent twice, even at once, comes once and is answered alike', async () => {
  await sendSealed(alice.device, chat.ofAdmin, 'once', 77n)
  await world.server.context.db.single(
    (tx) => tx.sql`update secret_sent set sent_at = 5 where random_id = 77`,
  )
  expect(await sendSealed(alice.device, chat.ofAdmin, 'once', 77n)).toBe(5)
  // The other side chooses its ids for itself.
  await sendSealed(bob.device, chat.ofParticipant, 'me too', 77n)
  const twins = await Promise.all([1, 2, 3].map(() => sendSealed(alice.device, chat.ofAdmin, 'at once', 78n)))
  expect(new Set(twins).size).toBe(1)
  expect(await cameTo(bob.device)).toEqual(['once 2', 'at once 3'])
  expect(await cameTo(alice.device)).toEqual(['me too 2'])
})

test('what pushes have lost is found again, in order, and other devices hear nothing of it', async () => {
  const tablet = await bob.anotherDevice()
  const since = await bob.call('updates.getState')
  const ofTablet = await tablet.call('updates.getState')
  bus.hold()
  for (const text of ['a', 'b', 'c']) await sendSealed(alice.device, chat.ofAdmin, text)
  await alice.call('messages.readEncryptedHistory', { peer: chat.ofAdmin, maxDate: nowSec() })
  bus.take()
  expect(await missed(bob.device, { ...since, pts: bob.device.pts })).toEqual(
    expect.arrayContaining(['a', 'b', 'c', 'updateEncryptedMessagesRead']),
  )
  const there = await missed(tablet, { ...ofTablet, pts: tablet.pts })
  expect(there).not.toContain('a')
  expect(there).not.toContain('updateEncryptedMessagesRead')
  expect(await cameTo(bob.device)).toEqual(['a 2', 'b 3', 'c 4', 'updateEncryptedMessagesRead'])
})

test('what a device has is forgotten: when it says so, or asks for what follows', async () => {
  for (const [text, id] of [
    ['one', 11n],
    ['two', 12n],
    ['three', 13n],
  ] as const)
    await sendSealed(alice.device, chat.ofAdmin, text, id)
  const since = { ...(await bob.call('updates.getState')), qts: 1, pts: bob.device.pts }
  expect(await waiting(bob)).toBe(3)
  expect(await bob.call('messages.receivedQueue', { maxQts: 3 })).toEqual([11n, 12n])
  expect(await bob.call('messages.receivedQueue', { maxQts: 3 })).toEqual([])
  for (const maxQts of [-1, 5])
    expect(await bob.failure('messages.receivedQueue', { maxQts })).toBe('MAX_QTS_INVALID')
  expect(await missed(bob.device, since)).toContain('three')
  expect(await missed(bob.device, since)).not.toContain('two')
  expect(await missed(bob.device, { ...since, qts: 1_000 })).not.toContain('three')
  expect(await waiting(bob)).toBe(1)
  expect(await missed(bob.device, { ...since, qts: 4 })).not.toContain('three')
  expect(await waiting(bob)).toBe(0)
  // The count goes on.
  await bob.device.updates()
  await sendSealed(alice.device, chat.ofAdmin, 'four')
  expect(await cameTo(bob.device)).toEqual(['four 5'])
})

test('no more wait for a device than it can be bound to take; the oldest make room', async () => {
  const { db } = world.server.context
  for (const text of ['first', 'second']) await sendSealed(alice.device, chat.ofAdmin, text)
  await bob.device.updates()
  await db.single((tx) => tx.sql`update box_queue set qts = ${WAITING_MESSAGES + 1} where box_id = ${bob.id}`)
  await sendSealed(alice.device, chat.ofAdmin, 'third')
  expect(await waiting(bob)).toBe(2)
  expect(await cameTo(bob.device)).toEqual([`third ${WAITING_MESSAGES + 2}`])
})

async function waiting(person: Person): Promise<number> {
  const [row] = await world.server.context.db.sql<{ count: number }[]>`
    select count(*)::int from update_log where box_id = ${person.id} and qts > 0`
  return row?.count ?? 0
}

test('typing and marks of reading come to the one device', async () => {
  const tablet = await bob.anotherDevice()
  await alice.call('messages.setEncryptedTyping', { peer: chat.ofAdmin, typing: true })
  await alice.call('messages.setEncryptedTyping', { peer: chat.ofAdmin, typing: false })
  const typing = await bob.device.nextUpdate('updateEncryptedChatTyping')
  expect(typing.chatId).toBe(chat.id)
  const maxDate = nowSec() - 50
  await alice.call('messages.readEncryptedHistory', { peer: chat.ofAdmin, maxDate })
  await alice.call('messages.readEncryptedHistory', { peer: chat.ofAdmin, maxDate })
  await alice.call('messages.readEncryptedHistory', { peer: chat.ofAdmin, maxDate: 0x7fffffff })
  const [first, second] = await bob.expectUpdates(
    'updateEncryptedMessagesRead',
    'updateEncryptedMessagesRead',
  )
  expect(first).toMatchObject({ chatId: chat.id, maxDate })
  // Nobody can have read what is still to come.
  expect(second.maxDate).toBeLessThanOrEqual(nowSec())
  expect(await cameTo(tablet)).toEqual([])
  expect(await alice.failure('messages.readEncryptedHistory', { peer: chat.ofAdmin, maxDate: 0 })).toBe(
    'MAX_DATE_INVALID',
  )
  const ofBob = { peer: chat.ofParticipant, maxDate: 1 }
  expect(await alice.failure('messages.readEncryptedHistory', ofBob)).toBe('CHAT_ID_INVALID')
  expect(await tablet.failure('messages.readEncryptedHistory', ofBob)).toBe('CHAT_ID_INVALID')
})

test('what cannot be an encrypted message is refused, and so is one for nobody', async () => {
  for (const method of ['messages.sendEncrypted', 'messages.sendEncryptedService'] as const) {
    const failure = (data: Uint8Array, peer = chat.ofAdmin): Promise<string> =>
      alice.failure(method, { peer, randomId: 1n, data })
    for (const length of [0, 24, 41]) expect(await failure(Buffer.alloc(length))).toBe('DATA_INVALID')
    expect(await failure(Buffer.alloc(MAX_DATA_BYTES + 8))).toBe('DATA_TOO_LONG')
    expect(await failure(sealed('x'), chat.ofParticipant)).toBe('CHAT_ID_INVALID')
    expect(await failure(sealed('x'), { ...chat.ofAdmin, chatId: 0 })).toBe('CHAT_ID_INVALID')
    await bob.call('contacts.block', { id: bob.peer(alice) })
    expect(await failure(sealed('x'))).toBe('USER_IS_BLOCKED')
    await bob.call('contacts.unblock', { id: bob.peer(alice) })
  }
  await bob.device.updates()
  await bob.call('messages.discardEncryption', { chatId: chat.id })
  for (const method of ['messages.sendEncrypted', 'messages.sendEncryptedService'] as const)
    expect(await alice.failure(method, { peer: chat.ofAdmin, randomId: 1n, data: sealed('x') })).toBe(
      'ENCRYPTION_DECLINED',
    )
  expect(await alice.failure('messages.setEncryptedTyping', { peer: chat.ofAdmin, typing: true })).toBe(
    'CHAT_ID_INVALID',
  )
})
