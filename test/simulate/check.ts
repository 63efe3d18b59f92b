import type { Db } from '../../src/store/database.ts'
import { decodeObject } from '../../src/tl/decode.ts'
import type * as T from '../../src/tl/schema.d.ts'
import { keyOf, type HeldMessage, type Kind } from './holding.ts'
import type { Sent } from './operations.ts'
import type { Phone } from './phone.ts'

/** What is wrong with the database by itself. */
export async function checkDatabase(db: Db, sent: readonly Sent[]): Promise<string[]> {
  const faults: string[] = []
  const say = (name: string, rows: readonly object[]): void => {
    for (const row of rows.slice(0, 5)) faults.push(`${name}: ${JSON.stringify(row)}`)
  }
  say(
    'a hole in pts',
    await db.sql<object[]>`
      select * from (
        select box_id, pts, count, lag(pts, 1, 1) over (partition by box_id order by pts) as before
        from update_log where seq = 0) l
      where pts - count <> before`,
  )
  say(
    'a hole in seq',
    await db.sql<object[]>`
      select * from (
        select box_id, seq, lag(seq, 1, 0) over (partition by box_id order by seq) as before
        from update_log where seq > 0) l
      where seq <> before + 1`,
  )
  say(
    'the box is not where its log ends',
    await db.sql<object[]>`
      select b.id, b.pts, b.seq, l.pts as log_pts, l.seq as log_seq
      from box b join (select box_id, max(pts) as pts, max(seq) as seq from update_log group by box_id) l on box_id = b.id
      where b.pts <> l.pts or b.seq <> l.seq`,
  )
  say(
    'a dialog that is not what its messages are',
    await db.sql<object[]>`
      select d.box_id, d.peer_id, d.top_message_id, d.unread_count, d.message_count, m.* from dialog d
      join lateral (
        select coalesce(max(id), 0)::int as top, count(*)::int as messages,
          count(*) filter (where from_id <> d.box_id and id > d.read_inbox_id)::int as unread
        from message where box_id = d.box_id and peer_id = d.peer_id) m on true
      where d.top_message_id <> m.top or d.message_count <> m.messages or d.unread_count <> m.unread`,
  )
  say(
    'a message without a dialog',
    await db.sql<object[]>`
      select box_id, id from message m where not exists (
        select from dialog d where d.box_id = m.box_id and d.peer_id = m.peer_id)`,
  )
  say(
    'a message that was new more than once, or never',
    await db.sql<object[]>`
      select m.box_id, m.id, count(l.pts)::int as times from message m
      left join update_log l on l.box_id = m.box_id and l.message_id = m.id and l.kind = 1
      group by m.box_id, m.id having count(l.pts) <> 1`,
  )
  say(
    'a reply to what is not there for anybody',
    await db.sql<object[]>`
      select m.box_id, m.id, m.reply_to_id from message m
      join box b on b.id = m.box_id where m.reply_to_id > b.last_message_id`,
  )
  faults.push(...(await checkSent(db, sent)))
  return faults
}

/** Every message that was answered as sent was new once in the sender's box. */
async function checkSent(db: Db, sent: readonly Sent[]): Promise<string[]> {
  const faults: string[] = []
  const news = await db.sql<{ boxId: number; id: number }[]>`
    select box_id as "boxId", message_id as id from update_log where kind = 1`
  const times = new Map<string, number>()
  for (const { boxId, id } of news) times.set(`${boxId} ${id}`, (times.get(`${boxId} ${id}`) ?? 0) + 1)
  const ids = new Set<string>()
  for (const { fromId, id, randomId } of sent) {
    const key = `${fromId} ${id}`
    if (times.get(key) !== 1) faults.push(`message ${id} of ${fromId} was new ${times.get(key) ?? 0} times`)
    if (ids.has(key)) faults.push(`message ${id} of ${fromId} answers two sends (${randomId})`)
    ids.add(key)
  }
  return faults
}

interface StoredMessage {
  id: number
  peerId: number
  fromId: number
  text: string
  editDate: number | null
  isService: boolean
  isForwarded: boolean
}

interface StoredDialog {
  peerId: number
  readInboxId: number
  readOutboxId: number
  isPinned: boolean
  isMarkedUnread: boolean
  draft: Uint8Array | null
}

