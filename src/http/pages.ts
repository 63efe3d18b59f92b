import { Hono } from 'hono'
import type { Context } from '../context.ts'
import { faultOf } from '../rpc/faults.ts'
import { addAdmin } from './admin/admin.ts'
import type { ConsoleParts } from './admin/call.ts'
import { addAppeal } from './appeal/appeal.ts'
import type { PublicFacts } from './facts.ts'
import { securityHeaders } from './headers.ts'
import { landing } from './landing.ts'
import { addPortal } from './portal/portal.ts'
import { visitorOf } from './portal/request.ts'
import type { Proxies } from './proxies.ts'
import { readToEnd, type Env } from './request.ts'
import { addStyle, ICON, STYLE, STYLE_PATH } from './style.ts'

export interface PagesDeps {
  readonly context: Context
  readonly facts: () => PublicFacts
  readonly isReady: () => Promise<boolean>
  readonly proxies: Proxies
  readonly console: ConsoleParts
}

const A_DAY = 'public, max-age=86400'

/** The pages of a server: what it is, the developer portal, and the probes. */
export function createPages(deps: PagesDeps): Hono<Env> {
  const { context, facts } = deps
  const pages = new Hono<Env>()
  pages.use(securityHeaders, readToEnd)
  pages.get('/', async (c) => c.html(landing(facts(), (await visitorOf(context, c))?.phone)))
  addStyle(pages, STYLE_PATH, STYLE)
  pages.get('/icon.svg', (c) =>
    c.body(ICON, 200, { 'content-type': 'image/svg+xml', 'cache-control': A_DAY }),
  )
  pages.get('/.well-known/chappe.json', (c) => c.json(facts()))
  pages.get('/healthz', (c) => c.text('ok\n'))
  // Without the bus it serves all the same: what nodes cannot tell each other is only late.
  pages.get('/readyz', async (c) =>
    (await deps.isReady())
      ? c.text(context.bus.isAway ? 'ok, but the bus is away\n' : 'ok\n')
      : c.text('not ready\n', 503),
  )
  pages.get('/metrics', async (c) => {
    const { registry } = context.metrics
    return c.body(await registry.metrics(), 200, { 'content-type': registry.contentType })
  })
  addPortal(pages, deps)
  addAdmin(pages, deps)
  addAppeal(pages, deps)
  pages.onError((error, c) => {
    context.log.error({ fault: faultOf(error), path: c.req.path }, 'a page could not be made')
    return c.text('Something went wrong here. Please try again later.\n', 500)
  })
  return pages
}
