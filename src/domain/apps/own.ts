import type { Context } from '../../context.ts'
import { drawApp, newHash } from './apps.ts'
import { findAppOf, replaceHash, updateApp, type App, type AppText } from './store.ts'
import {
  AppError,
  parseDescription,
  parsePlatform,
  parseShortName,
  parseTitle,
  parseUrl,
  shortKeyOf,
} from './text.ts'

/** What a developer typed of an app. */
export interface AppForm {
  readonly title: string
  readonly shortName: string
  readonly url: string
  readonly platform: string
  readonly description: string
}

/** The app of the owner of a phone number. */
export function readOwnApp(ctx: Context, phone: string): Promise<App | undefined> {
  return findAppOf(ctx.db, phone)
}

/**
 * Registers a developer's app, who accepts the API terms by it. A number has one app. Throws AppError.
 * https://core.telegram.org/api/obtaining_api_id
 */
export async function registerApp(
  ctx: Context,
  phone: string,
  input: { readonly form: AppForm; readonly termsVersion: number },
): Promise<void> {
  const text = parseForm(input.form)
  const outcome = await drawApp(ctx, {
    ...text,
    shortKey: shortKeyOf(text.shortName),
    ownerPhone: phone,
    termsVersion: input.termsVersion,
    termsAcceptedAt: ctx.clock.nowSec(),
  })
  if (outcome === 'owner') throw new AppError('This number has an app already.')
  if (outcome === 'short name') throw new AppError('This short name is taken.')
}

/** Changes what is said of a developer's app; undefined fields stay. Throws AppError. */
export async function saveApp(ctx: Context, phone: string, change: Partial<AppForm>): Promise<void> {
  const app = await findAppOf(ctx.db, phone)
  if (!app) throw new AppError('This number has no app yet.')
  const { title, shortName, url, platform, description } = change
  // A short name that the host gave and the developer leaves as it is need not be of the form that the portal asks for.
  const isKept = shortName === undefined || shortName.trim() === app.shortName
  const text = {
    title: title === undefined ? app.title : parseTitle(title),
    shortName: isKept ? app.shortName : parseShortName(shortName),
    url: url === undefined ? app.url : parseUrl(url),
    platform: platform === undefined ? app.platform : parsePlatform(platform),
    description: description === undefined ? app.description : parseDescription(description),
  }
  const isSaved = await ctx.db.transaction((tx) =>
    updateApp(tx, phone, text, isKept ? undefined : shortKeyOf(text.shortName)),
  )
  if (!isSaved) throw new AppError('This short name is taken.')
}

/** Gives a developer's app a new api_hash in place of the one it has; the old one is void at once. Throws AppError. */
export async function renewHash(ctx: Context, phone: string): Promise<void> {
  const app = await findAppOf(ctx.db, phone)
  if (!app) throw new AppError('This number has no app yet.')
  await ctx.db.single((tx) => replaceHash(tx, phone, { from: app.apiHash, to: newHash(ctx) }))
}

function parseForm(form: AppForm): AppText {
  return {
    title: parseTitle(form.title),
    shortName: parseShortName(form.shortName),
    url: parseUrl(form.url),
    platform: parsePlatform(form.platform),
    description: parseDescription(form.description),
  }
}
