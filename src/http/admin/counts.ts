import type { Counted, DayCount } from '../../domain/abuse/rules.ts'
import type { Markup } from '../shell.ts'
import { table } from './parts.ts'
import { dayText } from './sanctioning.ts'

const COLUMNS: readonly (readonly [counted: Counted, title: string])[] = [
  ['strangers', 'To strangers'],
  ['reports', 'Reports'],
  ['blocks', 'Blocks'],
  ['codes', 'Codes'],
  ['bans', 'Bans'],
]

/** What was counted, by day. */
export function countTable(counts: readonly DayCount[]): Markup {
  const days = [...new Set(counts.map((each) => each.day))]
  const columns = COLUMNS.filter(([counted]) => counts.some((each) => each.counted === counted))
  const of = (day: number, counted: Counted): number =>
    counts.find((each) => each.day === day && each.counted === counted)?.count ?? 0
  return table(
    'Counts by day',
    ['Day', ...columns.map(([, title]) => title)],
    days.map((day) => [dayText(day), ...columns.map(([counted]) => of(day, counted))]),
    'Nothing was counted in the last 30 days.',
  )
}
