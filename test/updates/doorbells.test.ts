import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { tl } from '../../src/tl/factories.ts'
import { HandClock } from '../harness/clock.ts'
import type { Device } from '../harness/device.ts'
import { HeldBus } from '../harness/held-bus.ts'
import { startWorld, type Person, type World } from '../harness/people.ts'

const bus = new HeldBus()
let world: World
let bob: Person
let tablet: Device

beforeAll(async () => {
  world = await startWorld({ bus })
  bob = await world.person('Bob')
  tablet = await bob.anotherDevice()
})
afterAll(() => world[Symbol.asyncDispose]())
beforeEach(() => tablet.updates())

/** The doorbells of what `act` does, which ring once they are called. */
async function held(act: () => Promise<unknown>): Promise<(() => void)[]> {
  bus.hold()
  await act()
  return bus.take()
}

const pushed = async (): Promise<string[]> =>
  (await tablet.updates()).map((update) => {
    if (update._ === 'updateDraftMessage') return textOf(update.draft)
    if (update._ === 'updateNewMessage' || update._ === 'updateEditMessage') return textOf(update.message)
    return update._
  })

function textOf(value: { readonly _: string; readonly message?: string }): string {
  return `${value._} ${value.message ?? ''}`
}

const draft = (message: string): Promise<unknown> =>
  bob.call('messages.saveDraft', { peer: tl.inputPeerSelf(), message })

test('a change outside pts does not wait for a message, nor the other way round', async () => {
  const [draftBell, messageBell] = await held(async () => {
    await draft('early')
    await bob.send(bob, 'note')
  })
  messageBell?.()
  await tablet.nextUpdate('updateNewMessage')
  draftBell?.()
  expect(await pushed()).toEqual(['draftMessage early'])
})

test('what no doorbell told of comes with the next one', async () => {
  const [, second] = await held(async () => {
    await draft('lost')
    await draft('found')
  })
  second?.()
  expect(await pushed()).toEqual(['draftMessage lost', 'draftMessage found'])
})

test('doorbells out of order and twice are put in order', async () => {
  const bells = await held(async () => {
    for (const text of ['one', 'two', 'three']) await bob.send(bob, text)
  })
  for (const index of [2, 2, 0, 1, 0]) bells[index]?.()
  expect(await pushed()).toEqual(['message one', 'message two', 'message three'])
})

test('an edit is pushed with the text that it brought, whatever doorbells are lost', async () => {
  const bells = await held(async () => {
    await bob.send(bob, 'before')
    const { id } = await bob.send(bob, 'as it was')
    await bob.call('messages.editMessage', { peer: tl.inputPeerSelf(), id, message: 'as it is' })
    await bob.send(bob, 'after')
  })
  // The first and the third are lost.
  bells[1]?.()
  bells[3]?.()
  expect(textOf((await tablet.nextUpdate('updateEditMessage')).message)).toBe('message as it is')
})

test('a clock that is set back hides no change from the difference and keeps their order', async () => {
  const clock = new HandClock()
  await using other = await startWorld({ clock })
  const alice = await other.person('Alice')
  const peer = tl.inputPeerSelf()
  const { pts, date } = await alice.call('updates.getState')
  await alice.call('messages.saveDraft', { peer, message: 'older' })
  clock.advance(-5_000)
  await alice.call('messages.saveDraft', { peer, message: 'newer' })
  const difference = await alice.call('updates.getDifference', { pts, date, qts: 0 })
  const drafts = 'otherUpdates' in difference ? difference.otherUpdates : []
  expect(
    drafts.flatMap((update) => (update._ === 'updateDraftMessage' ? [textOf(update.draft)] : [])),
  ).toEqual(['draftMessage older', 'draftMessage newer'])
})

test('a deleted history takes the draft and the unread mark along, on every device', async () => {
  const alice = await world.person('Alice')
  const peer = bob.peer(alice)
  await alice.send(bob, 'hello')
  await bob.call('messages.saveDraft', { peer, message: 'hi' })
  await bob.call('messages.markDialogUnread', { peer: tl.inputDialogPeer({ peer }), unread: true })
  await tablet.updates()
  await bob.call('messages.deleteHistory', { peer, maxId: 0 })
  const [, cleared, marked] = await tablet.expectUpdates(
    'updateDeleteMessages',
    'updateDraftMessage',
    'updateDialogUnreadMark',
  )
  expect(cleared.draft._).toBe('draftMessageEmpty')
  expect(marked.unread).toBe(false)
})
