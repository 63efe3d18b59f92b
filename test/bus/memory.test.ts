import { beforeEach, describe, expect, test } from 'vitest'
import type { Bus } from '../../src/bus/bus.ts'
import { createLocalBus } from '../../src/bus/local.ts'
import { Memory, type Remembered } from '../../src/bus/memory.ts'
import { Lru } from '../../src/lib/lru.ts'
import { HandClock } from '../harness/clock.ts'

/** What the database holds, and what was read of it. */
interface World {
  readonly names: Map<number, string>
  readonly reads: number[][]
  /** Called after a read has been made, before its result is known. */
  onRead: () => void
}

const KEPT_MS = 1000

/** A name belongs to its owner. */
const NAMES: Remembered<World, number, string | undefined> = {
  about: 'name',
  limit: 3,
  keptMs: KEPT_MS,
  idOf: (id) => id,
  ownersOf: (id) => [id],
  load: async (world, ids) => {
    world.reads.push([...ids])
    const found = ids.map((id) => world.names.get(id))
    await Promise.resolve()
    world.onRead()
    return found
  },
}

let world: World
let clock: HandClock
/** What the bus calls when it may have lost something. */
let gaps: (() => void)[]
let here: Memory<World>
let there: Memory<World>

beforeEach(() => {
  world = { names: new Map([1, 2, 3, 4].map((id) => [id, `name ${id}`])), reads: [], onRead: () => {} }
  clock = new HandClock()
  const bus = createLocalBus()
  gaps = []
  const gappy: Bus = {
    ...bus,
    subscribe(subject, hear, onGap) {
      gaps.push(onGap)
      return bus.subscribe(subject, hear, onGap)
    },
  }
  const node = (): Memory<World> => new Memory({ context: () => world, bus: gappy, clock })
  ;[here, there] = [node(), node()]
})

/** What was read since this was last asked. */
const reads = (): number[][] => world.reads.splice(0)

describe('what is remembered', () => {
  test('is read once, also when there is nothing; only what is missing is read', async () => {
    expect(await here.getAll(NAMES, [1, 9])).toEqual(['name 1', undefined])
    expect(await here.getAll(NAMES, [9, 2, 1])).toEqual([undefined, 'name 2', 'name 1'])
    expect(here.get(NAMES, 1)).toBe('name 1')
    expect(reads()).toEqual([[1, 9], [2]])
  })

  test('is forgotten by every node when its owner has changed, and here at once', async () => {
    for (const node of [here, there]) await node.getAll(NAMES, [1, 2])
    reads()
    world.names.set(1, 'new name')
    here.outdate('name', [1])
    expect(await here.get(NAMES, 1)).toBe('new name')
    expect(await there.get(NAMES, 1)).toBe('new name')
    for (const node of [here, there]) expect(node.get(NAMES, 2)).toBe('name 2')
    expect(reads()).toEqual([[1], [1]])
  })

  test('is all forgotten when nobody knows whose it is', async () => {
    await there.getAll(NAMES, [1, 2])
    here.outdate('name', undefined)
    await Promise.resolve()
    world.names.set(2, 'new name')
    expect(await there.get(NAMES, 2)).toBe('new name')
  })

  test('is all forgotten when the bus may have lost word of a change', async () => {
    await here.getAll(NAMES, [1, 2])
    world.names.set(1, 'new name')
    for (const onGap of gaps) onGap()
    expect(await here.getAll(NAMES, [1, 2])).toEqual(['new name', 'name 2'])
    expect(reads()).toEqual([
      [1, 2],
      [1, 2],
    ])
  })

  test('is not what was being read while it changed', async () => {
    world.onRead = () => {
      world.onRead = () => {}
      world.names.set(1, 'new name')
      here.outdate('name', [1])
    }
    expect(await here.get(NAMES, 1)).toBe('name 1')
    expect(await here.get(NAMES, 1)).toBe('new name')
  })

  test('is read again after a time, for what nobody told of', async () => {
    await here.get(NAMES, 1)
    world.names.set(1, 'new name')
    clock.advance(KEPT_MS - 1)
    expect(here.get(NAMES, 1)).toBe('name 1')
    clock.advance(1)
    expect(await here.get(NAMES, 1)).toBe('new name')
  })

  test('is not remembered when it could not be read', async () => {
    world.onRead = () => {
      throw new Error('no database')
    }
    await expect(here.get(NAMES, 1)).rejects.toThrow('no database')
    world.onRead = () => {}
    expect(await here.get(NAMES, 1)).toBe('name 1')
  })

  test('is only what is worth it', async () => {
    const named = { ...NAMES, isKept: (name: string | undefined) => name !== undefined }
    await here.getAll(named, [1, 9])
    expect(await here.getAll(named, [1, 9])).toEqual(['name 1', undefined])
    expect(reads()).toEqual([[1, 9], [9]])
  })

  test('is no more than so many', async () => {
    for (const id of [1, 2, 3]) await here.get(NAMES, id)
    await here.get(NAMES, 1)
    await here.get(NAMES, 4)
    reads()
    await here.getAll(NAMES, [1, 3, 4])
    expect(reads()).toEqual([])
    await here.get(NAMES, 2)
    expect(reads()).toEqual([[2]])
  })

  test('of other things stays', async () => {
    await here.get(NAMES, 1)
    here.outdate('something else', [1])
    expect(here.get(NAMES, 1)).toBe('name 1')
  })
})

test('of what was used last, so much is kept', () => {
  const kept = new Lru<string, { readonly value: number }>(2)
  for (const [index, key] of ['a', 'b', 'a', 'c'].entries()) {
    if (!kept.get(key)) kept.set(key, { value: index })
  }
  expect(['a', 'b', 'c'].map((key) => kept.get(key)?.value)).toEqual([0, undefined, 3])
  expect(kept.size).toBe(2)
})
