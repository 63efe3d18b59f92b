import { setImmediate } from 'node:timers/promises'
import { memoised } from '../../lib/memo.ts'
import { tl } from '../../tl/factories.ts'
import type * as T from '../../tl/schema.d.ts'
import { textHash } from './hash.ts'

const HOUR_MS = 3_600_000
/** Hours for which the list is kept: offsets change on the hour. */
const KEPT_HOURS = 4
/** Looking up an offset is slow; after so many of them others have their turn. */
const ZONES_PER_TURN = 8

/** Every time zone and how far it is from UTC now. https://core.telegram.org/method/help.getTimezonesList */
export async function timezonesList(nowMs: number, knownHash: number): Promise<T.help.TimezonesList> {
  const list = await listAt(Math.floor(nowMs / HOUR_MS))
  return list.hash === knownHash ? tl['help.timezonesListNotModified']() : list
}

const listAt = memoised(KEPT_HOURS, makeList)

async function makeList(hour: number): Promise<T.help.timezonesList> {
  const ids = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((id) => id !== 'UTC')]
  const timezones: T.timezone[] = []
  for (const id of ids) {
    if (timezones.length % ZONES_PER_TURN === 0) await setImmediate()
    timezones.push(
      tl.timezone({ id, name: id.replaceAll('_', ' '), utcOffset: offsetSec(id, hour * HOUR_MS) }),
    )
  }
  const hash = textHash(timezones.map((zone) => `${zone.id} ${zone.utcOffset}`).join('\n'))
  return tl['help.timezonesList']({ timezones, hash })
}

/** Seconds by which local time is ahead of UTC, from "GMT+05:30". */
function offsetSec(timeZone: string, atMs: number): number {
  const parts = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(atMs)
  const name = parts.find((part) => part.type === 'timeZoneName')?.value ?? ''
  const match = /([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(name)
  if (!match) return 0
  const [, sign, hours, minutes, seconds] = match
  const total = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds ?? 0)
  return sign === '-' ? -total : total
}
