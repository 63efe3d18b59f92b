import { expect, test } from 'vitest'
import { AppShares } from '../../src/rpc/app-shares.ts'
import {
  APPS_WEIGHED_MS,
  BUSY_SHARED,
  CALLS_AT_ONCE,
  CALLS_OF_APP,
  CALLS_OF_APP_LEAST,
  UNHURRIED,
} from '../../src/rpc/limits.ts'
import { HandClock } from '../harness/clock.ts'

/** Apps that call for a while, as often as is said, of a server that is as busy. */
function callers(): {
  clock: HandClock
  shares: AppShares
  run: (seconds: number, busy: number, perTick: Readonly<Record<number, number>>) => void
} {
  const clock = new HandClock()
  let busy = 0
  const shares = new AppShares(clock, () => busy)
  const run = (seconds: number, nowBusy: number, perTick: Readonly<Record<number, number>>): void => {
    busy = nowBusy
    for (let ms = 0; ms < seconds * 1000; ms += APPS_WEIGHED_MS) {
      clock.advance(APPS_WEIGHED_MS)
      for (const [apiId, count] of Object.entries(perTick))
        for (let n = 0; n < count; n++) shares.count(Number(apiId), 1)
    }
  }
  return { clock, shares, run }
}

test('an app that is alone may have all, however busy the server is', () => {
  const { shares, run } = callers()
  run(10, 1, { 1: 100 })
  expect(shares.of(1)).toBe(CALLS_AT_ONCE)
})

test('of several, those that call most get fewer while the server is busy, and more when it is not', () => {
  const { shares, run } = callers()
  run(1, 0, { 1: 50, 2: 60, 3: 1 })
  expect([1, 2, 3].map((apiId) => shares.of(apiId))).toEqual([CALLS_OF_APP, CALLS_OF_APP, CALLS_AT_ONCE])
  run(1, BUSY_SHARED + 0.01, { 1: 50, 2: 60, 3: 1 })
  expect(shares.of(1)).toBeLessThan(CALLS_OF_APP / 4)
  run(5, 1, { 1: 50, 2: 60, 3: 1 })
  expect([1, 2, 3].map((apiId) => shares.of(apiId))).toEqual([
    CALLS_OF_APP_LEAST,
    CALLS_OF_APP_LEAST,
    CALLS_AT_ONCE,
  ])
  run(60, BUSY_SHARED, { 1: 50, 2: 60, 3: 1 })
  expect(shares.of(1)).toBe(CALLS_OF_APP)
})

test('an account that calls now and then is in no hurry; one that never stops is', () => {
  const { shares, clock } = callers()
  for (let n = 0; n < UNHURRIED.burst; n++) expect(shares.count(1, 1)).toBe(false)
  expect(shares.count(1, 1)).toBe(true)
  expect(shares.count(1, 2)).toBe(false)
  clock.advance(1000)
  for (let n = 0; n < UNHURRIED.perSec; n++) expect(shares.count(1, 1)).toBe(false)
  expect(shares.count(1, 1)).toBe(true)
})

test('when a flood is over, who calls most then has a whole share', () => {
  const { shares, run } = callers()
  run(5, 1, { 1: 50, 2: 10 })
  // The flood is over, and the other one is the busiest for as long as the flood is remembered.
  run(3, BUSY_SHARED, { 2: 10 })
  expect(shares.of(2)).toBeGreaterThanOrEqual(CALLS_OF_APP)
})

test('a share ends seconds after the others have called last, and is remembered', () => {
  const { shares, run } = callers()
  run(5, 1, { 1: 50, 2: 1 })
  expect(shares.of(1)).toBe(CALLS_OF_APP_LEAST)
  run(5, 1, { 1: 50 })
  expect(shares.of(1)).toBe(CALLS_AT_ONCE)
  run(0.2, 1, { 1: 50, 2: 1 })
  expect(shares.of(1)).toBe(CALLS_OF_APP_LEAST)
})
