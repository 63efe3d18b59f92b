import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/** How an owner of contacts stands to somebody. */
export interface Relation {
  readonly isContact: boolean
  readonly isCloseFriend: boolean
}

/** Whether an owner has somebody as a contact. */
export async function readRelation(db: Db | Tx, owner: UserId, userId: UserId): Promise<Relation> {
  const [row] = await db.sql<{ isCloseFriend: boolean }[]>`
    select is_close as "isCloseFriend" from contact where owner_id = ${owner} and user_id = ${userId}`
  return { isContact: row !== undefined, isCloseFriend: row?.isCloseFriend ?? false }
}

/** Which of these users have somebody as a contact. */
export async function readOwnersOf(
  db: Db | Tx,
  owners: readonly UserId[],
  userId: UserId,
): Promise<Set<UserId>> {
  const rows = await db.sql<{ ownerId: UserId }[]>`
    select owner_id as "ownerId" from contact
    where user_id = ${userId} and owner_id = any(${[...owners]}::int[])`
  return new Set(rows.map((row) => row.ownerId))
}

/** A contact to be written down. An empty phone leaves the number that the owner had. */
export interface NewContact {
  readonly ownerId: UserId
  readonly userId: UserId
  readonly firstName: string
  readonly lastName: string
  readonly phone: string
  readonly note: Uint8Array | null
}

/** Adds contacts or changes what their owners have of them. */
export async function putContacts(tx: Tx, contacts: readonly NewContact[], nowSec: number): Promise<void> {
  if (contacts.length === 0) return
  const rows = contacts.map((contact) => ({
    owner_id: contact.ownerId,
    user_id: contact.userId,
    first_name: contact.firstName,
    last_name: contact.lastName,
    phone: contact.phone,
    note: contact.note,
    created_at: nowSec,
  }))
  tx.outdate(contacts.map((contact) => contact.ownerId))
  await tx.sql`
    insert into contact ${tx.sql(rows)}
    on conflict (owner_id, user_id) do update set
      first_name = excluded.first_name, last_name = excluded.last_name,
      phone = case when excluded.phone = '' then contact.phone else excluded.phone end,
      note = coalesce(excluded.note, contact.note)`
}

/** Sets the note on a contact. False when it is none. */
export async function putNote(
  tx: Tx,
  owner: UserId,
  userId: UserId,
  note: Uint8Array | null,
): Promise<boolean> {
  tx.outdate([owner])
  const rows = await tx.sql`
    update contact set note = ${note} where owner_id = ${owner} and user_id = ${userId} returning 1`
  return rows.length > 0
}

/** Removes contacts and returns those that were some. */
export async function dropContacts(tx: Tx, owner: UserId, userIds: readonly UserId[]): Promise<UserId[]> {
  tx.outdate([owner])
  const rows = await tx.sql<{ userId: UserId }[]>`
    delete from contact where owner_id = ${owner} and user_id = any(${[...userIds]}::int[])
    returning user_id as "userId"`
  return rows.map((row) => row.userId)
}

/** A contact in a list. */
export interface ContactRow {
  readonly userId: UserId
  readonly isMutual: boolean
}

/** All contacts of an owner, by id. */
export async function readContacts(db: Db | Tx, owner: UserId, limit: number): Promise<ContactRow[]> {
  return await db.sql<ContactRow[]>`
    select c.user_id as "userId", back.owner_id is not null as "isMutual"
    from contact c left join contact back on back.owner_id = c.user_id and back.user_id = c.owner_id
    where c.owner_id = ${owner}
    order by c.user_id limit ${limit}`
}

/** How many contacts an owner has. */
export async function countContacts(db: Db | Tx, owner: UserId): Promise<number> {
  const [row] = await db.sql<{ count: number }[]>`
    select count(*)::int as count from contact where owner_id = ${owner}`
  return row?.count ?? 0
}

/** The number and the note that an owner has of a contact. */
export async function readContact(
  db: Db | Tx,
  owner: UserId,
  userId: UserId,
): Promise<{ phone: string; note: Uint8Array | null } | undefined> {
  const [row] = await db.sql<{ phone: string; note: Uint8Array | null }[]>`
    select phone, note from contact where owner_id = ${owner} and user_id = ${userId}`
  return row
}

/** The contacts whom an owner has by these numbers. */
export async function readByPhones(db: Db | Tx, owner: UserId, phones: readonly string[]): Promise<UserId[]> {
  const rows = await db.sql<{ userId: UserId }[]>`
    select user_id as "userId" from contact where owner_id = ${owner} and phone = any(${[...phones]}::text[])`
  return rows.map((row) => row.userId)
}

/** Gives whoever has a user by its old number the new one, and returns who that is. */
export async function renumberContacts(
  tx: Tx,
  userId: UserId,
  phones: { readonly old: string; readonly new: string },
): Promise<UserId[]> {
  tx.outdate([userId])
  const rows = await tx.sql<{ ownerId: UserId }[]>`
    update contact set phone = ${phones.new} where user_id = ${userId} and phone = ${phones.old}
    returning owner_id as "ownerId"`
  return rows.map((row) => row.ownerId)
}

/** Makes these contacts the close friends of an owner, and no others. */
export async function putCloseFriends(tx: Tx, owner: UserId, userIds: readonly UserId[]): Promise<void> {
  tx.outdate([owner])
  await tx.sql`
    update contact set is_close = not is_close
    where owner_id = ${owner} and is_close <> (user_id = any(${[...userIds]}::int[]))`
}
