import type { Database } from '../../../src/store/database.ts'

/** A message whose place in both boxes is known beforehand. */
export interface BareMessage {
  readonly fromId: number
  readonly toId: number
  readonly ownId: number
  readonly otherId: number
  readonly randomId: bigint
  readonly date: number
  readonly text: string
}

/** Gives each user a box. */
export async function makeBoxes(db: Database, count: number): Promise<void> {
  await db.sql`insert into box (id) select * from generate_series(1, ${count}::int) on conflict do nothing`
}

/** The rows that a private message is made of, in one statement without a single question. */
export async function writeMessage(db: Database, m: BareMessage): Promise<void> {
  const { fromId, toId, ownId, otherId, date } = m
  await db.sql`
    with box as (
      update box set pts = pts + 1, last_message_id = last_message_id + 1
      where id in (${fromId}::int, ${toId}::int)
    ), message as (
      insert into message (box_id, id, peer_id, from_id, random_id, date, text) values
        (${fromId}::int, ${ownId}::int, ${toId}::int, ${fromId}::int, ${m.randomId}::bigint, ${date}::int, ${m.text}::text),
        (${toId}::int, ${otherId}::int, ${fromId}::int, ${fromId}::int, ${m.randomId}::bigint, ${date}::int, ${m.text}::text)
    ), dialog as (
      insert into dialog (box_id, peer_id, top_message_id, top_date, unread_count, message_count) values
        (${fromId}::int, ${toId}::int, ${ownId}::int, ${date}::int, 0, 1),
        (${toId}::int, ${fromId}::int, ${otherId}::int, ${date}::int, 1, 1)
      on conflict (box_id, peer_id) do update set
        top_message_id = excluded.top_message_id, top_date = excluded.top_date,
        unread_count = dialog.unread_count + excluded.unread_count,
        message_count = dialog.message_count + 1
    )
    insert into update_log (box_id, pts, kind, count, date, peer_id, message_id) values
      (${fromId}::int, ${ownId}::int + 1, 1, 1, ${date}::int, ${toId}::int, ${ownId}::int),
      (${toId}::int, ${otherId}::int + 1, 1, 1, ${date}::int, ${fromId}::int, ${otherId}::int)`
}

export async function readBox(db: Database, boxId: number): Promise<number> {
  const [box] = await db.sql<{ pts: number }[]>`select pts, seq from box where id = ${boxId}`
  return box?.pts ?? 0
}

/** The log of a box from a pts on, with its messages; how many there are. */
export async function readMissed(db: Database, boxId: number, pts: number): Promise<number> {
  const rows = await db.sql`
    select l.*, m.* from update_log l join message m on m.box_id = l.box_id and m.id = l.message_id
    where l.box_id = ${boxId} and l.pts > ${pts} and l.kind = 1 order by l.pts`
  return rows.length
}
