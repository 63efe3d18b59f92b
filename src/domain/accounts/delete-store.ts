import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/**
 * Makes an account a deleted one, and returns the keys that were logged in to it or were about to be. What is
 * its own is dropped, wherever it stands: the one write that names the tables of other stores. Its box is
 * emptied by and by.
 */
export async function emptyAccount(tx: Tx, userId: UserId, nowSec: number): Promise<bigint[]> {
  tx.outdate([userId])
  const rows = await tx.sql<{ keyId: bigint }[]>`
    with names as (delete from username where peer_id = ${userId}),
      contacts as (delete from contact where owner_id = ${userId}),
      contact_of as (delete from contact where user_id = ${userId}),
      imports as (delete from phone_import where owner_id = ${userId}),
      blocks as (delete from block where owner_id = ${userId}),
      bars as (delete from hidden_bar where owner_id = ${userId}),
      photos as (delete from profile_photo where user_id = ${userId}),
      rules as (delete from privacy where user_id = ${userId}),
      settings as (delete from setting where user_id = ${userId}),
      notify as (delete from notify_settings where user_id = ${userId}),
      filters as (delete from dialog_filter where user_id = ${userId}),
      passwords as (delete from password where user_id = ${userId}),
      challenges as (delete from password_challenge where user_id = ${userId}),
      emails as (delete from password_email where user_id = ${userId}),
      recoveries as (delete from password_recovery where user_id = ${userId}),
      pending as (delete from pending_login where user_id = ${userId}),
      passkeys as (delete from passkey where user_id = ${userId}),
      passkey_challenges as (delete from passkey_challenge where user_id = ${userId}),
      deletions as (delete from account_deletion where user_id = ${userId}),
      login_emails as (delete from login_email where user_id = ${userId}),
      tokens as (delete from future_token where user_id = ${userId}),
      login_tokens as (delete from login_token where user_id = ${userId}),
      ttl as (delete from session_ttl where user_id = ${userId}),
      terms as (delete from terms_accepted where user_id = ${userId}),
      web as (delete from web_session where user_id = ${userId}),
      erased as (insert into erasure (box_id) values (${userId}) on conflict do nothing),
      emptied as (
        update account set phone = null, first_name = '', last_name = '', about = '', online_until = 0,
          photo_id = null, fallback_photo_id = null, deleted_at = ${nowSec}
        where id = ${userId}
      )
    update device set user_id = null, waiting_for = null, hash = 0, ended = 'deactivated'
    where user_id = ${userId} or waiting_for = ${userId}
    returning key_id as "keyId"`
  return rows.map((row) => row.keyId)
}

/** A deletion that waits, so that the owner of the account can hear of it and keep the account. */
export interface Deletion {
  readonly userId: UserId
  /** Names it in the link that cancels it. */
  readonly hash: string
  /** Who asked for it. */
  readonly keyId: bigint
  readonly deleteAt: number
}

/** Notes a deletion, unless one waits already, and returns the one that waits. */
export async function putDeletion(
  tx: Tx,
  deletion: Deletion,
): Promise<{ readonly waiting: Deletion; readonly isNew: boolean }> {
  const rows = await tx.sql`
    insert into account_deletion (user_id, hash, key_id, delete_at)
    values (${deletion.userId}, ${deletion.hash}, ${deletion.keyId}, ${deletion.deleteAt})
    on conflict (user_id) do nothing returning 1`
  if (rows.length > 0) return { waiting: deletion, isNew: true }
  return { waiting: (await findDeletion(tx, deletion.userId)) ?? deletion, isNew: false }
}

/** The deletion of an account that waits. */
export async function findDeletion(db: Db | Tx, userId: UserId): Promise<Deletion | undefined> {
  const [row] = await db.sql<Deletion[]>`
    select user_id as "userId", hash, key_id as "keyId", delete_at as "deleteAt"
    from account_deletion where user_id = ${userId}`
  return row
}

/** Lets an account stay. */
export async function dropDeletion(tx: Tx, userId: UserId): Promise<void> {
  await tx.sql`delete from account_deletion where user_id = ${userId}`
}

/** The accounts whose time has come, some at a time. */
export async function readDueDeletions(db: Db | Tx, nowSec: number, limit: number): Promise<UserId[]> {
  const rows = await db.sql<{ userId: UserId }[]>`
    select user_id as "userId" from account_deletion where delete_at <= ${nowSec}
    order by delete_at limit ${limit}`
  return rows.map((row) => row.userId)
}

/** An account that was not visited for long. */
export interface IdleAccount {
  readonly id: UserId
  /** When somebody was last there, by any device. */
  readonly visitedAt: number
}

/** Some accounts, in the order of their ids. */
export interface Slice {
  readonly afterId: number
  readonly count: number
}

/**
 * Notes for some accounts when they were last visited by any device, to within a day: sessions that end take
 * their visits along.
 */
export async function noteVisits(tx: Tx, slice: Slice): Promise<void> {
  // Nobody sees it.
  tx.outdate([])
  await tx.sql`
    update account set visited_at = visits.at
    from (
      select a.id, (select max(active_at) from device where user_id = a.id) as at
      from (select id from account where id > ${slice.afterId} order by id limit ${slice.count}) a
    ) visits
    where account.id = visits.id and visits.at >= account.visited_at + 86400`
}

/** Those of some accounts that nobody visited since some time, and the last of all of them. */
export async function readIdle(
  db: Db | Tx,
  slice: Slice,
  sinceSec: number,
): Promise<{ readonly idle: IdleAccount[]; readonly lastId: number | undefined }> {
  const rows = await db.sql<(IdleAccount & { readonly isPerson: boolean })[]>`
    select a.id, a.deleted_at is null and not a.is_bot and not a.is_support as "isPerson",
      greatest(a.online_until, a.created_at, a.visited_at,
        (select max(active_at) from device where user_id = a.id)) as "visitedAt"
    from (select * from account where id > ${slice.afterId} order by id limit ${slice.count}) a
    order by a.id`
  return {
    idle: rows.filter((row) => row.isPerson && row.visitedAt < sinceSec),
    lastId: rows.length < slice.count ? undefined : rows.at(-1)?.id,
  }
}

/** Deletes some of what the boxes of deleted accounts hold. False when nothing is left to delete. */
export async function eraseSome(tx: Tx, rows: number): Promise<boolean> {
  const [next] = await tx.sql<{ boxId: number }[]>`
    select box_id as "boxId" from erasure order by box_id limit 1 for update skip locked`
  if (!next) return false
  const { boxId } = next
  const gone = await tx.sql<{ count: number }[]>`
    with messages as (
      delete from message where box_id = ${boxId}
        and id = any(array(select id from message where box_id = ${boxId} limit ${rows})) returning 1
    ), dialogs as (
      delete from dialog where box_id = ${boxId}
        and peer_id = any(array(select peer_id from dialog where box_id = ${boxId} limit ${rows})) returning 1
    ), logs as (
      delete from update_log where ctid = any(array(
        select ctid from update_log where box_id = ${boxId} limit ${rows})) returning 1
    )
    select ((select count(*) from messages) + (select count(*) from dialogs) + (select count(*) from logs))::int as count`
  if (gone[0]?.count !== 0) return true
  await tx.sql`
    with sends as (delete from sent_before where box_id = ${boxId}),
      queues as (delete from box_queue where box_id = ${boxId})
    delete from erasure where box_id = ${boxId}`
  return true
}
