import { Hono } from 'hono'
import { html, raw } from 'hono/html'
import type { Metrics } from '../metrics.ts'

/** What anybody may know of this server: the body of /.well-known/chappe.json. */
export interface PublicFacts {
  readonly version: string
  readonly layer: number
  readonly url: string
  readonly thisDc: number
  readonly dcs: readonly { readonly id: number; readonly host: string; readonly port: number }[]
  readonly publicKey: string
  readonly fingerprint: string
}

export interface PagesDeps {
  readonly facts: () => PublicFacts
  readonly isReady: () => Promise<boolean>
  readonly metrics: Metrics
}

/** The pages of a server: what it is, and the probes. */
export function createPages(deps: PagesDeps): Hono {
  const pages = new Hono()
  pages.get('/', (c) => c.html(landing(deps.facts())))
  pages.get('/.well-known/chappe.json', (c) => c.json(deps.facts()))
  pages.get('/healthz', (c) => c.text('ok\n'))
  pages.get('/readyz', async (c) => ((await deps.isReady()) ? c.text('ok\n') : c.text('not ready\n', 503)))
  pages.get('/metrics', async (c) => {
    const { registry } = deps.metrics
    return c.body(await registry.metrics(), 200, { 'content-type': registry.contentType })
  })
  return pages
}

const CLIENTS = ['mtcute', 'gramjs', 'teleproto', 'telethon', 'pyrogram', 'tdlib', 'gotd', 'grammers']

/** Light and dark, small and wide. */
const STYLE = `
:root {
  --ink: #14202b;
  --paper: #fbfaf7;
  --quiet: #5b6873;
  --line: #dcd9d0;
  --box: #f1efe8;
  --mark: #a5501d;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e6e4de;
    --paper: #14181c;
    --quiet: #98a3ac;
    --line: #2c343b;
    --box: #1c2228;
    --mark: #e29a64;
  }
}
* {
  box-sizing: border-box;
}
body {
  margin: 0;
  background: var(--paper);
  color: var(--ink);
  font:
    17px/1.55 system-ui,
    sans-serif;
}
main {
  max-width: 44rem;
  margin: 0 auto;
  padding: 3rem 1.25rem;
}
h1 {
  font-size: 2rem;
  margin: 0;
  letter-spacing: -0.02em;
}
h2 {
  font-size: 1.1rem;
  margin: 2.25rem 0 0.5rem;
}
p {
  margin: 0.5rem 0;
}
.quiet {
  color: var(--quiet);
}
pre {
  background: var(--box);
  border: 1px solid var(--line);
  border-radius: 8px;
  padding: 0.9rem;
  overflow-x: auto;
  font:
    13px/1.5 ui-monospace,
    monospace;
  margin: 0.75rem 0;
}
code {
  font:
    0.9em ui-monospace,
    monospace;
}
dl {
  display: grid;
  grid-template-columns: max-content 1fr;
  gap: 0.25rem 1.25rem;
  margin: 0.75rem 0;
}
dt {
  color: var(--quiet);
}
dd {
  margin: 0;
  overflow-wrap: anywhere;
}
a {
  color: var(--mark);
}
`

function landing(facts: PublicFacts): ReturnType<typeof html> {
  const dc = facts.dcs.find((each) => each.id === facts.thisDc) ?? facts.dcs[0]
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>Chappe</title>
        <style>
          ${raw(STYLE)}
        </style>
      </head>
      <body>
        <main>
          <h1>Chappe</h1>
          <p class="quiet">
            The Telegram platform on your own machine. Version ${facts.version}, layer ${facts.layer}.
          </p>
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
          <h2>Connect a client</h2>
          <p>
            Where the server runs, each of these prints what to paste, with the address and the key filled in:
          </p>
          <pre>${CLIENTS.map((name) => `npx chappe connect ${name}`).join('\n')}</pre>
          <p>A client also needs an api_id and api_hash:</p>
          <pre>npx chappe app create --title "My app" --short-name myapp --phone +15550001111</pre>
          <p class="quiet">
            The same facts for programs: <a href="/.well-known/chappe.json">/.well-known/chappe.json</a>
          </p>
        </main>
      </body>
    </html>`
}
