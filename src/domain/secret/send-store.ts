import postgres from 'postgres'
import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'
import { Kind } from '../../updates/log.ts'
import { WAITING_MESSAGES } from './limits.ts'

/** An encrypted message on its way to the one device that can read it. */
export interface OutgoingSecret {
  readonly chatId: number
  readonly fromId: UserId
  readonly randomId: bigint
  readonly toId: UserId
  readonly toKey: bigint
  /** TL of the update that brings it, its qts left open. */
  readonly data: Uint8Array
  /** The file that goes along. */
  readonly fileId: bigint | null
}

/** Where a message went: the state of its box and of its queue. */
export interface PlacedSecret {
  readonly pts: number
  readonly seq: number
  readonly qts: number
}

/**
 * Sends a message in one statement: takes a seq of the box and a qts of the device, logs the message, has those make room
 * that wait for too long behind it, and notes that it was sent. Undefined when the chat is over, or when the message was
 * sent before under the same random id; fails by `isSecretSentTwice` when that happened in the same moment. With
 * updates/log.ts this is a writer of `box`, `box_queue` and `update_log`.
 */
export async function writeSecret(
  tx: Tx,
  date: number,
  message: OutgoingSecret,
): Promise<PlacedSecret | undefined> {
  const { chatId, fromId, randomId, toId, toKey } = message
  const [placed] = await tx.sql<PlacedSecret[]>`
    with item as (
      select id from secret_chat c where c.id = ${chatId} and c.state = 'open'
        and not exists (select from secret_sent s
          where s.chat_id = ${chatId} and s.from_id = ${fromId} and s.random_id = ${randomId})
    ), locked as materialized (
      select b.id from box b where b.id = ${toId} and exists (select from item) for no key update
    ), taken as (
      update box set seq = box.seq + 1 from locked where box.id = locked.id returning box.id, box.pts, box.seq
    ), counted as (
      insert into box_queue as q (box_id, key_id, qts) select id, ${toKey}::bigint, 2 from taken
      on conflict (box_id, key_id) do update set qts = q.qts + 1
      returning q.qts
    ), noted as (
      insert into secret_sent (chat_id, from_id, random_id, sent_at, to_id, to_key, qts, file_id)
      select ${chatId}::int, ${fromId}::int, ${randomId}::bigint, ${date}::int, ${toId}::int, ${toKey}::bigint, qts,
        ${message.fileId}::bigint
      from counted
    ), logged as (
      insert into update_log (box_id, pts, seq, kind, count, date, data, key_id, qts)
      select id, pts, seq, ${Kind.other}::int, 0, ${date}::int, ${Buffer.from(message.data)}::bytea, ${toKey}::bigint, qts
      from taken, counted
    ), dropped as (
      delete from update_log l using counted
      where l.box_id = ${toId} and l.key_id = ${toKey} and l.qts > 0 and l.qts <= counted.qts - ${WAITING_MESSAGES}::int
    )
    select pts, seq, qts from taken, counted`
  return placed
}

/** Whether a write failed because the same message was written in the same moment. */
export function isSecretSentTwice(error: unknown): boolean {
  return (
    error instanceof postgres.PostgresError &&
    error.code === UNIQUE_VIOLATION &&
    error.constraint_name === 'secret_sent_pkey'
  )
}

const UNIQUE_VIOLATION = '23505'

/** When a message was sent, and with which file. */
export interface SecretSent {
  readonly date: number
  readonly fileId: bigint | null
}

/** What was sent under a random id, and when. */
export async function findSecretSent(
  db: Db | Tx,
  message: Pick<OutgoingSecret, 'chatId' | 'fromId' | 'randomId'>,
): Promise<SecretSent | undefined> {
  const [row] = await db.sql<SecretSent[]>`
    select sent_at as date, file_id as "fileId" from secret_sent
    where chat_id = ${message.chatId} and from_id = ${message.fromId} and random_id = ${message.randomId}`
  return row
}

/** Forgets the messages of chats that still wait. */
export async function dropSentIn(tx: Tx, chatIds: readonly number[]): Promise<void> {
  await tx.sql`
    delete from update_log l using secret_sent s
    where s.chat_id = any(${[...chatIds]}::int[]) and l.box_id = s.to_id and l.key_id = s.to_key and l.qts = s.qts
      and l.qts > 0`
}

/** The random ids of what a device was sent under these qts, in their order. */
export async function readRandomIds(
  db: Db | Tx,
  to: { readonly userId: UserId; readonly key: bigint },
  qts: readonly number[],
): Promise<bigint[]> {
  const rows = await db.sql<{ randomId: bigint }[]>`
    select random_id as "randomId" from secret_sent
    where to_id = ${to.userId} and to_key = ${to.key} and qts = any(${[...qts]}::int[]) order by qts`
  return rows.map((row) => row.randomId)
}
