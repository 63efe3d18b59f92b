import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tl } from '../../src/tl/factories.ts'
import type * as T from '../../src/tl/schema.d.ts'
import { MARK } from '../harness/device.ts'
import { HeldBus } from '../harness/held-bus.ts'
import { Person, startWorld, texts, type World } from '../harness/people.ts'

const bus = new HeldBus()
let world: World
let alice: Person
let bob: Person

beforeAll(async () => {
  world = await startWorld()
  alice = await world.person('Alice')
  bob = await world.person('Bob')
})
afterAll(() => world[Symbol.asyncDispose]())

interface Missed {
  readonly texts: string[]
  readonly others: string[]
  readonly slices: number
  readonly pts: number
}

/** Asks for the difference as a client does, slice by slice. */
async function catchUp(person: Person, state: T.updates.state, limit?: number): Promise<Missed> {
  const missed = { texts: [] as string[], others: [] as string[], slices: 0, pts: state.pts }
  let { date } = state
  for (;;) {
    const answer = await person.call('updates.getDifference', {
      pts: missed.pts,
      date,
      qts: 0,
      ptsLimit: limit,
    })
    missed.slices++
    if (answer._ === 'updates.differenceEmpty') return missed
    if (answer._ === 'updates.differenceTooLong') throw new Error(answer._)
    missed.texts.push(...texts(answer.newMessages))
    missed.others.push(...answer.otherUpdates.filter((update) => update._ !== MARK).map((update) => update._))
    const next = answer._ === 'updates.difference' ? answer.state : answer.intermediateState
    missed.pts = next.pts
    date = next.date
    if (answer._ === 'updates.difference') return missed
  }
}

describe('updates.getDifference', () => {
  test('has all that was missed, as it is now', async () => {
    const state = await bob.call('updates.getState')
    const one = await alice.send(bob, 'one')
    const two = await alice.send(bob, 'two')
    await alice.send(bob, 'three')
    await alice.call('messages.editMessage', { peer: alice.peer(bob), id: one.id, message: 'one, edited' })
    await alice.call('messages.deleteMessages', { id: [two.id], revoke: true })
    await bob.device.updates()
    const missed = await catchUp(bob, state)
    expect(missed.texts).toEqual(['one, edited', 'three'])
    expect(missed.others.toSorted()).toEqual([
      'updateDeleteMessages',
      'updateDeleteMessages',
      'updateEditMessage',
    ])
    expect(missed.pts).toBe(bob.device.pts)
    expect(
      await catchUp(bob, { ...state, pts: missed.pts, date: world.server.context.clock.nowSec() + 1 }),
    ).toMatchObject({
      texts: [],
      slices: 1,
    })
  })

  test('comes in slices', async () => {
    const state = await bob.call('updates.getState')
    for (let number = 0; number < 7; number++) await alice.send(bob, `number ${number}`)
    await bob.device.updates()
    const missed = await catchUp(bob, state, 3)
    expect(missed.texts).toEqual(Array.from({ length: 7 }, (_, number) => `number ${number}`))
    expect(missed.slices).toBeGreaterThanOrEqual(3)
    expect(missed.pts).toBe(bob.device.pts)
  })

  test('finds changes outside pts by their date', async () => {
    const state = await bob.call('updates.getState')
    const peer = tl.inputDialogPeer({ peer: bob.peer(alice) })
    await alice.send(bob, 'to be pinned')
    await bob.call('messages.toggleDialogPin', { pinned: true, peer })
    await bob.call('messages.saveDraft', { peer: bob.peer(alice), message: 'draft' })
    await bob.device.updates()
    const missed = await catchUp(bob, state)
    expect(missed.texts).toEqual(['to be pinned'])
    expect(missed.others).toEqual(expect.arrayContaining(['updateDialogPinned', 'updateDraftMessage']))
  })

  test('is too long for whoever was away for too long, or never here', async () => {
    const request = { pts: 1, date: 0, qts: 0, ptsTotalLimit: 1 }
    expect(await bob.call('updates.getDifference', request)).toMatchObject({ _: 'updates.differenceTooLong' })
    const ahead = { pts: 1_000_000, date: 0, qts: 0 }
    expect(await bob.call('updates.getDifference', ahead)).toMatchObject({ _: 'updates.differenceTooLong' })
    expect(await bob.failure('updates.getDifference', { pts: 0, date: 0, qts: 0 })).toBe(
      'PERSISTENT_TIMESTAMP_EMPTY',
    )
  })
})

describe('how many messages a mark of reading leaves unread', () => {
  test('is of its moment in a push, and of the end in a difference, which has the messages first', async () => {
    await using other = await startWorld({ bus })
    const [carol, dave] = [await other.person('Carol'), await other.person('Dave')]
    const tablet = await dave.anotherDevice()
    const state = await dave.call('updates.getState')
    bus.hold()
    await carol.send(dave, 'read')
    await dave.call('messages.readHistory', { peer: dave.peer(carol), maxId: 0 })
    for (const text of ['not read', 'nor this']) await carol.send(dave, text)
    bus.release()
    const [, read] = await tablet.expectUpdates(
      'updateNewMessage',
      'updateReadHistoryInbox',
      'updateNewMessage',
      'updateNewMessage',
    )
    expect(read.stillUnreadCount).toBe(0)
    const { pts, date, qts } = state
    const answer = await dave.call('updates.getDifference', { pts, date, qts })
    expect(
      'otherUpdates' in answer && answer.otherUpdates.find((update) => update._ === read._),
    ).toMatchObject({
      maxId: read.maxId,
      stillUnreadCount: 2,
    })
    // In a slice that ends before them, the later messages do not count yet.
    const slice = await dave.call('updates.getDifference', { pts, date, qts, ptsLimit: 3 })
    expect('otherUpdates' in slice && slice.otherUpdates.find((update) => update._ === read._)).toMatchObject(
      {
        stillUnreadCount: 1,
      },
    )
  })
})
