import type { UserId } from '../../lib/ids.ts'
import type { PhoneChannel } from '../../senders/sender.ts'
import type { Db, Tx } from '../../store/database.ts'

/**
 * By which way a code comes: `app` is a message from the service account, `email` a letter. `email_setup` is no code yet:
 * an address is to be verified first.
 */
export type Channel = PhoneChannel | 'app' | 'email' | 'email_setup'

/** What a code is good for. */
export type Purpose = 'login' | 'change' | 'confirm' | 'verify'

/** The code in force for a phone number on an authorization key. */
export interface LoginCode {
  readonly phone: string
  readonly keyId: bigint
  readonly purpose: Purpose
  readonly codeHash: string
  readonly code: string
  readonly apiId: number
  readonly channel: Channel
  /** By which ways it can come if this one fails. */
  readonly next: readonly PhoneChannel[]
  readonly hasAppHash: boolean
  /** The address that was verified for this sign-in; else ''. */
  readonly email: string
  /** Whose account it lets into; null when the number has none, and for codes that let nobody in. */
  readonly userId: UserId | null
  readonly resends: number
  /** It was entered rightly, and its owner may sign up. */
  readonly isProven: boolean
  readonly sentAt: number
  readonly expiresAt: number
}

/** Expired codes that one new one clears away. */
const SWEEP = 20

/** Puts a code in force, in place of the one that this phone had on this key. Codes that expired go. */
export async function putCode(tx: Tx, code: LoginCode): Promise<void> {
  const { phone, keyId, purpose } = code
  await tx.sql`
    with old as (
      select ctid from login_code
      where expires_at < ${code.sentAt}
        and not (phone = ${phone} and key_id = ${keyId} and purpose = ${purpose})
      limit ${SWEEP} for update skip locked
    ), gone as (delete from login_code where ctid = any(array(select ctid from old)))
    insert into login_code (phone, key_id, purpose, code_hash, code, api_id, channel, next, app_hash, email, user_id,
      resends, is_proven, sent_at, expires_at)
    values (${phone}, ${keyId}, ${purpose}, ${code.codeHash}, ${code.code}, ${code.apiId}, ${code.channel},
      ${[...code.next]}::text[], ${code.hasAppHash}, ${code.email}, ${code.userId}, ${code.resends}, ${code.isProven},
      ${code.sentAt}, ${code.expiresAt})
    on conflict (phone, key_id, purpose) do update set
      code_hash = excluded.code_hash, code = excluded.code, api_id = excluded.api_id, channel = excluded.channel,
      next = excluded.next, app_hash = excluded.app_hash, email = excluded.email,
      user_id = excluded.user_id, attempts = 0, coming = '',
      resends = excluded.resends, is_proven = excluded.is_proven, sent_at = excluded.sent_at,
      expires_at = excluded.expires_at`
}

/** Which code is meant: its phone and key, and the hash that the client was given with it. */
export interface CodeName {
  readonly phone: string
  readonly keyId: bigint
  readonly codeHash: string
}

/**
 * Puts a code that was sent again in force under the hash of the one before it. False when that was entered rightly
 * meanwhile, or is void.
 */
export async function renewCode(tx: Tx, code: LoginCode): Promise<boolean> {
  const rows = await tx.sql`
    update login_code set
      code = ${code.code}, coming = '', channel = ${code.channel}, next = ${[...code.next]}::text[], email = ${code.email},
      attempts = 0, resends = ${code.resends}, sent_at = ${code.sentAt}, expires_at = ${code.expiresAt}
    where phone = ${code.phone} and key_id = ${code.keyId} and code_hash = ${code.codeHash} and not is_proven
    returning 1`
  return rows.length > 0
}

/** Lets a code be entered in place of the one in force while it is on its way; '' lets none. */
export async function putComing(tx: Tx, name: CodeName, coming: string): Promise<void> {
  await tx.sql`
    update login_code set coming = ${coming}
    where phone = ${name.phone} and key_id = ${name.keyId} and code_hash = ${storable(name.codeHash)}`
}

/** A text column holds no NUL; no hash has one either. */
function storable(codeHash: string): string {
  return codeHash.replaceAll('\u0000', '')
}

function columns(db: Db | Tx) {
  return db.sql`phone, key_id as "keyId", purpose, code_hash as "codeHash", code, api_id as "apiId", channel, next,
    app_hash as "hasAppHash", email, user_id as "userId", resends, is_proven as "isProven", sent_at as "sentAt",
    expires_at as "expiresAt"`
}

/** The code in force under this name. */
export async function findCode(db: Db | Tx, name: CodeName, nowSec: number): Promise<LoginCode | undefined> {
  const [code] = await db.sql<LoginCode[]>`
    select ${columns(db)} from login_code
    where phone = ${name.phone} and key_id = ${name.keyId}
      and code_hash = ${storable(name.codeHash)} and expires_at > ${nowSec}`
  return code
}

