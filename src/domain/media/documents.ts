import { createHash } from 'node:crypto'
import type { Actor, Context } from '../../context.ts'
import { tl } from '../../tl/factories.ts'
import { RpcError, rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { newFileId, putFile, readFile } from '../files/files.ts'
import { IMAGE_BYTES } from '../files/image-limits.ts'
import { makeThumbnail, type MadePhoto } from '../files/images.ts'
import { storePhoto } from '../files/photos.ts'
import { partsOf, readStored, takeUpload, type StoredBytes } from '../files/uploads.ts'
import { documentAttributes, mimeTypeOf } from './attributes.ts'
import { putHash, readHashed } from './hash-store.ts'
import { HASHED_WHOLE_BYTES, SHA256_BYTES } from './limits.ts'

/**
 * Makes a document of a file that was uploaded, with the thumbnail that was uploaded beside it, or with one made of it when
 * it is an image. Throws as `takeUpload`. https://core.telegram.org/constructor/inputMediaUploadedDocument
 */
export async function uploadDocument(
  ctx: Context,
  by: Actor,
  input: T.inputMediaUploadedDocument,
): Promise<T.document> {
  const bytes = await takeUpload(ctx, by, input.file)
  const thumb = input.thumb && (await takeUpload(ctx, by, input.thumb))
  const mimeType = mimeTypeOf(input.mimeType)
  const made = await thumbnailOf(ctx, thumb ?? (mimeType.startsWith('image/') ? bytes : undefined))
  const stored = made && (await storePhoto(ctx, { userId: by.userId, dc: bytes.dc }, made))
  const document = tl.document({
    id: newFileId(ctx),
    accessHash: 0n,
    fileReference: new Uint8Array(),
    date: ctx.clock.nowSec(),
    mimeType,
    size: bytes.size,
    thumbs: stored?.photo.sizes,
    dcId: bytes.dc,
    attributes: documentAttributes(input.attributes, input),
  })
  const sha256 = bytes.size <= HASHED_WHOLE_BYTES ? await sha256Of(ctx, bytes) : undefined
  await ctx.db.transaction(async (tx) => {
    const contents = [{ type: '', bytes }, ...(stored?.contents ?? [])]
    const { id, date } = document
    await putFile(tx, { id, ownerId: by.userId, date, facts: document, contents })
    if (sha256) await putHash(tx, { ownerId: by.userId, sha256, mimeType, fileId: id })
  })
  return document
}

/** The thumbnail of an image. What is no image, or too much of one, has none. */
async function thumbnailOf(ctx: Context, image: StoredBytes | undefined): Promise<MadePhoto | undefined> {
  if (!image || image.size > IMAGE_BYTES) return undefined
  try {
    return await makeThumbnail(ctx, () => readStored(ctx, image))
  } catch (error) {
    if (error instanceof RpcError) return undefined
    throw error
  }
}

async function sha256Of(ctx: Context, bytes: StoredBytes): Promise<Uint8Array> {
  const hash = createHash('sha256')
  for await (const part of partsOf(ctx, bytes)) hash.update(part)
  return hash.digest()
}

/**
 * A document that the actor has sent before, found by what is in it, so that it need not be uploaded again; undefined when
 * there is none. Large ones are not found. Throws SHA256_HASH_INVALID.
 * https://core.telegram.org/method/messages.getDocumentByHash
 */
export async function findDocument(
  ctx: Context,
  by: Actor,
  wanted: { readonly sha256: Uint8Array; readonly size: number; readonly mimeType: string },
): Promise<T.document | undefined> {
  if (wanted.sha256.length !== SHA256_BYTES) throw rpcError('SHA256_HASH_INVALID')
  const { sha256, mimeType, size } = wanted
  const fileId = await readHashed(ctx.db, { ownerId: by.userId, sha256, mimeType })
  const facts = fileId === undefined ? undefined : (await readFile(ctx.db, fileId))?.facts
  return facts?._ === 'document' && facts.size === size ? facts : undefined
}
