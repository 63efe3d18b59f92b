import postgres from 'postgres'
import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/** An account as its owner made it. */
export interface Account {
  readonly id: UserId
  readonly phone: string | null
  readonly firstName: string
  readonly lastName: string
  readonly about: string
  readonly isBot: boolean
  readonly isDeleted: boolean
  readonly onlineUntil: number
  readonly username: string | null
}

/** The account with this id. */
export async function readAccount(db: Db | Tx, id: UserId): Promise<Account | undefined> {
  const [account] = await db.sql<Account[]>`
    select a.id, a.phone, a.first_name as "firstName", a.last_name as "lastName", a.about,
      a.is_bot as "isBot", a.deleted_at is not null as "isDeleted", a.online_until as "onlineUntil", n.name as username
    from account a left join username n on n.peer_id = a.id
    where a.id = ${id}`
  return account
}

/** The most accounts that are listed. */
const MAX_LISTED = 100_000

/** Every account, by id. */
export async function listAccounts(db: Db | Tx): Promise<Account[]> {
  return await db.sql<Account[]>`
    select a.id, a.phone, a.first_name as "firstName", a.last_name as "lastName", a.about,
      a.is_bot as "isBot", a.deleted_at is not null as "isDeleted", a.online_until as "onlineUntil", n.name as username
    from account a left join username n on n.peer_id = a.id
    order by a.id limit ${MAX_LISTED}`
}

/** Whether there is an account with this id. */
export async function hasAccount(db: Db | Tx, id: UserId): Promise<boolean> {
  const rows = await db.sql`select 1 from account where id = ${id}`
  return rows.length > 0
}

/** Who has this phone number. */
export async function findByPhone(db: Db | Tx, phone: string): Promise<UserId | undefined> {
  const [row] = await db.sql<{ id: UserId }[]>`
    select id from account where phone = ${phone} and deleted_at is null and not is_bot and not is_support`
  return row?.id
}

/** Who has which of these phone numbers. */
export async function findByPhones(db: Db | Tx, phones: readonly string[]): Promise<Map<string, UserId>> {
  const rows = await db.sql<{ id: UserId; phone: string }[]>`
    select id, phone from account
    where phone = any(${[...phones]}::text[]) and deleted_at is null and not is_bot and not is_support`
  return new Map(rows.map((row) => [row.phone, row.id]))
}

/** What a new account begins with. */
export interface NewAccount {
  readonly phone: string | null
  readonly firstName: string
  readonly lastName: string
  readonly isBot: boolean
  /** The datacenter where it is at home. */
  readonly homeDc: number
}

/** Makes an account and its box. Undefined when the phone number has one already. */
export async function insertAccount(
  tx: Tx,
  account: NewAccount,
  nowSec: number,
): Promise<UserId | undefined> {
  const [row] = await tx.sql<{ id: UserId }[]>`
    with made as (
      insert into account (phone, first_name, last_name, is_bot, home_dc, online_until, created_at)
      values (${account.phone}, ${account.firstName}, ${account.lastName}, ${account.isBot}, ${account.homeDc},
        ${nowSec}, ${nowSec})
      on conflict (phone) do nothing
      returning id
    ), boxed as (insert into box (id) select id from made)
    select id from made`
  tx.outdate(row ? [row.id] : [])
  return row?.id
}

/** Gives an account another number, and returns the one that it had. Throws what `isPhoneTaken` knows. */
export async function changePhoneNumber(tx: Tx, id: UserId, phone: string): Promise<string | null> {
  tx.outdate([id])
  const [row] = await tx.sql<{ phone: string | null }[]>`
    update account a set phone = ${phone}
    from (select id, phone from account where id = ${id} for update) old
    where a.id = old.id returning old.phone`
  return row?.phone ?? null
}

/** Whether a transaction failed because another account has the number. */
export function isPhoneTaken(error: unknown): boolean {
  return (
    error instanceof postgres.PostgresError &&
    error.code === UNIQUE_VIOLATION &&
    error.constraint_name === 'account_phone_key'
  )
}

const UNIQUE_VIOLATION = '23505'

/** What a profile is changed to; undefined fields stay. */
export interface ProfileChange {
  readonly firstName: string | undefined
  readonly lastName: string | undefined
  readonly about: string | undefined
}

/** Changes names and text, and returns the profile as it is now. */
export async function changeProfile(
  tx: Tx,
  id: UserId,
  change: ProfileChange,
): Promise<{ firstName: string; lastName: string; about: string } | undefined> {
  tx.outdate([id])
  const [row] = await tx.sql<{ firstName: string; lastName: string; about: string }[]>`
    update account set
      first_name = coalesce(${change.firstName ?? null}, first_name),
      last_name = coalesce(${change.lastName ?? null}, last_name),
      about = coalesce(${change.about ?? null}, about)
    where id = ${id}
    returning first_name as "firstName", last_name as "lastName", about`
  return row
}

/**
 * Sets until when somebody is online, or since when not. False when that was already so to within a second.
 */
export async function putPresence(tx: Tx, id: UserId, onlineUntil: number): Promise<void> {
  tx.outdate([id])
  await tx.sql`update account set online_until = ${onlineUntil} where id = ${id}`
}
