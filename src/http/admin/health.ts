import { html } from 'hono/html'
import { readOpenAppeals } from '../../domain/abuse/appeal-store.ts'
import type { Gauged, HealthSample } from '../../domain/admin/health.ts'
import { mayDo } from '../../domain/admin/rights.ts'
import { readCases } from '../../domain/reports/store.ts'
import type { Markup } from '../shell.ts'
import type { ConsoleCall, ConsolePage } from './call.ts'
import { chart } from './chart.ts'

const REFRESH_SEC = 20
const QUEUE = 50

export const HEALTH_PAGES: readonly ConsolePage[] = [
  { path: '/admin', needs: 'see health', title: 'Health', refreshSec: REFRESH_SEC, show: showHealth },
]

interface Plot {
  readonly gauged: Gauged
  readonly title: string
  readonly unit: string
  /** What one unit is of what is measured. */
  readonly per?: number
}

const MIB = 1 << 20

const PLOTS: readonly (readonly [title: string, plots: readonly Plot[]])[] = [
  [
    'Connections and calls',
    [
      { gauged: 'connections', title: 'Connections', unit: '' },
      { gauged: 'sessions', title: 'Sessions', unit: '' },
      { gauged: 'callsPerSec', title: 'Calls', unit: '/s' },
      { gauged: 'callMs', title: 'Time of a call, on average', unit: ' ms' },
    ],
  ],
  [
    'Updates and queues',
    [
      { gauged: 'updatesPerSec', title: 'Updates pushed', unit: '/s' },
      { gauged: 'deliveryMs', title: 'Delivery after commit, on average', unit: ' ms' },
      { gauged: 'waitingSends', title: 'Messages that wait to be written', unit: '' },
      { gauged: 'waitingTransactions', title: 'Transactions that wait', unit: '' },
    ],
  ],
  [
    'Database and process',
    [
      { gauged: 'databaseConnections', title: 'Database connections', unit: '' },
      { gauged: 'slowStatements', title: 'Statements slower than a second', unit: '' },
      { gauged: 'databaseBytes', title: 'Size of the database', unit: ' MiB', per: MIB },
      { gauged: 'memoryBytes', title: 'Memory of the process', unit: ' MiB', per: MIB },
      { gauged: 'heapBytes', title: 'Heap of the process', unit: ' MiB', per: MIB },
      { gauged: 'loopDelayMs', title: 'Delay of the event loop', unit: ' ms' },
    ],
  ],
]

async function showHealth(call: ConsoleCall): Promise<Markup> {
  const { health } = call.parts
  if (health.samples.length < 2) await health.look()
  const { samples } = health
  return html`<h1>Health</h1>
    ${await queues(call)}
    <p class="quiet">${span(samples)} The page asks again every ${REFRESH_SEC} seconds.</p>
    ${PLOTS.map(
      ([title, plots]) =>
        html`<h2>${title}</h2>
          <div class="charts">${plots.map((plot) => chartOf(plot, samples))}</div>`,
    )}`
}

function chartOf({ gauged, title, unit, per = 1 }: Plot, samples: readonly HealthSample[]): Markup {
  const points = samples.flatMap(({ atMs, [gauged]: value }) =>
    value === undefined ? [] : [{ atMs, value: value / per }],
  )
  return chart({ title, unit, points })
}

function span(samples: readonly HealthSample[]): string {
  const [first, last] = [samples[0], samples.at(-1)]
  const minutes = first && last ? Math.round((last.atMs - first.atMs) / 60_000) : 0
  return minutes < 1
    ? 'The server has not been watched for a minute yet.'
    : `The last ${minutes === 1 ? 'minute' : `${minutes} minutes`}.`
}

/** What waits for people. */
async function queues(call: ConsoleCall): Promise<Markup | ''> {
  if (!mayDo(call.user.standing, 'see cases')) return ''
  const [cases, appeals] = await Promise.all([
    readCases(call.ctx.db, { state: 'open', limit: QUEUE + 1 }),
    readOpenAppeals(call.ctx.db, QUEUE + 1),
  ])
  const many = (count: number): string => (count > QUEUE ? `more than ${QUEUE}` : String(count))
  return html`<p>
    Waiting for a decision: <a href="/admin/cases">cases: ${many(cases.length)}</a>,
    <a href="/admin/appeals">appeals: ${many(appeals.length)}</a>.
  </p>`
}
