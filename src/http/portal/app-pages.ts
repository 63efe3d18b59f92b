import { html } from 'hono/html'
import type { AppForm } from '../../domain/apps/own.ts'
import type { App } from '../../domain/apps/store.ts'
import type { ApiTerms } from '../../domain/apps/terms.ts'
import type { Visitor } from '../../domain/portal/sign-in.ts'
import { alert, hidden } from '../parts.ts'
import { shell, type Markup } from '../shell.ts'
import { appFields, formHash } from './app-form.ts'

const NEW_APP: AppForm = { title: '', shortName: '', url: '', platform: 'android', description: '' }

/** Describes an app that is to be registered. Programs know the page by its title and take the hash from its form. */
export function createPage(page: {
  visitor: Visitor
  terms: ApiTerms
  typed?: AppForm
  error?: string
}): Markup {
  const { visitor, terms } = page
  const title = 'Create new application'
  const body = html`<h1>${title}</h1>
    ${alert(page.error)}
    <p>
      Every client of this server says which application it is. A number has one of its own, for all that its
      owner makes.
    </p>
    <form id="app_create_form" class="aside" method="post" action="/apps/create">
      ${formHash(visitor.formHash)}${hidden({ via: 'page' })} ${appFields(page.typed ?? NEW_APP)}
      <h2 id="terms">API terms</h2>
      <div class="terms" tabindex="0" role="region" aria-labelledby="terms">${paragraphs(terms.text)}</div>
      <label class="check"
        ><input type="checkbox" name="app_terms" value="${terms.version}" required />
        <span
          >I accept these terms (version ${terms.version}). Who creates an application by a program accepts
          them, too.</span
        ></label
      >
      <div class="buttons">
        <button type="submit" class="btn btn-primary" id="app_save_btn">Create application</button>
      </div>
    </form>`
  return shell({ title, path: '/apps', isSignedIn: true, body })
}

/** Asks whether an app is really to have another api_hash. */
export function renewPage(page: { visitor: Visitor; app: App; error?: string }): Markup {
  const { visitor, app } = page
  const title = 'Renew the api hash'
  const body = html`<h1>${title}</h1>
    ${alert(page.error)}
    <p>
      <strong>${app.title}</strong> gets a new api hash, and the present one is void at once: nobody can sign
      in through a copy of the app that has it. Those who are signed in stay so.
    </p>
    <p>Do this when the hash has become known to others.</p>
    <form method="post" action="/apps/renew">
      ${formHash(visitor.formHash)}${hidden({ via: 'page', confirm: '1' })}
      <div class="buttons">
        <button type="submit" class="btn btn-danger">Renew the hash</button>
        <a href="/apps">Keep the hash</a>
      </div>
    </form>`
  return shell({ title, path: '/apps/renew', isSignedIn: true, body })
}

/** The terms that makers of apps accept. */
export function termsPage(terms: ApiTerms, isSignedIn: boolean): Markup {
  const title = 'API terms'
  const body = html`<h1>${title}</h1>
    <p class="quiet">Version ${terms.version}</p>
    ${paragraphs(terms.text)}`
  return shell({ title, path: '/apps/terms', isSignedIn, body })
}

function paragraphs(text: string): Markup[] {
  return text.split(/\n{2,}/).map((paragraph) => html`<p>${paragraph}</p>`)
}
