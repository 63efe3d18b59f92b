import type { Context as Call, MiddlewareHandler } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { Context } from '../../context.ts'
import { readVisitor, type Visitor } from '../../domain/portal/sign-in.ts'
import type { Proxies } from '../proxies.ts'
import type { Env } from '../request.ts'

/** The cookie of who is signed in, by the name that programs know, and that of who waits for a code. */
const SESSION_COOKIE = 'stel_token'
const CODE_COOKIE = 'stel_code'
const CODE_COOKIE_PATH = '/auth'
const CODE_COOKIE_SEC = 600

/** Whose pages a program says that it fills in, when it does as a browser would on the platform's own portal. */
const KNOWN_ORIGIN = 'https://my.telegram.org'

/** Who is signed in. */
export async function visitorOf(ctx: Context, c: Call<Env>): Promise<Visitor | undefined> {
  const token = sessionToken(c)
  return token === undefined ? undefined : await readVisitor(ctx, token)
}

/** The cookie of who is signed in. */
export function sessionToken(c: Call<Env>): string | undefined {
  return getCookie(c, SESSION_COOKIE)
}

/** Signs the browser in. It forgets when it closes, unless it is to remember for a time. */
export function setSession(
  c: Call<Env>,
  token: string,
  more: { readonly isSecure: boolean; readonly maxAge: number | undefined },
): void {
  const { isSecure: secure, maxAge } = more
  const age = maxAge === undefined ? {} : { maxAge }
  setCookie(c, SESSION_COOKIE, token, { path: '/', httpOnly: true, sameSite: 'Lax', secure, ...age })
}

/** Signs the browser out. */
export function clearSession(c: Call<Env>): void {
  deleteCookie(c, SESSION_COOKIE, { path: '/' })
}

/** The hash by which the code is known that a browser without a script waits for. */
export function codeHash(c: Call<Env>): string | undefined {
  return getCookie(c, CODE_COOKIE)
}

/** Lets the browser wait for a code. */
export function setCodeHash(c: Call<Env>, hash: string, secure: boolean): void {
  const more = { httpOnly: true, sameSite: 'Lax', maxAge: CODE_COOKIE_SEC, secure } as const
  setCookie(c, CODE_COOKIE, hash, { path: CODE_COOKIE_PATH, ...more })
}

/** The browser waits for no code any more. */
export function clearCodeHash(c: Call<Env>): void {
  deleteCookie(c, CODE_COOKIE, { path: CODE_COOKIE_PATH })
}

/**
 * Whether a page of ours sent the form, and wants a page in return. Programs do not send that field, and are answered as
 * they know it: with `true`, with nothing, with a sentence.
 */
export function isFromPage(form: URLSearchParams): boolean {
  return form.has('via')
}

/**
 * Refuses what a page of another site makes a browser do. Browsers say where a request comes from; a program that says
 * nothing, or what the platform's own page would, acts for itself.
 */
export function refuseForeign(proxies: Proxies): MiddlewareHandler<Env> {
  return async (c, next) => {
    if (isForeign(c, proxies)) return c.text('This did not come from a page of this server.', 403)
    return await next()
  }
}

function isForeign(c: Call<Env>, proxies: Proxies): boolean {
  const site = c.req.header('sec-fetch-site')
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  const origin = c.req.header('origin')
  if (origin === undefined || origin === KNOWN_ORIGIN) return false
  return URL.parse(origin)?.host !== proxies.hostOf(c.env.incoming)
}
