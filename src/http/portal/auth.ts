import type { Context as Call, Hono } from 'hono'
import type { Context } from '../../context.ts'
import { normalisePhone } from '../../domain/auth/phone.ts'
import { pendingPhone, sendPortalCode, signInToPortal, signOutOfPortal } from '../../domain/portal/sign-in.ts'
import { limit, limitAddress, RATES } from '../../rpc/limits.ts'
import { areTooMany, field, readForm, TOO_MANY, type Env } from '../request.ts'
import { authPage, codePage, signOutPage } from './auth-pages.ts'
import type { PortalDeps } from './deps.ts'
import {
  clearCodeHash,
  clearSession,
  codeHash,
  isFromPage,
  sessionToken,
  setCodeHash,
  setSession,
  visitorOf,
} from './request.ts'

const NO_PHONE = 'Incorrect phone number.'
const WRONG_CODE = 'Invalid confirmation code!'

/** Where somebody may be sent after signing in. */
const TARGETS: ReadonlySet<string> = new Set(['apps', 'delete'])

/** Signing in to the portal by a code that comes as a message, and out of it. */
export function addAuth(pages: Hono<Env>, deps: PortalDeps): void {
  const { context: ctx } = deps
  pages.get('/auth', async (c) => {
    const to = targetOf(c.req.query('to'))
    if (await visitorOf(ctx, c)) return c.redirect(`/${to}`, 303)
    if (c.req.query('again') !== undefined) clearCodeHash(c)
    const waiting = c.req.query('again') === undefined ? codeHash(c) : undefined
    const phone = waiting === undefined ? undefined : await pendingPhone(ctx, waiting)
    if (waiting === undefined || phone === undefined) return c.html(authPage({ to }))
    return c.html(codePage({ to, phone, randomHash: waiting }))
  })
  pages.get('/auth/send_password', (c) =>
    sendPassword(deps, c, new URLSearchParams(new URL(c.req.url).search)),
  )
  pages.post('/auth/send_password', async (c) => sendPassword(deps, c, await readForm(c)))
  pages.post('/auth/login', async (c) => login(deps, c, await readForm(c)))
  pages.get('/auth/logout', async (c) => {
    const visitor = await visitorOf(ctx, c)
    // A link on another site is not to sign anybody out: the browser says where it was.
    const site = c.req.header('sec-fetch-site')
    if (visitor && (site === 'cross-site' || site === 'same-site')) return c.html(signOutPage(visitor))
    return await signOut(ctx, c)
  })
  pages.post('/auth/logout', (c) => signOut(ctx, c))
}

async function sendPassword(deps: PortalDeps, c: Call<Env>, form: URLSearchParams): Promise<Response> {
  const { context: ctx, proxies } = deps
  const to = targetOf(field(form, 'to'))
  const typed = field(form, 'phone')
  const refuse = (error: string): Response | Promise<Response> =>
    isFromPage(form) ? c.html(authPage({ to, typed, error }), 400) : c.text(error)
  const phone = normalisePhone(typed)
  if (phone === undefined) return refuse(NO_PHONE)
  const count = async (): Promise<void> => {
    await limitAddress(ctx, RATES.portalCodesPerAddress, proxies.addressOf(c.env.incoming))
    await limit(ctx, RATES.portalCodesPerPhone, phone)
  }
  if (await areTooMany(count)) return refuse(TOO_MANY)
  const randomHash = await sendPortalCode(ctx, phone)
  if (!isFromPage(form)) return c.json({ random_hash: randomHash })
  setCodeHash(c, randomHash, proxies.isSecure(c.env.incoming))
  return c.redirect(`/auth?to=${to}`, 303)
}

async function login(deps: PortalDeps, c: Call<Env>, form: URLSearchParams): Promise<Response> {
  const { context: ctx, proxies } = deps
  const to = targetOf(field(form, 'to'))
  const randomHash = field(form, 'random_hash')
  const phone = normalisePhone(field(form, 'phone'))
  const refuse = async (error: string): Promise<Response> => {
    if (!isFromPage(form)) return c.text(error)
    const waiting = await pendingPhone(ctx, randomHash)
    const page =
      waiting === undefined ? authPage({ to, error }) : codePage({ to, phone: waiting, randomHash, error })
    return c.html(page, 400)
  }
  const address = proxies.addressOf(c.env.incoming)
  if (await areTooMany(() => limitAddress(ctx, RATES.portalTriesPerAddress, address)))
    return await refuse(TOO_MANY)
  if (phone === undefined) return await refuse(WRONG_CODE)
  const isRemembered = field(form, 'remember') === '1'
  const code = field(form, 'password')
  const session = await signInToPortal(ctx, { phone, randomHash, code, isRemembered })
  if (!session) return await refuse(WRONG_CODE)
  const maxAge = isRemembered ? session.lifetimeSec : undefined
  setSession(c, session.token, { isSecure: proxies.isSecure(c.env.incoming), maxAge })
  if (!isFromPage(form)) return c.text('true')
  clearCodeHash(c)
  return c.redirect(`/${to}`, 303)
}

async function signOut(ctx: Context, c: Call<Env>): Promise<Response> {
  const token = sessionToken(c)
  if (token !== undefined) await signOutOfPortal(ctx, token)
  clearSession(c)
  return c.redirect('/auth', 303)
}

function targetOf(text: string | undefined): string {
  return text !== undefined && TARGETS.has(text) ? text : 'apps'
}
