import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'
import type { PrivacyKeyName } from './rules.ts'

/** Stored rules of a user, by key; keys with the default rules are absent. */
export async function readRules(
  db: Db | Tx,
  userId: UserId,
  keys: readonly PrivacyKeyName[],
): Promise<Map<PrivacyKeyName, Uint8Array>> {
  const rows = await db.sql<{ key: PrivacyKeyName; rules: Uint8Array }[]>`
    select key, rules from privacy where user_id = ${userId} and key = any(${[...keys]}::text[])`
  return new Map(rows.map((row) => [row.key, row.rules]))
}

/** The rules of several users under one key; users with the default rules are absent. */
export async function readRulesOf(
  db: Db | Tx,
  userIds: readonly UserId[],
  key: PrivacyKeyName,
): Promise<Map<UserId, Uint8Array>> {
  const rows = await db.sql<{ userId: UserId; rules: Uint8Array }[]>`
    select user_id as "userId", rules from privacy
    where user_id = any(${[...userIds]}::int[]) and key = ${key}`
  return new Map(rows.map((row) => [row.userId, row.rules]))
}

/** Puts rules in force. */
export async function putRules(
  tx: Tx,
  userId: UserId,
  key: PrivacyKeyName,
  rules: Uint8Array,
): Promise<void> {
  tx.outdate([userId])
  await tx.sql`
    insert into privacy (user_id, key, rules) values (${userId}, ${key}, ${rules})
    on conflict (user_id, key) do update set rules = excluded.rules`
}
