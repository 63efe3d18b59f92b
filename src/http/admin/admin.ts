import type { Context as Call, Hono } from 'hono'
import { getCookie } from 'hono/cookie'
import { html } from 'hono/html'
import { ConsoleError } from '../../domain/admin/admins.ts'
import { audit, type ConsoleActor } from '../../domain/admin/audit.ts'
import { mayDo, type Action } from '../../domain/admin/rights.ts'
import { readConsoleUser, type ConsoleUser } from '../../domain/admin/sign-in.ts'
import { limit, RATES } from '../../rpc/limits.ts'
import { RpcError } from '../../tl/rpc-error.ts'
import { refuseOthers } from '../foreign.ts'
import { MAX_CONSOLE_FORM_BYTES } from '../limits.ts'
import { alert, notice } from '../parts.ts'
import { field, isTooMany, readForm, refuseLarger, TOO_MANY, type Env } from '../request.ts'
import type { Markup } from '../shell.ts'
import { addStyle } from '../style.ts'
import type { ConsoleCall, ConsoleDeed, ConsoleDeps, ConsoleImage, ConsolePage } from './call.ts'
import { DEEDS, IMAGES, PAGES } from './routes.ts'
import { consoleShell } from './shell.ts'
import { addConsoleSignIn, CONSOLE_COOKIE } from './sign-in.ts'
import { CONSOLE_STYLE, CONSOLE_STYLE_PATH } from './style.ts'

const EXPIRED = 'This page was open for too long, or you have signed in anew since. Please try again.'

/**
 * The administrator's console. It works without a script in the browser. Every page and every form stands in `routes.ts`
 * with what it needs, and nobody gets past `rights.ts`.
 */
export function addAdmin(pages: Hono<Env>, deps: ConsoleDeps): void {
  addStyle(pages, CONSOLE_STYLE_PATH, CONSOLE_STYLE)
  pages.post('/admin/*', refuseOthers(deps.proxies), refuseLarger(MAX_CONSOLE_FORM_BYTES))
  addConsoleSignIn(pages, deps)
  for (const page of PAGES) pages.get(page.path, (c) => showPage(deps, c, page))
  for (const image of IMAGES) pages.get(image.path, (c) => showImage(deps, c, image))
  for (const deed of DEEDS) pages.post(deed.path, (c) => doDeed(deps, c, deed))
}

async function showPage(deps: ConsoleDeps, c: Call<Env>, page: ConsolePage): Promise<Response> {
  const user = await userOf(deps, c)
  if (!user) return c.redirect('/admin/sign-in', 302)
  if (!mayDo(user.standing, page.needs)) return await refuse(deps, c, user, page.needs)
  const call = callOf(deps, c, user, new URLSearchParams())
  const shown = { title: page.title, path: c.req.path, user, refreshSec: page.refreshSec }
  try {
    if (page.audits !== undefined)
      await audit(deps.context, call.by, { action: page.audits, subject: 'console', details: {} })
    const body = html`${notice(DONE[call.query('done')])}${await page.show(call)}`
    return await c.html(consoleShell({ ...shown, body }))
  } catch (error) {
    const told = explain(error)
    return await c.html(consoleShell({ ...shown, body: errorBody(told) }), 404)
  }
}

/** What people upload is never shown as they did: all images are JPEGs that this server has made. */
async function showImage(deps: ConsoleDeps, c: Call<Env>, image: ConsoleImage): Promise<Response> {
  const user = await userOf(deps, c)
  if (!user) return c.text('Not signed in', 401)
  if (!mayDo(user.standing, image.needs)) return await refuse(deps, c, user, image.needs)
  const bytes = await image.load(callOf(deps, c, user, new URLSearchParams()))
  if (!bytes) return c.text('Not found', 404)
  return c.body(new Uint8Array(bytes), 200, {
    'content-type': 'image/jpeg',
    'cross-origin-resource-policy': 'same-origin',
  })
}

