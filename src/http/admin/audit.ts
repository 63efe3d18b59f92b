import { html } from 'hono/html'
import type { AuditRow } from '../../domain/admin/audit-store.ts'
import { listAudit } from '../../domain/admin/audit.ts'
import type { UserId } from '../../lib/ids.ts'
import { alert } from '../parts.ts'
import type { Markup } from '../shell.ts'
import { beforeId, type ConsoleCall, type ConsolePage } from './call.ts'
import { badge, moment, older, people, table, type Content } from './parts.ts'

const LISTED = 100
const SUBJECT_LENGTH = 64

export const AUDIT_PAGES: readonly ConsolePage[] = [
  { path: '/admin/audit', needs: 'see the audit log', title: 'Audit log', show: showAudit },
]

async function showAudit(call: ConsoleCall): Promise<Markup> {
  const { ctx } = call
  const subject = call.query('subject').trim().slice(0, SUBJECT_LENGTH)
  const typedWho = call.query('who')
  const who = /^\d{1,9}$/.test(typedWho) ? (Number(typedWho) as UserId) : undefined
  const page = { beforeId: beforeId(call), limit: LISTED, who, subject: subject || undefined }
  const rows = await listAudit(ctx, page)
  const nameOf = await people(
    ctx,
    rows.map((row) => row.who),
  )
  const broken = rows.filter((row) => !row.isWhole).map((row) => row.id)
  const query = new URLSearchParams({ ...(subject ? { subject } : {}), ...(who ? { who: String(who) } : {}) })
  const path = query.size > 0 ? `/admin/audit?${query.toString()}` : '/admin/audit'
  return html`<h1>Audit log</h1>
    ${alert(broken.length > 0 ? `Somebody has changed these lines in the database: ${broken.join(', ')}.` : undefined)}
    <form class="search" method="get" action="/admin/audit" role="search">
      <label for="subject">On whom or what, as “user 1000001”</label>
      <input
        type="search"
        id="subject"
        name="subject"
        value="${subject}"
        maxlength="${SUBJECT_LENGTH}"
        placeholder="user 1000001, case 7, terms"
      />
      <button type="submit" class="btn">Find</button>
    </form>
    ${table(
      'The latest first; times are UTC',
      ['No.', 'When', 'Who', 'From', 'What', 'On', 'Details'],
      rows.map((row): Content[] => [
        row.isWhole ? row.id : badge(`${row.id} changed`, 'bad'),
        moment(row.at),
        row.who === null ? tokenName(row) : html`${nameOf(row.who)} (${row.role})`,
        row.address,
        row.action,
        html`<a href="/admin/audit?subject=${encodeURIComponent(row.subject)}">${row.subject}</a>`,
        detailsOf(row),
      ]),
      'Nothing was done yet.',
    )}
    ${older(path, rows.at(-1)?.id, rows.length === LISTED)}`
}

function tokenName(row: AuditRow): string {
  return row.role === 'host' ? 'token from start' : 'nobody who is known'
}

function detailsOf({ details }: AuditRow): Content {
  const pairs = read(details)
  if (pairs === undefined) return details
  return html`${pairs.map(([name, value]) => html`<div><span class="quiet">${name}</span> ${value}</div>`)}`
}

function read(details: string): [string, string][] | undefined {
  try {
    return Object.entries(JSON.parse(details) as Record<string, unknown>).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ])
  } catch {
    return undefined // Details that are too long were cut off.
  }
}
