import {
  changeSession,
  endSession,
  listSessions,
  sessionTtl,
  setSessionTtl,
} from '../../domain/auth/devices.ts'
import type { Handlers } from '../../rpc/handlers.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { authorizationView } from '../../views/auth.ts'

/** Where one is logged in. */
export const sessions = {
  'account.getAuthorizations': async (ctx) => {
    const authorizations = (await listSessions(ctx, ctx.actor)).map(authorizationView)
    const authorizationTtlDays = await sessionTtl(ctx, ctx.actor)
    return tl['account.authorizations']({ authorizationTtlDays, authorizations })
  },

  'account.resetAuthorization': async (ctx, req) => {
    await endSession(ctx, ctx.actor, req.hash)
    return true
  },

  'account.setAuthorizationTTL': async (ctx, req) => {
    await setSessionTtl(ctx, ctx.actor, req.authorizationTtlDays)
    return true
  },

  'account.changeAuthorizationSettings': async (ctx, req) => {
    await changeSession(ctx, ctx.actor, req.hash, {
      isConfirmed: req.confirmed || undefined,
      callsDisabled: req.callRequestsDisabled,
      encryptedDisabled: req.encryptedRequestsDisabled,
    })
    return true
  },

  // There are no sites and no bots that somebody could be logged in to.
  'account.resetWebAuthorization': () => Promise.reject(rpcError('HASH_INVALID')),

  'account.resetWebAuthorizations': () => Promise.resolve(true),
} satisfies Partial<Handlers>
