import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'
import { LISTED_APPS } from './limits.ts'
import { publishedApp } from './published.ts'

/** What the owner of an app says of it. */
export interface AppText {
  readonly title: string
  readonly shortName: string
  readonly url: string
  readonly platform: string
  readonly description: string
}

/** A registered application. */
export interface App extends AppText {
  readonly apiId: number
  readonly apiHash: string
  /** The one who made it here; null for the id of a client made elsewhere. */
  readonly ownerPhone: string | null
  /** The version of the API terms that its owner accepted, and when; null when the host registered it. */
  readonly termsVersion: number | null
  readonly termsAcceptedAt: number | null
  readonly isBlocked: boolean
  /** The host has marked it as its own: whoever uses it is not under observation. */
  readonly isOfficial: boolean
  readonly createdAt: number
}

/** An app before it is written. */
export interface NewAppRow extends Omit<App, 'isBlocked' | 'isOfficial'> {
  /** By what its short name is unique; null when it need not be. */
  readonly shortKey: string | null
}

/** Why an app was not written. */
export type Taken = 'api_id' | 'short name' | 'owner'

/** Writes an app, unless its api_id, its short name or its owner has one already. */
export async function insertApp(tx: Tx, app: NewAppRow): Promise<'written' | Taken> {
  await lockShortName(tx, app.shortKey)
  const [row] = await tx.sql<{ written: boolean; hasOwner: boolean; hasName: boolean }[]>`
    with written as (
      insert into app (api_id, api_hash, title, short_name, short_key, owner_phone, url, platform, description,
        terms_version, terms_accepted_at, created_at)
      values (${app.apiId}, ${app.apiHash}, ${app.title}, ${app.shortName}, ${app.shortKey}, ${app.ownerPhone},
        ${app.url}, ${app.platform}, ${app.description}, ${app.termsVersion}, ${app.termsAcceptedAt},
        ${app.createdAt})
      on conflict do nothing
      returning 1
    )
    select exists (select from written) as written,
      exists (select from app where owner_phone = ${app.ownerPhone}) as "hasOwner",
      exists (select from app where short_key = ${app.shortKey}) as "hasName"`
  if (row?.written) return 'written'
  if (row?.hasOwner) return 'owner'
  return row?.hasName ? 'short name' : 'api_id'
}

function columns(db: Db | Tx) {
  return db.sql`api_id as "apiId", api_hash as "apiHash", title, short_name as "shortName", owner_phone as "ownerPhone",
    url, platform, description, terms_version as "termsVersion", terms_accepted_at as "termsAcceptedAt",
    exists (select from app_block where app_block.api_id = app.api_id) as "isBlocked", is_official as "isOfficial", created_at as "createdAt"`
}

/** The app with this id. */
export async function findApp(db: Db | Tx, apiId: number): Promise<App | undefined> {
  const [app] = await db.sql<App[]>`
    select ${columns(db)} from app where api_id = ${apiId}`
  return app
}

/** Which of these apps are blocked, those published with a client included. */
export async function readBlocked(db: Db | Tx, apiIds: readonly number[]): Promise<Set<number>> {
  const rows = await db.sql<{ apiId: number }[]>`
    select api_id as "apiId" from app_block where api_id = any(${[...apiIds]}::int[])`
  return new Set(rows.map((row) => row.apiId))
}

/** The app of the owner of a phone number. */
export async function findAppOf(db: Db | Tx, phone: string): Promise<App | undefined> {
  const [app] = await db.sql<App[]>`
    select ${columns(db)} from app where owner_phone = ${phone}`
  return app
}

/**
 * Changes what is said of the owner's app. Without a `shortKey` its short name stays as unique as it was. False when another
 * app has the short name.
 */
export async function updateApp(
  tx: Tx,
  phone: string,
  text: AppText,
  shortKey: string | undefined,
): Promise<boolean> {
  await lockShortName(tx, shortKey)
  const rows = await tx.sql`
    update app set title = ${text.title}, short_name = ${text.shortName},
      short_key = coalesce(${shortKey ?? null}, short_key), url = ${text.url}, platform = ${text.platform},
      description = ${text.description}
    where owner_phone = ${phone}
      and not exists (select from app where short_key = ${shortKey ?? null} and owner_phone is distinct from ${phone})
    returning 1`
  return rows.length > 0
}

/** Two that take one short name at the same time take turns, so that neither fails on the index. */
async function lockShortName(tx: Tx, shortKey: string | null | undefined): Promise<void> {
  await tx.sql`select pg_advisory_xact_lock(hashtext('app short name'), hashtext(${shortKey ?? ''}))`
}

/** Gives the owner's app another api_hash, if it has still the one that the owner saw. */
export async function replaceHash(
  tx: Tx,
  phone: string,
  change: { readonly from: string; readonly to: string },
): Promise<boolean> {
  const rows = await tx.sql`
    update app set api_hash = ${change.to} where owner_phone = ${phone} and api_hash = ${change.from} returning 1`
  return rows.length > 0
}

/**
 * The owner of an app goes: it works on without one, so that whoever has the number next does not get the app with it.
 */
export async function disownApp(tx: Tx, phone: string): Promise<void> {
  await tx.sql`update app set owner_phone = null, is_disowned = true where owner_phone = ${phone}`
}

