import type { Actor, Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import { decodeObject } from '../../tl/decode.ts'
import { codecFor, NEWEST_LAYER } from '../../tl/encode.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { MAX_TTL_DAYS, MIN_TTL_DAYS } from './limits.ts'
import { putSetting, readSetting } from './setting-store.ts'

/** What can be set for a whole account: each is one TL object, with its value until somebody sets it. */
export interface Settings {
  globalPrivacySettings: T.globalPrivacySettings
  'account.contentSettings': T.account.contentSettings
  reactionsNotifySettings: T.reactionsNotifySettings
  accountDaysTTL: T.accountDaysTTL
}

const UNION_OF: Readonly<Record<keyof Settings, string>> = {
  globalPrivacySettings: 'GlobalPrivacySettings',
  'account.contentSettings': 'account.ContentSettings',
  reactionsNotifySettings: 'ReactionsNotifySettings',
  accountDaysTTL: 'AccountDaysTTL',
}

const DEFAULTS: { readonly [Name in keyof Settings]: () => Settings[Name] } = {
  globalPrivacySettings: () => tl.globalPrivacySettings(),
  'account.contentSettings': () => tl['account.contentSettings']({ sensitiveCanChange: true }),
  reactionsNotifySettings: () =>
    tl.reactionsNotifySettings({
      messagesNotifyFrom: tl.reactionNotificationsFromContacts(),
      storiesNotifyFrom: tl.reactionNotificationsFromContacts(),
      pollVotesNotifyFrom: tl.reactionNotificationsFromAll(),
      sound: tl.notificationSoundDefault(),
      showPreviews: true,
    }),
  accountDaysTTL: () => tl.accountDaysTTL({ days: 548 }),
}

/** What a user has set, or the default. */
export async function getSetting<Name extends keyof Settings>(
  ctx: Context,
  userId: UserId,
  name: Name,
): Promise<Settings[Name]> {
  const stored = await readSetting(ctx.db, userId, name)
  // Only setSetting writes these rows, each under the name of the constructor that it holds.
  return stored ? (decodeObject(stored) as unknown as Settings[Name]) : DEFAULTS[name]()
}

/** Sets something for the account of the actor. Throws TTL_DAYS_INVALID. */
export async function setSetting<Name extends keyof Settings>(
  ctx: Context,
  by: Actor,
  name: Name,
  value: Settings[Name],
): Promise<void> {
  if (value._ === 'accountDaysTTL' && (value.days < MIN_TTL_DAYS || value.days > MAX_TTL_DAYS))
    throw rpcError('TTL_DAYS_INVALID')
  const bytes = codecFor(NEWEST_LAYER).encode(value, UNION_OF[name])
  await ctx.db.transaction((tx) => putSetting(tx, by.userId, name, bytes))
}
