import { html, raw } from 'hono/html'
import type { AppForm } from '../../domain/apps/own.ts'
import type { App } from '../../domain/apps/store.ts'
import type { Visitor } from '../../domain/portal/sign-in.ts'
import { dayText } from '../../lib/dates.ts'
import { RECIPES, targetOf } from '../../recipes/all.ts'
import type { PublicFacts } from '../facts.ts'
import { alert, hidden, notice } from '../parts.ts'
import { shell, type Markup } from '../shell.ts'
import { appFields, exact, formHash } from './app-form.ts'

/** Where the commands in the recipes expect the server's data; the portal does not tell where it really is. */
const DATA_DIR = './data'

/**
 * What an app is: its api_id and api_hash, its description, and what its clients must be told. Programs know the page by
 * its title, find the values by their labels or by the class of what they stand in, in this order, and take a page on which
 * "login" stands for that of somebody who is not signed in.
 */
export async function configurationPage(page: {
  visitor: Visitor
  app: App
  facts: PublicFacts
  notice: string | undefined
  error: string | undefined
  typed: AppForm | undefined
}): Promise<Awaited<Markup>> {
  const { app, facts } = page
  const title = 'App configuration'
  const body = html`<h1>${title}</h1>
    ${notice(page.notice)}${alert(page.error)}${alert(app.isBlocked ? BLOCKED : undefined)}
    ${editForm(page.visitor, app, page.typed ?? app)}
    <h2>Available MTProto servers</h2>
    <div class="aside">${servers(facts)}</div>
    <h2>Connect a client</h2>
    <p>What to paste, with the address, the key and this app filled in:</p>
    ${recipes(app, facts)} ${footer(app)}`
  const whole = await shell({ title, path: '/apps', isSignedIn: true, body })
  const spelt = (word: string): string => `${word.slice(0, 3)}&#${word.charCodeAt(3)};${word.slice(4)}`
  return raw(String(whole).replaceAll(/login/gi, spelt))
}

const BLOCKED = 'The host of this server has blocked this application: nobody can use it.'

function editForm(visitor: Visitor, app: App, typed: AppForm): Markup {
  // A short name that the host gave may be of another form, and can stay as it is.
  const pattern = `[A-Za-z0-9]{5,32}|${app.shortName.replaceAll(/\W/g, '')}`
  return html`<form id="app_edit_form" class="form-horizontal aside" method="post" action="/apps/save">
      ${formHash(visitor.formHash)}${hidden({ via: 'page' })}
      ${value('app_id', 'App api_id', exact`<strong>${app.apiId}</strong>`)}
      ${value('app_hash', 'App api_hash', exact`${app.apiHash}`, SECRET)} ${appFields(typed, pattern)}
      <div class="buttons">
        <button type="submit" class="btn btn-primary" id="app_save_btn">Save changes</button>
      </div>
    </form>
    <p class="help-block after">Has the hash become known to others? <a href="/apps/renew">Renew it</a>.</p>`
}

const SECRET = html`<p class="help-block">Keep it to your app: it is not to be passed to others.</p>`

function servers(facts: PublicFacts): Markup {
  const own = facts.dcs.filter(({ id }) => id === facts.thisDc)
  const others = facts.dcs.filter(({ id }) => id !== facts.thisDc)
  const dcs = [...own, ...others]
  const first = dcs[0]
  const address = exact`<strong>${first?.host}:${first?.port}</strong>`
  const names = html`<p class="help-block">DC ${first?.id}</p>`
  const more = others.map(({ id, host, port }) => `DC ${id} ${host}:${port}`).join(', ')
  const keys = exact`<pre><code>${facts.publicKey.trim()}</code></pre>`
  return html`${value('', 'Test configuration', address, names)}
  ${value('', 'Production configuration', address, html`${names}${more ? html`<p class="help-block">${more}</p>` : ''}`)}
  ${value('', 'Public keys', keys, html`<p class="help-block">Fingerprint ${facts.fingerprint}</p>`)}`
}

/** A value that is shown, in the letters that programs cut it out of. */
function value(id: string, label: string, shown: Markup, more: Markup | '' = ''): Markup {
  const target = id === '' ? '' : exact`for="${id}" `
  return exact`<div class="form-group">
      <label ${target}class="col-md-4 text-right control-label">${label}:</label>
      <div class="col-md-7">
        <span class="form-control input-xlarge uneditable-input" onclick="this.select();">${shown}</span>
        ${more}
      </div>
    </div>
`
}

function recipes(app: App, facts: PublicFacts): Markup[] {
  const own = { apiId: app.apiId, apiHash: app.apiHash, dataDir: DATA_DIR }
  const target = targetOf(facts, own)
  if (!target) return []
  return RECIPES.map(
    (recipe) =>
      html`<details>
        <summary>${recipe.title}</summary>
        <pre><code>${recipe.print(target)}</code></pre>
      </details>`,
  )
}

function footer(app: App): Markup {
  const accepted =
    app.termsVersion === null || app.termsAcceptedAt === null
      ? ''
      : html`: you accepted version ${app.termsVersion} on ${dayText(app.termsAcceptedAt)}`
  return html`<p class="help-block after">
    The app belongs to +${app.ownerPhone}. <a href="/apps/terms">API terms</a>${accepted}.
  </p>`
}
