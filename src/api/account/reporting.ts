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
    const photoId = req.photoId._ === 'inputPhoto' ? req.photoId.id : undefined
    await report(ctx, req, 'photo', photoId)
    return true
  },
} satisfies Partial<Handlers>

async function report(
  ctx: CallContext,
  req: { readonly peer: T.InputPeer; readonly reason: T.ReportReason; readonly message: string },
  about: 'peer' | 'photo',
  photoId?: bigint,
): Promise<void> {
  const peerId = await resolvePeer(ctx, ctx.actor, req.peer)
  await limit(ctx, RATES.reports, String(ctx.actor.userId))
  const { reason, message: comment } = req
  await reportPeer(ctx, ctx.actor, { peerId, about, reason: reasonOf(reason), comment, photoId })
}
