import type { Actor, Context } from '../../context.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { IMAGE_BYTES } from '../files/image-limits.ts'
import { makePhoto } from '../files/images.ts'
import { putPhoto, storePhoto } from '../files/photos.ts'
import { readStored, takeUpload } from '../files/uploads.ts'

/**
 * Makes a photo of an image that was uploaded. Throws as `takeUpload` and `makePhoto`.
 * https://core.telegram.org/constructor/inputMediaUploadedPhoto
 */
export async function uploadPhoto(ctx: Context, by: Actor, file: T.InputFile): Promise<T.photo> {
  const uploaded = await takeUpload(ctx, by, file)
  if (uploaded.size > IMAGE_BYTES) throw rpcError('IMAGE_PROCESS_FAILED')
  const made = await makePhoto(ctx, () => readStored(ctx, uploaded))
  const stored = await storePhoto(ctx, { userId: by.userId, dc: uploaded.dc }, made)
  await ctx.db.transaction((tx) => putPhoto(tx, by.userId, stored))
  return stored.photo
}
