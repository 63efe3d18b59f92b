import { resolvePeer } from '../../domain/peers/resolve.ts'
import type { Option } from '../../domain/reports/options.ts'
import { reportMessages, reportSpam } from '../../domain/reports/reports.ts'
import type { Handlers } from '../../rpc/handlers.ts'
import { limit, RATES } from '../../rpc/limits.ts'
import { tl } from '../../tl/factories.ts'
import type * as T from '../../tl/schema.d.ts'

/** Reports of messages and chats. https://core.telegram.org/api/report */
export const reporting = {
  'messages.report': async (ctx, req) => {
    const peerId = await resolvePeer(ctx, ctx.actor, req.peer)
    await limit(ctx, RATES.reports, String(ctx.actor.userId))
    const step = await reportMessages(ctx, ctx.actor, {
      peerId,
      ids: req.id,
      option: Buffer.from(req.option).toString(),
      comment: req.message,
    })
    switch (step.kind) {
      case 'choose':
        return menuView(step.option)
      case 'comment':
        return tl.reportResultAddComment({
          optional: step.option.comment === 'optional',
          option: Buffer.from(step.next),
        })
      case 'reported':
        return tl.reportResultReported()
    }
  },

  'messages.reportSpam': async (ctx, req) => {
    const peerId = await resolvePeer(ctx, ctx.actor, req.peer)
    await limit(ctx, RATES.reports, String(ctx.actor.userId))
    await reportSpam(ctx, ctx.actor, peerId)
    return true
  },
} satisfies Partial<Handlers>

function menuView(menu: Option): T.reportResultChooseOption {
  return tl.reportResultChooseOption({
    title: menu.text,
    options: (menu.choices ?? []).map((choice) =>
      tl.messageReportOption({ text: choice.text, option: Buffer.from(choice.id) }),
    ),
  })
}
