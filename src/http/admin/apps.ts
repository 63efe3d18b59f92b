import { html } from 'hono/html'
import { dayOf } from '../../domain/abuse/rules.ts'
import { impose, unblockApp } from '../../domain/abuse/sanctions.ts'
import { readCounts, readSanctions } from '../../domain/abuse/store.ts'
import { findByPhone } from '../../domain/accounts/store.ts'
import { ConsoleError } from '../../domain/admin/admins.ts'
import { findKnownApp, readKnownApps, type KnownApp } from '../../domain/apps/known.ts'
import { putOfficial, type App } from '../../domain/apps/store.ts'
import { countAccounts } from '../../domain/auth/whereabouts-store.ts'
import type { Markup } from '../shell.ts'
import { actorId, words, type ConsoleCall, type ConsoleDeed, type ConsolePage } from './call.ts'
import { countTable } from './counts.ts'
import { badge, facts, form, moment, people, prose, table, textField, type Content } from './parts.ts'
import { CAUSE_LENGTH, sanctionTable } from './sanctioning.ts'

const HISTORY = 50
/** Apps of one page. */
const LISTED = 200

export const APP_PAGES: readonly ConsolePage[] = [
  { path: '/admin/apps', needs: 'see apps', title: 'Apps', show: listApps },
  { path: '/admin/apps/:id{[0-9]+}', needs: 'see apps', title: 'App', show: showApp },
]

export const APP_DEEDS: readonly ConsoleDeed[] = [
  {
    path: '/admin/apps/:id{[0-9]+}/block',
    needs: 'block an app',
    async prepare(call) {
      const { apiId: id, isBlocked } = await findAppOf(call)
      if (isBlocked) throw new ConsoleError('This app is blocked already.')
      const cause = words(call, 'cause', { label: 'The reason', max: CAUSE_LENGTH })
      const by = actorId(call)
      return {
        subject: `app ${id}`,
        details: { cause, accounts: await accountsOf(call, id) },
        run: () =>
          impose(call.ctx, { subject: { kind: 'app', id }, kind: 'banned', forSec: undefined, cause, by }),
        to: `/admin/apps/${id}`,
      }
    },
  },
  {
    path: '/admin/apps/:id{[0-9]+}/unblock',
    needs: 'unblock an app',
    async prepare(call) {
      const { apiId: id } = await findAppOf(call)
      return {
        subject: `app ${id}`,
        details: { accounts: await accountsOf(call, id) },
        run: () => unblockApp(call.ctx, id, actorId(call)),
        to: `/admin/apps/${id}`,
      }
    },
  },
  {
    path: '/admin/apps/:id{[0-9]+}/mark',
    needs: 'mark an app',
    async prepare(call) {
      const { apiId: id, registered } = await findAppOf(call)
      if (!registered) throw new ConsoleError('Only an app that is registered here can be marked.')
      const { isOfficial } = registered
      return {
        subject: `app ${id}`,
        details: { isOfficial: !isOfficial },
        run: () => call.ctx.db.single((tx) => putOfficial(tx, id, !isOfficial)),
        to: `/admin/apps/${id}`,
      }
    },
  },
]

/** How many accounts are signed in through an app. */
async function accountsOf(call: ConsoleCall, apiId: number): Promise<number> {
  return (await countAccounts(call.ctx.db, [apiId])).get(apiId) ?? 0
}

async function findAppOf(call: ConsoleCall): Promise<KnownApp> {
  const app = await findKnownApp(call.ctx.db, call.id)
  if (!app) throw new ConsoleError('There is no such app.')
  return app
}

const CAPTION = 'Registered here, or published with the sources of a client'

