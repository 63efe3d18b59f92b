import { afterAll, beforeAll, expect, test } from 'vitest'
import { codecFor, NEWEST_LAYER } from '../../src/tl/encode.ts'
import { tl } from '../../src/tl/factories.ts'
import type * as T from '../../src/tl/schema.d.ts'
import { ALL_DEVICES, Kind, type LogEntry, type Queue } from '../../src/updates/log.ts'
import type { Device } from '../harness/device.ts'
import { HeldBus } from '../harness/held-bus.ts'
import { startWorld, texts, type Person, type World } from '../harness/people.ts'

const bus = new HeldBus()
let world: World
let alice: Person
let bob: Person
let tablet: Device

beforeAll(async () => {
  world = await startWorld({ bus })
  alice = await world.person('Alice')
  bob = await world.person('Bob')
  tablet = await bob.anotherDevice()
})
afterAll(() => world[Symbol.asyncDispose]())

/** What secret chats will log: a message for the one device that has its key. */
function encrypted(device: Device, text: string): LogEntry {
  const message = tl.encryptedMessage({
    randomId: world.server.context.random.long(),
    chatId: 1,
    date: world.server.context.clock.nowSec(),
    bytes: Buffer.from(text),
    file: tl.encryptedFileEmpty(),
  })
  return entry(device.client.key.id, tl.updateNewEncryptedMessage({ message, qts: 0 }))
}

function entry(queue: Queue, update: T.Update): LogEntry {
  const data = codecFor(NEWEST_LAYER).encode(update, 'Update')
  return { boxId: bob.id, kind: Kind.other, count: 0, queue, data }
}

async function record(...entries: LogEntry[]): Promise<void> {
  const { db, updates } = world.server.context
  await db.transaction((tx) => updates.record(tx, entries))
}

/** Texts of secret messages, with their qts where they are pushed. */
async function pushed(device: Device): Promise<string[]> {
  const updates = await device.updates()
  return updates.map((update) =>
    update._ === 'updateNewEncryptedMessage' ? `${textOf(update.message)} ${update.qts}` : update._,
  )
}

function textOf(message: T.EncryptedMessage): string {
  return Buffer.from(message.bytes).toString()
}

test('a device is told of its own secret messages only, each counted by one', async () => {
  const [before, tabletBefore] = [await bob.call('updates.getState'), await tablet.call('updates.getState')]
  expect([before.qts, tabletBefore.qts]).toEqual([1, 1])
  await record(encrypted(bob.device, 'one'), encrypted(tablet, 'uno'), encrypted(bob.device, 'two'))
  await record(encrypted(bob.device, 'three'))
  expect(await pushed(bob.device)).toEqual(['one 2', 'two 3', 'three 4'])
  expect(await pushed(tablet)).toEqual(['uno 2'])
  expect((await bob.call('updates.getState')).qts).toBe(4)
  expect((await tablet.call('updates.getState')).qts).toBe(2)
})

test('secret messages come in their order, whatever becomes of their doorbells', async () => {
  bus.hold()
  for (const text of ['lost', 'first', 'second', 'third']) await record(encrypted(tablet, text))
  const [, first, second, third] = bus.take()
  for (const ring of [third, first, third, second]) ring?.()
  expect(await pushed(tablet)).toEqual(['lost 3', 'first 4', 'second 5', 'third 6'])
  expect(await pushed(bob.device)).toEqual([])
})

test('the difference has them after the qts of the device, in slices where there are many', async () => {
  const state = await bob.call('updates.getState')
  await alice.send(bob, 'plain')
  const names = ['a', 'b', 'c']
  await record(...names.flatMap((text) => [encrypted(bob.device, text), encrypted(tablet, `not ${text}`)]))
  await bob.device.updates()
  const came: string[] = []
  let { pts, date, qts } = state
  let slices = 0
  for (let isOver = false; !isOver; slices++) {
    const answer = await bob.call('updates.getDifference', { pts, date, qts, qtsLimit: 2 })
    if (!('newEncryptedMessages' in answer)) throw new Error(answer._)
    came.push(...texts(answer.newMessages), ...answer.newEncryptedMessages.map(textOf))
    isOver = answer._ === 'updates.difference'
    const next = answer._ === 'updates.difference' ? answer.state : answer.intermediateState
    ;({ pts, date, qts } = next)
  }
  await tablet.updates()
  expect(came).toEqual(['plain', 'a', 'b', 'c'])
  expect(slices).toBe(2)
  expect({ pts, qts }).toEqual({ pts: bob.device.pts, qts: state.qts + 3 })
  const after = await bob.call('updates.getDifference', { pts, date: date + 100, qts })
  expect(after._).toBe('updates.differenceEmpty')
})

test('what bots are told is counted for all their devices together', async () => {
  const { qts } = await bob.call('updates.getState')
  const stopped = tl.updateBotStopped({ userId: alice.id, date: 1, stopped: true, qts: 0 })
  await record(entry(ALL_DEVICES, stopped), entry(ALL_DEVICES, stopped))
  const [first, second] = await bob.expectUpdates('updateBotStopped', 'updateBotStopped')
  expect(second.qts).toBe(first.qts + 1)
  await tablet.expectUpdates('updateBotStopped', 'updateBotStopped')
  // Nobody can be a bot yet, so that the server is asked as it would be on behalf of one.
  const { updates, clock } = world.server.context
  const actor = { userId: bob.id, keyId: tablet.client.key.id, sessionId: 1n, apiId: 0, isBot: true }
  expect((await updates.state(actor)).qts).toBe(second.qts)
  const since = { pts: bob.device.pts, qts: first.qts, date: clock.nowSec() + 100 }
  const answer = await updates.difference(actor, {
    ...since,
    ptsTotalLimit: undefined,
    ptsLimit: undefined,
    qtsLimit: undefined,
  })
  expect(answer).toMatchObject({ otherUpdates: [second], state: { qts: second.qts } })
  // Users are not told of them by the count of their secret chats.
  expect((await bob.call('updates.getState')).qts).toBe(qts)
})
