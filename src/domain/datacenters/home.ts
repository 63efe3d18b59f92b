import type { Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import type { Tx } from '../../store/database.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { findHomeByPhone, putHomeOfPhone, readHome } from '../accounts/home-store.ts'
import { parsePhone, testCode } from '../auth/phone.ts'
import { areSeveral, dcOf, homeOf, isDatacenter, nearestDc } from './datacenters.ts'

/** Under what is told that somebody was moved. */
export const HOME = 'home'

/** Where a call comes in: the datacenter of its key, and the address of the client. */
export interface Place {
  readonly dc: number
  readonly ip: string
}

/** The datacenter in which a user is at home. */
export async function readHomeDc(ctx: Context, userId: UserId): Promise<number> {
  return homeOf(ctx, (await readHome(ctx.db, userId)) ?? null)
}

/**
 * Sends whoever wants to sign in to the datacenter of the number. Throws PHONE_MIGRATE_X for one that has an account
 * elsewhere and for test numbers, which name their datacenter; NETWORK_MIGRATE_X for a new one whose address is nearer to
 * another. https://core.telegram.org/api/datacenter#registrationauthorization
 */
export async function checkPhoneDc(ctx: Context, place: Place, phone: string): Promise<void> {
  if (!areSeveral(ctx.config)) return
  const thisDc = dcOf(ctx, place.dc)
  const account = await findHomeByPhone(ctx.db, phone)
  const home = account ? homeOf(ctx, account.homeDc) : testNumberDc(ctx, phone)
  if (home !== undefined) {
    if (home !== thisDc) throw rpcError('PHONE_MIGRATE_%d', home)
    return
  }
  const nearest = nearestDc(ctx, place.ip, thisDc)
  if (nearest !== thisDc) throw rpcError('NETWORK_MIGRATE_%d', nearest)
}

/** Test numbers name their datacenter. https://core.telegram.org/api/auth#test-accounts */
function testNumberDc(ctx: Context, phone: string): number | undefined {
  const dc = ctx.config.testNumbers ? Number(testCode(phone, 1)) : Number.NaN
  return isDatacenter(ctx, dc) ? dc : undefined
}

/** Where an account is at home that is made without a client. */
export function homeOfNew(ctx: Context, phone: string): number {
  return (areSeveral(ctx.config) ? testNumberDc(ctx, phone) : undefined) ?? ctx.config.dc
}

/**
 * Moves somebody to another datacenter, for whoever runs the server: sessions where they were are told to go there.
 * Undefined when nobody has the number. Throws PHONE_NUMBER_INVALID.
 * https://core.telegram.org/api/datacenter#user-migration
 */
export async function moveHome(
  ctx: Context,
  input: { readonly phone: string; readonly dc: number },
): Promise<UserId | undefined> {
  const phone = parsePhone(input.phone)
  const userId = await ctx.db.single((tx) => putHomeOfPhone(tx, phone, input.dc))
  if (userId !== undefined) ctx.memory.outdate(HOME, [userId])
  return userId
}

/**
 * Throws USER_MIGRATE_X for whoever is about to sign in away from home: keys are not copied between datacenters.
 * https://core.telegram.org/api/datacenter#user-migration
 */
export async function checkHome(ctx: Context, tx: Tx, keyDc: number, userId: UserId): Promise<void> {
  if (!areSeveral(ctx.config)) return
  const home = homeOf(ctx, (await readHome(tx, userId)) ?? null)
  if (home !== dcOf(ctx, keyDc)) throw rpcError('USER_MIGRATE_%d', home)
}