async function doDeed(deps: ConsoleDeps, c: Call<Env>, deed: ConsoleDeed): Promise<Response> {
  const { context: ctx } = deps
  const form = await readForm(c)
  const user = await userOf(deps, c)
  if (!user) return c.redirect('/admin/sign-in', 303)
  if (!mayDo(user.standing, deed.needs)) return await refuse(deps, c, user, deed.needs)
  const call = callOf(deps, c, user, form)
  try {
    if (field(form, 'hash') !== user.formHash) throw new ConsoleError(EXPIRED)
    await limit(ctx, RATES.consoleDeeds, String(user.userId ?? 'token'))
    const { subject, details, run, to } = await deed.prepare(call)
    // Written down before it is done, so that nothing is done that is not written down.
    await audit(ctx, call.by, { action: deed.needs, subject, details })
    await run().catch(async (error: unknown) => {
      const reason = error instanceof ConsoleError ? error.message : 'a fault of the server'
      await audit(ctx, call.by, { action: `${deed.needs}: failed`, subject, details: { reason } })
      throw error
    })
    const mark = to.includes('?') ? '&' : '?'
    return c.redirect(`${to}${mark}done=${encodeURIComponent(deed.needs)}`, 303)
  } catch (error) {
    const body = errorBody(explain(error))
    return await c.html(consoleShell({ title: 'Not done', path: c.req.path, user, body }), 400)
  }
}

/** Who tried what they may not is written down, too. */
async function refuse(deps: ConsoleDeps, c: Call<Env>, user: ConsoleUser, needs: Action): Promise<Response> {
  const by = actorOf(deps, c, user)
  await audit(deps.context, by, { action: `${needs}: refused`, subject: 'console', details: {} })
  const body = errorBody(`Your role, ${user.standing}, does not let you ${needs}.`)
  return await c.html(consoleShell({ title: 'Not allowed', path: c.req.path, user, body }), 403)
}

function errorBody(told: string): Markup {
  return html`<h1>Not done</h1>
    ${alert(told)}
    <p>Go back with your browser: what you typed is still there. Or go to the <a href="/admin">start</a>.</p>`
}

/** What the administrator is told. Throws what is our fault. */
function explain(error: unknown): string {
  if (error instanceof ConsoleError) return error.message
  if (isTooMany(error)) return TOO_MANY
  if (error instanceof RpcError) return `The server says ${error.message}.`
  throw error
}

async function userOf({ context }: ConsoleDeps, c: Call<Env>): Promise<ConsoleUser | undefined> {
  const token = getCookie(c, CONSOLE_COOKIE)
  return token === undefined ? undefined : await readConsoleUser(context, token)
}

function actorOf({ proxies }: ConsoleDeps, c: Call<Env>, user: ConsoleUser): ConsoleActor {
  return { userId: user.userId, standing: user.standing, address: proxies.addressOf(c.env.incoming) }
}

function callOf(deps: ConsoleDeps, c: Call<Env>, user: ConsoleUser, form: URLSearchParams): ConsoleCall {
  return {
    ctx: deps.context,
    parts: deps.console,
    user,
    by: actorOf(deps, c, user),
    id: Math.min(Number(c.req.param('id') ?? 0), MAX_ID),
    query: (name) => (c.req.query(name) ?? '').replaceAll('\u0000', ''),
    field: (name) => field(form, name),
  }
}

const MAX_ID = 2 ** 31 - 1

/** What the next page says, by the right that the form needed. */
const DONE: Readonly<Record<string, string>> = {
  'decide a case': 'The case is decided.',
  'sanction a user': 'The sanction is in force.',
  'lift a sanction': 'The sanction is lifted.',
  'end sessions': 'The sessions are ended.',
  'block an app': 'The app is blocked.',
  'unblock an app': 'The app is no longer blocked.',
  'mark an app': 'The mark of the app is changed.',
  'set terms': 'The new terms are in force.',
  'set API terms': 'The new API terms are in force.',
  announce: 'The announcement is on its way.',
  'answer an appeal': 'The appeal is answered.',
  'appoint an administrator': 'The administrator is appointed.',
  'change a role': 'The role is changed.',
  'remove an administrator': 'The administrator is removed.',
  'reset a second factor': 'The second factor will be set up anew with the next sign-in.',
}
