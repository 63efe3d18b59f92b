import type { Context } from '../../context.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { parsePhone } from '../auth/phone.ts'
import { findApp, insertApp, readApps, type App } from './store.ts'

const MIN_API_ID = 1_000_000
const MAX_API_ID = 100_000_000
const MAX_TITLE = 128
const SHORT_NAME = /^\w{1,32}$/
const API_HASH = /^[0-9a-f]{32}$/
const HASH_BYTES = 16
/** Draws of a free api_id before it is our fault. */
const DRAWS = 20

/** What was wrong with the description of an app, in words for whoever typed it. */
export class AppError extends Error {
  override readonly name = 'AppError'
}

/** What an app is made from. */
export interface NewApp {
  readonly title: string
  readonly shortName: string
  readonly phone: string
}

/**
 * Registers an app for the owner of a phone number and draws its api_id and api_hash. A number owns one app:
 * asked again, this answers the one it has. Throws AppError, PHONE_NUMBER_INVALID.
 * https://core.telegram.org/api/obtaining_api_id
 */
export async function createApp(ctx: Context, input: NewApp): Promise<App> {
  const title = checkedTitle(input.title)
  const shortName = input.shortName.trim()
  if (!SHORT_NAME.test(shortName)) throw new AppError('the short name has 1 to 32 letters and digits')
  const ownerPhone = parsePhone(input.phone)
  const apiHash = Buffer.from(ctx.random.bytes(HASH_BYTES)).toString('hex')
  for (let draw = 0; draw < DRAWS; draw++) {
    const apiId = MIN_API_ID + ctx.random.int(MAX_API_ID - MIN_API_ID)
    const app = await ctx.db.transaction((tx) =>
      insertApp(tx, { apiId, apiHash, title, shortName, ownerPhone, createdAt: ctx.clock.nowSec() }),
    )
    if (app) return app
  }
  throw new AppError('no free api_id was found')
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
  const app = await ctx.db.transaction((tx) =>
    insertApp(tx, {
      apiId: input.apiId,
      apiHash,
      title,
      shortName: '',
      ownerPhone: null,
      createdAt: ctx.clock.nowSec(),
    }),
  )
  const known = app ?? (await findApp(ctx.db, input.apiId))
  if (known?.apiHash !== apiHash)
    throw new AppError(`api_id ${input.apiId} is registered with another api_hash`)
  return known
}

/** Every registered app, by api_id. */
export function listApps(ctx: Context): Promise<App[]> {
  return readApps(ctx.db)
}

/**
 * Makes sure that a client says who made it. Throws API_ID_INVALID for an unknown api_id and for a wrong
 * api_hash.
 */
export async function checkApp(ctx: Context, apiId: number, apiHash: string): Promise<void> {
  const app = await findApp(ctx.db, apiId)
  if (app?.apiHash !== apiHash) throw rpcError('API_ID_INVALID')
}

function checkedTitle(input: string): string {
  const title = input.trim()
  if (title === '' || title.length > MAX_TITLE) throw new AppError(`a title has 1 to ${MAX_TITLE} characters`)
  return title
}
