import { endSession, listSessions } from '../../domain/auth/devices.ts'
import { SESSION_TTL_DAYS } from '../../domain/auth/limits.ts'
import type { Handlers } from '../../rpc/handlers.ts'
import { tl } from '../../tl/factories.ts'
import { authorizationView } from '../../views/auth.ts'

/** Where one is logged in. */
export const sessions = {
  'account.getAuthorizations': async (ctx) => {
    const authorizations = (await listSessions(ctx, ctx.actor)).map(authorizationView)
    return tl['account.authorizations']({ authorizationTtlDays: SESSION_TTL_DAYS, authorizations })
  },

  'account.resetAuthorization': async (ctx, req) => {
    await endSession(ctx, ctx.actor, req.hash)
    return true
  },
} satisfies Partial<Handlers>
