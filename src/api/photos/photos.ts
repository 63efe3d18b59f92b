import { loadUsers } from '../../domain/accounts/users.ts'
import { grantPhoto } from '../../domain/files/access.ts'
import { resolveUser } from '../../domain/peers/resolve.ts'
import {
  chooseProfilePhoto,
  deleteProfilePhotos,
  hideProfilePhoto,
  setPersonalPhoto,
  uploadProfilePhoto,
  type Shelf,
} from '../../domain/photos/album.ts'
import { PHOTOS_PER_PAGE } from '../../domain/photos/limits.ts'
import { seenAlbum, seenPhotos } from '../../domain/photos/seen.ts'
import { suggestPhoto } from '../../domain/photos/suggest.ts'
import type { UserId } from '../../lib/ids.ts'
import type { CallContext, Handlers } from '../../rpc/handlers.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'

/** Photos of people. https://core.telegram.org/api/files#uploading-profile-or-chat-pictures */
export const photos = {
  'photos.uploadProfilePhoto': async (ctx, req) => {
    // Nobody has a bot as yet.
    if (req.bot) throw rpcError('BOT_INVALID')
    const file = imageOf(req)
    if (!file) throw rpcError('PHOTO_FILE_MISSING')
    const photo = await uploadProfilePhoto(ctx, ctx.actor, { file, shelf: shelfOf(req) })
    return await answer(ctx, photo, ctx.actor.userId)
  },

  'photos.updateProfilePhoto': async (ctx, req) => {
    if (req.bot) throw rpcError('PHOTO_ID_INVALID')
    const shelf = shelfOf(req)
    const { userId } = ctx.actor
    if (req.id._ === 'inputPhoto') {
      return await answer(ctx, await chooseProfilePhoto(ctx, ctx.actor, { photo: req.id, shelf }), userId)
    }
    await hideProfilePhoto(ctx, ctx.actor, shelf)
    const { profile } = await seenPhotos(ctx, userId, userId)
    return await answer(ctx, shelf === 'album' ? profile : undefined, userId)
  },

  // Clients name photos of their own by the id alone.
  'photos.deletePhotos': async (ctx, req) =>
    await deleteProfilePhotos(
      ctx,
      ctx.actor,
      req.id.flatMap((each) => (each._ === 'inputPhoto' ? [each.id] : [])),
    ),

  'photos.getUserPhotos': async (ctx, req) => {
    const { offset, maxId } = req
    if (maxId < 0n) throw rpcError('MAX_ID_INVALID')
    const userId = await resolveUser(ctx, ctx.actor, req.userId)
    const limit = req.limit > 0 ? Math.min(req.limit, PHOTOS_PER_PAGE) : PHOTOS_PER_PAGE
    const page = { afterId: maxId === 0n ? undefined : maxId, offset, limit }
    const album = await seenAlbum(ctx, ctx.actor.userId, userId, page)
    const shown = album.photos.map((photo) => grantPhoto(ctx, ctx.actor.userId, photo))
    const users = await loadUsers(ctx, ctx.actor.userId, [userId])
    return shown.length === album.count
      ? tl['photos.photos']({ photos: shown, users })
      : tl['photos.photosSlice']({ count: album.count, photos: shown, users })
  },

  'photos.uploadContactProfilePhoto': async (ctx, req) => {
    const userId = await resolveUser(ctx, ctx.actor, req.userId)
    if (userId === ctx.actor.userId) throw rpcError('USER_ID_INVALID')
    const file = imageOf(req)
    if (req.suggest && file) {
      return await answer(ctx, await suggestPhoto(ctx, ctx.actor, { userId, file }), userId)
    }
    if (!req.save) throw rpcError('NEED_ACTION_MISSING')
    return await answer(ctx, await setPersonalPhoto(ctx, ctx.actor, { userId, file }), userId)
  },
} satisfies Partial<Handlers>

function shelfOf({ fallback }: { readonly fallback: boolean }): Shelf {
  return fallback ? 'fallback' : 'album'
}

/** The image that is uploaded. Films are not cut and emoji not drawn: VIDEO_FILE_INVALID, EMOJI_MARKUP_INVALID. */
function imageOf(req: {
  readonly file?: T.InputFile | undefined
  readonly video?: T.InputFile | undefined
  readonly videoEmojiMarkup?: T.VideoSize | undefined
}): T.InputFile | undefined {
  if (req.video) throw rpcError('VIDEO_FILE_INVALID')
  if (req.videoEmojiMarkup) throw rpcError('EMOJI_MARKUP_INVALID')
  return req.file
}

async function answer(ctx: CallContext, photo: T.photo | undefined, userId: UserId): Promise<T.photos.photo> {
  const viewer = ctx.actor.userId
  return tl['photos.photo']({
    photo: photo ? grantPhoto(ctx, viewer, photo) : tl.photoEmpty({ id: 0n }),
    users: await loadUsers(ctx, viewer, [userId]),
  })
}
