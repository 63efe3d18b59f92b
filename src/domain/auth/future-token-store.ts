import type { UserId } from '../../lib/ids.ts'
import type { Tx } from '../../store/database.ts'

/** A token by which a client that logged out gets in again. */
export interface FutureToken {
  readonly tokenHash: Uint8Array
  readonly userId: UserId
  readonly createdAt: number
  readonly expiresAt: number
}

/** Keeps a token; of those that the account has, only the newest `kept` stay. */
export async function putToken(tx: Tx, token: FutureToken, kept: number): Promise<void> {
  await tx.sql`
    with old as (
      select token_hash from future_token where user_id = ${token.userId}
      order by created_at desc, token_hash offset ${kept - 1}
    ), gone as (
      delete from future_token
      where user_id = ${token.userId} and (token_hash in (select token_hash from old) or expires_at <= ${token.createdAt})
    )
    insert into future_token (token_hash, user_id, created_at, expires_at)
    values (${token.tokenHash}, ${token.userId}, ${token.createdAt}, ${token.expiresAt})`
}

/** Uses up the tokens of an account among these. Returns how many there were in force. */
export async function takeTokens(
  tx: Tx,
  userId: UserId,
  hashes: readonly Uint8Array[],
  nowSec: number,
): Promise<number> {
  const rows = await tx.sql`
    delete from future_token
    where user_id = ${userId} and token_hash = any(${[...hashes]}::bytea[]) and expires_at > ${nowSec}
    returning 1`
  return rows.length
}

/** Makes all tokens of an account void. */
export async function dropTokens(tx: Tx, userId: UserId): Promise<void> {
  await tx.sql`delete from future_token where user_id = ${userId}`
}
