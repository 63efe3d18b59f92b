import type { Context as Call, Hono } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import {
  enterConsoleCode,
  enterSecond,
  readConsoleUser,
  readStep,
  sendConsoleCode,
  signInByToken,
  signOutOfConsole,
} from '../../domain/admin/sign-in.ts'
import { forgive, limit, limitAddress, RATES } from '../../rpc/limits.ts'
import { areTooMany, field, readForm, TOO_MANY, type Env } from '../request.ts'
import type { ConsoleDeps } from './call.ts'
import { codePage, namePage, secondPage } from './sign-in-pages.ts'

export const CONSOLE_COOKIE = 'chappe_console'
/** Of a browser in which a sign-in is under way. */
const STEP_COOKIE = 'chappe_console_step'
const PATH = '/admin'
const STEP_SEC = 600
const NAME_LENGTH = 64

const WRONG_TOKEN = 'This is not the token.'
const WRONG_CODE = 'This code is not right, or not in force any more.'

/** Signing in to the console: by the token from start, or by account, code and second factor. */
export function addConsoleSignIn(pages: Hono<Env>, deps: ConsoleDeps): void {
  const { context: ctx } = deps
  pages.get('/admin/sign-in', async (c) => {
    const token = getCookie(c, CONSOLE_COOKIE)
    if (token !== undefined && (await readConsoleUser(ctx, token))) return c.redirect(PATH, 303)
    if (c.req.query('again') === undefined) return await showStep(deps, c)
    clearStep(c)
    return c.html(namePage({}))
  })
  pages.post('/admin/sign-in/token', (c) => tokenEntered(deps, c))
  pages.post('/admin/sign-in/name', (c) => nameEntered(deps, c))
  pages.post('/admin/sign-in/code', (c) => codeEntered(deps, c))
  pages.post('/admin/sign-in/second', (c) => secondEntered(deps, c))
  pages.post('/admin/sign-out', async (c) => {
    const token = getCookie(c, CONSOLE_COOKIE)
    const user = token === undefined ? undefined : await readConsoleUser(ctx, token)
    const isMeant = user === undefined || field(await readForm(c), 'hash') === user.formHash
    if (token !== undefined && isMeant) {
      await signOutOfConsole(ctx, token)
      deleteCookie(c, CONSOLE_COOKIE, { path: PATH })
    }
    return c.redirect('/admin/sign-in', 303)
  })
}

async function showStep({ context: ctx }: ConsoleDeps, c: Call<Env>, error?: string): Promise<Response> {
  const token = getCookie(c, STEP_COOKIE)
  const step = token === undefined ? undefined : await readStep(ctx, token)
  const status = error === undefined ? 200 : 400
  if (!step) return await c.html(namePage({ error }), status)
  return await c.html(step.kind === 'code' ? codePage({ error }) : secondPage(step, error), status)
}

async function tokenEntered({ context: ctx, proxies }: ConsoleDeps, c: Call<Env>): Promise<Response> {
  const address = proxies.addressOf(c.env.incoming)
  const typed = field(await readForm(c), 'token')
  if (await areTooMany(() => limit(ctx, RATES.consoleTokens, address)))
    return await c.html(namePage({ tokenError: TOO_MANY }), 400)
  const token = await signInByToken(ctx, { typed, address })
  if (token === undefined) return await c.html(namePage({ tokenError: WRONG_TOKEN }), 400)
  await forgive(ctx, RATES.consoleTokens, address)
  return signedIn(c, token, proxies.isSecure(c.env.incoming))
}

async function nameEntered(deps: ConsoleDeps, c: Call<Env>): Promise<Response> {
  const { context: ctx, proxies } = deps
  const typed = field(await readForm(c), 'account').slice(0, NAME_LENGTH)
  const count = async (): Promise<void> => {
    await limitAddress(ctx, RATES.consoleCodesPerAddress, proxies.addressOf(c.env.incoming))
    await limit(ctx, RATES.consoleCodesPerName, typed.toLowerCase().replaceAll(/[^\w@]/g, ''))
  }
  if (await areTooMany(count)) return await c.html(namePage({ error: TOO_MANY, typed }), 400)
  setStep(c, await sendConsoleCode(ctx, typed), proxies.isSecure(c.env.incoming))
  return c.redirect('/admin/sign-in', 303)
}

async function codeEntered(deps: ConsoleDeps, c: Call<Env>): Promise<Response> {
  const { context: ctx, proxies } = deps
  const address = proxies.addressOf(c.env.incoming)
  if (await areTooMany(() => limitAddress(ctx, RATES.consoleTriesPerAddress, address)))
    return await showStep(deps, c, TOO_MANY)
  const token = getCookie(c, STEP_COOKIE) ?? ''
  const next = await enterConsoleCode(ctx, { token, typed: field(await readForm(c), 'code') })
  if (next === undefined) return await showStep(deps, c, WRONG_CODE)
  setStep(c, next, proxies.isSecure(c.env.incoming))
  return c.redirect('/admin/sign-in', 303)
}

async function secondEntered(deps: ConsoleDeps, c: Call<Env>): Promise<Response> {
  const { context: ctx, proxies } = deps
  const address = proxies.addressOf(c.env.incoming)
  if (await areTooMany(() => limitAddress(ctx, RATES.consoleTriesPerAddress, address)))
    return await showStep(deps, c, TOO_MANY)
  const token = getCookie(c, STEP_COOKIE) ?? ''
  const form = await readForm(c)
  const typed = { typed: field(form, 'code'), setUpCode: field(form, 'set-up-code') }
  const session = await enterSecond(ctx, { token, ...typed, address })
  if (session === undefined) return await showStep(deps, c, WRONG_CODE)
  clearStep(c)
  return signedIn(c, session, proxies.isSecure(c.env.incoming))
}

/** The browser forgets when it closes. A link on another site does not carry the cookie. */
function signedIn(c: Call<Env>, token: string, secure: boolean): Response {
  setCookie(c, CONSOLE_COOKIE, token, { path: PATH, httpOnly: true, sameSite: 'Strict', secure })
  return c.redirect(PATH, 303)
}

function setStep(c: Call<Env>, token: string, secure: boolean): void {
  const more = { httpOnly: true, sameSite: 'Strict', maxAge: STEP_SEC, secure } as const
  setCookie(c, STEP_COOKIE, token, { path: '/admin/sign-in', ...more })
}

function clearStep(c: Call<Env>): void {
  deleteCookie(c, STEP_COOKIE, { path: '/admin/sign-in' })
}
