import { expect, test } from 'vitest'
import { Slots } from '../../src/lib/slots.ts'

test('so many run at once, the others in their order, and a failure frees its place', async () => {
  const slots = new Slots(2, 2)
  const begun: string[] = []
  const ends = new Map<string, PromiseWithResolvers<string>>()
  const run = (name: string): Promise<string> =>
    slots.run(async () => {
      begun.push(name)
      const end = Promise.withResolvers<string>()
      ends.set(name, end)
      return await end.promise
    })
  const [a, b, c] = [run('a'), run('b'), run('c')]
  expect(slots.isFull).toBe(false)
  const d = run('d')
  expect(slots.isFull).toBe(true)
  expect(begun).toEqual(['a', 'b'])
  ends.get('b')?.reject(new Error('broken'))
  await expect(b).rejects.toThrow('broken')
  await expect.poll(() => begun).toEqual(['a', 'b', 'c'])
  expect(slots.isFull).toBe(false)
  ends.get('a')?.resolve('a is done')
  await expect.poll(() => begun).toEqual(['a', 'b', 'c', 'd'])
  for (const name of ['c', 'd']) ends.get(name)?.resolve(name)
  expect(await Promise.all([a, c, d])).toEqual(['a is done', 'c', 'd'])
  expect(await slots.run(() => Promise.resolve('e'))).toBe('e')
})
