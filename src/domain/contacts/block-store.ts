import type { PeerId, UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/** A blocked peer, and since when. */
export interface Blocked {
  readonly peerId: PeerId
  readonly date: number
}

/** Blocks peers and returns those that were not blocked. */
export async function putBlocks(
  tx: Tx,
  owner: UserId,
  peerIds: readonly PeerId[],
  nowSec: number,
): Promise<PeerId[]> {
  tx.outdate([owner])
  const rows = await tx.sql<{ peerId: PeerId }[]>`
    insert into block (owner_id, peer_id, created_at)
    select ${owner}::int, id, ${nowSec}::int from unnest(${[...peerIds]}::int[]) id
    on conflict do nothing returning peer_id as "peerId"`
  return rows.map((row) => row.peerId)
}

/** Unblocks peers and returns those that were blocked. */
export async function dropBlocks(tx: Tx, owner: UserId, peerIds: readonly PeerId[]): Promise<PeerId[]> {
  tx.outdate([owner])
  const rows = await tx.sql<{ peerId: PeerId }[]>`
    delete from block where owner_id = ${owner} and peer_id = any(${[...peerIds]}::int[])
    returning peer_id as "peerId"`
  return rows.map((row) => row.peerId)
}

/** A page of the blocked, the latest first, and how many there are. */
export async function readBlocked(
  db: Db | Tx,
  owner: UserId,
  page: { readonly offset: number; readonly limit: number },
): Promise<{ count: number; blocked: Blocked[] }> {
  const [[total], blocked] = await Promise.all([
    db.sql<{ count: number }[]>`select count(*)::int as count from block where owner_id = ${owner}`,
    db.sql<Blocked[]>`
      select peer_id as "peerId", created_at as date from block where owner_id = ${owner}
      order by created_at desc, peer_id desc offset ${page.offset} limit ${page.limit}`,
  ])
  return { count: total?.count ?? 0, blocked: [...blocked] }
}

/** Whether an owner has blocked a peer, and whether its action bar was put away. */
export async function readBar(
  db: Db | Tx,
  owner: UserId,
  peerId: PeerId,
): Promise<{ isBlocked: boolean; isHidden: boolean }> {
  const [row] = await db.sql<{ isBlocked: boolean; isHidden: boolean }[]>`
    select exists (select from block where owner_id = ${owner} and peer_id = ${peerId}) as "isBlocked",
      exists (select from hidden_bar where owner_id = ${owner} and peer_id = ${peerId}) as "isHidden"`
  return row ?? { isBlocked: false, isHidden: false }
}

/** Puts the action bar of a peer away. */
export async function putHiddenBar(tx: Tx, owner: UserId, peerId: PeerId): Promise<void> {
  await tx.sql`insert into hidden_bar (owner_id, peer_id) values (${owner}, ${peerId}) on conflict do nothing`
}
