import type { Actor, Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { resolvePeer } from '../peers/resolve.ts'
import { findSeenPhoto } from '../photos/seen.ts'
import { secretFileHash } from '../secret/access.ts'
import { checkFileAccess, type NamedFile } from './access.ts'
import { FileKind } from './file-store.ts'
import { BIG_CROP, SMALL_CROP } from './images.ts'

/** Which bytes a location names: a content of a file. */
export interface Located {
  readonly fileId: bigint
  /** Of `FileKind`. */
  readonly kind: number
  /** '' for the file itself, or the type of a size. */
  readonly type: string
}

/** Who wants to have a file. */
export type Viewer = Pick<Actor, 'userId' | 'isBot'>

type LocationName = T.InputFileLocation['_']

/** Finds out what a location of one kind names, and whether the viewer may have it. */
type Locate<N extends LocationName> = (
  ctx: Context,
  viewer: Viewer,
  location: Extract<T.InputFileLocation, { readonly _: N }>,
) => Located | Promise<Located>

/** One entry a kind of location; any other is LOCATION_INVALID. https://core.telegram.org/api/files#downloading-files */
const LOCATIONS: { readonly [N in LocationName]?: Locate<N> } = {
  inputDocumentFileLocation: (ctx, viewer, location) =>
    named(ctx, viewer, location, FileKind.document, location.thumbSize),

  inputPhotoFileLocation: (ctx, viewer, location) =>
    named(ctx, viewer, location, FileKind.photo, location.thumbSize),

  // The place that clients of old layers are told of a size (src/tl/layers/rules/media.ts).
  inputPhotoLegacyFileLocation: (ctx, viewer, location) =>
    named(ctx, viewer, location, FileKind.photo, String.fromCharCode(location.localId)),

  inputEncryptedFileLocation: (ctx, viewer, { id, accessHash }) => {
    if (accessHash !== secretFileHash(ctx, viewer.userId, id)) throw rpcError('LOCATION_INVALID')
    return { fileId: id, kind: FileKind.encrypted, type: '' }
  },

  async inputPeerPhotoFileLocation(ctx, viewer, { peer, photoId, big }) {
    const peerId = await resolvePeer(ctx, viewer, peer, 'LOCATION_INVALID')
    const photo = await findSeenPhoto(ctx, viewer.userId, peerId as UserId, photoId)
    if (!photo) throw rpcError('LOCATION_INVALID')
    return { fileId: photo.id, kind: FileKind.photo, type: big ? BIG_CROP : SMALL_CROP }
  },
}

/** A size is a letter. Other text can be what no column holds. */
const TYPE = /^[a-z]?$/

function named(ctx: Context, viewer: Viewer, file: NamedFile, kind: number, type: string): Located {
  checkFileAccess(ctx, viewer.userId, file, 'LOCATION_INVALID')
  if (!TYPE.test(type)) throw rpcError('LOCATION_INVALID')
  return { fileId: file.id, kind, type }
}

/** What a location names. Throws LOCATION_INVALID, FILE_REFERENCE_EMPTY, FILE_REFERENCE_INVALID, FILE_REFERENCE_EXPIRED. */
export async function locate(ctx: Context, viewer: Viewer, location: T.InputFileLocation): Promise<Located> {
  const find = LOCATIONS[location._] as Locate<LocationName> | undefined
  if (!find) throw rpcError('LOCATION_INVALID')
  return await find(ctx, viewer, location)
}
