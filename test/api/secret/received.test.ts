import { expect, test } from 'vitest'
import { RECEIPT_MS, SWEEP_EVERY_MS } from '../../../src/domain/secret/limits.ts'
import { Receipts } from '../../../src/domain/secret/receipts.ts'
import type { BoxId } from '../../../src/lib/ids.ts'
import { HandClock } from '../../harness/clock.ts'
import { startWorld } from '../../harness/people.ts'
import { cameTo, openChat, sendSealed } from './secret-chat.ts'

test('what was received is due an hour later, and what came since an hour after that', () => {
  const clock = new HandClock()
  const receipts = new Receipts(clock)
  const [boxId, queue] = [1 as BoxId, 7n]
  receipts.note(boxId, { queue, qts: 2 })
  clock.advance(RECEIPT_MS / 2)
  receipts.note(boxId, { queue, qts: 4 })
  receipts.note(boxId, { queue, qts: 3 })
  receipts.note(2 as BoxId, { queue, qts: 9 })
  expect(receipts.takeDue()).toEqual([])
  clock.advance(RECEIPT_MS / 2)
  expect(receipts.takeDue()).toEqual([{ boxId, queue, qts: 2 }])
  clock.advance(RECEIPT_MS / 2)
  expect(receipts.takeDue()).toEqual([{ boxId: 2, queue, qts: 9 }])
  clock.advance(RECEIPT_MS / 2)
  expect(receipts.takeDue()).toEqual([{ boxId, queue, qts: 4 }])
  clock.advance(2 * RECEIPT_MS)
  expect(receipts.takeDue()).toEqual([])
})

test('a message is forgotten some time after its device has acknowledged it, and none that it has not', async () => {
  const clock = new HandClock()
  await using world = await startWorld({ clock })
  const { db } = world.server.context
  const waiting = async (): Promise<number> => {
    clock.advance(SWEEP_EVERY_MS)
    return (await db.sql`select from update_log where qts > 0`).length
  }
  const [alice, bob] = [await world.person('Alice'), await world.person('Bob')]
  const chat = await openChat(alice, bob)
  const tablet = await alice.anotherDevice()
  await tablet.updates()
  const other = await openChat(bob, alice, { to: tablet })
  await alice.device.updates()
  // The tablet is away.
  tablet.close()
  await sendSealed(alice.device, chat.ofAdmin, 'heard')
  await sendSealed(bob.device, other.ofAdmin, 'not yet')
  expect(await cameTo(bob.device)).toEqual(['heard 2'])
  expect(await waiting()).toBe(2)
  bob.device.client.acknowledge()
  await bob.call('updates.getState')
  expect(await waiting()).toBe(2)
  clock.jump(RECEIPT_MS)
  await expect.poll(waiting).toBe(1)
  const [left] = await db.sql<{ boxId: number }[]>`select box_id as "boxId" from update_log where qts > 0`
  expect(left?.boxId).toBe(alice.id)
})
