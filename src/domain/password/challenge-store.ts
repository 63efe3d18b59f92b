import type { UserId } from '../../lib/ids.ts'
import type { Tx } from '../../store/database.ts'

/** A proof that was asked for. */
export interface Challenge {
  readonly keyId: bigint
  readonly id: bigint
  readonly userId: UserId
  /** Of the password that is to be proved. */
  readonly version: bigint
  /** Sealed. */
  readonly exponent: Uint8Array
  readonly expiresAt: number
}

/** Expired challenges that a new one clears away. */
const SWEEP = 20

/**
 * Writes a challenge down, in place of the oldest when its key has too many, and clears away expired ones.
 */
export async function putChallenge(
  tx: Tx,
  challenge: Challenge,
  bounds: { readonly nowSec: number; readonly perKey: number },
): Promise<void> {
  await tx.sql`
    with old as (
      select key_id, id from password_challenge where expires_at < ${bounds.nowSec}
      limit ${SWEEP} for update skip locked
    ), too_many as (
      select key_id, id from password_challenge where key_id = ${challenge.keyId}
      order by expires_at desc, id offset ${bounds.perKey - 1}
    ), gone as (
      delete from password_challenge c using (select * from old union select * from too_many) g
      where c.key_id = g.key_id and c.id = g.id
    )
    insert into password_challenge (key_id, id, user_id, version, exponent, expires_at)
    values (${challenge.keyId}, ${challenge.id}, ${challenge.userId}, ${challenge.version},
      ${challenge.exponent}, ${challenge.expiresAt})`
}

/** Takes an open challenge of a user on a key: nobody can answer it again. */
export async function takeChallenge(
  tx: Tx,
  name: { readonly keyId: bigint; readonly id: bigint; readonly userId: UserId; readonly nowSec: number },
): Promise<{ readonly version: bigint; readonly exponent: Uint8Array } | undefined> {
  const [row] = await tx.sql<{ version: bigint; exponent: Uint8Array }[]>`
    delete from password_challenge
    where key_id = ${name.keyId} and id = ${name.id} and user_id = ${name.userId}
      and expires_at > ${name.nowSec}
    returning version, exponent`
  return row
}
