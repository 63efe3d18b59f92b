import type { Context as Call, Hono } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { Context } from '../../context.ts'
import {
  appealByPage,
  enterAppealCode,
  readAppealStep,
  sendAppealCode,
} from '../../domain/abuse/appeal-page.ts'
import { normalisePhone } from '../../domain/auth/phone.ts'
import { limit, limitAddress, RATES } from '../../rpc/limits.ts'
import { refuseOthers } from '../foreign.ts'
import { MAX_FORM_BYTES } from '../limits.ts'
import type { Proxies } from '../proxies.ts'
import { areTooMany, field, readForm, refuseLarger, TOO_MANY, type Env } from '../request.ts'
import { appealPage, appealPhonePage } from './pages.ts'

interface AppealDeps {
  readonly context: Context
  readonly proxies: Proxies
}

const COOKIE = 'chappe_appeal'
const PATH = '/appeal'
const COOKIE_SEC = 3600

const NO_PHONE = 'Please enter your number in international form.'
const WRONG_CODE = 'This code is not right, or not in force any more.'
const NOT_TAKEN = 'Please write why you think that it is wrong. You can do it once for each limit.'

/**
 * Where people who are banned and cannot chat say something against it: a code to the phone, then a text. A page of another
 * site cannot send these forms, and the cookie does not travel from there.
 */
export function addAppeal(pages: Hono<Env>, deps: AppealDeps): void {
  pages.post('/appeal/*', refuseOthers(deps.proxies), refuseLarger(MAX_FORM_BYTES))
  pages.get(PATH, async (c) => {
    if (c.req.query('again') === undefined) return await show(deps, c)
    deleteCookie(c, COOKIE, { path: PATH })
    return c.html(appealPhonePage({}))
  })
  pages.post('/appeal/phone', (c) => phoneEntered(deps, c))
  pages.post('/appeal/code', (c) => codeEntered(deps, c))
  pages.post('/appeal/text', (c) => textEntered(deps, c))
}

async function show(deps: AppealDeps, c: Call<Env>, error?: string): Promise<Response> {
  const token = getCookie(c, COOKIE)
  const step = token === undefined ? undefined : await readAppealStep(deps.context, token)
  const page = step ? appealPage(step, error) : appealPhonePage({ error })
  return await c.html(page, error === undefined ? 200 : 400)
}

async function phoneEntered({ context: ctx, proxies }: AppealDeps, c: Call<Env>): Promise<Response> {
  const typed = field(await readForm(c), 'phone')
  const phone = normalisePhone(typed)
  const refuse = (error: string): Response | Promise<Response> =>
    c.html(appealPhonePage({ error, typed: typed.slice(0, 64) }), 400)
  if (phone === undefined) return await refuse(NO_PHONE)
  const count = async (): Promise<void> => {
    await limitAddress(ctx, RATES.appealCodesPerAddress, proxies.addressOf(c.env.incoming))
    await limit(ctx, RATES.appealCodesPerPhone, phone)
  }
  if (await areTooMany(count)) return await refuse(TOO_MANY)
  setToken(c, await sendAppealCode(ctx, phone), proxies.isSecure(c.env.incoming))
  return c.redirect(PATH, 303)
}

async function codeEntered(deps: AppealDeps, c: Call<Env>): Promise<Response> {
  const { context: ctx, proxies } = deps
  const address = proxies.addressOf(c.env.incoming)
  if (await areTooMany(() => limitAddress(ctx, RATES.appealTriesPerAddress, address)))
    return await show(deps, c, TOO_MANY)
  const token = getCookie(c, COOKIE) ?? ''
  const next = await enterAppealCode(ctx, { token, typed: field(await readForm(c), 'code') })
  if (next === undefined) return await show(deps, c, WRONG_CODE)
  setToken(c, next, proxies.isSecure(c.env.incoming))
  return c.redirect(PATH, 303)
}

async function textEntered(deps: AppealDeps, c: Call<Env>): Promise<Response> {
  const token = getCookie(c, COOKIE) ?? ''
  const isTaken = await appealByPage(deps.context, token, field(await readForm(c), 'text'))
  return isTaken ? c.redirect(PATH, 303) : await show(deps, c, NOT_TAKEN)
}

function setToken(c: Call<Env>, token: string, secure: boolean): void {
  const more = { httpOnly: true, sameSite: 'Strict', maxAge: COOKIE_SEC, secure } as const
  setCookie(c, COOKIE, token, { path: PATH, ...more })
}
