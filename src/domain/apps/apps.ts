import type { Context } from '../../context.ts'
import { must } from '../../lib/assert.ts'
import type { UserId } from '../../lib/ids.ts'
import type { Tx } from '../../store/database.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { findByPhone } from '../accounts/store.ts'
import { parsePhone } from '../auth/phone.ts'
import { findKnownApp } from './known.ts'
import { PUBLISHED_ACCOUNTS, TITLE_LENGTH } from './limits.ts'
import {
  countPublished,
  findApp,
  findAppOf,
  insertApp,
  readApps,
  readPublished,
  type App,
  type NewAppRow,
  type Taken,
} from './store.ts'
import { AppError, clean, shortKeyOf } from './text.ts'

const MIN_API_ID = 1_000_000
const MAX_API_ID = 100_000_000
const SHORT_NAME = /^\w{1,32}$/
const API_HASH = /^[0-9a-f]{32}$/
const HASH_BYTES = 16
/** Draws of a free api_id before it is our fault. */
const DRAWS = 20

/** What an app is made from. */
export interface NewApp {
  readonly title: string
  readonly shortName: string
  readonly phone: string
}

/**
 * Registers an app for the owner of a phone number, for whoever runs the server. A number owns one app: asked again, this
 * answers the one it has. Throws AppError, PHONE_NUMBER_INVALID. https://core.telegram.org/api/obtaining_api_id
 */
export async function createApp(ctx: Context, input: NewApp): Promise<App> {
  const title = checkedTitle(input.title)
  const shortName = input.shortName.trim()
  if (!SHORT_NAME.test(shortName)) throw new AppError('the short name has 1 to 32 letters and digits')
  const ownerPhone = parsePhone(input.phone)
  const app = { ...UNDESCRIBED, title, shortName, ownerPhone }
  // The host may give a short name twice; in the portal it is taken all the same.
  const outcome = await drawApp(ctx, { ...app, shortKey: shortKeyOf(shortName) })
  if (outcome === 'short name') await drawApp(ctx, { ...app, shortKey: null })
  return must(await findAppOf(ctx.db, ownerPhone), 'the number has an app now, if it had none before')
}

const UNDESCRIBED = {
  url: '',
  platform: 'other',
  description: '',
  termsVersion: null,
  termsAcceptedAt: null,
} as const

/** Writes an app under an api_id that it draws, unless its owner has one or its short name is taken. */
export async function drawApp(
  ctx: Context,
  app: Omit<NewAppRow, 'apiId' | 'apiHash' | 'createdAt'>,
): Promise<'written' | Exclude<Taken, 'api_id'>> {
  for (let draw = 0; draw < DRAWS; draw++) {
    const apiId = MIN_API_ID + ctx.random.int(MAX_API_ID - MIN_API_ID)
    const row = { ...app, apiId, apiHash: newHash(ctx), createdAt: ctx.clock.nowSec() }
    const outcome = await ctx.db.transaction((tx) => insertApp(tx, row))
    if (outcome !== 'api_id') return outcome
  }
  throw new AppError('no free api_id was found')
}

/** An api_hash that nobody knows yet. */
export function newHash(ctx: Context): string {
  return Buffer.from(ctx.random.bytes(HASH_BYTES)).toString('hex')
}

/**
 * Registers the api_id and api_hash of a client that exists already. Throws AppError when the id has another
 * hash.
 */
export async function addApp(
  ctx: Context,
  input: { readonly apiId: number; readonly apiHash: string; readonly title: string },
): Promise<App> {
  const title = checkedTitle(input.title)
  const apiHash = input.apiHash.trim().toLowerCase()
  if (!API_HASH.test(apiHash)) throw new AppError('an api_hash has 32 hexadecimal digits')
  if (!Number.isInteger(input.apiId) || input.apiId <= 0 || input.apiId > 0x7fffffff)
    throw new AppError('an api_id is a positive 32-bit integer')
  const createdAt = ctx.clock.nowSec()
  const row = { ...UNDESCRIBED, apiId: input.apiId, apiHash, title, createdAt }
  await ctx.db.transaction((tx) => insertApp(tx, { ...row, shortName: '', shortKey: null, ownerPhone: null }))
  const known = await findApp(ctx.db, input.apiId)
  if (known?.apiHash !== apiHash)
    throw new AppError(`api_id ${input.apiId} is registered with another api_hash`)
  return known
}

/** Every registered app, by api_id. */
export function listApps(ctx: Context): Promise<App[]> {
  return readApps(ctx.db)
}

/**
 * Makes sure that a client says who made it, and that the one who is about to sign in may do so through it. `phone` is that
 * person's number; where it is not known yet, `countSignIn` judges alone. Throws API_ID_INVALID for an unknown api_id, a
 * wrong api_hash and a blocked app; API_ID_PUBLISHED_FLOOD when the id was published with a client and has signed in as many
 * other accounts as it may.
 * https://core.telegram.org/api/obtaining_api_id#using-the-api-id
 */
export async function checkApp(ctx: Context, apiId: number, apiHash: string, phone?: string): Promise<void> {
  const app = await findKnownApp(ctx.db, apiId)
  if (app?.apiHash !== apiHash || app.isBlocked) throw rpcError('API_ID_INVALID')
  if (app.registered || phone === undefined) return
  const userId = await findByPhone(ctx.db, phone)
  const { isKnown, isFull } = await readPublished(ctx.db, { apiId, userId, limit: PUBLISHED_ACCOUNTS })
  if (isFull && !isKnown) throw rpcError('API_ID_PUBLISHED_FLOOD')
}

/**
 * Counts an account that signs in through an api_id that was published with a client. Other ids are not counted, nor is one
 * that the host has registered. Throws API_ID_PUBLISHED_FLOOD when as many others were signed in as may be, and
 * CONNECTION_API_ID_INVALID when the app was blocked after the sign-in had begun.
 */
export async function countSignIn(ctx: Context, tx: Tx, apiId: number, userId: UserId): Promise<void> {
  const app = await findKnownApp(tx, apiId)
  if (app?.isBlocked) throw rpcError('CONNECTION_API_ID_INVALID')
  if (!app || app.registered) return
  const counted = { apiId, userId, limit: PUBLISHED_ACCOUNTS, nowSec: ctx.clock.nowSec() }
  if (!(await countPublished(tx, counted))) throw rpcError('API_ID_PUBLISHED_FLOOD')
}

function checkedTitle(input: string): string {
  const title = clean(input).trim()
  if (title === '' || title.length > TITLE_LENGTH)
    throw new AppError(`a title has 1 to ${TITLE_LENGTH} characters`)
  return title
}
