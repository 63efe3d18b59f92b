import { html } from 'hono/html'
import { dayOf } from '../../domain/abuse/rules.ts'
import { impose } from '../../domain/abuse/sanctions.ts'
import { readCounts, readSanctions } from '../../domain/abuse/store.ts'
import { findAccounts, readNames } from '../../domain/accounts/search-store.ts'
import { readAccount, type Account } from '../../domain/accounts/store.ts'
import { ConsoleError } from '../../domain/admin/admins.ts'
import { readDevices } from '../../domain/auth/device-store.ts'
import { describeSessions, endSessionsOf, type SessionInfo } from '../../domain/auth/devices.ts'
import { MAX_SESSIONS } from '../../domain/auth/limits.ts'
import { readImage } from '../../domain/files/photos.ts'
import { shownPhoto } from '../../domain/photos/seen.ts'
import { readCasesOf } from '../../domain/reports/store.ts'
import type { UserId } from '../../lib/ids.ts'
import type { Markup } from '../shell.ts'
import {
  actorId,
  words,
  type ConsoleCall,
  type ConsoleDeed,
  type ConsoleImage,
  type ConsolePage,
} from './call.ts'
import { countTable } from './counts.ts'
import { badge, choice, facts, form, moment, people, table, textField } from './parts.ts'
import {
  CAUSE_LENGTH,
  chosenDuration,
  chosenKind,
  DURATIONS,
  isServersOwn,
  requireTouchable,
  SANCTION_KINDS,
  sanctionTable,
} from './sanctioning.ts'

const FOUND = 50
const HISTORY = 50
const QUERY_LENGTH = 64
/** Pixels of an image, one way or the other. */
const IMAGE_SIDE = 320

export const USER_PAGES: readonly ConsolePage[] = [
  { path: '/admin/users', needs: 'see users', title: 'Users', show: findUsers },
  { path: '/admin/users/:id{[0-9]+}', needs: 'see users', title: 'User', show: showUser },
]

export const USER_IMAGES: readonly ConsoleImage[] = [
  {
    path: '/admin/users/:id{[0-9]+}/photo',
    needs: 'see users',
    async load({ ctx, id }) {
      const photo = await shownPhoto(ctx, id as UserId)
      return photo && (await readImage(ctx, photo, IMAGE_SIDE))
    },
  },
]

export const USER_DEEDS: readonly ConsoleDeed[] = [
  {
    path: '/admin/users/:id{[0-9]+}/sanction',
    needs: 'sanction a user',
    async prepare(call) {
      const { id } = await findUser(call)
      await requireTouchable(call, id)
      const [kind, forSec] = [chosenKind(call), chosenDuration(call)]
      const cause = words(call, 'cause', { label: 'The reason', max: CAUSE_LENGTH })
      const by = actorId(call)
      return {
        subject: `user ${id}`,
        details: { kind, forSec, cause },
        run: () => impose(call.ctx, { subject: { kind: 'user', id }, kind, forSec, cause, by }),
        to: `/admin/users/${id}`,
      }
    },
  },
  {
    path: '/admin/users/:id{[0-9]+}/end-sessions',
    needs: 'end sessions',
    async prepare(call) {
      const { id } = await findUser(call)
      await requireTouchable(call, id)
      const typed = call.field('session')
      if (typed !== 'all' && !/^-?\d{1,19}$/.test(typed)) throw new ConsoleError('Please choose a session.')
      const pick = typed === 'all' ? 'all' : { hash: BigInt.asIntN(64, BigInt(typed)) }
      if (pick !== 'all' && pick.hash === 0n) throw new ConsoleError('Please choose a session.')
      return {
        subject: `user ${id}`,
        details: { session: typed },
        run: () => endSessionsOf(call.ctx, id, pick),
        to: `/admin/users/${id}`,
      }
    },
  },
]

async function findUser(call: ConsoleCall): Promise<Account> {
  const account = await readAccount(call.ctx.db, call.id as UserId)
  if (!account) throw new ConsoleError('There is no such user.')
  return account
}