/** The owner of an app has another number: the app comes along, in place of one that was registered for that number. */
export async function moveApp(tx: Tx, from: string, to: string): Promise<void> {
  await tx.sql`
    update app set owner_phone = null, is_disowned = true
    where owner_phone = ${to} and exists (select from app where owner_phone = ${from})`
  await tx.sql`update app set owner_phone = ${to} where owner_phone = ${from}`
}

/** Which of these apps whoever runs the server has registered or marked as its own. */
export async function readHostApps(db: Db | Tx, apiIds: readonly number[]): Promise<Set<number>> {
  const rows = await db.sql<{ apiId: number }[]>`
    select api_id as "apiId" from app where api_id = any(${[...apiIds]}::int[]) and owner_phone is null
      and not is_disowned`
  return new Set(rows.map((row) => row.apiId))
}

/** The titles of these apps, those published with a client included. */
export async function readTitles(db: Db | Tx, apiIds: readonly number[]): Promise<Map<number, string>> {
  const rows = await db.sql<{ apiId: number; title: string }[]>`
    select api_id as "apiId", title from app where api_id = any(${[...apiIds]}::int[])`
  const titles = new Map(rows.map((row) => [row.apiId, row.title]))
  for (const apiId of apiIds) {
    const published = publishedApp(apiId)
    if (published && !titles.has(apiId)) titles.set(apiId, published.title)
  }
  return titles
}

/** All apps, by id. */
export async function readApps(db: Db | Tx): Promise<App[]> {
  return await db.sql<App[]>`
    select ${columns(db)} from app order by api_id limit ${LISTED_APPS}`
}

/** The phone numbers of owners of apps after this one, in order. */
export async function readOwners(db: Db | Tx, after: string, limit: number): Promise<string[]> {
  const rows = await db.sql<{ phone: string }[]>`
    select owner_phone as phone from app where owner_phone > ${after} order by owner_phone limit ${limit}`
  return rows.map((row) => row.phone)
}

/** Whether an account was signed in through a published api_id before, and whether as many were as may be. */
export async function readPublished(
  db: Db | Tx,
  published: { readonly apiId: number; readonly userId: UserId | undefined; readonly limit: number },
): Promise<{ isKnown: boolean; isFull: boolean }> {
  const { apiId, userId = 0, limit } = published
  const [row] = await db.sql<{ isKnown: boolean; isFull: boolean }[]>`
    select exists (select from published_sign_in where api_id = ${apiId} and user_id = ${userId}) as "isKnown",
      (select count(*) from published_sign_in where api_id = ${apiId}) >= ${limit} as "isFull"`
  return row ?? { isKnown: false, isFull: true }
}

/**
 * Counts the sign-in of an account through a published api_id. False when as many other accounts were signed in as may be.
 * Sign-ins through one id take turns.
 */
export async function countPublished(
  tx: Tx,
  published: {
    readonly apiId: number
    readonly userId: UserId
    readonly limit: number
    readonly nowSec: number
  },
): Promise<boolean> {
  const { apiId, userId, limit, nowSec } = published
  await tx.sql`select pg_advisory_xact_lock(hashtext('published_sign_in'), ${apiId})`
  const rows = await tx.sql`
    insert into published_sign_in (api_id, user_id, created_at)
    select ${apiId}::int, ${userId}::int, ${nowSec}::int
    where (select count(*) from published_sign_in where api_id = ${apiId}) < ${limit}
      or exists (select from published_sign_in where api_id = ${apiId} and user_id = ${userId})
    on conflict (api_id, user_id) do update set user_id = excluded.user_id
    returning 1`
  return rows.length > 0
}

/** The newest API terms that the host wrote. */
export async function readTerms(db: Db | Tx): Promise<{ version: number; text: string } | undefined> {
  const [row] = await db.sql<{ version: number; text: string }[]>`
    select version, text from api_terms order by version desc limit 1`
  return row
}

/** Writes new API terms, and returns their version: one more than the newest, and more than `base`. */
export async function insertTerms(
  tx: Tx,
  terms: { readonly text: string; readonly base: number; readonly nowSec: number },
): Promise<number> {
  const [row] = await tx.sql<{ version: number }[]>`
    insert into api_terms (version, text, created_at)
    select greatest(coalesce(max(version), 0), ${terms.base}::int) + 1, ${terms.text}, ${terms.nowSec}::int
    from api_terms
    returning version`
  return row!.version
}

/** Lets nobody use an app from a moment on. */
export async function putBlock(tx: Tx, apiId: number, nowSec: number): Promise<void> {
  await tx.sql`
    insert into app_block (api_id, blocked_at) values (${apiId}, ${nowSec}) on conflict do nothing`
}

/** Lets everybody use it again. */
export async function dropBlock(tx: Tx, apiId: number): Promise<void> {
  await tx.sql`delete from app_block where api_id = ${apiId}`
}

/** Marks an app as the host's own, or takes the mark away. */
export async function putOfficial(tx: Tx, apiId: number, isOfficial: boolean): Promise<void> {
  await tx.sql`update app set is_official = ${isOfficial} where api_id = ${apiId}`
}

/** Versions of the API terms that the host wrote, the newest first. */
export async function readAllApiTerms(
  db: Db | Tx,
  limit: number,
): Promise<{ version: number; text: string; createdAt: number }[]> {
  return await db.sql<{ version: number; text: string; createdAt: number }[]>`
    select version, text, created_at as "createdAt" from api_terms order by version desc limit ${limit}`
}
