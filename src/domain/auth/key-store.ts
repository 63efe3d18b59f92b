import type { Context } from '../../context.ts'
import type { KeyStore } from '../../mtproto/keys.ts'

/** Expired keys that a new one clears away. */
const SWEEP = 10

/** Authorization keys as rows, sealed with the server's master key. */
export function createKeyStore({ db, secrets, clock }: Context): KeyStore {
  return {
    async load(keyId) {
      const [row] = await db.sql<
        { sealed: Uint8Array; dc: number; expiresAt: number | null; permKeyId: bigint | null }[]
      >`
        select sealed, dc, expires_at as "expiresAt", perm_key_id as "permKeyId"
        from auth_key where key_id = ${keyId} and (expires_at is null or expires_at > ${clock.nowSec()})`
      if (!row) return undefined
      return {
        keyId,
        secret: secrets.open(row.sealed),
        dc: row.dc,
        expiresAtSec: row.expiresAt ?? undefined,
        permKeyId: row.permKeyId ?? undefined,
      }
    },
    async create(key) {
      const created = await db.single(
        (tx) => tx.sql`
          with old as (
            select key_id from auth_key where expires_at < ${clock.nowSec()} limit ${SWEEP} for update skip locked
          ), gone as (delete from auth_key where key_id = any(array(select key_id from old)))
          insert into auth_key (key_id, sealed, dc, expires_at, created_at)
          values (${key.keyId}, ${secrets.seal(key.secret)}, ${key.dc}, ${key.expiresAtSec ?? null}, ${clock.nowSec()})
          on conflict (key_id) do nothing returning key_id`,
      )
      return created.length > 0
    },
    async bind(tempKeyId, permKeyId, expiresAtSec) {
      const bound = await db.single(
        (tx) => tx.sql`
          update auth_key set perm_key_id = ${permKeyId}, expires_at = ${expiresAtSec}
          where key_id = ${tempKeyId} and (perm_key_id is null or perm_key_id = ${permKeyId}) returning key_id`,
      )
      return bound.length > 0
    },
    async remove(keyId) {
      await db.single((tx) => tx.sql`delete from auth_key where key_id = ${keyId}`)
    },
    async removeBound(permKeyId, except) {
      const rows = await db.single(
        (tx) => tx.sql<{ keyId: bigint }[]>`
          delete from auth_key where perm_key_id = ${permKeyId} and key_id <> all(${[...except]}::bigint[])
          returning key_id as "keyId"`,
      )
      return rows.map((row) => row.keyId)
    },
    async look(keyIds) {
      const rows = await db.sql<{ keyId: bigint; expiresAt: number | null; permKeyId: bigint | null }[]>`
        select key_id as "keyId", expires_at as "expiresAt", perm_key_id as "permKeyId"
        from auth_key where key_id = any(${[...keyIds]}::bigint[])`
      return rows.map(({ keyId, expiresAt, permKeyId }) => ({
        keyId,
        expiresAtSec: expiresAt ?? undefined,
        permKeyId: permKeyId ?? undefined,
      }))
    },
  }
}
