import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/** The keys on which somebody is logged in. */
export async function readKeyIds(db: Db | Tx, userId: UserId): Promise<bigint[]> {
  const rows = await db.sql<{ keyId: bigint }[]>`
    select key_id as "keyId" from device where user_id = ${userId}`
  return rows.map((row) => row.keyId)
}

/** The keys on which anybody is logged in through an app. */
export async function readKeyIdsOfApp(db: Db | Tx, apiId: number): Promise<bigint[]> {
  const rows = await db.sql<{ keyId: bigint }[]>`
    select key_id as "keyId" from device where api_id = ${apiId} and user_id is not null`
  return rows.map((row) => row.keyId)
}

/** By which apps, and in which datacenters, somebody is logged in on other keys than this one. */
export async function readOtherPlaces(
  db: Db | Tx,
  userId: UserId,
  keyId: bigint,
): Promise<{ apiId: number; dc: number }[]> {
  return await db.sql<{ apiId: number; dc: number }[]>`
    select distinct device.api_id as "apiId", auth_key.dc from device join auth_key using (key_id)
    where device.user_id = ${userId} and device.key_id <> ${keyId}`
}

/** The apps through which somebody is logged in. */
export async function readApiIds(db: Db | Tx, userId: UserId): Promise<number[]> {
  const rows = await db.sql<{ apiId: number }[]>`
    select distinct api_id as "apiId" from device where user_id = ${userId} order by api_id`
  return rows.map((row) => row.apiId)
}

/** How many accounts are signed in through each of these apps. */
export async function countAccounts(db: Db | Tx, apiIds: readonly number[]): Promise<Map<number, number>> {
  const rows = await db.sql<{ apiId: number; count: number }[]>`
    select api_id as "apiId", count(distinct user_id)::int as count from device
    where api_id = any(${[...apiIds]}::int[]) and user_id is not null group by api_id`
  return new Map(rows.map((row) => [row.apiId, row.count]))
}

/** The devices of a user by their keys, and whether they want no secret chats. A key that a login was carried to is none. */
export async function readDevicesForSecrets(
  db: Db | Tx,
  userId: UserId,
): Promise<{ keyId: bigint; encryptedDisabled: boolean }[]> {
  return await db.sql<{ keyId: bigint; encryptedDisabled: boolean }[]>`
    select key_id as "keyId", encrypted_disabled as "encryptedDisabled" from device
    where user_id = ${userId} and not is_carried`
}

/** Who is logged in on these keys. */
export async function readUsersOf(db: Db | Tx, keyIds: readonly bigint[]): Promise<Map<bigint, UserId>> {
  const rows = await db.sql<{ keyId: bigint; userId: UserId }[]>`
    select key_id as "keyId", user_id as "userId" from device
    where key_id = any(${[...keyIds]}::bigint[]) and user_id is not null`
  return new Map(rows.map((row) => [row.keyId, row.userId]))
}
