import type { Remembered } from '../bus/memory.ts'
import type { Context } from '../context.ts'
import { areSeveral, dcOf } from '../domain/datacenters/datacenters.ts'
import { HOME, readHomeDc } from '../domain/datacenters/home.ts'
import type { UserId } from '../lib/ids.ts'
import { methodRights } from '../tl/rights.ts'
import { rpcError } from '../tl/rpc-error.ts'
import { HOMES_REMEMBERED, HOMES_REMEMBERED_MS } from './limits.ts'

const HOMES: Remembered<Context, UserId, number> = {
  about: HOME,
  limit: HOMES_REMEMBERED,
  keptMs: HOMES_REMEMBERED_MS,
  idOf: (userId) => userId,
  ownersOf: (userId) => [userId],
  load: async (ctx, userIds) => await Promise.all(userIds.map((userId) => readHomeDc(ctx, userId))),
}

/**
 * What a login that was carried to another datacenter may call there, beside what anybody may: it is to
 * fetch files. They are uploaded at home: elsewhere no message could take them. */
const AWAY: ReadonlySet<string> = new Set([
  'auth.exportAuthorization',
  'auth.logOut',
  'auth.dropTempAuthKeys',
])
const AWAY_PREFIXES = ['upload.get', 'upload.reupload', 'stats.']

/** Whether a key belongs to another datacenter than the one where its user is at home. */
export async function isAway(ctx: Context, userId: UserId, keyDc: number): Promise<boolean> {
  return areSeveral(ctx.config) && (await ctx.memory.get(HOMES, userId)) !== dcOf(ctx, keyDc)
}

/** Throws USER_MIGRATE_X for what is to be called at home. https://core.telegram.org/api/datacenter#user-migration */
export async function checkAway(ctx: Context, userId: UserId, method: string): Promise<void> {
  const mayBeAway =
    methodRights(method) === 'anyone' ||
    AWAY.has(method) ||
    AWAY_PREFIXES.some((prefix) => method.startsWith(prefix))
  if (!mayBeAway) throw rpcError('USER_MIGRATE_%d', await ctx.memory.get(HOMES, userId))
}
