import { NOTHING_LIFETIME_SEC } from '../../domain/config/limits.ts'
import { acceptTerms, pendingTerms, termsId } from '../../domain/terms/terms.ts'
import type { Handlers } from '../../rpc/handlers.ts'
import { tl } from '../../tl/factories.ts'
import { termsView } from '../../views/terms.ts'

/** Terms of service after signing up. Declining them is account.deleteAccount. */
export const terms = {
  'help.getTermsOfServiceUpdate': async (ctx) => {
    const expires = ctx.clock.nowSec() + NOTHING_LIFETIME_SEC
    const pending = ctx.caller && (await pendingTerms(ctx, ctx.caller))
    if (!pending) return tl['help.termsOfServiceUpdateEmpty']({ expires })
    return tl['help.termsOfServiceUpdate']({ expires, termsOfService: termsView(termsId(pending), pending) })
  },

  'help.acceptTermsOfService': async (ctx, req) => {
    await acceptTerms(ctx, ctx.actor, req.id.data)
    return true
  },
} satisfies Partial<Handlers>
