import type { Handlers } from '../../rpc/handlers.ts'

/** Where a client stands, and what it has missed. https://core.telegram.org/api/updates */
export const updates = {
  'updates.getState': async (ctx) => await ctx.updates.state(ctx.actor),

  'updates.getDifference': async (ctx, req) =>
    await ctx.updates.difference(ctx.actor, {
      pts: req.pts,
      qts: req.qts,
      date: req.date,
      ptsTotalLimit: req.ptsTotalLimit,
      ptsLimit: req.ptsLimit,
      qtsLimit: req.qtsLimit,
    }),
} satisfies Partial<Handlers>
