import type { Actor, Context } from '../../context.ts'
import { must } from '../../lib/assert.ts'
import { rpcError, RpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { FileKind, readContent } from '../files/file-store.ts'
import { readFile } from '../files/files.ts'
import { IMAGE_BYTES } from '../files/image-limits.ts'
import { BIG_CROP, makeProfilePhoto } from '../files/images.ts'
import { storePhoto, type StoredPhoto } from '../files/photos.ts'
import { isElsewhere, readStored, takeUpload, type StoredBytes } from '../files/uploads.ts'

/**
 * A profile photo of an image that was uploaded. Throws FILE_PARTS_INVALID, FILE_PART_X_MISSING, PHOTO_INVALID for other
 * bytes than the client meant, PHOTO_EXT_INVALID, PHOTO_CROP_SIZE_SMALL, IMAGE_PROCESS_FAILED.
 */
export async function makeProfileFile(ctx: Context, by: Actor, file: T.InputFile): Promise<StoredPhoto> {
  const uploaded = await takeUpload(ctx, by, file).catch((error: unknown) => {
    const isOther = error instanceof RpcError && error.name_ === 'MD5_CHECKSUM_INVALID'
    throw isOther ? rpcError('PHOTO_INVALID') : error
  })
  return await makeOf(ctx, by, uploaded)
}

/**
 * A profile photo of a photo that lies here: itself if it is one. Throws PHOTO_ID_INVALID, PHOTO_CROP_SIZE_SMALL,
 * IMAGE_PROCESS_FAILED.
 */
export async function remakeAsProfile(
  ctx: Context,
  by: Actor,
  id: bigint,
): Promise<StoredPhoto & { readonly isNew: boolean }> {
  const file = await readFile(ctx.db, id)
  if (file?.facts?._ !== 'photo') throw rpcError('PHOTO_ID_INVALID')
  const { sizes } = file.facts
  if (sizes.some((size) => size.type === BIG_CROP)) return { photo: file.facts, contents: [], isNew: false }
  if (isElsewhere(ctx, file.dc)) throw rpcError('PHOTO_ID_INVALID')
  const largest = must(sizes.at(-1), 'a photo has sizes')
  const content = await readContent(ctx.db, id, FileKind.photo, largest.type)
  const made = await makeOf(ctx, by, must(content, 'the sizes of a photo can be downloaded'))
  return { ...made, isNew: true }
}

async function makeOf(ctx: Context, by: Actor, bytes: StoredBytes): Promise<StoredPhoto> {
  if (bytes.size > IMAGE_BYTES) throw rpcError('IMAGE_PROCESS_FAILED')
  const made = await makeProfilePhoto(ctx, () => readStored(ctx, bytes))
  return await storePhoto(ctx, { userId: by.userId, dc: bytes.dc }, made)
}
