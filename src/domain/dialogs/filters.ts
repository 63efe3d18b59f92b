import type { Actor, Context } from '../../context.ts'
import { bareId, type PeerId } from '../../lib/ids.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { otherEntry } from '../accounts/tell.ts'
import { pack, unpack } from '../messages/packed.ts'
import { accessHash } from '../peers/access.ts'
import { resolvePeer } from '../peers/resolve.ts'
import { deleteFilter, readFilters, updateFilterOrder, upsertFilter } from './filter-store.ts'
import { FILTER_IDS, FILTER_PEERS, FILTER_TITLE, FILTERS } from './limits.ts'

/**
 * The folders of a user, in their order, with the one that is always there: all chats. It stands where the user has
 * put it, in front unless said otherwise. https://core.telegram.org/api/folders
 */
export async function getDialogFilters(ctx: Context, by: Actor): Promise<T.DialogFilter[]> {
  const rows = await readFilters(ctx.db, by.userId)
  const filters = rows.map((row) => unpack(row.filter) as T.DialogFilter)
  return rows.some((row) => row.id === ALL_CHATS_ID) ? filters : [tl.dialogFilterDefault(), ...filters]
}

/** Under which id orders name the folder of all chats; it is stored once it has a place of its own. */
const ALL_CHATS_ID = 0

/**
 * Makes, changes or (without a filter) deletes a folder. Throws FILTER_ID_INVALID, FILTER_TITLE_EMPTY,
 * FILTER_INCLUDE_EMPTY, LIMIT_INVALID. https://core.telegram.org/method/messages.updateDialogFilter
 */
export async function updateDialogFilter(
  ctx: Context,
  by: Actor,
  input: { readonly id: number; readonly filter: T.DialogFilter | undefined },
): Promise<void> {
  const { id } = input
  if (!Number.isInteger(id) || id < FILTER_IDS.min || id > FILTER_IDS.max) throw rpcError('FILTER_ID_INVALID')
  const filter = input.filter && (await checkedFilter(ctx, by, id, input.filter))
  await ctx.db.transaction(async (tx) => {
    if (filter) {
      const rows = await readFilters(tx, by.userId)
      const made = rows.filter((row) => row.id !== ALL_CHATS_ID)
      if (made.length >= FILTERS && made.every((row) => row.id !== id)) throw rpcError('LIMIT_INVALID')
      await upsertFilter(tx, by.userId, { id, filter: pack(filter, 'DialogFilter') })
    } else if (!(await deleteFilter(tx, by.userId, id))) {
      throw rpcError('FILTER_ID_INVALID')
    }
    await ctx.updates.record(tx, [otherEntry(by.userId, tl.updateDialogFilter({ id, filter }))], by)
  })
}

/** Puts the folders into an order. https://core.telegram.org/method/messages.updateDialogFiltersOrder */
export async function updateDialogFiltersOrder(
  ctx: Context,
  by: Actor,
  order: readonly number[],
): Promise<void> {
  const wanted = [...new Set(order)].slice(0, FILTERS + 1)
  await ctx.db.transaction(async (tx) => {
    if (wanted.includes(ALL_CHATS_ID)) {
      const filter = pack(tl.dialogFilterDefault(), 'DialogFilter')
      await upsertFilter(tx, by.userId, { id: ALL_CHATS_ID, filter })
    }
    await updateFilterOrder(tx, by.userId, wanted)
    const update = tl.updateDialogFilterOrder({ order: wanted })
    await ctx.updates.record(tx, [otherEntry(by.userId, update)], by)
  })
}

async function checkedFilter(
  ctx: Context,
  by: Actor,
  id: number,
  filter: T.DialogFilter,
): Promise<T.dialogFilter> {
  if (filter._ !== 'dialogFilter') throw rpcError('FILTER_ID_INVALID')
  const title = filter.title.text.trim()
  if (title === '') throw rpcError('FILTER_TITLE_EMPTY')
  if (title.length > FILTER_TITLE) throw rpcError('MESSAGE_TOO_LONG')
  const { contacts, nonContacts, groups, broadcasts, bots, includePeers, pinnedPeers } = filter
  const isNothing = !contacts && !nonContacts && !groups && !broadcasts && !bots
  if (isNothing && includePeers.length === 0 && pinnedPeers.length === 0)
    throw rpcError('FILTER_INCLUDE_EMPTY')
  return tl.dialogFilter({
    ...filter,
    id,
    title: tl.textWithEntities({ text: title, entities: [] }),
    pinnedPeers: await checkedPeers(ctx, by, pinnedPeers),
    includePeers: await checkedPeers(ctx, by, includePeers),
    excludePeers: await checkedPeers(ctx, by, filter.excludePeers),
  })
}

/** The peers that a folder names, by their access hashes for its owner. */
async function checkedPeers(ctx: Context, by: Actor, peers: readonly T.InputPeer[]): Promise<T.InputPeer[]> {
  if (peers.length > FILTER_PEERS) throw rpcError('LIMIT_INVALID')
  const peerIds = await Promise.all(peers.map((peer) => resolvePeer(ctx, by, peer)))
  return [...new Set<PeerId>(peerIds)].map((peerId) =>
    tl.inputPeerUser({ userId: bareId(peerId), accessHash: accessHash(ctx, by.userId, peerId) }),
  )
}
