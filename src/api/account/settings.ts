import { getSetting, setSetting } from '../../domain/accounts/settings.ts'
import type { Handlers } from '../../rpc/handlers.ts'
import { tl } from '../../tl/factories.ts'

/** What is set once for a whole account. */
export const settings = {
  'account.getGlobalPrivacySettings': async (ctx) =>
    await getSetting(ctx, ctx.actor.userId, 'globalPrivacySettings'),

  'account.setGlobalPrivacySettings': async (ctx, req) => {
    await setSetting(ctx, ctx.actor, 'globalPrivacySettings', req.settings)
    return req.settings
  },

  'account.getContentSettings': async (ctx) =>
    await getSetting(ctx, ctx.actor.userId, 'account.contentSettings'),

  'account.setContentSettings': async (ctx, req) => {
    const { sensitiveEnabled } = req
    const value = tl['account.contentSettings']({ sensitiveEnabled, sensitiveCanChange: true })
    await setSetting(ctx, ctx.actor, 'account.contentSettings', value)
    return true
  },

  'account.getAccountTTL': async (ctx) => await getSetting(ctx, ctx.actor.userId, 'accountDaysTTL'),

  'account.setAccountTTL': async (ctx, req) => {
    await setSetting(ctx, ctx.actor, 'accountDaysTTL', req.ttl)
    return true
  },
} satisfies Partial<Handlers>
