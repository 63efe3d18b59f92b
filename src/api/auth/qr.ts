import { checkApp } from '../../domain/apps/apps.ts'
import { MAX_EXCEPT_IDS } from '../../domain/auth/limits.ts'
import { acceptToken, exportToken, importToken, type Waiting } from '../../domain/auth/qr.ts'
import type { CallContext, Handlers } from '../../rpc/handlers.ts'
import { limit, limitAddress, RATES } from '../../rpc/limits.ts'
import { tl } from '../../tl/factories.ts'
import type * as T from '../../tl/schema.d.ts'
import { authorizationView } from '../../views/auth.ts'
import { authorization, placeOf } from './answer.ts'

/** Signing in by a code that another session of the user scans. https://core.telegram.org/api/qr-login */
export const qr = {
  'auth.exportLoginToken': async (ctx, req) => {
    const { apiId, apiHash } = req
    await checkApp(ctx, apiId, apiHash)
    await limitAddress(ctx, RATES.loginTokensPerAddress, ctx.call.ip)
    const exceptIds = req.exceptIds.slice(0, MAX_EXCEPT_IDS)
    return await loginToken(ctx, await exportToken(ctx, { ...placeOf(ctx), apiId }, exceptIds))
  },

  'auth.importLoginToken': async (ctx, req) => {
    await limitAddress(ctx, RATES.loginTokensPerAddress, ctx.call.ip)
    return await loginToken(ctx, await importToken(ctx, placeOf(ctx), req.token))
  },

  'auth.acceptLoginToken': async (ctx, req) => {
    await limit(ctx, RATES.acceptedTokens, String(ctx.actor.userId))
    return authorizationView(await acceptToken(ctx, ctx.actor, req.token))
  },
} satisfies Partial<Handlers>

async function loginToken(ctx: CallContext, waiting: Waiting): Promise<T.auth.LoginToken> {
  switch (waiting.kind) {
    case 'token':
      return tl['auth.loginToken']({ expires: waiting.expiresAt, token: waiting.token })
    case 'migrate':
      return tl['auth.loginTokenMigrateTo']({ dcId: waiting.dc, token: waiting.token })
    case 'in':
      return tl['auth.loginTokenSuccess']({ authorization: await authorization(ctx, waiting.userId) })
  }
}
