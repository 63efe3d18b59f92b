import { html } from 'hono/html'
import { RECIPES } from '../recipes/all.ts'
import type { PublicFacts } from './facts.ts'
import { shell, type Markup } from './shell.ts'

/** What this server is, and how to connect each client to it. `phone` is of who is signed in to the portal. */
export function landing(facts: PublicFacts, phone: string | undefined): Markup {
  const dc = facts.dcs.find((each) => each.id === facts.thisDc) ?? facts.dcs[0]
  const names = RECIPES.map(({ name }) => `npx chappe connect ${name}`).join('\n')
  const body = html`<h1>Chappe</h1>
    <p class="quiet">
      The Telegram platform on your own machine. Version ${facts.version}, layer ${facts.layer}.
    </p>
    ${phone === undefined ? '' : signedIn(phone)}
    <h2>This server</h2>
    <dl>
      <dt>Address</dt>
      <dd><code>${dc?.host}:${dc?.port}</code></dd>
      <dt>Datacenter</dt>
      <dd><code>${facts.thisDc}</code></dd>
      <dt>Key fingerprint</dt>
      <dd><code>${facts.fingerprint}</code></dd>
    </dl>
    <p>Its public key:</p>
    <pre>${facts.publicKey.trim()}</pre>
    ${phone === undefined ? signedOut() : ''}
    <h2>Connect a client</h2>
    <p>Where the server runs, each of these prints what to paste, with the address and the key filled in:</p>
    <pre>${names}</pre>
    <p class="quiet">Is your account banned or limited? <a href="/appeal">Say what is wrong with it</a>.</p>
    <p class="quiet">
      The same facts for programs: <a href="/.well-known/chappe.json">/.well-known/chappe.json</a>
    </p>`
  return shell({ title: 'Chappe', path: '/', isSignedIn: phone !== undefined, body })
}

function signedIn(phone: string): Markup {
  return html`<h2>Developer portal</h2>
    <p>You are signed in as +${phone}.</p>
    <ul class="menu">
      <li><a href="/apps">API development tools</a></li>
      <li><a href="/delete">Delete account</a></li>
      <li><a href="/auth/logout">Log out</a></li>
    </ul>`
}

function signedOut(): Markup {
  return html`<h2>Make something</h2>
    <p>
      An app needs an api_id and api_hash. The <a href="/auth?to=apps">developer portal</a> gives you yours;
      the code to sign in comes to your chats. Whoever runs the server can also make one:
    </p>
    <pre>npx chappe app create --title "My app" --short-name myapp --phone +15550001111</pre>`
}
