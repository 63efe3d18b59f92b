import { downloadPart, hashParts } from '../../domain/files/download.ts'
import { formatView } from '../../domain/files/format.ts'
import type { CallContext, Handlers } from '../../rpc/handlers.ts'
import { tl } from '../../tl/factories.ts'

/** Files on their way down. https://core.telegram.org/api/files#downloading-files */
export const loading = {
  'upload.getFile': async (ctx, req) => {
    const range = { offset: req.offset, limit: req.limit, isPrecise: req.precise }
    const { bytes, format, createdAt } = await downloadPart(ctx, downloader(ctx), req.location, range)
    return tl['upload.file']({ type: formatView(format), mtime: createdAt, bytes })
  },

  'upload.getFileHashes': async (ctx, req) => {
    const hashes = await hashParts(ctx, downloader(ctx), req.location, req.offset)
    return hashes.map((each) => tl.fileHash(each))
  },
} satisfies Partial<Handlers>

function downloader(ctx: CallContext) {
  const { userId, isBot } = ctx.actor
  return { userId, isBot, keyDc: ctx.call.dc }
}
