import { describe, expect, test } from 'vitest'
import { EMPTY_SHAPE, measure, withPart, type NewPart } from '../../../src/domain/files/upload-rules.ts'

const FULL = 4096

/** What becomes of an upload whose parts have these sizes and come in this order. */
function outcome(parts: readonly (readonly [part: number, size: number])[], total?: number): unknown {
  try {
    const all = parts.map(([part, size]): NewPart => ({ part, size, total }))
    const shape = all.reduce(withPart, EMPTY_SHAPE)
    return measure(shape, Math.max(...parts.map(([part]) => part)) + 1)
  } catch (error) {
    return (error as Error).message
  }
}

/** All orders of a few things. */
function orders<V>(values: readonly V[]): V[][] {
  if (values.length === 0) return [[]]
  return values.flatMap((value, index) => orders(values.toSpliced(index, 1)).map((rest) => [value, ...rest]))
}

const WHOLE = [
  { parts: [[0, 10]], size: 10, partSize: 10 },
  {
    parts: [
      [0, FULL],
      [1, 10],
    ],
    size: FULL + 10,
    partSize: FULL,
  },
  {
    parts: [
      [0, FULL],
      [1, 1024],
    ],
    size: FULL + 1024,
    partSize: FULL,
  },
  {
    parts: [
      [0, FULL],
      [1, FULL],
      [2, FULL],
    ],
    size: 3 * FULL,
    partSize: FULL,
  },
  {
    parts: [
      [0, FULL],
      [1, FULL],
      [2, FULL],
      [3, 1],
    ],
    size: 3 * FULL + 1,
    partSize: FULL,
  },
] as const

const BROKEN = [
  {
    parts: [
      [0, 10],
      [1, 10],
    ],
    error: 'FILE_PART_SIZE_INVALID',
  },
  {
    parts: [
      [0, 3072],
      [1, 10],
    ],
    error: 'FILE_PART_SIZE_INVALID',
  },
  {
    parts: [
      [0, FULL],
      [1, 8192],
    ],
    error: 'FILE_PART_SIZE_CHANGED',
  },
  {
    parts: [
      [0, FULL],
      [1, 8192],
      [2, 1],
    ],
    error: 'FILE_PART_SIZE_CHANGED',
  },
  {
    parts: [
      [0, FULL],
      [1, 1024],
      [2, FULL],
    ],
    error: 'FILE_PART_SIZE_CHANGED',
  },
] as const

describe('parts of an upload', () => {
  test.each(WHOLE)('are a file of $size bytes, in whichever order they come', ({ parts, size, partSize }) => {
    for (const order of orders<readonly [number, number]>(parts)) {
      expect(outcome(order)).toEqual({ size, partSize })
      expect(outcome(order, parts.length)).toEqual({ size, partSize })
      expect(outcome([...order, ...order])).toEqual({ size, partSize })
    }
  })

  test.each(BROKEN)('$parts are none, in whichever order they come: $error', ({ parts, error }) => {
    for (const order of orders<readonly [number, number]>(parts)) {
      expect(outcome(order)).toBe(error)
      expect(outcome(order, parts.length)).toBe(error)
    }
  })

  test('of a stream may end with an empty one', () => {
    const full = [0, 1].reduce((shape, part) => withPart(shape, { part, size: FULL, total: -1 }), EMPTY_SHAPE)
    const ended = withPart(full, { part: 2, size: 0, total: 2 })
    expect(measure(ended, 2)).toEqual({ size: 2 * FULL, partSize: FULL })
    expect(measure(ended, 3)).toEqual({ size: 2 * FULL, partSize: FULL })
  })
})
