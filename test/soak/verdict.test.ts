import { expect, test } from 'vitest'
import { judge, type Sample } from './verdict.ts'

const sample = (minute: number, more: Partial<Sample> = {}): Sample => ({
  minute,
  rssMb: 150,
  heapMb: 60,
  descriptors: 40,
  databaseConnections: 8,
  sessions: 20,
  lagMs: 2,
  ...more,
})
/** A sample a minute for an hour; `at` says what differs. */
const hour = (at: (minute: number) => Partial<Sample>): Sample[] =>
  Array.from({ length: 60 }, (_, minute) => sample(minute, at(minute)))

const base = sample(0, { descriptors: 25, databaseConnections: 1 })
const end = sample(61, { descriptors: 33, databaseConnections: 8 })

test('memory that goes up and down, and rises at first, is flat', () => {
  const wavy = hour((minute) => ({
    heapMb: (minute < 20 ? 40 + minute : 60) + (minute % 5),
    rssMb: 150 + (minute % 9),
  }))
  const verdict = judge(base, wavy, end)
  expect(verdict.faults).toEqual([])
  expect(verdict.leftDescriptors).toBe(1)
})

test('memory that rises all the time is a fault', () => {
  const leak = hour((minute) => ({ heapMb: 60 + minute / 10 + (minute % 5) }))
  expect(judge(base, leak, end)).toMatchObject({
    faults: [expect.stringMatching(/heap grows by [56]\.\d MB/)],
  })
})

test('descriptors that stay are a fault, whoever has more connections to the database', () => {
  const verdict = judge(
    base,
    hour(() => ({})),
    sample(61, { descriptors: 40, databaseConnections: 8 }),
  )
  expect(verdict.faults).toEqual(['8 descriptors were not given back'])
})
