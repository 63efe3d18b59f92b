import { html, raw } from 'hono/html'
import { ICON, STYLE_PATH } from './style.ts'

/** A page, or a part of one; what was put into it is escaped. */
export type Markup = ReturnType<typeof html>

/** What every page has around it. */
export interface Shell {
  /** Programs compare it. */
  readonly title: string
  /** The path of the page, for its link in the menu. */
  readonly path: string
  /** Whether somebody is signed in to the portal, who gets a menu. */
  readonly isSignedIn: boolean
  readonly body: Markup
}

const MENU: readonly { readonly path: string; readonly title: string }[] = [
  { path: '/apps', title: 'API development tools' },
  { path: '/delete', title: 'Delete account' },
  { path: '/auth/logout', title: 'Log out' },
]

const PORTAL = html`<nav><a href="/auth?to=apps">Developer portal</a></nav>`

/** A whole page. */
export function shell({ title, path, isSignedIn, body }: Shell): Markup {
  // The landing page has the menu in its text.
  const head = path === '/' ? (isSignedIn ? '' : PORTAL) : isSignedIn ? menu(path) : ''
  return frame(
    { title },
    html`<body>
      <header>
        <a class="brand" href="/">${MARK}Chappe</a>
        ${head}
      </header>
      <main>${body}</main>
    </body>`,
  )
}

/** The mark of the house, in the colour of what is around it. */
export const MARK = raw(ICON.replace('stroke="#b8602c"', 'stroke="currentColor" aria-hidden="true"'))

/** What browsers are told of any page, and its body. `more` stands at the end of its head. */
export function frame(head: { readonly title: string; readonly more?: Markup }, body: Markup): Markup {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${head.title}</title>
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="${STYLE_PATH}" />
        ${head.more ?? ''}
      </head>
      ${body}
    </html>`
}

function menu(path: string): Markup {
  const links = MENU.map(
    (each) =>
      html`<a href="${each.path}" ${each.path === path ? raw('aria-current="page"') : ''}>${each.title}</a>`,
  )
  return html`<nav aria-label="Developer portal">${links}</nav>`
}
