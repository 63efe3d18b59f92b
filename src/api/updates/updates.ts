import type { Handlers } from '../../rpc/handlers.ts'

/** Where a client stands, and what it has missed. https://core.telegram.org/api/updates */
export const updates = {
  'updates.getState': async (ctx) => await ctx.updates.state(ctx.actor.userId),

  'updates.getDifference': async (ctx, req) =>
    await ctx.updates.difference(ctx.actor.userId, {
      pts: req.pts,
      date: req.date,
      ptsTotalLimit: req.ptsTotalLimit,
      ptsLimit: req.ptsLimit,
    }),
} satisfies Partial<Handlers>
