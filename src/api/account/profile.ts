import { updateStatus } from '../../domain/accounts/presence.ts'
import { checkUsername, updateProfile, updateUsername } from '../../domain/accounts/profile.ts'
import { loadUser } from '../../domain/accounts/users.ts'
import { must } from '../../lib/assert.ts'
import type { CallContext, Handlers } from '../../rpc/handlers.ts'
import type * as T from '../../tl/schema.d.ts'

/** What people say of themselves. */
export const profile = {
  'account.updateProfile': async (ctx, req) => {
    await updateProfile(ctx, ctx.actor, req)
    return await self(ctx)
  },

  'account.updateUsername': async (ctx, req) => {
    await updateUsername(ctx, ctx.actor, req.username)
    return await self(ctx)
  },

  'account.checkUsername': async (ctx, req) => await checkUsername(ctx, ctx.actor, req.username),

  'account.updateStatus': async (ctx, req) => {
    await updateStatus(ctx, ctx.actor, req.offline)
    return true
  },
} satisfies Partial<Handlers>

async function self(ctx: CallContext): Promise<T.User> {
  return must(await loadUser(ctx, ctx.actor.userId, ctx.actor.userId), 'the actor has an account')
}
