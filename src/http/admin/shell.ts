import { html, raw } from 'hono/html'
import { mayDo, type Action } from '../../domain/admin/rights.ts'
import type { ConsoleUser } from '../../domain/admin/sign-in.ts'
import { frame, MARK, type Markup } from '../shell.ts'
import { CONSOLE_STYLE_PATH } from './style.ts'

const MENU: readonly { readonly path: string; readonly title: string; readonly needs: Action }[] = [
  { path: '/admin', title: 'Health', needs: 'see health' },
  { path: '/admin/cases', title: 'Cases', needs: 'see cases' },
  { path: '/admin/appeals', title: 'Appeals', needs: 'see appeals' },
  { path: '/admin/users', title: 'Users', needs: 'see users' },
  { path: '/admin/apps', title: 'Apps', needs: 'see apps' },
  { path: '/admin/sanctions', title: 'Sanctions', needs: 'see sanctions' },
  { path: '/admin/limits', title: 'Limits', needs: 'see limits' },
  { path: '/admin/terms', title: 'Terms', needs: 'see terms' },
  { path: '/admin/announcements', title: 'Announcements', needs: 'see announcements' },
  { path: '/admin/codes', title: 'Codes', needs: 'see codes' },
  { path: '/admin/admins', title: 'Administrators', needs: 'see administrators' },
  { path: '/admin/audit', title: 'Audit log', needs: 'see the audit log' },
]

/** What a page of the console has around it. */
export interface ConsoleShell {
  readonly title: string
  readonly path: string
  /** Undefined for pages before signing in. */
  readonly user: ConsoleUser | undefined
  readonly refreshSec?: number | undefined
  readonly body: Markup
}

/** A whole page of the console. */
export function consoleShell({ title, path, user, refreshSec, body }: ConsoleShell): Markup {
  const more = html`<link rel="stylesheet" href="${CONSOLE_STYLE_PATH}" />
    <meta name="robots" content="noindex" />
    ${refreshSec === undefined ? '' : html`<meta http-equiv="refresh" content="${refreshSec}" />`}`
  return frame(
    { title: `${title} · Chappe console`, more },
    html`<body class="${user ? 'console' : ''}">
      <a class="skip" href="#content">Skip to the content</a>
      <header>
        <a class="brand" href="/admin">${MARK}Chappe console</a>
        ${user ? signedIn(user) : ''}
      </header>
      ${user ? menu(user, path) : ''}
      <main id="content">${body}</main>
    </body>`,
  )
}

function signedIn(user: ConsoleUser): Markup {
  return html`<form class="who" method="post" action="/admin/sign-out">
    <input type="hidden" name="hash" value="${user.formHash}" />
    <span>${user.name} <span class="badge plain">${user.standing}</span></span>
    <button type="submit" class="link">Sign out</button>
  </form>`
}

function menu(user: ConsoleUser, path: string): Markup {
  const own = MENU.filter((each) => mayDo(user.standing, each.needs))
  const here = own.findLast((each) => path === each.path || path.startsWith(`${each.path}/`))
  return html`<nav aria-label="Console">
    ${own.map(
      (each) =>
        html`<a href="${each.path}" ${each === here ? raw('aria-current="page"') : ''}>${each.title}</a>`,
    )}
  </nav>`
}
