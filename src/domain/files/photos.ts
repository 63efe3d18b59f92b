import type { Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import type { Tx } from '../../store/database.ts'
import { tl } from '../../tl/factories.ts'
import type * as T from '../../tl/schema.d.ts'
import { FileKind, readContent } from './file-store.ts'
import { newFileId, putFile, type NewFile } from './files.ts'
import { formatView } from './format.ts'
import type { MadePhoto } from './images.ts'
import { isElsewhere, readStored, storeBytes } from './uploads.ts'

/** A photo whose bytes lie in the blobs, for `putPhoto`. */
export interface StoredPhoto {
  /** Without access, as it is stored where it is shown. */
  readonly photo: T.photo
  readonly contents: NewFile['contents']
}

const NO_BYTES = new Uint8Array(0)

/** Stores what `makePhoto` made, in the datacenter where the image lies that it was made of. */
export async function storePhoto(
  ctx: Context,
  by: { readonly userId: UserId; readonly dc: number },
  made: MadePhoto,
): Promise<StoredPhoto> {
  const contents = await Promise.all(
    made.sizes.map(async ({ type, bytes }) => ({ type, bytes: await storeBytes(ctx, by, bytes) })),
  )
  const photo = tl.photo({
    id: newFileId(ctx),
    accessHash: 0n,
    fileReference: NO_BYTES,
    date: ctx.clock.nowSec(),
    sizes: [
      tl.photoStrippedSize({ type: 'i', bytes: made.stripped }),
      ...made.sizes.map(({ type, w, h, bytes }) => tl.photoSize({ type, w, h, size: bytes.length })),
    ],
    dcId: by.dc,
  })
  return { photo, contents }
}

/** Makes a file of a stored photo, in the transaction of whoever refers to it. Throws as `putFile`. */
export async function putPhoto(tx: Tx, ownerId: UserId, { photo, contents }: StoredPhoto): Promise<void> {
  await putFile(tx, { id: photo.id, ownerId, date: photo.date, facts: photo, contents })
}

/**
 * The image of a stored photo in the largest size that is no wider or higher than `side`, whoever may see it; undefined when
 * it lies elsewhere. A JPEG, as all that `makePhoto` makes.
 */
export async function readImage(ctx: Context, photo: T.photo, side: number): Promise<Buffer | undefined> {
  const fitting = photo.sizes.findLast((size) => 'w' in size && Math.max(size.w, size.h) <= side)
  const content = fitting && (await readContent(ctx.db, photo.id, FileKind.photo, fitting.type))
  if (!content || isElsewhere(ctx, content.dc)) return undefined
  if (formatView(content.format)._ !== 'storage.fileJpeg') return undefined
  return await readStored(ctx, content)
}
