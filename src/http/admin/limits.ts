import { html } from 'hono/html'
import { describeRule, RULES } from '../../domain/abuse/rules.ts'
import { RATES } from '../../rpc/limits.ts'
import type { Markup } from '../shell.ts'
import type { ConsolePage } from './call.ts'
import { table } from './parts.ts'

export const LIMIT_PAGES: readonly ConsolePage[] = [
  { path: '/admin/limits', needs: 'see limits', title: 'Limits', show: () => Promise.resolve(limitsPage()) },
]

const HOUR_SEC = 3600

function limitsPage(): Markup {
  const rates = Object.values(RATES).map((rate) => [
    rate.kind,
    rate.count,
    duration(rate.windowSec),
    html`<code>${rate.error.replace('%d', 'X')}</code>`,
  ])
  const rules = RULES.map((rule) => [
    rule.subject === 'user' ? 'account' : 'app',
    describeRule(rule),
    rule.leadsTo,
    rule.forSec === undefined ? 'until lifted' : duration(rule.forSec),
  ])
  return html`<h1>Limits</h1>
    <p>Whoever asks for more of this gets the error, until the window is over.</p>
    ${table('Limits of calls and pages', ['What is counted', 'How many', 'In', 'Error'], rates)}
    <h2>Rules of observation</h2>
    <p>They hold for accounts that use an app which is not official, and for such apps.</p>
    ${table('What leads to a sanction by itself', ['Of', 'So many', 'Leads to', 'For'], rules)}`
}

function duration(sec: number): string {
  if (sec < HOUR_SEC) return `${sec / 60} minutes`
  const hours = sec / HOUR_SEC
  return hours % 24 === 0 ? plural(hours / 24, 'day') : plural(hours, 'hour')
}

function plural(count: number, unit: string): string {
  return count === 1 ? `1 ${unit}` : `${count} ${unit}s`
}
