import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tl } from '../../../src/tl/factories.ts'
import { HandClock } from '../../harness/clock.ts'
import { Person, startWorld, type World } from '../../harness/people.ts'

let clock: HandClock
let world: World
let alice: Person
let bob: Person

beforeAll(async () => {
  clock = new HandClock()
  world = await startWorld({ clock })
  alice = await world.person('Alice')
  bob = await world.person('Bob')
})
afterAll(() => world[Symbol.asyncDispose]())

async function unread(person: Person, other: Person) {
  const answer = await person.call('messages.getPeerDialogs', {
    peers: [tl.inputDialogPeer({ peer: person.peer(other) })],
  })
  const [dialog] = answer.dialogs
  if (dialog?._ !== 'dialog') throw new Error('no dialog')
  return dialog
}

describe('messages.readHistory', () => {
  test('tells the reader’s other devices and the writer', async () => {
    const desk = await bob.anotherDevice()
    const one = await alice.send(bob, 'one')
    await alice.send(bob, 'two')
    const [first] = await bob.expectUpdates('updateNewMessage', 'updateNewMessage')
    await desk.updates()
    expect(await unread(bob, alice)).toMatchObject({ unreadCount: 2, readInboxMaxId: 0 })

    const affected = await bob.call('messages.readHistory', {
      peer: bob.peer(alice),
      maxId: first.message.id,
    })
    expect(affected.ptsCount).toBe(1)
    const [inbox] = await desk.expectUpdates('updateReadHistoryInbox')
    expect(inbox).toMatchObject({ maxId: first.message.id, stillUnreadCount: 1, peer: { userId: alice.id } })
    const [outbox] = await alice.expectUpdates('updateReadHistoryOutbox')
    expect(outbox).toMatchObject({ maxId: one.id, peer: { userId: bob.id } })
    await bob.expectUpdates()
    expect(await unread(bob, alice)).toMatchObject({ unreadCount: 1, readInboxMaxId: first.message.id })
    expect(await unread(alice, bob)).toMatchObject({ readOutboxMaxId: one.id })

    const again = await bob.call('messages.readHistory', { peer: bob.peer(alice), maxId: first.message.id })
    expect(again.ptsCount).toBe(0)
    await alice.expectUpdates()
    desk.close()
  })

  test('without a limit reads all', async () => {
    const sent = await alice.send(bob, 'three')
    await bob.call('messages.readHistory', { peer: bob.peer(alice), maxId: 0 })
    expect(await unread(bob, alice)).toMatchObject({ unreadCount: 0 })
    const [outbox] = await alice.expectUpdates('updateReadHistoryOutbox')
    expect(outbox.maxId).toBe(sent.id)
    await bob.device.updates()
  })

  test('the time of reading can be asked for a week', async () => {
    const sent = await alice.send(bob, 'when?')
    const ask = { peer: alice.peer(bob), msgId: sent.id }
    expect(await alice.failure('messages.getOutboxReadDate', ask)).toBe('MESSAGE_NOT_READ_YET')
    clock.advance(9_000)
    await bob.call('messages.readHistory', { peer: bob.peer(alice), maxId: 0 })
    expect(await alice.call('messages.getOutboxReadDate', ask)).toMatchObject({ date: clock.nowSec() })
    await world.server.context.db.sql`update message set date = date - ${8 * 86_400} where id = ${sent.id}`
    expect(await alice.failure('messages.getOutboxReadDate', ask)).toBe('MESSAGE_TOO_OLD')
    expect(await alice.failure('messages.getOutboxReadDate', { ...ask, msgId: 999_999 })).toBe(
      'MESSAGE_ID_INVALID',
    )
    await alice.device.updates()
    await bob.device.updates()
  })
})

test('whoever hides the time of reading is not told it either', async () => {
  const sent = await alice.send(bob, 'seen?')
  const own = await bob.send(alice, 'and this?')
  const settings = tl.globalPrivacySettings({ hideReadMarks: true })
  await bob.call('account.setGlobalPrivacySettings', { settings })
  const ask = { peer: alice.peer(bob), msgId: sent.id }
  expect(await alice.failure('messages.getOutboxReadDate', ask)).toBe('USER_PRIVACY_RESTRICTED')
  const askToo = { peer: bob.peer(alice), msgId: own.id }
  expect(await bob.failure('messages.getOutboxReadDate', askToo)).toBe('YOUR_PRIVACY_RESTRICTED')
  await bob.call('account.setGlobalPrivacySettings', { settings: tl.globalPrivacySettings({}) })
  await alice.device.updates()
  await bob.device.updates()
})

describe('unread marks', () => {
  test('are shared by the devices and go when the chat is read', async () => {
    const desk = await alice.anotherDevice()
    await alice.send(bob, 'mark me')
    await bob.device.updates()
    await desk.updates()
    const peer = tl.inputDialogPeer({ peer: alice.peer(bob) })
    await alice.call('messages.markDialogUnread', { unread: true, peer })
    const [mark] = await desk.expectUpdates('updateDialogUnreadMark')
    expect(mark).toMatchObject({ unread: true, peer: { peer: { userId: bob.id } } })
    expect(await alice.call('messages.getDialogUnreadMarks')).toMatchObject([{ peer: { userId: bob.id } }])
    expect(await unread(alice, bob)).toMatchObject({ unreadMark: true })
    await alice.call('messages.readHistory', { peer: alice.peer(bob), maxId: 0 })
    expect((await desk.updates()).at(-1)).toMatchObject({ _: 'updateDialogUnreadMark', unread: false })
    expect(await alice.call('messages.getDialogUnreadMarks')).toEqual([])
    await alice.expectUpdates()
    await bob.device.updates()
    desk.close()
  })
})

describe('messages.setTyping', () => {
  test('is seen by the other side only', async () => {
    await bob.call('messages.setTyping', { peer: bob.peer(alice), action: tl.sendMessageTypingAction() })
    const typing = await alice.device.nextUpdate('updateUserTyping')
    expect(typing).toMatchObject({ userId: bob.id, action: { _: 'sendMessageTypingAction' } })
    await bob.expectUpdates()
  })

  test('is refused by whoever has blocked', async () => {
    await alice.call('contacts.block', { id: alice.peer(bob) })
    const request = { peer: bob.peer(alice), action: tl.sendMessageTypingAction() }
    expect(await bob.failure('messages.setTyping', request)).toBe('USER_IS_BLOCKED')
    await alice.call('contacts.unblock', { id: alice.peer(bob) })
    await alice.expectUpdates()
  })
})

test('nothing waits to be opened among texts', async () => {
  const sent = await alice.send(bob, 'text')
  expect(await alice.call('messages.readMessageContents', { id: [sent.id] })).toMatchObject({ ptsCount: 0 })
  expect(await alice.call('messages.receivedMessages', { maxId: sent.id })).toEqual([])
  await bob.device.updates()
})
