import { expect, test } from 'vitest'
import { KeyCache, type StoredKey } from '../../src/mtproto/keys.ts'
import { defaultLimits } from '../../src/mtproto/limits.ts'
import { MemoryKeys, TestClock } from './stub.ts'

const PERM = 1n
const TEMP = 2n

/** A store that reads at once and answers when the test lets it. */
class SlowKeys extends MemoryKeys {
  readonly waiting: (() => void)[] = []

  override async load(keyId: bigint): Promise<StoredKey | undefined> {
    const stored = await super.load(keyId)
    await new Promise<void>((resolve) => this.waiting.push(resolve))
    return stored
  }

  /** Lets the next answer come. */
  async answer(): Promise<void> {
    await expect.poll(() => this.waiting.length).toBeGreaterThan(0)
    this.waiting.shift()!()
  }
}

function slowCache(): { store: SlowKeys; cache: KeyCache; clock: TestClock; lateSec: number } {
  const [store, clock] = [new SlowKeys(), new TestClock()]
  const lateSec = clock.nowSec() + 1000
  store.keys.set(PERM, { keyId: PERM, secret: Buffer.alloc(256, 1), dc: 0 })
  store.keys.set(TEMP, { keyId: TEMP, secret: Buffer.alloc(256, 2), dc: 0, expiresAtSec: lateSec })
  return { store, cache: new KeyCache(store, clock, defaultLimits), clock, lateSec }
}

test('a key that goes while it is read is not there', async () => {
  const { store, cache } = slowCache()
  const key = cache.get(PERM)
  await expect.poll(() => store.waiting.length).toBe(1)
  cache.forget(PERM)
  await store.answer()
  expect(await key).toBeUndefined()
  expect(cache.peek(PERM)).toBeUndefined()
})

test('a temporary key is not there when the one that it is bound to goes while it is read', async () => {
  const { store, cache, lateSec } = slowCache()
  await store.bind(TEMP, PERM, lateSec)
  const key = cache.get(TEMP)
  await expect.poll(() => store.waiting.length).toBe(1)
  cache.forget(PERM)
  await store.answer()
  expect(await key).toBeUndefined()
})

test('a temporary key that is bound while it is read is read as bound', async () => {
  const { store, cache, lateSec } = slowCache()
  const key = cache.get(TEMP)
  await expect.poll(() => store.waiting.length).toBe(1)
  await store.bind(TEMP, PERM, lateSec - 500)
  expect(cache.noteBound(TEMP, PERM, lateSec - 500)).toBeUndefined()
  await store.answer()
  await store.answer()
  expect(await key).toMatchObject({ permKeyId: PERM, expiresAtSec: lateSec - 500 })
})

test('a temporary key that is bound on another node ends when that one says', async () => {
  const { store, cache, clock, lateSec } = slowCache()
  const key = cache.get(TEMP)
  await store.answer()
  expect(await key).toMatchObject({ permKeyId: undefined })
  cache.noteBound(TEMP, PERM, lateSec - 500)
  expect(cache.peek(TEMP)).toMatchObject({ permKeyId: PERM })
  clock.advance(500_000)
  expect(cache.peek(TEMP)).toBeUndefined()
})

test('who asks for a key after it was made finds it, though a look from before is under way', async () => {
  const { store, cache } = slowCache()
  const stored = store.keys.get(PERM)!
  store.keys.delete(PERM)
  const early = cache.get(PERM)
  await expect.poll(() => store.waiting.length).toBe(1)
  store.keys.set(PERM, stored)
  const late = cache.get(PERM)
  await store.answer()
  expect(await early).toBeUndefined()
  await store.answer()
  expect(await late).toMatchObject({ id: PERM })
})
