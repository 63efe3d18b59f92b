import { html } from 'hono/html'
import { dayOf } from '../../domain/abuse/rules.ts'
import { readCounts, readSanctions } from '../../domain/abuse/store.ts'
import { ConsoleError } from '../../domain/admin/admins.ts'
import { readImage } from '../../domain/files/photos.ts'
import { unpack, unpackAll } from '../../domain/messages/packed.ts'
import { decideCase, type Measure } from '../../domain/reports/decide.ts'
import {
  readCase,
  readCases,
  readCasesOf,
  readReport,
  readReports,
  type Case,
  type Report,
} from '../../domain/reports/store.ts'
import { bareId, peerKind, type PeerId } from '../../lib/ids.ts'
import type * as T from '../../tl/schema.d.ts'
import type { Markup } from '../shell.ts'
import { actorId, type ConsoleCall, type ConsoleDeed, type ConsoleImage, type ConsolePage } from './call.ts'
import { countTable } from './counts.ts'
import { badge, choice, facts, form, moment, people, prose, table, textArea, type Content } from './parts.ts'
import {
  CAUSE_LENGTH,
  chosenDuration,
  DURATIONS,
  requireTouchable,
  SANCTION_KINDS,
  sanctionTable,
} from './sanctioning.ts'

const LISTED = 50
const REPORTS = 100
const HISTORY = 20
/** Pixels of an image, one way or the other. */
const IMAGE_SIDE = 800

const MEASURES: readonly (readonly [value: Measure, text: string])[] = [
  ['dismiss', 'Dismiss: nothing is to be done'],
  ['warn', 'Warn: the text goes to the chat with the service account'],
  ...SANCTION_KINDS,
  ['close', 'Close: it was dealt with otherwise'],
]

export const CASE_PAGES: readonly ConsolePage[] = [
  { path: '/admin/cases', needs: 'see cases', title: 'Cases', show: listCases },
  { path: '/admin/cases/:id{[0-9]+}', needs: 'see cases', title: 'Case', show: showCase },
]

export const CASE_IMAGES: readonly ConsoleImage[] = [
  {
    path: '/admin/reports/:id{[0-9]+}/photo',
    needs: 'see cases',
    async load(call) {
      const report = await readReport(call.ctx.db, call.id)
      const photo = report && photosOf(report).find((each) => String(each.id) === call.query('id'))
      return photo && (await readImage(call.ctx, photo, IMAGE_SIDE))
    },
  },
]

export const CASE_DEEDS: readonly ConsoleDeed[] = [
  {
    path: '/admin/cases/:id{[0-9]+}/decide',
    needs: 'decide a case',
    async prepare(call) {
      const about = await findCase(call)
      const measure = MEASURES.find(([value]) => value === call.field('measure'))?.[0]
      if (!measure) throw new ConsoleError('Please choose what is to be done.')
      const isSanction = SANCTION_KINDS.some(([kind]) => kind === measure)
      const forSec = isSanction ? chosenDuration(call) : undefined
      const text = call.field('text').replaceAll('\r\n', '\n').replaceAll('\u0000', '').trim()
      if (text.length > CAUSE_LENGTH) throw new ConsoleError(`A text has at most ${CAUSE_LENGTH} characters.`)
      if (text === '' && measure !== 'dismiss') throw new ConsoleError('Please say why.')
      if (measure === 'warn' || isSanction) await requireTouchable(call, about.subjectId)
      const by = actorId(call)
      return {
        subject: `case ${about.id}`,
        details: { measure, forSec, text, about: about.subjectId },
        async run() {
          const isDone = await decideCase(call.ctx, about, { measure, forSec, text, by })
          if (!isDone) throw new ConsoleError('This case is closed already.')
        },
        to: `/admin/cases/${about.id}`,
      }
    },
  },
]

async function findCase(call: ConsoleCall): Promise<Case> {
  const found = await readCase(call.ctx.db, call.id)
  if (!found) throw new ConsoleError('There is no such case.')
  return found
}

async function listCases(call: ConsoleCall): Promise<Markup> {
  const { ctx } = call
  const state = call.query('state') === 'closed' ? 'closed' : 'open'
  const last = Number(call.query('before'))
  const before = last > 0 && last < 2 ** 31 ? await readCase(ctx.db, Math.floor(last)) : undefined
  const cases = await readCases(ctx.db, { state, before, limit: LISTED })
  const nameOf = await people(
    ctx,
    cases.map((each) => each.subjectId),
  )
  const rows = cases.map((each): Content[] => [
    html`<a href="/admin/cases/${each.id}">Case ${each.id}</a>`,
    peerName(each.subjectId, nameOf),
    each.reportCount,
    moment(each.openedAt),
    moment(each.changedAt),
    each.outcome,
  ])
  const next = cases.length === LISTED ? cases.at(-1)?.id : undefined
  const other = state === 'open' ? 'closed' : 'open'
  return html`<h1>Cases</h1>
    <p><a href="/admin/cases?state=${other}">Show ${other} cases</a></p>
    ${table(
      state === 'open' ? 'Open cases, those that changed last first' : 'Closed cases',
      ['Case', 'Against', 'Reports', 'Opened', 'Changed', 'Outcome'],
      rows,
      state === 'open' ? 'Nothing is to be decided.' : 'None was closed yet.',
    )}
    ${next === undefined ? '' : html`<p><a href="/admin/cases?state=${state}&before=${next}">Older</a></p>`}`
}

