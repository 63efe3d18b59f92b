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

/** What is true of a login, on whichever of its keys. Keys of one login in several datacenters share a hash. */
export interface Login {
  readonly hash: bigint
  readonly createdAt: number
  /** It was vouched for by another session, or there was none to ask. */
  readonly isConfirmed: boolean
  readonly callsDisabled: boolean
  readonly encryptedDisabled: boolean
}

/** A permanent key and who is logged in there. */
export interface Device extends DeviceText, Login {
  readonly keyId: bigint
  readonly userId: UserId | null
  readonly activeAt: number
  /** Why the last login here ended, unless its own client ended it. */
  readonly ended: EndReason | null
}

/** Why a login ended: another session ended all, nobody used it for long, or the account is gone. */
export type EndReason = 'revoked' | 'expired' | 'deactivated'

/** A login that is being made. */
export interface NewLogin extends Login {
  readonly userId: UserId
  readonly apiId: number
  readonly ip: string
  /** It was made in another datacenter and is carried here. */
  readonly isCarried?: boolean
}

function columns(db: Db | Tx) {
  return db.sql`key_id as "keyId", user_id as "userId", hash, api_id as "apiId", layer, device_model as "deviceModel",
    system_version as "systemVersion", app_version as "appVersion", system_lang_code as "systemLangCode",
    lang_pack as "langPack", lang_code as "langCode", ip, is_confirmed as "isConfirmed",
    calls_disabled as "callsDisabled", encrypted_disabled as "encryptedDisabled",
    created_at as "createdAt", active_at as "activeAt", ended`
}

/**
 * Writes down what a client said, without touching who is logged in. A login stays that of the app which it was made
 * through, whatever the client says afterwards.
 */
export async function putDevice(tx: Tx, keyId: bigint, device: DeviceText, nowSec: number): Promise<void> {
  await tx.sql`
    insert into device (key_id, hash, api_id, layer, device_model, system_version, app_version,
      system_lang_code, lang_pack, lang_code, ip, created_at, active_at)
    select ${keyId}, 0, ${device.apiId}, ${device.layer}, ${device.deviceModel}, ${device.systemVersion},
      ${device.appVersion}, ${device.systemLangCode}, ${device.langPack}, ${device.langCode}, ${device.ip},
      ${nowSec}, ${nowSec}
    where exists (select from auth_key where key_id = ${keyId})
    on conflict (key_id) do update set
      api_id = case when coalesce(device.user_id, device.waiting_for) is null then excluded.api_id
        else device.api_id end, layer = excluded.layer, device_model = excluded.device_model,
      system_version = excluded.system_version, app_version = excluded.app_version,
      system_lang_code = excluded.system_lang_code, lang_pack = excluded.lang_pack,
      lang_code = excluded.lang_code, ip = excluded.ip, active_at = excluded.active_at`
}

/** A key that never said who it is gets an empty description. */
export async function ensureDevice(
  tx: Tx,
  keyId: bigint,
  device: Pick<DeviceText, 'apiId' | 'ip'>,
  nowSec: number,
): Promise<void> {
  await tx.sql`
    insert into device (key_id, hash, api_id, ip, created_at, active_at)
    values (${keyId}, 0, ${device.apiId}, ${device.ip}, ${nowSec}, ${nowSec}) on conflict do nothing`
}

/**
 * Logs a user in on a key. A login that waited there for this user's password becomes it, with its hash and its app. A key
 * that never said who it is gets an empty description.
 */
export async function putLogin(tx: Tx, keyId: bigint, login: NewLogin, nowSec: number): Promise<void> {
  await tx.sql`
    insert into device (key_id, user_id, hash, api_id, ip, is_confirmed, calls_disabled, encrypted_disabled, created_at,
      active_at, is_carried)
    values (${keyId}, ${login.userId}, ${login.hash}, ${login.apiId}, ${login.ip}, ${login.isConfirmed},
      ${login.callsDisabled}, ${login.encryptedDisabled}, ${login.createdAt}, ${nowSec}, ${login.isCarried ?? false})
    on conflict (key_id) do update set
      user_id = excluded.user_id, waiting_for = null, ended = null, is_carried = excluded.is_carried, ip = excluded.ip,
      hash = case when device.waiting_for = excluded.user_id then device.hash else excluded.hash end,
      api_id = case when device.waiting_for = excluded.user_id then device.api_id else excluded.api_id end,
      is_confirmed = case when device.waiting_for = excluded.user_id then device.is_confirmed
        else excluded.is_confirmed end,
      calls_disabled = excluded.calls_disabled, encrypted_disabled = excluded.encrypted_disabled,
      created_at = excluded.created_at, active_at = excluded.active_at`
}

