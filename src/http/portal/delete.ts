import type { Hono } from 'hono'
import { deleteAccount } from '../../domain/accounts/delete.ts'
import { limit, RATES } from '../../rpc/limits.ts'
import { RpcError } from '../../tl/rpc-error.ts'
import { field, isTooMany, readForm, TOO_MANY, type Env } from '../request.ts'
import { deletedPage, deletePage } from './delete-pages.ts'
import type { PortalDeps } from './deps.ts'
import { clearSession, isFromPage, visitorOf } from './request.ts'

const REFUSED = 'ERROR'
const EXPIRED = 'This page was open for too long. Please try again.'
const NOT_CONFIRMED = 'Please confirm that you understand.'
const MESSAGE_LENGTH = 500
const DAY_SEC = 86_400

/** Deletion of one's account. */
export function addDelete(pages: Hono<Env>, { context: ctx }: PortalDeps): void {
  pages.get('/delete', async (c) => {
    const visitor = await visitorOf(ctx, c)
    return visitor ? c.html(deletePage({ visitor })) : c.redirect('/auth?to=delete', 302)
  })
  pages.post('/delete/do_delete', async (c) => {
    const form = await readForm(c)
    const isPage = isFromPage(form)
    const visitor = await visitorOf(ctx, c)
    if (!visitor) return isPage ? c.redirect('/auth?to=delete', 303) : c.text(REFUSED)
    const message = field(form, 'message').slice(0, MESSAGE_LENGTH)
    const refuse = (error: string): Response | Promise<Response> =>
      isPage ? c.html(deletePage({ visitor, error, message }), 400) : c.text(error)
    if (field(form, 'hash') !== visitor.formHash) return refuse(isPage ? EXPIRED : REFUSED)
    if (isPage && field(form, 'confirm') !== '1') return refuse(NOT_CONFIRMED)
    try {
      await limit(ctx, RATES.portalChangesPerPhone, visitor.phone)
      await deleteAccount(ctx, visitor.userId, message)
    } catch (error) {
      const told = explain(error)
      if (told === undefined) throw error
      return refuse(told)
    }
    clearSession(c)
    return isPage ? c.html(deletedPage()) : c.text('true')
  })
}

/** What the one who asked is told; undefined when it is our fault. */
function explain(error: unknown): string | undefined {
  if (isTooMany(error)) return TOO_MANY
  if (!(error instanceof RpcError) || error.name_ !== '2FA_CONFIRM_WAIT_%d') return undefined
  const days = Math.max(Math.ceil((error.seconds ?? 0) / DAY_SEC), 1)
  return (
    `Your account has two-step verification: it can be deleted here in ${days === 1 ? 'a day' : `${days} days`}, ` +
    'unless somebody who is signed in to it keeps it by the link in the chat with the service account.'
  )
}
