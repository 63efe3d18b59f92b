import { resolvePeer } from '../../domain/peers/resolve.ts'
import { reasonOf } from '../../domain/reports/options.ts'
import { reportPeer } from '../../domain/reports/reports.ts'
import type { CallContext, Handlers } from '../../rpc/handlers.ts'
import { limit, RATES } from '../../rpc/limits.ts'
import type * as T from '../../tl/schema.d.ts'

/** Reports of people. https://core.telegram.org/method/account.reportPeer */
export const reportingPeers = {
  'account.reportPeer': async (ctx, req) => {
    await report(ctx, req, 'peer')
    return true
  },

  'account.reportProfilePhoto': async (ctx, req) => {
    await report(ctx, req, 'photo')
    return true
  },
} satisfies Partial<Handlers>

async function report(
  ctx: CallContext,
  req: { readonly peer: T.InputPeer; readonly reason: T.ReportReason; readonly message: string },
  about: 'peer' | 'photo',
): Promise<void> {
  const peerId = await resolvePeer(ctx, ctx.actor, req.peer)
  await limit(ctx, RATES.reports, String(ctx.actor.userId))
  await reportPeer(ctx, ctx.actor, { peerId, about, reason: reasonOf(req.reason), comment: req.message })
}
