import type { PeerId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/** Whose public name this is, in whatever case. */
export async function findUsername(db: Db | Tx, nameKey: string): Promise<PeerId | undefined> {
  const [row] = await db.sql<{ peerId: PeerId }[]>`
    select peer_id as "peerId" from username where name_key = ${nameKey}`
  return row?.peerId
}

/** Gives a peer this public name in place of the one it had. False when another peer has it. */
export async function putUsername(tx: Tx, peerId: PeerId, name: string): Promise<boolean> {
  const nameKey = name.toLowerCase()
  tx.outdate([peerId])
  const rows = await tx.sql`
    insert into username (name_key, name, peer_id) values (${nameKey}, ${name}, ${peerId})
    on conflict (name_key) do update set name = excluded.name where username.peer_id = excluded.peer_id
    returning 1`
  if (rows.length === 0) return false
  tx.outdate([peerId])
  await tx.sql`delete from username where peer_id = ${peerId} and name_key <> ${nameKey}`
  return true
}

/** Takes a peer's public name away. */
export async function dropUsername(tx: Tx, peerId: PeerId): Promise<void> {
  tx.outdate([peerId])
  await tx.sql`delete from username where peer_id = ${peerId}`
}
