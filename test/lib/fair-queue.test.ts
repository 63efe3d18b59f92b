import { expect, test } from 'vitest'
import { FairQueue } from '../../src/lib/fair-queue.ts'

/** Takes all there is, `most` in a turn. */
function drain(queue: FairQueue<string>, most = 1): string[] {
  const taken: string[] = []
  for (let turn = queue.take(most); turn; turn = queue.take(most)) taken.push(...turn.items)
  return taken
}

test('groups take turns, and in each group its owners, each in the order of its own', () => {
  const queue = new FairQueue<string>()
  for (const item of ['a1', 'a2', 'a3', 'a4']) queue.push(1, 10, item)
  for (const item of ['b1', 'b2']) queue.push(1, 11, item)
  for (const item of ['c1', 'c2', 'c3']) queue.push(2, 20, item)
  expect(queue.size).toBe(9)
  expect(drain(queue)).toEqual(['a1', 'c1', 'b1', 'c2', 'a2', 'c3', 'b2', 'a3', 'a4'])
  expect(queue.size).toBe(0)
})

test('whoever comes to a long line of others is next but one', () => {
  const queue = new FairQueue<string>()
  for (let owner = 0; owner < 1000; owner++) for (let i = 0; i < 5; i++) queue.push(1, owner, 'flood')
  queue.push(2, 5000, 'other')
  expect([queue.take(8)?.items, queue.take(8)?.items].flat()).toContain('other')
})

test('a turn is of several items, as long as they are wanted; what is not keeps its turn', () => {
  const queue = new FairQueue<string>()
  for (const item of ['a1', 'a2', 'a3']) queue.push(1, 10, item)
  queue.push(2, 20, 'b1')
  expect(queue.take(2)).toEqual({ group: 1, owner: 10, items: ['a1', 'a2'] })
  expect(queue.take(2, () => false)).toBeUndefined()
  expect(
    queue.take(
      2,
      () => true,
      (group) => group === 3,
    ),
  ).toBeUndefined()
  expect(
    queue.take(
      2,
      () => false,
      (group) => group === 1,
    ),
  ).toBeUndefined()
  expect(drain(queue, 2)).toEqual(['b1', 'a3'])
})

test('nothing is taken of whoever is held', () => {
  const queue = new FairQueue<string>()
  queue.hold(10)
  queue.push(1, 10, 'a1')
  queue.push(1, 11, 'b1')
  queue.push(1, 12, 'c1')
  queue.hold(12)
  expect(drain(queue)).toEqual(['b1'])
  expect([queue.size, queue.sizeOf(10), queue.sizeOf(11)]).toEqual([2, 1, 0])
  queue.letGo(12)
  queue.letGo(10)
  queue.letGo(99)
  expect(drain(queue)).toEqual(['c1', 'a1'])
})

test('whoever has items of two groups stands with the group of the first', () => {
  const queue = new FairQueue<string>()
  queue.push(1, 7, 'a')
  queue.push(2, 7, 'b')
  queue.push(2, 7, 'c')
  const of = (group: number) => queue.take(8, undefined, (each) => each === group)?.items
  expect(of(2)).toBeUndefined()
  expect(of(1)).toEqual(['a'])
  expect(of(1)).toBeUndefined()
  expect(of(2)).toEqual(['b', 'c'])
  expect(queue.size).toBe(0)
})