/**
 * Counts a try at a code and returns what it is, and the one on its way; undefined when it is void, expired, for something
 * else or was tried too often.
 */
export async function tryCode(
  tx: Tx,
  name: CodeName,
  bounds: { readonly purpose: Purpose; readonly nowSec: number; readonly attempts: number },
): Promise<{ readonly codes: readonly string[]; readonly channel: Channel } | undefined> {
  const [row] = await tx.sql<{ codes: string[]; channel: Channel }[]>`
    update login_code set attempts = attempts + 1
    where phone = ${name.phone} and key_id = ${name.keyId} and code_hash = ${storable(name.codeHash)}
      and purpose = ${bounds.purpose} and channel <> 'email_setup'
      and expires_at > ${bounds.nowSec} and attempts < ${bounds.attempts}
    returning array_remove(array[code, coming], '') as codes, channel`
  return row
}

/** Notes that the code was entered rightly. */
export async function proveCode(tx: Tx, name: CodeName): Promise<void> {
  await tx.sql`
    update login_code set is_proven = true, attempts = 0
    where phone = ${name.phone} and key_id = ${name.keyId} and code_hash = ${storable(name.codeHash)}`
}

/** Takes a code out of force and returns it. Undefined when it was not in force. */
export async function dropCode(
  tx: Tx,
  name: CodeName,
  nowSec: number,
): Promise<Pick<LoginCode, 'apiId' | 'channel' | 'email'> | undefined> {
  const [row] = await tx.sql<Pick<LoginCode, 'apiId' | 'channel' | 'email'>[]>`
    delete from login_code
    where phone = ${name.phone} and key_id = ${name.keyId} and code_hash = ${storable(name.codeHash)}
      and expires_at > ${nowSec}
    returning api_id as "apiId", channel, email`
  return row
}

/**
 * The codes in force for a phone that were not entered yet, the latest first: for whoever runs the server.
 */
export async function readCodes(db: Db | Tx, phone: string, nowSec: number): Promise<LoginCode[]> {
  return await db.sql<LoginCode[]>`
    select ${columns(db)} from login_code
    where phone = ${phone} and expires_at > ${nowSec} and not is_proven and channel <> 'email_setup'
    order by sent_at desc limit 20`
}

/** The login codes in force that let into an account. */
export async function readOwnCodes(db: Db | Tx, userId: UserId, nowSec: number): Promise<string[]> {
  const rows = await db.sql<{ codes: string[] }[]>`
    select array_remove(array[code, coming], '') as codes from login_code
    where user_id = ${userId} and expires_at > ${nowSec} and channel <> 'email_setup'`
  return rows.flatMap((row) => row.codes)
}

/** Makes login codes void that let into an account, on whatever key. Returns how many there were. */
export async function dropOwnCodes(tx: Tx, userId: UserId, codes: readonly string[]): Promise<number> {
  const rows = await tx.sql`
    delete from login_code
    where user_id = ${userId} and array[code, coming] && ${[...codes]}::text[] and channel <> 'email_setup' returning 1`
  return rows.length
}

/** Whether a number gets no codes. */
export async function isBanned(db: Db | Tx, phone: string): Promise<boolean> {
  const rows = await db.sql`select 1 from phone_ban where phone = ${phone}`
  return rows.length > 0
}

/** Lets a number have no more codes. */
export async function banPhone(tx: Tx, phone: string, reason: string, nowSec: number): Promise<void> {
  await tx.sql`
    insert into phone_ban (phone, reason, banned_at) values (${phone}, ${reason}, ${nowSec})
    on conflict (phone) do update set reason = excluded.reason`
}

/** Lets a number have codes again. */
export async function unbanPhone(tx: Tx, phone: string): Promise<void> {
  await tx.sql`delete from phone_ban where phone = ${phone}`
}

/** The codes in force that were not entered yet, of everybody, the latest first: for whoever runs the server. */
export async function readAllCodes(
  db: Db | Tx,
  nowSec: number,
  limit: number,
): Promise<Pick<LoginCode, 'phone' | 'purpose' | 'code' | 'channel' | 'sentAt' | 'expiresAt'>[]> {
  return await db.sql<Pick<LoginCode, 'phone' | 'purpose' | 'code' | 'channel' | 'sentAt' | 'expiresAt'>[]>`
    select phone, purpose, code, channel, sent_at as "sentAt", expires_at as "expiresAt" from login_code
    where expires_at > ${nowSec} and not is_proven and channel <> 'email_setup'
    order by sent_at desc, phone limit ${limit}`
}
