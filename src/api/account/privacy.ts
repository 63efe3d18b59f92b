import { loadUsers } from '../../domain/accounts/users.ts'
import { getPrivacy, setPrivacy, usersInRules } from '../../domain/privacy/privacy.ts'
import type { PrivacyKeyName } from '../../domain/privacy/rules.ts'
import type { CallContext, Handlers } from '../../rpc/handlers.ts'
import { tl } from '../../tl/factories.ts'
import type * as T from '../../tl/schema.d.ts'

/** Who may see and do what. https://core.telegram.org/api/privacy */
export const privacy = {
  'account.getPrivacy': async (ctx, req) =>
    await rulesView(ctx, await getPrivacy(ctx, ctx.actor.userId, keyName(req.key))),

  'account.setPrivacy': async (ctx, req) =>
    await rulesView(ctx, await setPrivacy(ctx, ctx.actor, { key: keyName(req.key), rules: req.rules })),
} satisfies Partial<Handlers>

function keyName(key: T.InputPrivacyKey): PrivacyKeyName {
  return key._.replace('inputPrivacyKey', 'privacyKey') as PrivacyKeyName // The two types mirror one another.
}

async function rulesView(ctx: CallContext, rules: T.PrivacyRule[]): Promise<T.account.privacyRules> {
  const users = await loadUsers(ctx, ctx.actor.userId, usersInRules(rules))
  return tl['account.privacyRules']({ rules, chats: [], users })
}
