import { expect, test } from 'vitest'
import {
  CALL_TURN_MS,
  CALLS_AT_ONCE,
  CALLS_OF_ACCOUNT,
  CALLS_OF_APP,
  CALLS_WAITING_OF_ACCOUNT,
  PAUSE_TIMES,
} from '../../src/rpc/limits.ts'
import { Turns } from '../../src/rpc/turns.ts'
import { HandClock } from '../harness/clock.ts'

/** Calls that run until they are told to end. */
class Calls {
  readonly clock = new HandClock()
  readonly turns = new Turns(this.clock)
  readonly begun: string[] = []
  readonly #ends = new Map<string, () => void>()

  start(name: string, userId: number, apiId = 1): Promise<void> {
    return this.turns.run({ apiId, userId }, () => {
      this.begun.push(name)
      return new Promise((resolve) => this.#ends.set(name, resolve))
    })
  }

  /** Returns what has begun because of it. */
  async end(name: string): Promise<string[]> {
    const before = this.begun.length
    this.#ends.get(name)?.()
    await settled()
    return this.begun.slice(before)
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const names = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}`)

test('of one account so many calls run, and the others in their order', async () => {
  const calls = new Calls()
  const all = names('a', CALLS_OF_ACCOUNT + 2)
  for (const name of all) void calls.start(name, 1)
  void calls.start('b', 2)
  expect(calls.begun).toEqual([...all.slice(0, CALLS_OF_ACCOUNT), 'b'])
  expect(calls.turns.waiting).toBe(2)
  expect(await calls.end('b')).toEqual([])
  expect(await calls.end('a3')).toEqual([`a${CALLS_OF_ACCOUNT}`])
  expect(await calls.end('a0')).toEqual([`a${CALLS_OF_ACCOUNT + 1}`])
  expect(calls.turns.waiting).toBe(0)
})

test('an app that is alone may have all turns; of several, one has no more than its share', async () => {
  const calls = new Calls()
  for (let userId = 0; userId < 2 * CALLS_AT_ONCE; userId++) void calls.start(`a${userId}`, userId)
  expect(calls.begun).toHaveLength(CALLS_AT_ONCE)
  void calls.start('b', 100_000, 2)
  expect(await calls.end('a0')).toEqual(['b'])
  for (let i = 1; i < CALLS_AT_ONCE - CALLS_OF_APP; i++) expect(await calls.end(`a${i}`)).toEqual([])
  void calls.start('c', 100_001, 2)
  expect(calls.begun.at(-1)).toBe('c')
  const last = CALLS_AT_ONCE - CALLS_OF_APP
  expect(await calls.end(`a${last}`)).toEqual([`a${CALLS_AT_ONCE}`])
})

test('of several apps, one of which calls wait pauses after each, longer than that took', async () => {
  const calls = new Calls()
  void calls.start('b', 100_000, 2)
  for (let userId = 0; userId < CALLS_OF_APP + 1; userId++) void calls.start(`a${userId}`, userId)
  calls.clock.advance(10)
  expect(await calls.end('a0')).toEqual([])
  calls.clock.advance(10 * PAUSE_TIMES - 1)
  await settled()
  expect(calls.turns.waiting).toBe(1)
  calls.clock.advance(1)
  await settled()
  expect(calls.begun.at(-1)).toBe(`a${CALLS_OF_APP}`)
})

test('a call that takes long keeps nobody waiting, and its end is its end', async () => {
  const calls = new Calls()
  for (const name of names('slow', CALLS_OF_ACCOUNT)) void calls.start(name, 1)
  void calls.start('quick', 1)
  calls.clock.advance(CALL_TURN_MS - 1)
  await settled()
  expect(calls.turns.waiting).toBe(1)
  calls.clock.advance(CALL_TURN_MS)
  await settled()
  expect(calls.begun.at(-1)).toBe('quick')
  for (const name of names('slow', CALLS_OF_ACCOUNT)) await calls.end(name)
  for (const name of names('more', CALLS_OF_ACCOUNT)) void calls.start(name, 1)
  // The quick one still runs.
  expect(calls.turns.waiting).toBe(1)
  expect(await calls.end('quick')).toEqual([`more${CALLS_OF_ACCOUNT - 1}`])
})

test('of one account only so many wait; an error of a call is its own', async () => {
  const calls = new Calls()
  for (let i = 0; i < CALLS_OF_ACCOUNT + CALLS_WAITING_OF_ACCOUNT; i++) void calls.start(`a${i}`, 1)
  await expect(calls.start('one more', 1)).rejects.toThrow(/^FLOOD_WAIT_\d+$/)
  const failing = calls.turns.run({ apiId: 1, userId: 2 }, () => Promise.reject(new Error('its own')))
  await expect(failing).rejects.toThrow('its own')
})
