import { expect, test } from 'vitest'
import { Gather } from '../../src/lib/gather.ts'

test('calls of one moment, and those that come meanwhile, are worked on together and in order', async () => {
  const batches: (readonly number[])[] = []
  let finish = (): void => {}
  const gather = new Gather(() => batches)
  const double = async (seen: typeof batches, items: readonly number[]): Promise<number[]> => {
    seen.push(items)
    await new Promise<void>((resolve) => (finish = resolve))
    return items.map((item) => item * 2)
  }
  const first = [1, 2, 3].map((item) => gather.add(double, item))
  await expect.poll(() => batches).toEqual([[1, 2, 3]])
  const second = [4, 5].map((item) => gather.add(double, item))
  finish()
  expect(await Promise.all(first)).toEqual([2, 4, 6])
  await expect
    .poll(() => batches)
    .toEqual([
      [1, 2, 3],
      [4, 5],
    ])
  finish()
  expect(await Promise.all(second)).toEqual([8, 10])
})

test('nobody fails for what another asked', async () => {
  const gather = new Gather(() => undefined)
  const work = async (_: undefined, items: readonly number[]): Promise<number[]> => {
    if (items.includes(0)) throw new Error('zero')
    return await Promise.resolve(items.map((item) => 1 / item))
  }
  const results = await Promise.allSettled([1, 0, 4].map((item) => gather.add(work, item)))
  expect(results).toEqual([
    { status: 'fulfilled', value: 1 },
    { status: 'rejected', reason: new Error('zero') },
    { status: 'fulfilled', value: 0.25 },
  ])
  expect(await gather.add(work, 2)).toBe(0.5)
})
