import type { Actor, Context } from '../../context.ts'
import { must } from '../../lib/assert.ts'
import type { UserId } from '../../lib/ids.ts'
import type { Tx } from '../../store/database.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { otherEntry } from '../accounts/tell.ts'
import { checkFileAccess } from '../files/access.ts'
import { putPhoto } from '../files/photos.ts'
import { pack } from '../messages/packed.ts'
import { ALBUM_PHOTOS, PHOTOS_DELETED } from './limits.ts'
import { makeProfileFile, remakeAsProfile } from './make.ts'
import { findSeenPhoto } from './seen.ts'
import {
  lockAlbum,
  putPersonalPhoto,
  putProfilePhoto,
  settleAlbum,
  takeOutOfAlbum,
  type Album,
} from './store.ts'
import { tellOfPhoto } from './tell.ts'

/** Where a photo of oneself is put: into the album, to be shown, or beside it, for those who may not see that. */
export type Shelf = 'album' | 'fallback'

/**
 * Shows a photo that was uploaded. Throws ALBUM_PHOTOS_TOO_MANY, and what `makeProfileFile` throws.
 * https://core.telegram.org/method/photos.uploadProfilePhoto
 */
export async function uploadProfilePhoto(
  ctx: Context,
  by: Actor,
  input: { readonly file: T.InputFile; readonly shelf: Shelf },
): Promise<T.photo> {
  const made = await makeProfileFile(ctx, by, input.file)
  await changeAlbum(ctx, by, async (tx, album) => {
    await putPhoto(tx, by.userId, made)
    return await show(tx, by.userId, album, made.photo, input.shelf)
  })
  return made.photo
}

/**
 * Shows a photo again, or one that the actor has seen elsewhere. Throws PHOTO_ID_INVALID, FILE_REFERENCE_EXPIRED and the
 * like, ALBUM_PHOTOS_TOO_MANY, and what `remakeAsProfile` throws.
 * https://core.telegram.org/method/photos.updateProfilePhoto
 */
export async function chooseProfilePhoto(
  ctx: Context,
  by: Actor,
  input: { readonly photo: T.inputPhoto; readonly shelf: Shelf },
): Promise<T.photo> {
  const own = await findSeenPhoto(ctx, by.userId, by.userId, input.photo.id)
  if (own) {
    await changeAlbum(ctx, by, async (tx, album) => await show(tx, by.userId, album, own, input.shelf))
    return own
  }
  checkFileAccess(ctx, by.userId, input.photo, 'PHOTO_ID_INVALID')
  const made = await remakeAsProfile(ctx, by, input.photo.id)
  await changeAlbum(ctx, by, async (tx, album) => {
    if (made.isNew) await putPhoto(tx, by.userId, made)
    return await show(tx, by.userId, album, made.photo, input.shelf)
  })
  return made.photo
}

/** Takes away the photo that is shown, or the one for those who may not see it: the one before it is shown then. */
export async function hideProfilePhoto(ctx: Context, by: Actor, shelf: Shelf): Promise<void> {
  await changeAlbum(ctx, by, async (tx, { photoId, fallbackId }) => {
    if (shelf === 'fallback') return fallbackId === null ? 'unchanged' : null
    if (photoId === null) return 'unchanged'
    await takeOutOfAlbum(tx, by.userId, [photoId])
    return fallbackId
  })
}

/** Takes photos out of the album, and returns those that were in it. */
export async function deleteProfilePhotos(
  ctx: Context,
  by: Actor,
  ids: readonly bigint[],
): Promise<bigint[]> {
  let deleted: bigint[] = []
  await changeAlbum(ctx, by, async (tx, { fallbackId }) => {
    deleted = await takeOutOfAlbum(tx, by.userId, ids.slice(0, PHOTOS_DELETED))
    return deleted.length === 0 ? 'unchanged' : fallbackId
  })
  return deleted
}

/**
 * Gives a contact a photo that only the actor sees, or takes it back. Throws CONTACT_MISSING, and what `makeProfileFile`
 * throws. https://core.telegram.org/method/photos.uploadContactProfilePhoto
 */
export async function setPersonalPhoto(
  ctx: Context,
  by: Actor,
  input: { readonly userId: UserId; readonly file: T.InputFile | undefined },
): Promise<T.photo | undefined> {
  const { userId, file } = input
  const stored = file && (await makeProfileFile(ctx, by, file))
  await ctx.db.transaction(async (tx) => {
    if (stored) await putPhoto(tx, by.userId, stored)
    const given = stored && { id: stored.photo.id, photo: pack(stored.photo, 'Photo') }
    if (!(await putPersonalPhoto(tx, by.userId, userId, given))) throw rpcError('CONTACT_MISSING')
    await ctx.updates.record(tx, [otherEntry(by.userId, tl.updateUser({ userId }))], by)
  })
  return stored?.photo
}

/** Changes an album; `change` returns the photo for those who may not see it. */
async function changeAlbum(
  ctx: Context,
  by: Actor,
  change: (tx: Tx, album: Album) => Promise<Album['fallbackId'] | 'unchanged'>,
): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const album = must(await lockAlbum(tx, by.userId), 'the actor has an account')
    const fallbackId = await change(tx, album)
    if (fallbackId === 'unchanged') return
    await settleAlbum(tx, by.userId, fallbackId)
    await tellOfPhoto(ctx, tx, by)
  })
}

/** Puts a photo on a shelf. A photo that is put into the album once more comes to its top. */
async function show(
  tx: Tx,
  userId: UserId,
  album: Album,
  photo: T.photo,
  shelf: Shelf,
): Promise<Album['fallbackId']> {
  const place = shelf === 'album' ? album.top + 1 : null
  const isNew = await putProfilePhoto(tx, userId, { id: photo.id, photo: pack(photo, 'Photo'), place })
  if (isNew && shelf === 'album' && album.count >= ALBUM_PHOTOS) throw rpcError('ALBUM_PHOTOS_TOO_MANY')
  return shelf === 'fallback' ? photo.id : album.fallbackId
}
