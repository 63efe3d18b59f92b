import type { Context as Call, Hono } from 'hono'
import { readOwnApp, registerApp, renewHash, saveApp, type AppForm } from '../../domain/apps/own.ts'
import { currentApiTerms } from '../../domain/apps/terms.ts'
import { AppError } from '../../domain/apps/text.ts'
import type { Visitor } from '../../domain/portal/sign-in.ts'
import { limit, RATES } from '../../rpc/limits.ts'
import { field, isTooMany, readForm, TOO_MANY, type Env } from '../request.ts'
import type { Markup } from '../shell.ts'
import { createPage, renewPage, termsPage } from './app-pages.ts'
import { configurationPage } from './configuration-page.ts'
import type { PortalDeps } from './deps.ts'
import { isFromPage, visitorOf } from './request.ts'

/** What programs are answered when a form is not theirs to send. */
const REFUSED = 'ERROR'
const EXPIRED = 'This page was open for too long. Please try again.'
const NOT_ACCEPTED = 'Please accept the API terms first.'
const NOT_CONFIRMED = 'Please confirm first.'

/** One's app: registering it, what it is, changing it. */
export function addApps(pages: Hono<Env>, deps: PortalDeps): void {
  const { context: ctx } = deps
  // Programs ask for the page either way.
  pages.on(['GET', 'POST'], '/apps', async (c) => {
    const visitor = await visitorOf(ctx, c)
    if (!visitor) return c.redirect('/auth?to=apps', 302)
    return c.html(await appsPage(deps, visitor, { saved: c.req.query('saved') }))
  })
  pages.get('/apps/terms', async (c) => {
    const visitor = await visitorOf(ctx, c)
    return c.html(termsPage(await currentApiTerms(ctx), visitor !== undefined))
  })
  pages.get('/apps/renew', async (c) => {
    const visitor = await visitorOf(ctx, c)
    if (!visitor) return c.redirect('/auth?to=apps', 302)
    const app = await readOwnApp(ctx, visitor.phone)
    return app ? c.html(renewPage({ visitor, app })) : c.redirect('/apps', 302)
  })
  pages.post('/apps/create', (c) =>
    change(deps, c, async (visitor, form) => {
      const terms = await currentApiTerms(ctx)
      // A program accepts the terms that the page shows by sending what the page would send.
      if (isFromPage(form) && field(form, 'app_terms') !== String(terms.version))
        throw new AppError(NOT_ACCEPTED)
      await registerApp(ctx, visitor.phone, { form: typedApp(form), termsVersion: terms.version })
      return 'created'
    }),
  )
  pages.post('/apps/save', (c) =>
    change(deps, c, async (visitor, form) => {
      await saveApp(ctx, visitor.phone, typedChange(form))
      return 'changes'
    }),
  )
  pages.post('/apps/renew', (c) =>
    change(deps, c, async (visitor, form) => {
      if (field(form, 'confirm') !== '1') throw new AppError(NOT_CONFIRMED)
      await renewHash(ctx, visitor.phone)
      return 'hash'
    }),
  )
}

/**
 * Takes a form of somebody who is signed in. A program is answered with nothing when it was done, and with a sentence when
 * it was not; a browser gets the page again. `run` returns what the page says then.
 */
async function change(
  deps: PortalDeps,
  c: Call<Env>,
  run: (visitor: Visitor, form: URLSearchParams) => Promise<string>,
): Promise<Response> {
  const { context: ctx } = deps
  const form = await readForm(c)
  const visitor = await visitorOf(ctx, c)
  if (!visitor) return isFromPage(form) ? c.redirect('/auth?to=apps', 303) : c.text(REFUSED)
  try {
    if (field(form, 'hash') !== visitor.formHash) throw new AppError(isFromPage(form) ? EXPIRED : REFUSED)
    await limit(ctx, RATES.portalChangesPerPhone, visitor.phone)
    const saved = await run(visitor, form)
    return isFromPage(form) ? c.redirect(`/apps?saved=${saved}`, 303) : c.body('')
  } catch (error) {
    const told = explain(error)
    if (!isFromPage(form)) return c.text(told)
    return c.html(await appsPage(deps, visitor, { error: told, typed: typedApp(form) }), 400)
  }
}

/** What the one who filled in the form is told. Throws what is our fault. */
function explain(error: unknown): string {
  if (error instanceof AppError) return error.message
  if (isTooMany(error)) return TOO_MANY
  throw error
}

const SAVED: ReadonlyMap<string | undefined, string> = new Map([
  ['created', 'Your application is registered.'],
  ['changes', 'Your changes are saved.'],
  ['hash', 'The app has a new api hash. The old one is void.'],
])

async function appsPage(
  { context: ctx, facts }: PortalDeps,
  visitor: Visitor,
  more: { saved?: string | undefined; error?: string; typed?: AppForm },
): Promise<Awaited<Markup>> {
  const app = await readOwnApp(ctx, visitor.phone)
  if (!app) return createPage({ visitor, terms: await currentApiTerms(ctx), ...more })
  return configurationPage({
    visitor,
    app,
    facts: facts(),
    notice: SAVED.get(more.saved),
    error: more.error,
    typed: more.typed,
  })
}

function typedApp(form: URLSearchParams): AppForm {
  return {
    title: field(form, 'app_title'),
    shortName: field(form, 'app_shortname'),
    url: field(form, 'app_url'),
    platform: field(form, 'app_platform'),
    description: field(form, 'app_desc'),
  }
}

/** Programs send only what they want to change. */
function typedChange(form: URLSearchParams): Partial<AppForm> {
  const typed = typedApp(form)
  return {
    ...(form.has('app_title') ? { title: typed.title } : {}),
    ...(form.has('app_shortname') ? { shortName: typed.shortName } : {}),
    ...(form.has('app_url') ? { url: typed.url } : {}),
    ...(form.has('app_platform') ? { platform: typed.platform } : {}),
    ...(form.has('app_desc') ? { description: typed.description } : {}),
  }
}