/** Where a device that has asked for the difference does not hold what the database holds. */
export async function checkPhone(db: Db, phone: Phone): Promise<string[]> {
  const { holding, userId } = phone
  const faults = [...holding.faults]
  const [box] = await db.sql<{ pts: number }[]>`select pts from box where id = ${userId}`
  if (box?.pts !== phone.following.pts)
    faults.push(`stands at pts ${phone.following.pts}, its box at ${box?.pts}`)
  const messages = await db.sql<StoredMessage[]>`
    select id, peer_id as "peerId", from_id as "fromId", text, edit_date as "editDate",
      action is not null as "isService", forward is not null as "isForwarded"
    from message where box_id = ${userId}`
  const stored = new Map(messages.map((row) => [row.id, heldAs(userId, row)]))
  for (const [id, message] of stored) {
    const held = JSON.stringify(holding.messages.get(id))
    if (held !== JSON.stringify(message))
      faults.push(`message ${id}: ${JSON.stringify(message)}, held: ${held}`)
  }
  for (const id of holding.messages.keys()) if (!stored.has(id)) faults.push(`message ${id} is held but gone`)
  const dialogFaults = await checkDialogs(db, phone)
  if (dialogFaults.length > 0) dialogFaults.push(`of its log: ${await lastChanges(db, userId)}`)
  faults.push(...dialogFaults)
  const blocks = await db.sql<{ peerId: number }[]>`
    select peer_id as "peerId" from block where owner_id = ${userId}`
  const blocked = new Set(blocks.map((row) => row.peerId))
  for (const peerId of new Set([...blocked, ...holding.blocked])) {
    compare(phone, faults, {
      kind: 'block',
      peerId,
      stored: blocked.has(peerId),
      held: holding.blocked.has(peerId),
    })
  }
  return faults.map((fault) => `${phone.name}: ${fault}`)
}

function heldAs(userId: number, row: StoredMessage): HeldMessage {
  return {
    peerId: row.peerId,
    isOut: row.fromId === userId && row.peerId !== userId,
    text: row.text,
    editDate: row.editDate ?? 0,
    isService: row.isService,
    isForwarded: row.isForwarded,
  }
}

/** The last changes outside pts, to understand a fault. */
async function lastChanges(db: Db, userId: number): Promise<string> {
  const rows = await db.sql<{ pts: number; seq: number; date: number; data: Uint8Array }[]>`
    select pts, seq, date, data from update_log where box_id = ${userId} and seq > 0 order by seq desc limit 12`
  return rows
    .map(({ pts, seq, date, data }) => {
      const update = JSON.stringify(decodeObject(data), (_, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value,
      )
      return `\n    seq ${seq} pts ${pts} date ${date} ${update.slice(0, 200)}`
    })
    .join('')
}

async function checkDialogs(db: Db, phone: Phone): Promise<string[]> {
  const { holding, userId } = phone
  const faults: string[] = []
  const dialogs = await db.sql<StoredDialog[]>`
    select peer_id as "peerId", read_inbox_id as "readInboxId", read_outbox_id as "readOutboxId",
      pinned_order > 0 as "isPinned", is_marked_unread as "isMarkedUnread", draft
    from dialog where box_id = ${userId}`
  for (const row of dialogs) {
    const { peerId } = row
    // A mark may stand at any of the deleted messages above the last one that is read.
    const read = unreadBeyond(holding.messages, peerId, [row.readInboxId, row.readOutboxId])
    const marks = [holding.readInbox.get(peerId) ?? 0, holding.readOutbox.get(peerId) ?? 0] as const
    const held = unreadBeyond(holding.messages, peerId, marks)
    if (read !== held) faults.push(`unread with ${peerId}: ${read}, held: ${held} by ${marks.join()}`)
    const draft = row.draft && (decodeObject(row.draft) as T.DraftMessage)
    const text = draft?._ === 'draftMessage' ? draft.message : undefined
    compare(phone, faults, { kind: 'draft', peerId, stored: text, held: holding.drafts.get(peerId) })
    compare(phone, faults, { kind: 'pin', peerId, stored: row.isPinned, held: holding.pinned.has(peerId) })
    compare(phone, faults, {
      kind: 'mark',
      peerId,
      stored: row.isMarkedUnread,
      held: holding.marked.has(peerId),
    })
  }
  return faults
}

/** How many messages are unread on this side and on the other. */
function unreadBeyond(
  messages: ReadonlyMap<number, HeldMessage>,
  peerId: number,
  [inbox, outbox]: readonly [number, number],
): string {
  let own = 0
  let other = 0
  for (const [id, message] of messages) {
    if (message.peerId !== peerId) continue
    if (message.isOut && id > outbox) other++
    if (!message.isOut && id > inbox) own++
  }
  return `${own} here, ${other} there`
}

function compare(
  phone: Phone,
  faults: string[],
  what: { readonly kind: Kind; readonly peerId: number; readonly stored: unknown; readonly held: unknown },
): void {
  const { kind, peerId, stored, held } = what
  if (stored === held || phone.holding.unsure.has(keyOf(kind, peerId))) return
  faults.push(`${kind} of ${peerId} is ${String(stored)}, held: ${String(held)}`)
}
