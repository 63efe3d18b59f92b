import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'
import type { WhichLogins } from './device-store.ts'

/** A token by which a key that waits is let in. */
export interface LoginToken {
  readonly keyId: bigint
  readonly apiId: number
  readonly dc: number
  readonly exceptIds: readonly bigint[]
  readonly expiresAt: number
  /** Who accepted it, and the hash of the login that it makes; null before. */
  readonly userId: UserId | null
  readonly hash: bigint | null
  /** Nobody doubts the session that accepted it. */
  readonly isConfirmed: boolean
  /** Where the login is to be imported; null when the key is let in where it waits. */
  readonly importDc: number | null
  readonly isImported: boolean
}

/** Expired tokens that a new one clears away. */
const SWEEP = 20

function columns(db: Db | Tx) {
  return db.sql`key_id as "keyId", api_id as "apiId", dc, except_ids as "exceptIds", expires_at as "expiresAt",
    user_id as "userId", hash, is_confirmed as "isConfirmed", import_dc as "importDc", is_imported as "isImported"`
}

/** Puts a token in force, in place of the one that its key had. */
export async function putToken(
  tx: Tx,
  tokenHash: Uint8Array,
  token: Pick<LoginToken, 'keyId' | 'apiId' | 'dc' | 'exceptIds' | 'expiresAt'>,
  nowSec: number,
): Promise<void> {
  await tx.sql`
    with old as (
      select ctid from login_token where expires_at < ${nowSec} and key_id <> ${token.keyId}
      limit ${SWEEP} for update skip locked
    ), gone as (delete from login_token where ctid = any(array(select ctid from old)))
    insert into login_token (token_hash, key_id, api_id, dc, except_ids, expires_at)
    values (${tokenHash}, ${token.keyId}, ${token.apiId}, ${token.dc}, ${[...token.exceptIds]}::bigint[],
      ${token.expiresAt})
    on conflict (key_id) do update set
      token_hash = excluded.token_hash, api_id = excluded.api_id, dc = excluded.dc, except_ids = excluded.except_ids,
      expires_at = excluded.expires_at, user_id = null, hash = null, is_confirmed = false, import_dc = null, import_hash = null,
      is_imported = false`
}

/** The token, whatever became of it. Whoever else wants it waits for the end of the transaction. */
export async function lockToken(tx: Tx, tokenHash: Uint8Array): Promise<LoginToken | undefined> {
  const [token] = await tx.sql<LoginToken[]>`
    select ${columns(tx)} from login_token where token_hash = ${tokenHash} for update`
  return token
}

/** The token of a key, whatever became of it. Whoever else wants it waits for the end of the transaction. */
export async function lockTokenOf(tx: Tx, keyId: bigint): Promise<LoginToken | undefined> {
  const [token] = await tx.sql<LoginToken[]>`
    select ${columns(tx)} from login_token where key_id = ${keyId} for update`
  return token
}

/** The token of which this is the hash for importing, whatever became of it. */
export async function lockImport(tx: Tx, importHash: Uint8Array): Promise<LoginToken | undefined> {
  const [token] = await tx.sql<LoginToken[]>`
    select ${columns(tx)} from login_token where import_hash = ${importHash} for update`
  return token
}

/** Notes who accepted a token, and until when that can be made use of. */
export async function putAcceptance(
  tx: Tx,
  keyId: bigint,
  by: {
    readonly userId: UserId
    readonly hash: bigint
    readonly isConfirmed: boolean
    readonly importDc: number | null
    readonly expiresAt: number
  },
): Promise<void> {
  await tx.sql`
    update login_token set user_id = ${by.userId}, hash = ${by.hash}, is_confirmed = ${by.isConfirmed},
      import_dc = ${by.importDc}, expires_at = ${by.expiresAt}
    where key_id = ${keyId}`
}

/** Notes by what the login of a key can be imported, in place of what was given out before. */
export async function putImportHash(tx: Tx, keyId: bigint, importHash: Uint8Array): Promise<void> {
  await tx.sql`update login_token set import_hash = ${importHash} where key_id = ${keyId}`
}

/** Notes that the login of a key was imported. */
export async function putImported(tx: Tx, keyId: bigint): Promise<void> {
  await tx.sql`update login_token set is_imported = true where key_id = ${keyId}`
}

/** Takes the token of a key out of force. */
export async function dropToken(tx: Tx, keyId: bigint): Promise<void> {
  await tx.sql`delete from login_token where key_id = ${keyId}`
}

/** Takes tokens out of force that a user accepted, of the logins meant. Returns the keys that waited. */
export async function dropAccepted(tx: Tx, userId: UserId, which: WhichLogins): Promise<bigint[]> {
  const condition = 'hash' in which ? tx.sql`hash = ${which.hash}` : tx.sql`hash <> ${which.except}`
  const rows = await tx.sql<{ keyId: bigint }[]>`
    delete from login_token where user_id = ${userId} and ${condition} and not is_imported
    returning key_id as "keyId"`
  return rows.map((row) => row.keyId)
}
