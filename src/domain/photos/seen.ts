import type { Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import type * as T from '../../tl/schema.d.ts'
import { unpack } from '../messages/packed.ts'
import { openKeys } from '../privacy/privacy.ts'
import { countAlbum, readAlbum, readPhotos } from './store.ts'

/** What a viewer sees of somebody's photos, as they are stored: without access to the files. */
export interface SeenPhotos {
  /** What the viewer gave them. */
  readonly personal: T.photo | undefined
  /** What they show. */
  readonly profile: T.photo | undefined
  /** What they show to those who may not see that: such a viewer, or themselves. */
  readonly fallback: T.photo | undefined
  /** Whether the viewer may look into the album. */
  readonly isAlbumOpen: boolean
}

const NOTHING: SeenPhotos = {
  personal: undefined,
  profile: undefined,
  fallback: undefined,
  isAlbumOpen: false,
}

/** The photos that stand for somebody where a viewer sees them. https://core.telegram.org/constructor/userFull */
export async function seenPhotos(ctx: Context, viewer: UserId, userId: UserId): Promise<SeenPhotos> {
  const [row, open] = await Promise.all([
    readPhotos(ctx.db, viewer, userId),
    openKeys(ctx, userId, viewer, ['privacyKeyProfilePhoto']),
  ])
  if (!row || row.isDeleted) return NOTHING
  const personal = photoIn(row.personal)
  if (row.blocksViewer) return { ...NOTHING, personal }
  const isAlbumOpen = open.has('privacyKeyProfilePhoto')
  const isFallbackSeen = viewer === userId || !isAlbumOpen || row.shown === null
  return {
    personal,
    profile: isAlbumOpen ? photoIn(row.shown) : undefined,
    fallback: isFallbackSeen ? photoIn(row.fallback) : undefined,
    isAlbumOpen,
  }
}

/**
 * A page of the photos that a viewer may see of somebody, the latest first, and how many there are. Whoever may not look into
 * the album sees the photo that is for all others.
 */
export async function seenAlbum(
  ctx: Context,
  viewer: UserId,
  userId: UserId,
  page: { readonly afterId: bigint | undefined; readonly offset: number; readonly limit: number },
): Promise<{ photos: T.photo[]; count: number }> {
  const seen = await seenPhotos(ctx, viewer, userId)
  const beside = [seen.personal, seen.fallback].filter((photo) => photo !== undefined)
  // So clients fetch anew the one photo whose file reference has expired.
  const again = page.offset === -1 && beside.find((photo) => photo.id === page.afterId)
  if (again) return { photos: [again], count: 1 }
  if (!seen.isAlbumOpen) {
    const photos = seen.fallback ? [seen.fallback] : []
    const isFirst = page.afterId === undefined && page.offset <= 0 && page.limit > 0
    return { photos: isFirst ? photos : [], count: photos.length }
  }
  const [photos, count] = await Promise.all([readAlbum(ctx.db, userId, page), countAlbum(ctx.db, userId)])
  return { photos: photos.map((photo) => unpack(photo) as T.photo), count }
}

/** A photo of somebody, if the viewer sees it where it sees them. */
export async function findSeenPhoto(
  ctx: Context,
  viewer: UserId,
  userId: UserId,
  id: bigint,
): Promise<T.photo | undefined> {
  const { personal, profile, fallback, isAlbumOpen } = await seenPhotos(ctx, viewer, userId)
  const found = [personal, profile, fallback].find((photo) => photo?.id === id)
  if (found || !isAlbumOpen) return found
  const [packed] = await readAlbum(ctx.db, userId, { afterId: id, offset: -1, limit: 1 })
  return photoIn(packed ?? null)
}

/** What somebody shows or, without that, shows to those who may not see it, whoever looks. */
export async function shownPhoto(ctx: Context, userId: UserId): Promise<T.photo | undefined> {
  const { profile, fallback } = await seenPhotos(ctx, userId, userId)
  return profile ?? fallback
}

function photoIn(packed: Uint8Array | null): T.photo | undefined {
  return packed === null ? undefined : (unpack(packed) as T.photo)
}