function peerName(peerId: PeerId, nameOf: (id: number) => Content): Content {
  return peerKind(peerId) === 'user' ? nameOf(peerId) : `${peerKind(peerId)} ${bareId(peerId)}`
}

async function showCase(call: ConsoleCall): Promise<Markup> {
  const { ctx } = call
  const about = await findCase(call)
  const isUser = peerKind(about.subjectId) === 'user'
  const subject = { kind: 'user', id: about.subjectId } as const
  const [reports, sanctions, counts, cases] = await Promise.all([
    readReports(ctx.db, about.id, REPORTS),
    isUser ? readSanctions(ctx.db, { subject, limit: HISTORY }) : [],
    isUser ? readCounts(ctx.db, subject, dayOf(ctx.clock.nowSec())) : [],
    readCasesOf(ctx.db, about.subjectId, HISTORY),
  ])
  const nameOf = await people(ctx, [
    about.subjectId,
    ...reports.map((each) => each.reporterId),
    ...sanctions.map((each) => each.madeBy),
  ])
  const others = cases.filter((each) => each.id !== about.id)
  return html`<h1>Case ${about.id}</h1>
    ${facts([
      ['Against', peerName(about.subjectId, nameOf)],
      ['State', badge(about.state, about.state === 'open' ? 'bad' : 'good')],
      ['Opened', moment(about.openedAt)],
      ...(about.closedAt === null ? [] : ([['Closed', moment(about.closedAt)]] as const)),
      ...(about.outcome === '' ? [] : ([['Outcome', about.outcome]] as const)),
      ['Reports', about.reportCount],
    ])}
    ${about.state === 'open' ? decisionForm(call, about) : ''}
    <h2>Reports</h2>
    ${reports.map((report) => reportCard(report, about, nameOf))}
    ${
      isUser
        ? html`<h2>History</h2>
            ${sanctionTable(call, 'Sanctions', sanctions, (each) => nameOf(each.subjectId), nameOf)}
            ${countTable(counts)}
            ${table(
              'Other cases',
              ['Case', 'State', 'Reports', 'Outcome'],
              others.map((each) => [
                html`<a href="/admin/cases/${each.id}">Case ${each.id}</a>`,
                each.state,
                each.reportCount,
                each.outcome,
              ]),
              'No other cases.',
            )}`
        : ''
    }`
}

function decisionForm(call: ConsoleCall, about: Case): Markup | '' {
  const fields = html`<h2>Decide</h2>
    <div class="row">
      ${choice('measure', 'What is to be done', MEASURES)}
      ${choice('for', 'For how long (sanctions only)', DURATIONS, { chosen: '86400' })}
    </div>
    ${textArea('text', 'Why, or what the warning says', { max: CAUSE_LENGTH, isOptional: true })}`
  const path = `/admin/cases/${about.id}/decide`
  return form(call, { needs: 'decide a case', path, button: 'Decide and close' }, fields)
}

const ABOUT: Readonly<Record<Report['about'], string>> = {
  messages: 'messages',
  chat: 'the whole chat',
  'secret chat': 'a secret chat, which nobody but the two of them can read',
  photo: 'the profile photo',
  peer: 'the account',
}

function reportCard(report: Report, about: Case, nameOf: (id: number) => Content): Markup {
  return html`<div class="card">
    <p>
      ${nameOf(report.reporterId)} reported ${ABOUT[report.about]}: ${badge(report.reason)}
      <span class="quiet">${moment(report.reportedAt)}</span>
    </p>
    ${report.comment === '' ? '' : html`<blockquote>${prose(report.comment)}</blockquote>`}
    ${profilePhotosOf(report).map((photo) => image(report, photo, 'Profile photo'))}
    ${messagesOf(report).map((message) => messageCard(report, message, about, nameOf))}
  </div>`
}

/** A message as it was when it was reported. */
function messageCard(
  report: Report,
  message: T.Message,
  about: Case,
  nameOf: (id: number) => Content,
): Markup {
  if (message._ === 'messageEmpty') return html`<div class="message">Message ${message.id}</div>`
  const from = message.fromId?._ === 'peerUser' ? message.fromId.userId : about.subjectId
  const text = message._ === 'message' ? message.message : `(${message.action._})`
  const media = message._ === 'message' ? message.media : undefined
  const photo = photoIn(message)
  return html`<div class="message">
    <span class="quiet">${nameOf(from)}, ${moment(message.date)}, message ${message.id}</span>
    ${photo ? image(report, photo, `Photo of message ${message.id}`) : ''} ${prose(text)}
    ${media && !photo ? html`<span class="badge plain">${media._}</span>` : ''}
  </div>`
}

/** A photo as it was when it was reported. */
function image(report: Report, photo: T.photo, name: string): Markup {
  return html`<img
    class="photo"
    src="/admin/reports/${report.id}/photo?id=${String(photo.id)}"
    alt="${name}"
  />`
}

/** All photos that a report shows. */
function photosOf(report: Report): T.photo[] {
  return [...profilePhotosOf(report), ...messagesOf(report).flatMap((message) => photoIn(message) ?? [])]
}

function profilePhotosOf(report: Report): T.photo[] {
  return (unpackAll(report.photos) ?? []) as T.photo[] // Only reports write that column.
}

function messagesOf(report: Report): T.Message[] {
  return report.messages.flatMap((bytes) => (unpack(bytes) as T.Message | undefined) ?? [])
}

function photoIn(message: T.Message): T.photo | undefined {
  const media = message._ === 'message' ? message.media : undefined
  return media?._ === 'messageMediaPhoto' && media.photo?._ === 'photo' ? media.photo : undefined
}
