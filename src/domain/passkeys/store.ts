import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/** A key by which its owner signs in. */
export interface Passkey {
  readonly id: Uint8Array
  readonly userId: UserId
  readonly publicKey: Uint8Array
  readonly counter: bigint
  readonly name: string
  readonly createdAt: number
  readonly usedAt: number | null
}

function columns(db: Db | Tx) {
  return db.sql`id, user_id as "userId", public_key as "publicKey", counter, name, created_at as "createdAt",
    used_at as "usedAt"`
}

/** The passkeys of an account, the oldest first. */
export async function readPasskeys(db: Db | Tx, userId: UserId): Promise<Passkey[]> {
  return await db.sql<Passkey[]>`
    select ${columns(db)} from passkey where user_id = ${userId} order by created_at, id`
}

/** The passkey with this id. */
export async function findPasskey(db: Db | Tx, id: Uint8Array): Promise<Passkey | undefined> {
  const [row] = await db.sql<Passkey[]>`
    select ${columns(db)} from passkey where id = ${id}`
  return row
}

/**
 * Adds a passkey, while its owner has fewer than so many. False when there are enough, or the id is taken.
 */
export async function insertPasskey(
  tx: Tx,
  passkey: Omit<Passkey, 'usedAt'>,
  limit: number,
): Promise<boolean> {
  await tx.sql`select 1 from account where id = ${passkey.userId} for no key update`
  const rows = await tx.sql`
    insert into passkey (id, user_id, public_key, counter, name, created_at)
    select ${passkey.id}::bytea, ${passkey.userId}::int, ${passkey.publicKey}::bytea, ${passkey.counter}::bigint,
      ${passkey.name}, ${passkey.createdAt}::int
    where (select count(*) from passkey where user_id = ${passkey.userId}) < ${limit}
    on conflict (id) do nothing returning 1`
  return rows.length > 0
}

/** Notes that a passkey was used. False when that was known already, so that it is a copy, or it is gone. */
export async function usePasskey(
  tx: Tx,
  id: Uint8Array,
  use: { readonly counter: bigint; readonly nowSec: number },
): Promise<boolean> {
  const rows = await tx.sql`
    update passkey set counter = ${use.counter}, used_at = ${use.nowSec}
    where id = ${id} and (counter < ${use.counter} or (counter = 0 and ${use.counter} = 0)) returning 1`
  return rows.length > 0
}

/** Takes a passkey from its owner. False when the owner has no such. */
export async function dropPasskey(tx: Tx, userId: UserId, id: Uint8Array): Promise<boolean> {
  const rows = await tx.sql`delete from passkey where user_id = ${userId} and id = ${id} returning 1`
  return rows.length > 0
}

/** What a client was asked to sign. */
export interface Challenge {
  readonly keyId: bigint
  /** Whose new passkey it is for; undefined for one to sign in with. */
  readonly userId: UserId | undefined
  /** The app whose api_hash was shown when it was asked for. */
  readonly apiId: number
  readonly challenge: Uint8Array
  readonly expiresAt: number
}

/** Expired challenges that a new one clears away. */
const SWEEP = 20

/** Puts a challenge in force, in place of the one before on its key, and clears away expired ones. */
export async function putChallenge(tx: Tx, challenge: Challenge, nowSec: number): Promise<void> {
  await tx.sql`
    with old as (
      select key_id from passkey_challenge where expires_at < ${nowSec} and key_id <> ${challenge.keyId}
      limit ${SWEEP} for update skip locked
    ), gone as (delete from passkey_challenge where key_id = any(array(select key_id from old)))
    insert into passkey_challenge (key_id, user_id, api_id, challenge, expires_at)
    values (${challenge.keyId}, ${challenge.userId ?? null}, ${challenge.apiId}, ${challenge.challenge},
      ${challenge.expiresAt})
    on conflict (key_id) do update set user_id = excluded.user_id, api_id = excluded.api_id,
      challenge = excluded.challenge, expires_at = excluded.expires_at`
}

/** Takes the challenge of a key that is for this user, or to sign in: nobody can use it again. */
export async function takeChallenge(
  tx: Tx,
  keyId: bigint,
  userId: UserId | undefined,
  nowSec: number,
): Promise<Pick<Challenge, 'challenge' | 'apiId'> | undefined> {
  const [row] = await tx.sql<Pick<Challenge, 'challenge' | 'apiId'>[]>`
    delete from passkey_challenge
    where key_id = ${keyId} and user_id is not distinct from ${userId ?? null}::int and expires_at > ${nowSec}
      and api_id is not null
    returning challenge, api_id as "apiId"`
  return row
}
