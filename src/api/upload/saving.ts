import { savePart } from '../../domain/files/uploads.ts'
import type { CallContext, Handlers } from '../../rpc/handlers.ts'

/** Files on their way up, part by part. https://core.telegram.org/api/files#uploading-files */
export const saving = {
  'upload.saveFilePart': async (ctx, req) => {
    await savePart(ctx, uploader(ctx), { fileId: req.fileId, part: req.filePart, bytes: req.bytes })
    return true
  },

  'upload.saveBigFilePart': async (ctx, req) => {
    const { fileId, filePart: part, fileTotalParts: total, bytes } = req
    await savePart(ctx, uploader(ctx), { fileId, part, total, bytes })
    return true
  },
} satisfies Partial<Handlers>

function uploader(ctx: CallContext) {
  return { userId: ctx.actor.userId, keyDc: ctx.call.dc }
}
