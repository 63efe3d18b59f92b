import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/** A secret chat, as it is stored. */
export interface SecretChat {
  readonly id: number
  readonly adminId: UserId
  readonly adminKey: bigint
  readonly participantId: UserId
  /** Null until a device has accepted. */
  readonly participantKey: bigint | null
  readonly state: 'waiting' | 'open' | 'over'
  readonly isHistoryGone: boolean
  readonly askedAt: number
  /** Null once the chat is over, as is what follows. */
  readonly gA: Uint8Array | null
  readonly gB: Uint8Array | null
  readonly fingerprint: bigint | null
}

/** A chat as it begins. */
export type NewChat = Pick<SecretChat, 'id' | 'adminId' | 'adminKey' | 'participantId' | 'askedAt'> & {
  readonly gA: Uint8Array
}

/** Writes down who asks whom. Undefined when there is a chat with this id. */
export async function insertChat(tx: Tx, chat: NewChat): Promise<SecretChat | undefined> {
  const [row] = await tx.sql<SecretChat[]>`
    insert into secret_chat (id, admin_id, admin_key, participant_id, state, asked_at, changed_at, g_a)
    values (${chat.id}, ${chat.adminId}, ${chat.adminKey}, ${chat.participantId}, 'waiting', ${chat.askedAt},
      ${chat.askedAt}, ${Buffer.from(chat.gA)})
    on conflict do nothing returning ${columns(tx)}`
  return row
}

/** The chat with this id. */
export async function readChat(db: Db | Tx, id: number): Promise<SecretChat | undefined> {
  const [row] = await db.sql<SecretChat[]>`select ${columns(db)} from secret_chat where id = ${id}`
  return row
}

/** `readChat`; until the transaction is over nobody else changes it. */
export async function lockChat(tx: Tx, id: number): Promise<SecretChat | undefined> {
  const [row] = await tx.sql<SecretChat[]>`
    select ${columns(tx)} from secret_chat where id = ${id} for no key update`
  return row
}

/** Binds a chat to the device that accepts it. */
export async function openChat(
  tx: Tx,
  id: number,
  accepted: {
    readonly participantKey: bigint
    readonly gB: Uint8Array
    readonly fingerprint: bigint
    readonly at: number
  },
): Promise<SecretChat> {
  const [row] = await tx.sql<SecretChat[]>`
    update secret_chat set state = 'open', participant_key = ${accepted.participantKey},
      g_b = ${Buffer.from(accepted.gB)}, fingerprint = ${accepted.fingerprint}, changed_at = ${accepted.at}
    where id = ${id} returning ${columns(tx)}`
  return row!
}

/** Ends chats. */
export async function closeChats(
  tx: Tx,
  ids: readonly number[],
  end: { readonly isHistoryGone: boolean; readonly at: number },
): Promise<void> {
  await tx.sql`
    update secret_chat set state = 'over', is_history_gone = ${end.isHistoryGone}, changed_at = ${end.at}, g_a = null,
      g_b = null, fingerprint = null
    where id = any(${[...ids]}::int[])`
}

/** The chats that are bound to any of these keys, or wait for somebody to accept them; nobody else changes them meanwhile. */
export async function lockChatsOf(
  tx: Tx,
  of: { readonly keys: readonly bigint[]; readonly askedId?: UserId | undefined },
): Promise<SecretChat[]> {
  return await tx.sql<SecretChat[]>`
    select ${columns(tx)} from secret_chat
    where id in (
      select id from secret_chat where admin_key = any(${[...of.keys]}::bigint[]) and state <> 'over'
      union all
      select id from secret_chat where participant_key = any(${[...of.keys]}::bigint[]) and state = 'open'
      union all
      select id from secret_chat where participant_id = ${of.askedId ?? 0} and state = 'waiting'
    ) and state <> 'over' order by id for no key update`
}

/** Notes up to which date a side has read. False when it had read as far before. */
export async function putRead(
  tx: Tx,
  id: number,
  side: 'admin' | 'participant',
  date: number,
): Promise<boolean> {
  const column = side === 'admin' ? tx.sql`admin_read` : tx.sql`participant_read`
  const rows = await tx.sql`
    update secret_chat set ${column} = ${date} where id = ${id} and ${column} < ${date} returning 1`
  return rows.length > 0
}

/** Chats that are not over, in the order of their ids. */
export async function readChatsAfter(db: Db | Tx, afterId: number, limit: number): Promise<SecretChat[]> {
  return await db.sql<SecretChat[]>`
    select ${columns(db)} from secret_chat where id > ${afterId} and state <> 'over' order by id limit ${limit}`
}

/** Forgets some of what ended, and of what was sent, before a date. Returns the chats. */
export async function forgetOld(
  tx: Tx,
  before: number,
  limits: { readonly chats: number; readonly messages: number },
): Promise<number[]> {
  const rows = await tx.sql<{ id: number }[]>`
    with sent as (
      delete from secret_sent where ctid = any(array(
        select ctid from secret_sent where sent_at < ${before} order by sent_at limit ${limits.messages}))
    )
    delete from secret_chat where id = any(array(
      select id from secret_chat where changed_at < ${before} and state = 'over' order by changed_at
      limit ${limits.chats}))
    returning id`
  return rows.map((row) => row.id)
}

/** The chats that nobody has accepted since a date, some of them. */
export async function readUnaccepted(db: Db | Tx, before: number, limit: number): Promise<number[]> {
  const rows = await db.sql<{ id: number }[]>`
    select id from secret_chat where changed_at < ${before} and state = 'waiting' order by changed_at limit ${limit}`
  return rows.map((row) => row.id)
}

function columns(db: Db | Tx) {
  return db.sql`id, admin_id as "adminId", admin_key as "adminKey", participant_id as "participantId",
    participant_key as "participantKey", state, is_history_gone as "isHistoryGone", asked_at as "askedAt",
    g_a as "gA", g_b as "gB", fingerprint`
}
