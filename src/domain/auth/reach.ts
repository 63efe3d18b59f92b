import type { Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'
import { readHome } from '../accounts/home-store.ts'
import { readBlocked } from '../apps/store.ts'
import { areSeveral, dcOf, homeOf } from '../datacenters/datacenters.ts'
import { readOtherPlaces } from './whereabouts-store.ts'

/**
 * Whether somebody has a login besides that of a key where they see what comes into their chats: not one in an app that is
 * blocked, and not one in a datacenter where they are not at home, which is there for files.
 */
export async function hasEyesElsewhere(
  ctx: Context,
  db: Db | Tx,
  userId: UserId,
  keyId: bigint,
): Promise<boolean> {
  const places = await readOtherPlaces(db, userId, keyId)
  if (places.length === 0) return false
  const apiIds = [...new Set(places.map(({ apiId }) => apiId))]
  const blocked = await readBlocked(db, apiIds)
  const home = areSeveral(ctx.config) ? homeOf(ctx, (await readHome(db, userId)) ?? null) : undefined
  return places.some(({ apiId, dc }) => !blocked.has(apiId) && (home === undefined || dcOf(ctx, dc) === home))
}