/** Notes a login that waits on a key for its password, in place of whoever was logged in there. */
export async function putWaiting(tx: Tx, keyId: bigint, login: NewLogin, nowSec: number): Promise<void> {
  await tx.sql`
    insert into device (key_id, waiting_for, hash, api_id, ip, is_confirmed, created_at, active_at)
    values (${keyId}, ${login.userId}, ${login.hash}, ${login.apiId}, ${login.ip}, ${login.isConfirmed},
      ${login.createdAt}, ${nowSec})
    on conflict (key_id) do update set
      user_id = null, waiting_for = excluded.waiting_for, hash = excluded.hash, api_id = excluded.api_id,
      ip = excluded.ip, is_confirmed = excluded.is_confirmed, created_at = excluded.created_at,
      active_at = excluded.active_at`
}

/** Notes that the client behind a key is there. */
export async function touchDevice(tx: Tx, keyId: bigint, ip: string, nowSec: number): Promise<void> {
  await tx.sql`update device set active_at = ${nowSec}, ip = ${ip} where key_id = ${keyId}`
}

/** Which of a user's logins to end: the one with a hash, or all but it. */
export type WhichLogins = { readonly hash: bigint } | { readonly except: bigint }

/** Until the transaction is over, the logins of a user are neither carried to other keys nor ended by another one. */
export async function lockLogins(tx: Tx, userId: UserId): Promise<void> {
  await tx.sql`select pg_advisory_xact_lock(hashtext('logins'), ${userId})`
}

/** Logs out every key of the logins meant, those that wait for a password too, and returns the keys. */
export async function dropLogins(tx: Tx, userId: UserId, pick: WhichLogins): Promise<bigint[]> {
  const condition = 'hash' in pick ? tx.sql`hash = ${pick.hash}` : tx.sql`hash <> ${pick.except}`
  const ended: EndReason | null = 'hash' in pick ? null : 'revoked'
  const rows = await tx.sql<{ keyId: bigint }[]>`
    update device set user_id = null, waiting_for = null, hash = 0,
      ended = case when is_carried then null else ${ended} end
    where (user_id = ${userId} or waiting_for = ${userId}) and ${condition} returning key_id as "keyId"`
  return rows.map((row) => row.keyId)
}

/**
 * Ends logins of a user until no more than `kept` are left besides that of a key, at most `atOnce` keys: first those that
 * nobody vouched for, so that a thief cannot push out their owner's by many of its own, then those that were idle for
 * longest. Returns the keys.
 */
export async function dropSurplusLogins(
  tx: Tx,
  login: { readonly userId: UserId; readonly keyId: bigint },
  bounds: { readonly kept: number; readonly atOnce: number; readonly confirmedBefore: number },
): Promise<bigint[]> {
  const rows = await tx.sql<{ keyId: bigint }[]>`
    with surplus as (
      select hash from device where user_id = ${login.userId} and key_id <> ${login.keyId}
      group by hash
      order by bool_or(is_confirmed or created_at <= ${bounds.confirmedBefore}) desc, max(active_at) desc
      offset ${bounds.kept}
    ), keys as (
      select key_id from device where user_id = ${login.userId} and key_id <> ${login.keyId}
        and hash in (select hash from surplus)
      order by key_id limit ${bounds.atOnce} for update
    )
    update device set user_id = null, hash = 0, ended = case when is_carried then null else 'expired' end
    where key_id in (select key_id from keys) returning key_id as "keyId"`
  return rows.map((row) => row.keyId)
}

/** What of a login its user can change; undefined stays as it is. */
export interface LoginChange {
  readonly isConfirmed?: true | undefined
  readonly callsDisabled?: boolean | undefined
  readonly encryptedDisabled?: boolean | undefined
}