async function findUsers(call: ConsoleCall): Promise<Markup> {
  const { ctx } = call
  const typed = call.query('q').trim().slice(0, QUERY_LENGTH)
  const ids = typed === '' ? [] : await findAccounts(ctx.db, typed.toLowerCase(), FOUND)
  const names = await readNames(ctx.db, ids)
  const rows = ids.map((id) => {
    const { name = '', username = null, phone = null } = names.get(id) ?? {}
    return [
      html`<a href="/admin/users/${id}">${name === '' ? `#${id}` : name}</a>`,
      username === null ? '' : `@${username}`,
      phone === null ? '' : `+${phone}`,
      id,
    ]
  })
  return html`<h1>Users</h1>
    <form class="search" method="get" action="/admin/users" role="search">
      <label for="q">Name, number, @username or id</label>
      <input
        type="search"
        id="q"
        name="q"
        value="${typed}"
        maxlength="${QUERY_LENGTH}"
        placeholder="Name, number, @username or id"
        autofocus
      />
      <button type="submit" class="btn btn-primary">Find</button>
    </form>
    ${typed === '' ? '' : table('Found', ['Name', 'Username', 'Number', 'Id'], rows, 'Nobody was found.')}`
}

async function showUser(call: ConsoleCall): Promise<Markup> {
  const { ctx } = call
  const account = await findUser(call)
  const { id } = account
  const subject = { kind: 'user', id } as const
  const [devices, sanctions, counts, cases, photo] = await Promise.all([
    readDevices(ctx.db, id, [], MAX_SESSIONS),
    readSanctions(ctx.db, { subject, limit: HISTORY }),
    readCounts(ctx.db, subject, dayOf(ctx.clock.nowSec())),
    readCasesOf(ctx.db, id, HISTORY),
    shownPhoto(ctx, id),
  ])
  const sessions = await describeSessions(ctx, devices)
  const nameOf = await people(
    ctx,
    sanctions.map((each) => each.madeBy),
  )
  return html`<h1>${`${account.firstName} ${account.lastName}`.trim() || `User ${id}`}</h1>
    ${photo ? html`<img class="photo face" src="/admin/users/${id}/photo" alt="Profile photo" />` : ''}
    ${facts([
      ['Id', id],
      ['Number', account.phone === null ? 'none' : `+${account.phone}`],
      ['Username', account.username === null ? 'none' : `@${account.username}`],
      ['About', account.about],
      ['Account', account.isDeleted ? badge('deleted') : account.isBot ? badge('bot') : 'person'],
    ])}
    ${sanctionForm(call, account)}
    <h2>Sanctions</h2>
    ${sanctionTable(call, 'Sanctions, the latest first', sanctions, () => account.firstName, nameOf)}
    <h2>Sessions</h2>
    ${sessionTable(call, account, sessions)}
    <h2>What was counted</h2>
    ${countTable(counts)}
    <h2>Cases</h2>
    ${table(
      'Cases against this account',
      ['Case', 'State', 'Reports', 'Changed', 'Outcome'],
      cases.map((each) => [
        html`<a href="/admin/cases/${each.id}">Case ${each.id}</a>`,
        each.state,
        each.reportCount,
        moment(each.changedAt),
        each.outcome,
      ]),
      'None.',
    )}`
}

function sanctionForm(call: ConsoleCall, account: Account): Markup | '' {
  if (account.isDeleted || isServersOwn(account.id)) return ''
  const fields = html`<div class="row">
      ${choice('kind', 'What is to be done', SANCTION_KINDS)}
      ${choice('for', 'For how long', DURATIONS, { chosen: '86400' })}
    </div>
    ${textField('cause', 'Why', { max: CAUSE_LENGTH, help: 'The user is told, when asking about the limit.' })}`
  const path = `/admin/users/${account.id}/sanction`
  const button = form(call, { needs: 'sanction a user', path, button: 'Impose', isDanger: true }, fields)
  return button === ''
    ? ''
    : html`<details>
        <summary>Slow down, limit or ban</summary>
        ${button}
      </details>`
}

function sessionTable(call: ConsoleCall, account: Account, sessions: readonly SessionInfo[]): Markup {
  const path = `/admin/users/${account.id}/end-sessions`
  const end = (session: string, button: string): Markup | '' =>
    form(
      call,
      { needs: 'end sessions', path, button, isDanger: true },
      html`<input type="hidden" name="session" value="${session}" />`,
    )
  const rows = sessions.map((each) => [
    html`<a href="/admin/apps/${each.apiId}">${each.appName || each.apiId}</a> ${each.appVersion}`,
    [each.deviceModel, each.systemVersion].filter(Boolean).join(', '),
    [each.ip, each.region, each.country].filter(Boolean).join(', '),
    moment(each.createdAt),
    moment(each.activeAt),
    end(String(each.hash), 'End'),
  ])
  return html`${table(
    'Where the account is signed in',
    ['App', 'Device', 'Place', 'Since', 'Active', ''],
    rows,
    'Nowhere.',
  )}
  ${sessions.length > 1 ? end('all', 'End all sessions') : ''}`
}
