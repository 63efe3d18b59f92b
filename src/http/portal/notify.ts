import type { Hono } from 'hono'
import { notifyDevelopers } from '../../domain/apps/notify.ts'
import { AppError } from '../../domain/apps/text.ts'
import { isAdmin } from '../admin-token.ts'
import { field, readForm, type Env } from '../request.ts'
import type { PortalDeps } from './portal.ts'

/** Lets `chappe app notify` have a server that is running write to the owners of apps, whose clients then see it at once. */
export function addNotify(pages: Hono<Env>, { context: ctx }: PortalDeps): void {
  pages.post('/apps/notify', async (c) => {
    if (!isAdmin(ctx, c.req.header('authorization'))) return c.text('ERROR', 403)
    try {
      return c.json({ notified: await notifyDevelopers(ctx, field(await readForm(c), 'text')) })
    } catch (error) {
      if (error instanceof AppError) return c.text(error.message, 400)
      throw error
    }
  })
}
