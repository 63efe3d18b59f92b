import type { Hono } from 'hono'
import { audit } from '../../domain/admin/audit.ts'
import { notifyDevelopers } from '../../domain/apps/notify.ts'
import { AppError } from '../../domain/apps/text.ts'
import { isAdmin } from '../admin-token.ts'
import { field, readForm, type Env } from '../request.ts'
import type { PortalDeps } from './deps.ts'

/** Lets `chappe app notify` have a server that is running write to the owners of apps, whose clients then see it at once. */
export function addNotify(pages: Hono<Env>, { context: ctx, proxies }: PortalDeps): void {
  pages.post('/apps/notify', async (c) => {
    if (!isAdmin(ctx, c.req.header('authorization'))) return c.text('ERROR', 403)
    const text = field(await readForm(c), 'text')
    const by = { userId: undefined, standing: 'host', address: proxies.addressOf(c.env.incoming) } as const
    await audit(ctx, by, { action: 'announce', subject: 'developers', details: { text } })
    try {
      return c.json({ notified: await notifyDevelopers(ctx, text) })
    } catch (error) {
      if (error instanceof AppError) return c.text(error.message, 400)
      throw error
    }
  })
}
