import type { Actor, Context } from '../../context.ts'
import { SERVICE_USER_ID, type PeerId, type UserId } from '../../lib/ids.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { peerView } from '../../views/peer.ts'
import { count } from '../abuse/watch.ts'
import { peerSettings } from '../accounts/full.ts'
import { otherEntry } from '../accounts/tell.ts'
import { dropBlocks, putBlocks, putHiddenBar, readBlocked, type Blocked } from './block-store.ts'
import { BLOCKED_PER_PAGE, MAX_BLOCKED } from './limits.ts'

/** Blocks a user. Throws CONTACT_ID_INVALID for oneself. https://core.telegram.org/method/contacts.block */
export async function block(ctx: Context, by: Actor, peerId: PeerId): Promise<void> {
  if (peerId === by.userId || peerId === SERVICE_USER_ID) throw rpcError('CONTACT_ID_INVALID')
  const added = await ctx.db.transaction(async (tx) => {
    const blocked = await putBlocks(tx, by.userId, [peerId], ctx.clock.nowSec())
    await ctx.updates.record(
      tx,
      blocked.map((each) => blockedEntry(by, each, true)),
      by,
    )
    return blocked
  })
  if (added.length > 0) await count(ctx, peerId as UserId, 'blocks')
}

/** Unblocks a user. https://core.telegram.org/method/contacts.unblock */
export async function unblock(ctx: Context, by: Actor, peerId: PeerId): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const dropped = await dropBlocks(tx, by.userId, [peerId])
    await ctx.updates.record(
      tx,
      dropped.map((each) => blockedEntry(by, each, false)),
      by,
    )
  })
}

/**
 * Makes these the blocked ones: the others are unblocked.
 * https://core.telegram.org/method/contacts.setBlocked
 */
export async function setBlocked(ctx: Context, by: Actor, peerIds: readonly PeerId[]): Promise<void> {
  const wanted = new Set(peerIds.slice(0, MAX_BLOCKED))
  wanted.delete(by.userId)
  wanted.delete(SERVICE_USER_ID)
  await ctx.db.transaction(async (tx) => {
    const { blocked } = await readBlocked(tx, by.userId, { offset: 0, limit: MAX_BLOCKED })
    const gone = blocked.map((each) => each.peerId).filter((peerId) => !wanted.has(peerId))
    const entries = (await dropBlocks(tx, by.userId, gone)).map((peerId) => blockedEntry(by, peerId, false))
    const added = await putBlocks(tx, by.userId, [...wanted], ctx.clock.nowSec())
    entries.push(...added.map((peerId) => blockedEntry(by, peerId, true)))
    await ctx.updates.record(tx, entries, by)
  })
}

/** A page of the blocked. https://core.telegram.org/method/contacts.getBlocked */
export async function getBlocked(
  ctx: Context,
  userId: UserId,
  page: { readonly offset: number; readonly limit: number },
): Promise<{ count: number; blocked: Blocked[] }> {
  const limit = Math.min(Math.max(page.limit, 0) || BLOCKED_PER_PAGE, BLOCKED_PER_PAGE)
  return await readBlocked(ctx.db, userId, { offset: Math.max(page.offset, 0), limit })
}

/** Puts away the bar of actions above a chat. https://core.telegram.org/api/action-bar */
export async function hideBar(ctx: Context, by: Actor, userId: UserId): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    await putHiddenBar(tx, by.userId, userId)
    const settings = await peerSettings(tx, by.userId, userId)
    const update: T.Update = tl.updatePeerSettings({ peer: tl.peerUser({ userId }), settings })
    await ctx.updates.record(tx, [otherEntry(by.userId, update)], by)
  })
}

function blockedEntry(by: Actor, peerId: PeerId, blocked: boolean): ReturnType<typeof otherEntry> {
  const update = tl.updatePeerBlocked({ blocked, peerId: peerView(peerId) })
  return otherEntry(by.userId, update)
}