async function listApps(call: ConsoleCall): Promise<Markup> {
  const { ctx } = call
  const after = Number(call.query('after')) || 0
  const all = await readKnownApps(ctx.db)
  const apps = all.filter((app) => app.apiId > after).slice(0, LISTED)
  const accounts = await countAccounts(
    ctx.db,
    apps.map((app) => app.apiId),
  )
  const rows = apps.map((app): Content[] => [
    html`<a href="/admin/apps/${app.apiId}">${app.title}</a>`,
    app.apiId,
    ownerText(app),
    accounts.get(app.apiId) ?? 0,
    state(app),
  ])
  const last = apps.length === LISTED ? apps.at(-1)?.apiId : undefined
  return html`<h1>Apps</h1>
    ${table(CAPTION, ['Title', 'api_id', 'Owner', 'Accounts', 'State'], rows, 'None.')}
    ${last === undefined ? '' : html`<p><a href="/admin/apps?after=${last}">More</a></p>`}`
}

function ownerText({ registered }: KnownApp): string {
  if (!registered) return 'published'
  return registered.ownerPhone === null ? 'the host' : `+${registered.ownerPhone}`
}

function state({ isBlocked, registered }: KnownApp): Content {
  if (isBlocked) return badge('blocked', 'bad')
  if (!registered) return 'observed'
  return registered.isOfficial || registered.ownerPhone === null ? badge('official', 'good') : 'observed'
}

async function showApp(call: ConsoleCall): Promise<Markup> {
  const { ctx } = call
  const app = await findAppOf(call)
  const subject = { kind: 'app', id: app.apiId } as const
  const ownerPhone = app.registered?.ownerPhone ?? null
  const [accounts, counts, sanctions, ownerId] = await Promise.all([
    accountsOf(call, app.apiId),
    readCounts(ctx.db, subject, dayOf(ctx.clock.nowSec())),
    readSanctions(ctx.db, { subject, limit: HISTORY }),
    ownerPhone === null ? undefined : findByPhone(ctx.db, ownerPhone),
  ])
  const nameOf = await people(ctx, [ownerId, ...sanctions.map((each) => each.madeBy)])
  return html`<h1>${app.title}</h1>
    ${facts([
      ['api_id', app.apiId],
      ['Owner', html`${ownerText(app)}${ownerId === undefined ? '' : html` ${nameOf(ownerId)}`}`],
      ...registration(app.registered),
      [app.isBlocked ? 'Accounts kept out' : 'Accounts', accounts],
      ['State', state(app)],
    ])}
    ${app.registered?.description ? prose(app.registered.description) : ''} ${appForms(call, app)}
    <h2>What was counted</h2>
    ${countTable(counts)}
    <h2>Sanctions</h2>
    ${sanctionTable(call, 'Sanctions', sanctions, () => app.title, nameOf)}`
}

/** What was said of it when it was registered. */
function registration(app: App | undefined): [string, Content][] {
  if (!app) return [['Registered', 'no: these are the ids in the published sources of the client']]
  return [
    ['Short name', app.shortName],
    ['Website', app.url],
    ['Platform', app.platform],
    ['Registered', moment(app.createdAt)],
  ]
}

const BLOCKING =
  'Nobody can sign in through it, and whoever is signed in can do nothing there until it is unblocked. ' +
  'They stay signed in, and their other apps go on.'

function appForms(call: ConsoleCall, app: KnownApp): Markup {
  const path = `/admin/apps/${app.apiId}`
  const block = app.isBlocked
    ? form(call, { needs: 'unblock an app', path: `${path}/unblock`, button: 'Let people use it again' })
    : form(
        call,
        { needs: 'block an app', path: `${path}/block`, button: 'Block', isDanger: true },
        textField('cause', 'Why is nobody to use it any more?', { max: CAUSE_LENGTH, help: BLOCKING }),
      )
  const mark =
    (app.registered?.ownerPhone ?? null) === null
      ? ''
      : form(call, {
          needs: 'mark an app',
          path: `${path}/mark`,
          button: app.registered?.isOfficial
            ? 'Take the mark “official” away'
            : 'Mark as official: not observed',
        })
  return html`${block} ${mark}`
}
