import { tl } from '../../tl/factories.ts'
import type * as T from '../../tl/schema.d.ts'
import { textHash } from './hash.ts'

/** Every time zone and how far it is from UTC now. https://core.telegram.org/method/help.getTimezonesList */
export function timezonesList(nowMs: number, knownHash: number): T.help.TimezonesList {
  const zones = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((id) => id !== 'UTC')]
  const timezones = zones.map((id) =>
    tl.timezone({ id, name: id.replaceAll('_', ' '), utcOffset: offsetSec(id, nowMs) }),
  )
  const hash = textHash(timezones.map((zone) => `${zone.id} ${zone.utcOffset}`).join('\n'))
  if (hash === knownHash) return tl['help.timezonesListNotModified']()
  return tl['help.timezonesList']({ timezones, hash })
}

/** Seconds by which local time is ahead of UTC, from "GMT+05:30". */
function offsetSec(timeZone: string, nowMs: number): number {
  const parts = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(nowMs)
  const name = parts.find((part) => part.type === 'timeZoneName')?.value ?? ''
  const match = /([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(name)
  if (!match) return 0
  const [, sign, hours, minutes, seconds] = match
  const total = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds ?? 0)
  return sign === '-' ? -total : total
}
