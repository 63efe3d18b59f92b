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
      const [row] = await db.single(
        (tx) => tx.sql<{ hasPerm: boolean; isBound: boolean }[]>`
          with perm as materialized (select key_id from auth_key where key_id = ${permKeyId} for key share),
          bound as (
            update auth_key temp set perm_key_id = perm.key_id, expires_at = ${expiresAtSec} from perm
            where temp.key_id = ${tempKeyId} and (temp.perm_key_id is null or temp.perm_key_id = perm.key_id)
            returning temp.key_id
          )
          select exists (select from perm) as "hasPerm", exists (select from bound) as "isBound"`,
      )
      if (row?.isBound) return 'bound'
      return row?.hasPerm ? 'refused' : 'no permanent key'
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
