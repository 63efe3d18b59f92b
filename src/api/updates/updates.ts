import { unconfirmedSince } from '../../domain/auth/devices.ts'
import { noteReceived } from '../../domain/secret/receive.ts'
import type { Handlers } from '../../rpc/handlers.ts'
import { tl } from '../../tl/factories.ts'
import type * as T from '../../tl/schema.d.ts'

/** Where a client stands, and what it has missed. https://core.telegram.org/api/updates */
export const updates = {
  'updates.getState': async (ctx) => await ctx.updates.state(ctx.actor),

  'updates.getDifference': async (ctx, req) => {
    const difference = await ctx.updates.difference(ctx.actor, {
      pts: req.pts,
      qts: req.qts,
      date: req.date,
      ptsTotalLimit: req.ptsTotalLimit,
      ptsLimit: req.ptsLimit,
      qtsLimit: req.qtsLimit,
    })
    await noteReceived(ctx, ctx.actor, req.qts)
    return withUpdates(difference, req, await unconfirmedSince(ctx, ctx.actor, req.date))
  },
} satisfies Partial<Handlers>

/** A difference with updates that stand in no log. */
function withUpdates(
  difference: T.updates.Difference,
  { pts, qts }: T.Methods['updates.getDifference']['req'],
  more: readonly T.Update[],
): T.updates.Difference {
  if (more.length === 0 || difference._ === 'updates.differenceTooLong') return difference
  if (difference._ !== 'updates.differenceEmpty') {
    return { ...difference, otherUpdates: [...difference.otherUpdates, ...more] }
  }
  const { date, seq } = difference
  return tl['updates.difference']({
    newMessages: [],
    newEncryptedMessages: [],
    otherUpdates: [...more],
    chats: [],
    users: [],
    state: tl['updates.state']({ pts, qts, date, seq, unreadCount: 0 }),
  })
}
