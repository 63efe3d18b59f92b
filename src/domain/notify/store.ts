import type { PeerId, UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/** What notification settings are for: a kind of chat, or one peer. */
export type NotifyTarget =
  | { readonly target: 'users' | 'chats' | 'broadcasts' }
  | { readonly target: 'peer'; readonly peerId: PeerId }

/** The settings of one peer. */
export interface PeerSettingsRow {
  readonly peerId: PeerId
  readonly settings: Uint8Array
}

/** What a user has set for a target; undefined while nothing is. */
export async function readNotify(
  db: Db | Tx,
  userId: UserId,
  of: NotifyTarget,
): Promise<Uint8Array | undefined> {
  const [row] = await db.sql<{ settings: Uint8Array }[]>`
    select settings from notify_settings
    where user_id = ${userId} and target = ${of.target} and peer_id = ${'peerId' in of ? of.peerId : 0}`
  return row?.settings
}

/** What a user has set for these peers. */
export async function readPeerNotify(
  db: Db | Tx,
  userId: UserId,
  peerIds: readonly PeerId[],
): Promise<Map<PeerId, Uint8Array>> {
  const rows = await db.sql<PeerSettingsRow[]>`
    select peer_id as "peerId", settings from notify_settings
    where user_id = ${userId} and target = 'peer' and peer_id = any(${[...peerIds]}::int[])`
  return new Map(rows.map((row) => [row.peerId, row.settings]))
}

/** All peers that a user has set something for. */
export async function readExceptions(db: Db | Tx, userId: UserId, limit: number): Promise<PeerSettingsRow[]> {
  return await db.sql<PeerSettingsRow[]>`
    select peer_id as "peerId", settings from notify_settings
    where user_id = ${userId} and target = 'peer' order by peer_id limit ${limit}`
}

/** Writes down settings for a target. */
export async function putNotify(
  tx: Tx,
  userId: UserId,
  of: NotifyTarget,
  settings: Uint8Array,
): Promise<void> {
  await tx.sql`
    insert into notify_settings (user_id, target, peer_id, settings)
    values (${userId}, ${of.target}, ${'peerId' in of ? of.peerId : 0}, ${settings})
    on conflict (user_id, target, peer_id) do update set settings = excluded.settings`
}

/** Forgets settings for a target, so that the wider ones hold. */
export async function dropNotify(tx: Tx, userId: UserId, of: NotifyTarget): Promise<void> {
  await tx.sql`
    delete from notify_settings
    where user_id = ${userId} and target = ${of.target} and peer_id = ${'peerId' in of ? of.peerId : 0}`
}

/** Forgets all that a user has set. */
export async function dropAllNotify(tx: Tx, userId: UserId): Promise<void> {
  await tx.sql`delete from notify_settings where user_id = ${userId}`
}
