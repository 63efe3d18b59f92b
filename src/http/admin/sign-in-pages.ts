import { html } from 'hono/html'
import type { NextStep } from '../../domain/admin/sign-in.ts'
import { alert, codeField } from '../parts.ts'
import type { Markup } from '../shell.ts'
import { qrCode } from './qr.ts'
import { consoleShell } from './shell.ts'

/** Asks for an account, or for the token. */
export function namePage(page: { error?: string | undefined; typed?: string; tokenError?: string }): Markup {
  const body = html`<h1>Sign in to the console</h1>
    ${alert(page.error ?? page.tokenError)}
    <p>With the account that was appointed as an administrator. A code comes to its chats.</p>
    <form method="post" action="/admin/sign-in/name">
      <div class="form-group">
        <label for="account">Phone number or @username</label>
        <input
          type="text"
          id="account"
          name="account"
          value="${page.typed ?? ''}"
          maxlength="64"
          autocomplete="username"
          autocapitalize="off"
          spellcheck="false"
          required
          autofocus
        />
      </div>
      <div class="buttons"><button type="submit" class="btn btn-primary">Next</button></div>
    </form>
    <h2>The first time</h2>
    <p>
      Whoever runs the server appoints the first administrator: with the token that stands in
      <code>server.json</code> of the data directory, as <code>adminToken</code>.
    </p>
    <form method="post" action="/admin/sign-in/token">
      <div class="form-group">
        <label for="token">Token</label>
        <input type="password" id="token" name="token" maxlength="200" autocomplete="off" required />
      </div>
      <div class="buttons"><button type="submit" class="btn">Sign in with the token</button></div>
    </form>`
  return signInPage(body)
}

/** Asks for the code from the chat. It says the same whether there is such an administrator or not. */
export function codePage(page: { error?: string | undefined }): Markup {
  const body = html`<h1>Sign in to the console</h1>
    ${alert(page.error)}
    <p>
      If this is the account of an administrator, a code is on its way to it: look into the chat with the
      service account. It can be used for ten minutes.
    </p>
    <form method="post" action="/admin/sign-in/code">
      ${codeField('Code from the chat', 'text')}
      <div class="buttons">
        <button type="submit" class="btn btn-primary">Next</button>
        <a href="/admin/sign-in?again=1">Begin again</a>
      </div>
    </form>`
  return signInPage(body)
}

/** Asks for the code of the authenticator, and shows where there is none yet how to set one up. */
export function secondPage(step: Exclude<NextStep, { kind: 'code' }>, error: string | undefined): Markup {
  const body = html`<h1>
      ${step.kind === 'set up' ? 'Set up your second factor' : 'Sign in to the console'}
    </h1>
    ${alert(error)} ${step.kind === 'set up' ? setUp(step) : ''}
    <form method="post" action="/admin/sign-in/second">
      ${step.kind === 'set up' ? setUpField() : ''} ${codeField('Code from the authenticator', 'numeric')}
      <div class="buttons">
        <button type="submit" class="btn btn-primary">Sign in</button>
        <a href="/admin/sign-in?again=1">Begin again</a>
      </div>
    </form>`
  return signInPage(body)
}

function setUp(step: { readonly secret: string; readonly uri: string }): Markup {
  const groups = step.secret.match(/.{1,4}/g) ?? []
  return html`<p>
      Administrators sign in with a code from the chat and one from an authenticator app. Read this with the
      app, or type the secret into it; it is shown only now.
    </p>
    ${qrCode(step.uri, 'The secret for the authenticator app, which stands below as text, too')}
    <p class="secret">${groups.join(' ')}</p>
    <p><a href="${step.uri}">Open it in the authenticator of this device</a></p>`
}

function setUpField(): Markup {
  return html`<div class="form-group">
    <label for="set-up-code">Set-up code</label>
    <input
      type="text"
      class="code"
      id="set-up-code"
      name="set-up-code"
      autocomplete="off"
      autocapitalize="characters"
      spellcheck="false"
      maxlength="64"
      aria-describedby="set-up-code-help"
      required
      autofocus
    />
    <p class="help-block" id="set-up-code-help">
      It stands in the list of administrators, where whoever appointed you sees it and can give it to you.
    </p>
  </div>`
}

function signInPage(body: Markup): Markup {
  return consoleShell({ title: 'Sign in', path: '/admin/sign-in', user: undefined, body })
}
