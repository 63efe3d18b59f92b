import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/** What a client says of itself. */
export interface DeviceText {
  readonly apiId: number
  readonly layer: number
  readonly deviceModel: string
  readonly systemVersion: string
  readonly appVersion: string
  readonly systemLangCode: string
  readonly langPack: string
  readonly langCode: string
  readonly ip: string
}

/** A permanent key and who is logged in there. Keys of one login in several datacenters share a hash. */
export interface Device extends DeviceText {
  readonly keyId: bigint
  readonly userId: UserId | null
  readonly hash: bigint
  readonly createdAt: number
  readonly activeAt: number
}

/** Writes down what a client said, without touching who is logged in. */
export async function putDevice(tx: Tx, keyId: bigint, device: DeviceText, nowSec: number): Promise<void> {
  await tx.sql`
    insert into device (key_id, hash, api_id, layer, device_model, system_version, app_version,
      system_lang_code, lang_pack, lang_code, ip, created_at, active_at)
    select ${keyId}, 0, ${device.apiId}, ${device.layer}, ${device.deviceModel}, ${device.systemVersion},
      ${device.appVersion}, ${device.systemLangCode}, ${device.langPack}, ${device.langCode}, ${device.ip},
      ${nowSec}, ${nowSec}
    where exists (select from auth_key where key_id = ${keyId})
    on conflict (key_id) do update set
      api_id = excluded.api_id, layer = excluded.layer, device_model = excluded.device_model,
      system_version = excluded.system_version, app_version = excluded.app_version,
      system_lang_code = excluded.system_lang_code, lang_pack = excluded.lang_pack,
      lang_code = excluded.lang_code, ip = excluded.ip, active_at = excluded.active_at`
}

/** Logs a user in on a key. A key that never said who it is gets an empty description. */
export async function putLogin(
  tx: Tx,
  keyId: bigint,
  login: { readonly userId: UserId; readonly hash: bigint; readonly apiId: number; readonly ip: string },
  nowSec: number,
): Promise<void> {
  await tx.sql`
    insert into device (key_id, user_id, hash, api_id, ip, created_at, active_at)
    values (${keyId}, ${login.userId}, ${login.hash}, ${login.apiId}, ${login.ip}, ${nowSec}, ${nowSec})
    on conflict (key_id) do update set
      user_id = excluded.user_id, hash = excluded.hash, api_id = excluded.api_id, ip = excluded.ip,
      created_at = excluded.created_at, active_at = excluded.active_at`
}

/** Logs out whoever is logged in on a key. */
export async function dropKeyLogin(tx: Tx, keyId: bigint): Promise<void> {
  await tx.sql`update device set user_id = null, hash = 0 where key_id = ${keyId}`
}

/** Logs out every key of a user that belongs to this login, and returns the keys. */
export async function dropLogin(tx: Tx, userId: UserId, hash: bigint): Promise<bigint[]> {
  const rows = await tx.sql<{ keyId: bigint }[]>`
    update device set user_id = null, hash = 0
    where user_id = ${userId} and hash = ${hash} returning key_id as "keyId"`
  return rows.map((row) => row.keyId)
}

/** Logs out every key of a user but those of one login, and returns the keys. */
export async function dropOtherLogins(tx: Tx, userId: UserId, keptHash: bigint): Promise<bigint[]> {
  const rows = await tx.sql<{ keyId: bigint }[]>`
    update device set user_id = null, hash = 0
    where user_id = ${userId} and hash <> ${keptHash} returning key_id as "keyId"`
  return rows.map((row) => row.keyId)
}

/** What is known of a key. */
export async function findDevice(db: Db | Tx, keyId: bigint): Promise<Device | undefined> {
  const [device] = await db.sql<Device[]>`
    select key_id as "keyId", user_id as "userId", hash, api_id as "apiId", layer,
      device_model as "deviceModel", system_version as "systemVersion", app_version as "appVersion", system_lang_code as "systemLangCode",
      lang_pack as "langPack", lang_code as "langCode", ip, created_at as "createdAt", active_at as "activeAt"
    from device where key_id = ${keyId}`
  return device
}

/** The logins of a user, the latest active first; one entry for the keys of one login. */
export async function readDevices(db: Db | Tx, userId: UserId, limit: number): Promise<Device[]> {
  return await db.sql<Device[]>`
    select * from (
      select distinct on (hash) key_id as "keyId", user_id as "userId", hash, api_id as "apiId", layer,
        device_model as "deviceModel", system_version as "systemVersion", app_version as "appVersion",
        system_lang_code as "systemLangCode", lang_pack as "langPack", lang_code as "langCode", ip,
        created_at as "createdAt", active_at as "activeAt"
      from device where user_id = ${userId}
      order by hash, created_at, active_at
    ) logins
    order by "activeAt" desc limit ${limit}`
}

/** Whether a user is logged in on a key other than this one. */
export async function hasOtherLogin(db: Db | Tx, userId: UserId, keyId: bigint): Promise<boolean> {
  const rows = await db.sql`select 1 from device where user_id = ${userId} and key_id <> ${keyId} limit 1`
  return rows.length > 0
}