/** Changes a login on all its keys. False when the user has no such login. */
export async function updateLogin(
  tx: Tx,
  userId: UserId,
  hash: bigint,
  change: LoginChange,
): Promise<boolean> {
  const rows = await tx.sql`
    update device set
      is_confirmed = coalesce(${change.isConfirmed ?? null}, is_confirmed),
      calls_disabled = coalesce(${change.callsDisabled ?? null}, calls_disabled),
      encrypted_disabled = coalesce(${change.encryptedDisabled ?? null}, encrypted_disabled)
    where user_id = ${userId} and hash = ${hash} returning 1`
  return rows.length > 0
}

/** What is known of a key. */
export async function findDevice(db: Db | Tx, keyId: bigint): Promise<Device | undefined> {
  const [device] = await db.sql<Device[]>`select ${columns(db)} from device where key_id = ${keyId}`
  return device
}

/**
 * The logins of a user, the latest active first; one entry for the keys of one login. `waiting` are the keys on which
 * logins of this user wait for a password: there, userId is null.
 */
export async function readDevices(
  db: Db | Tx,
  userId: UserId,
  waiting: readonly bigint[],
  limit: number,
): Promise<Device[]> {
  return await db.sql<Device[]>`
    select * from (
      select distinct on (hash) ${columns(db)} from device
      where user_id = ${userId} or (waiting_for = ${userId} and key_id = any(${[...waiting]}::bigint[]))
      order by hash, active_at desc
    ) logins
    order by "activeAt" desc limit ${limit}`
}

/** Logins of a user that nobody vouched for, made at this time or later. */
export async function readUnconfirmed(
  db: Db | Tx,
  userId: UserId,
  range: { readonly sinceSec: number; readonly limit: number },
): Promise<Device[]> {
  return await db.sql<Device[]>`
    select distinct on (hash) ${columns(db)} from device
    where user_id = ${userId} and not is_confirmed and created_at >= ${range.sinceSec}
    order by hash, active_at desc limit ${range.limit}`
}

/** Whether a user is logged in on a key other than this one. */
export async function hasOtherLogin(db: Db | Tx, userId: UserId, keyId: bigint): Promise<boolean> {
  const rows = await db.sql`select 1 from device where user_id = ${userId} and key_id <> ${keyId} limit 1`
  return rows.length > 0
}

/** After how many days without a visit the sessions of a user end; undefined when that user has chosen nothing. */
export async function readSessionTtl(db: Db | Tx, userId: UserId): Promise<number | undefined> {
  const [row] = await db.sql<{ days: number }[]>`select days from session_ttl where user_id = ${userId}`
  return row?.days
}

/** Sets after how many days without a visit the sessions of a user end. */
export async function putSessionTtl(tx: Tx, userId: UserId, days: number): Promise<void> {
  await tx.sql`
    insert into session_ttl (user_id, days) values (${userId}, ${days})
    on conflict (user_id) do update set days = excluded.days`
}

/**
 * Ends the logins, of those on the keys that come after one, of which no key was used for as many days as their user chose.
 * Returns the keys, and the last key looked at; undefined when there was none.
 */
export async function dropIdleLogins(
  tx: Tx,
  afterKeyId: bigint,
  bounds: { readonly nowSec: number; readonly defaultDays: number; readonly keys: number },
): Promise<{ readonly lastKeyId: bigint | undefined; readonly ended: readonly bigint[] }> {
  const [row] = await tx.sql<{ lastKeyId: bigint | null; ended: bigint[] | null }[]>`
    with slice as (
      select key_id, user_id, hash, active_at from device where key_id > ${afterKeyId}
      order by key_id limit ${bounds.keys}
    ), old as (
      select slice.user_id, slice.hash, ${bounds.nowSec}::int - 86400 * coalesce(days, ${bounds.defaultDays}) as since
      from slice left join session_ttl using (user_id) where slice.user_id is not null
        and slice.active_at < ${bounds.nowSec}::int - 86400 * coalesce(days, ${bounds.defaultDays})
    ), gone as (
      update device set user_id = null, hash = 0, ended = case when is_carried then null else 'expired' end from old
      where device.user_id = old.user_id and device.hash = old.hash and not exists (
        select from device used
        where used.user_id = old.user_id and used.hash = old.hash and used.active_at >= old.since)
      returning device.key_id
    )
    select (select max(key_id) from slice) as "lastKeyId", array(select key_id from gone) as ended`
  return { lastKeyId: row?.lastKeyId ?? undefined, ended: row?.ended ?? [] }
}
