import { html } from 'hono/html'
import type { Visitor } from '../../domain/portal/sign-in.ts'
import { alert, hidden } from '../parts.ts'
import { shell, type Markup } from '../shell.ts'

const TITLE = 'Authorization'
const HEADLINE = 'Delete Account or Manage Apps'

/** Asks for a phone number. */
export function authPage(page: { to: string; typed?: string; error?: string }): Markup {
  const body = html`<h1>${HEADLINE}</h1>
    ${alert(page.error)}
    <p>
      Enter the number of your account in international form. A code comes as a message from the service
      account, to the apps where you are signed in.
    </p>
    <form id="my_send_form" class="narrow" method="post" action="/auth/send_password">
      ${hidden({ via: 'page', to: page.to })}
      <div class="form-group">
        <label for="my_login_phone">Your phone number</label>
        <input
          type="tel"
          id="my_login_phone"
          name="phone"
          value="${page.typed ?? ''}"
          placeholder="+15550001111"
          autocomplete="tel"
          maxlength="64"
          required
          autofocus
        />
      </div>
      <button type="submit" class="btn btn-primary btn-lg">Next</button>
    </form>
    <p class="help-block after">No account here yet? Sign up with any app first.</p>`
  return shell({ title: TITLE, path: '/auth', isSignedIn: false, body })
}

/** Asks for the code that was sent. The page says the same whether the number has an account or not. */
export function codePage(page: { to: string; phone: string; randomHash: string; error?: string }): Markup {
  const body = html`<h1>${HEADLINE}</h1>
    ${alert(page.error)}
    <p>
      If <strong>+${page.phone}</strong> has an account here, a code is on its way to it: look into the chat
      with the service account. It can be used for ten minutes.
    </p>
    <form id="my_login_form" class="narrow" method="post" action="/auth/login">
      ${hidden({ via: 'page', to: page.to, phone: `+${page.phone}` })}
      <input type="hidden" id="my_random_hash" name="random_hash" value="${page.randomHash}" />
      <div class="form-group">
        <label for="my_password">Confirmation code</label>
        <input
          type="text"
          class="code"
          id="my_password"
          name="password"
          autocomplete="one-time-code"
          autocapitalize="off"
          autocorrect="off"
          spellcheck="false"
          maxlength="64"
          required
          autofocus
        />
      </div>
      <label class="check"
        ><input type="checkbox" name="remember" value="1" /> Remember me on this device</label
      >
      <div class="buttons">
        <button type="submit" class="btn btn-primary btn-lg">Sign In</button>
        <a href="/auth?again=1&amp;to=${page.to}">Use another number, or ask for another code</a>
      </div>
    </form>`
  return shell({ title: TITLE, path: '/auth', isSignedIn: false, body })
}

/** Asks whether somebody who followed a link of another site really wants to sign out. */
export function signOutPage(visitor: Visitor): Markup {
  const body = html`<h1>Log out?</h1>
    <p>You are signed in as +${visitor.phone}.</p>
    <form method="post" action="/auth/logout">
      <div class="buttons">
        <button type="submit" class="btn btn-primary">Log out</button>
        <a href="/apps">Stay</a>
      </div>
    </form>`
  return shell({ title: 'Log out', path: '/auth/logout', isSignedIn: true, body })
}
