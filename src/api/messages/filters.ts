import {
  getDialogFilters,
  updateDialogFilter,
  updateDialogFiltersOrder,
} from '../../domain/dialogs/filters.ts'
import type { Handlers } from '../../rpc/handlers.ts'
import { tl } from '../../tl/factories.ts'

/** Folders, which the API calls dialog filters. https://core.telegram.org/api/folders */
export const filters = {
  'messages.getDialogFilters': async (ctx) =>
    tl['messages.dialogFilters']({ filters: await getDialogFilters(ctx, ctx.actor) }),

  // Suggestions are for chats of kinds that there are none of.
  'messages.getSuggestedDialogFilters': async () => [],

  'messages.updateDialogFilter': async (ctx, req) => {
    await updateDialogFilter(ctx, ctx.actor, { id: req.id, filter: req.filter })
    return true
  },

  'messages.updateDialogFiltersOrder': async (ctx, req) => {
    await updateDialogFiltersOrder(ctx, ctx.actor, req.order)
    return true
  },
} satisfies Partial<Handlers>
