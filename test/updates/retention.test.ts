import { afterAll, beforeAll, expect, test } from 'vitest'
import { LIMITS_USER_ID } from '../../src/lib/ids.ts'
import { LOG_KEPT_PTS, LOG_KEPT_SEC, TRIM_EVERY_MS } from '../../src/updates/limits.ts'
import { trimLog, type Kept } from '../../src/updates/log.ts'
import { HandClock } from '../harness/clock.ts'
import { startWorld, type Person, type World } from '../harness/people.ts'

let world: World
let clock: HandClock

beforeAll(async () => {
  clock = new HandClock()
  world = await startWorld({ clock })
})
afterAll(() => world[Symbol.asyncDispose]())

const ALL: Kept = { sinceSec: 0, pts: LOG_KEPT_PTS, boxes: 1000, rows: 1000 }

async function trim(kept: Partial<Kept>, afterBoxId = 0): Promise<number | undefined> {
  return await world.server.context.db.single((tx) => trimLog(tx, afterBoxId, { ...ALL, ...kept }))
}

async function logOf(person: Person): Promise<number[]> {
  const rows = await world.server.context.db.sql<{ pts: number }[]>`
    select pts from update_log where box_id = ${person.id} and seq = 0 order by pts`
  return rows.map((row) => row.pts)
}

async function differenceFrom(person: Person, pts: number): Promise<string> {
  const date = clock.nowSec()
  return (await person.call('updates.getDifference', { pts, date, qts: 0 }))._
}

test('of each box, so many changes are kept', async () => {
  const alice = await world.person('Alice')
  for (let number = 0; number < 6; number++) await alice.send(alice, `number ${number}`)
  await alice.device.updates()
  const { pts } = alice.device
  await trim({ pts: 4 })
  expect(await logOf(alice)).toEqual([pts - 3, pts - 2, pts - 1, pts])
  expect(await differenceFrom(alice, pts - 4)).toBe('updates.difference')
  expect(await differenceFrom(alice, pts - 5)).toBe('updates.differenceTooLong')
})

test('whoever was away for longer than anything is kept starts anew', async () => {
  const bob = await world.person('Bob')
  const { pts } = bob.device
  await bob.send(bob, 'one')
  await bob.send(bob, 'two')
  await trim({ sinceSec: clock.nowSec() + 1 })
  expect(await logOf(bob)).toEqual([])
  expect(await differenceFrom(bob, pts)).toBe('updates.differenceTooLong')
  expect(await differenceFrom(bob, pts + 2)).toBe('updates.differenceEmpty')
  await bob.send(bob, 'three')
  expect(await differenceFrom(bob, pts + 1)).toBe('updates.differenceTooLong')
  expect(await differenceFrom(bob, pts + 2)).toBe('updates.difference')
})

test('no hole is left where a clock was set back', async () => {
  const carol = await world.person('Carol')
  clock.advance(20_000)
  await carol.send(carol, 'later')
  clock.advance(-10_000)
  await carol.send(carol, 'earlier')
  await trim({ sinceSec: clock.nowSec() + 5 })
  expect(await logOf(carol)).toEqual([])
})

test('boxes are looked at in slices, and a box in parts', async () => {
  const dave = await world.person('Dave')
  for (let number = 0; number < 5; number++) await dave.send(dave, `number ${number}`)
  const sinceSec = clock.nowSec() + 1
  const [all] = await world.server.context.db.sql<{ count: number }[]>`
    select count(*)::int as count from update_log where box_id = ${dave.id}`
  const last = await trim({ boxes: 1, rows: (all?.count ?? 0) - 3, sinceSec }, dave.id - 1)
  expect(last).toBe(dave.id)
  expect(await logOf(dave)).toHaveLength(3)
  // The account that tells of limits has the last box of all.
  expect(await trim({ boxes: 1 }, LIMITS_USER_ID)).toBeUndefined()
})

test('time does it', async () => {
  const erin = await world.person('Erin')
  await erin.send(erin, 'one')
  await world.server.context.db.single(
    (tx) => tx.sql`update update_log set date = date - ${LOG_KEPT_SEC}::int where box_id = ${erin.id}`,
  )
  await expect
    .poll(() => {
      clock.advance(TRIM_EVERY_MS)
      return logOf(erin)
    })
    .toEqual([])
})
