import type { Actor, Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import type { Tx } from '../../store/database.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { presenceChanged } from '../accounts/presence.ts'
import { otherEntry } from '../accounts/tell.ts'
import { readRelation } from '../contacts/store.ts'
import { resolveUser } from '../peers/resolve.ts'
import { tellOfPhoto } from '../photos/tell.ts'
import { decodeRules, encodeRules, privacyUpdate } from './encoded.ts'
import { isAllowed, type PrivacyKeyName } from './rules.ts'
import { putRules, readRules } from './store.ts'

/** Rules in one set. */
const MAX_RULES = 20
/** Users and chats named in one set of rules. */
const MAX_NAMED = 1_000

/** The rules that a user has for a key. */
export async function getPrivacy(
  ctx: Context,
  userId: UserId,
  key: PrivacyKeyName,
): Promise<T.PrivacyRule[]> {
  const stored = await readRules(ctx.db, userId, [key])
  return decodeRules(key, stored.get(key))
}

/**
 * Puts rules in force and tells one's other sessions. Throws PRIVACY_VALUE_INVALID, PRIVACY_TOO_LONG.
 * https://core.telegram.org/api/privacy
 */
export async function setPrivacy(
  ctx: Context,
  by: Actor,
  input: { readonly key: PrivacyKeyName; readonly rules: readonly T.InputPrivacyRule[] },
): Promise<T.PrivacyRule[]> {
  if (input.rules.length > MAX_RULES) throw rpcError('PRIVACY_TOO_LONG')
  const rules: T.PrivacyRule[] = []
  for (const rule of input.rules) rules.push(await storedRule(ctx, by, rule))
  await ctx.db.transaction(async (tx) => {
    await putRules(tx, by.userId, input.key, encodeRules(input.key, rules))
    await ctx.updates.record(tx, [otherEntry(by.userId, privacyUpdate(input.key, rules))], by)
    if (input.key === 'privacyKeyProfilePhoto') await tellOfPhoto(ctx, tx, by)
  })
  if (input.key === 'privacyKeyStatusTimestamp') await presenceChanged(ctx, by)
  return rules
}

/** Lets a user see what a key covers, whatever the other rules say. */
export async function addException(
  ctx: Context,
  tx: Tx,
  by: Actor,
  input: { readonly key: PrivacyKeyName; readonly userId: UserId },
): Promise<void> {
  const { key, userId } = input
  const stored = await readRules(tx, by.userId, [key])
  const rules = decodeRules(key, stored.get(key)).map((rule): T.PrivacyRule => {
    if (rule._ !== 'privacyValueAllowUsers' && rule._ !== 'privacyValueDisallowUsers') return rule
    return { ...rule, users: rule.users.filter((id) => id !== userId) }
  })
  const allowed = rules.find((rule) => rule._ === 'privacyValueAllowUsers')
  if (allowed) allowed.users = [...allowed.users, userId].slice(-MAX_NAMED)
  else rules.unshift(tl.privacyValueAllowUsers({ users: [userId] }))
  await putRules(tx, by.userId, key, encodeRules(key, rules))
  await ctx.updates.record(tx, [otherEntry(by.userId, privacyUpdate(key, rules))], by)
}

/** Which of these keys an owner's rules open to a viewer. To its owner everything is open. */
export async function openKeys(
  ctx: Context,
  owner: UserId,
  viewer: UserId,
  keys: readonly PrivacyKeyName[],
): Promise<Set<PrivacyKeyName>> {
  if (owner === viewer) return new Set(keys)
  const [stored, relation] = await Promise.all([
    readRules(ctx.db, owner, keys),
    readRelation(ctx.db, owner, viewer),
  ])
  const standing = {
    viewer,
    isContact: relation.isContact,
    isCloseFriend: relation.isCloseFriend,
    isBot: false,
  }
  return new Set(keys.filter((key) => isAllowed(decodeRules(key, stored.get(key)), standing)))
}

/** Users that rules name, to be shown beside them. */
export function usersInRules(rules: readonly T.PrivacyRule[]): UserId[] {
  return rules.flatMap((rule) => ('users' in rule ? (rule.users as UserId[]) : []))
}

async function storedRule(ctx: Context, by: Actor, rule: T.InputPrivacyRule): Promise<T.PrivacyRule> {
  switch (rule._) {
    case 'inputPrivacyValueAllowUsers':
      return tl.privacyValueAllowUsers({ users: await named(ctx, by, rule.users) })
    case 'inputPrivacyValueDisallowUsers':
      return tl.privacyValueDisallowUsers({ users: await named(ctx, by, rule.users) })
    case 'inputPrivacyValueAllowChatParticipants':
      return tl.privacyValueAllowChatParticipants({ chats: bounded(rule.chats) })
    case 'inputPrivacyValueDisallowChatParticipants':
      return tl.privacyValueDisallowChatParticipants({ chats: bounded(rule.chats) })
    case 'inputPrivacyValueAllowContacts':
      return tl.privacyValueAllowContacts()
    case 'inputPrivacyValueDisallowContacts':
      return tl.privacyValueDisallowContacts()
    case 'inputPrivacyValueAllowAll':
      return tl.privacyValueAllowAll()
    case 'inputPrivacyValueDisallowAll':
      return tl.privacyValueDisallowAll()
    case 'inputPrivacyValueAllowCloseFriends':
      return tl.privacyValueAllowCloseFriends()
    case 'inputPrivacyValueAllowPremium':
      return tl.privacyValueAllowPremium()
    case 'inputPrivacyValueAllowBots':
      return tl.privacyValueAllowBots()
    case 'inputPrivacyValueDisallowBots':
      return tl.privacyValueDisallowBots()
  }
}

async function named(ctx: Context, by: Actor, users: readonly T.InputUser[]): Promise<UserId[]> {
  return [
    ...new Set(
      await Promise.all(bounded(users).map((user) => resolveUser(ctx, by, user, 'PRIVACY_VALUE_INVALID'))),
    ),
  ]
}

function bounded<V>(values: readonly V[]): V[] {
  if (values.length > MAX_NAMED) throw rpcError('PRIVACY_TOO_LONG')
  return [...values]
}
