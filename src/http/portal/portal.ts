import type { Hono } from 'hono'
import { MAX_FORM_BYTES } from '../limits.ts'
import { type Env, refuseLarger } from '../request.ts'
import { addApps } from './apps.ts'
import { addAuth } from './auth.ts'
import { addDelete } from './delete.ts'
import type { PortalDeps } from './deps.ts'
import { addNotify } from './notify.ts'
import { refuseForeign } from './request.ts'

/**
 * The developer portal: signing in by phone, one's app, deletion of the account. It works without a script in the browser,
 * and answers the programs that fill in the platform's own portal as they know it.
 * https://core.telegram.org/api/obtaining_api_id
 */
export function addPortal(pages: Hono<Env>, deps: PortalDeps): void {
  const refuse = refuseForeign(deps.proxies)
  for (const path of ['/auth/*', '/apps', '/apps/*', '/delete/*'])
    pages.post(path, refuse, refuseLarger(MAX_FORM_BYTES))
  pages.get('/auth/send_password', refuse)
  addAuth(pages, deps)
  addApps(pages, deps)
  addDelete(pages, deps)
  addNotify(pages, deps)
}
