import { expect, test } from 'vitest'
import {
  APPS_WEIGHED_MS,
  CALL_TURN_MS,
  CALLS_OF_ACCOUNT,
  CALLS_OF_APP,
  CALLS_WAITING_OF_ACCOUNT,
  UNHURRIED,
} from '../../src/rpc/limits.ts'
import { Turns } from '../../src/rpc/turns.ts'
import { HandClock } from '../harness/clock.ts'

/** Calls that run until they are told to end. */
class Calls {
  readonly clock = new HandClock()
  readonly turns = new Turns(this.clock, () => 0)
  readonly begun: string[] = []
  readonly #ends = new Map<string, () => void>()

  start(name: string, userId: number, apiId = 1): Promise<void> {
    return this.turns.run({ apiId, userId }, () => {
      this.begun.push(name)
      return new Promise((resolve) => this.#ends.set(name, resolve))
    })
  }

  /** A call that ends at once. */
  async quick(name: string, userId: number, apiId = 1): Promise<void> {
    const done = this.start(name, userId, apiId)
    await this.end(name)
    await done
  }

  get running(): number {
    return this.#ends.size
  }

  /** Returns what has begun because of it. */
  async end(name: string): Promise<string[]> {
    const before = this.begun.length
    this.#ends.get(name)?.()
    this.#ends.delete(name)
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

test('an app that is alone may have all turns; of several, hurried accounts of the busiest have its share', async () => {
  const calls = new Calls()
  const burst = 2 * UNHURRIED.burst
  const accounts = names('a', CALLS_OF_APP / CALLS_OF_ACCOUNT + 2)
  const call = async (): Promise<void> => {
    for (const [userId, name] of accounts.entries()) await calls.quick(name, userId)
  }
  for (let n = 0; n < burst; n++) await call()
  calls.clock.advance(APPS_WEIGHED_MS)
  await calls.quick('b', 100_000, 2)
  for (const [userId, name] of accounts.entries())
    for (let n = 0; n < CALLS_OF_ACCOUNT; n++) void calls.start(`${name}.${n}`, userId)
  expect(calls.running).toBe(CALLS_OF_APP)
  void calls.start('c', 100_001, 2)
  expect(calls.begun.at(-1)).toBe('c')
  // One that has hardly called yet has no part in that.
  void calls.start('calm', 100_002)
  expect(calls.begun.at(-1)).toBe('calm')
  expect(await calls.end('a0.0')).toHaveLength(1)
  expect(await calls.end('calm')).toEqual([])
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
