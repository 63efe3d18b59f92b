import type { Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError, type ErrorName } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { REFERENCE_STEP_SEC } from './limits.ts'

/** A time in seconds, and a proof of it. */
const REFERENCE_BYTES = 12
const NO_BYTES = new Uint8Array(0)

/** How a client names a photo or a document that it was shown. */
export interface NamedFile {
  readonly id: bigint
  readonly accessHash: bigint
  readonly fileReference: Uint8Array
}

/** The access hash under which a viewer may name a file. It is derived, not stored, and worthless to anybody else. */
function fileAccessHash(ctx: Context, viewer: UserId, fileId: bigint): bigint {
  return ctx.secrets.proof('file', viewer, fileId)
}

/**
 * The reference under which a viewer may use a file for some time (`--file-references`). It is the same for a while, so
 * that what a client knows does not change each time it looks. https://core.telegram.org/api/file-references
 */
function fileReference(ctx: Context, viewer: UserId, fileId: bigint): Uint8Array {
  const step = stepSec(ctx)
  const sinceSec = Math.floor(ctx.clock.nowSec() / step) * step
  const reference = new Uint8Array(REFERENCE_BYTES)
  const view = new DataView(reference.buffer)
  view.setUint32(0, sinceSec)
  view.setBigInt64(4, proofOf(ctx, viewer, fileId, sinceSec))
  return reference
}

function proofOf(ctx: Context, viewer: UserId, fileId: bigint, sinceSec: number): bigint {
  return ctx.secrets.proof('file reference', viewer, fileId, sinceSec)
}

function stepSec(ctx: Context): number {
  return Math.min(REFERENCE_STEP_SEC, ctx.config.fileReferencesSec)
}

/**
 * Whether a viewer was shown the file lately. Throws `unknown` for another access hash than the viewer's, and
 * FILE_REFERENCE_EMPTY, FILE_REFERENCE_INVALID, FILE_REFERENCE_EXPIRED.
 */
export function checkFileAccess(ctx: Context, viewer: UserId, file: NamedFile, unknown: ErrorName): void {
  if (file.accessHash !== fileAccessHash(ctx, viewer, file.id)) throw rpcError(unknown)
  const { length, buffer, byteOffset } = file.fileReference
  if (length === 0) throw rpcError('FILE_REFERENCE_EMPTY')
  if (length !== REFERENCE_BYTES) throw rpcError('FILE_REFERENCE_INVALID')
  const view = new DataView(buffer, byteOffset, length)
  const sinceSec = view.getUint32(0)
  if (view.getBigInt64(4) !== proofOf(ctx, viewer, file.id, sinceSec))
    throw rpcError('FILE_REFERENCE_INVALID')
  // Whoever got it at the end of its step may use it as long as all others.
  const untilSec = sinceSec + stepSec(ctx) + ctx.config.fileReferencesSec
  if (ctx.clock.nowSec() >= untilSec) throw rpcError('FILE_REFERENCE_EXPIRED')
}

/** The media of a message as one viewer gets it. What has no file is returned as it is. */
export function grantMedia(ctx: Context, viewer: UserId, media: T.MessageMedia): T.MessageMedia {
  switch (media._) {
    case 'messageMediaPhoto':
      return media.photo
        ? tl.messageMediaPhoto({ ...media, photo: grantPhoto(ctx, viewer, media.photo) })
        : media
    case 'messageMediaDocument':
      return tl.messageMediaDocument({
        ...media,
        document: media.document && grantDocument(ctx, viewer, media.document),
        altDocuments: media.altDocuments?.map((each) => grantDocument(ctx, viewer, each)),
        videoCover: media.videoCover && grantPhoto(ctx, viewer, media.videoCover),
      })
    default:
      return media
  }
}

/** What a service message tells as one viewer gets it. What has no file is returned as it is. */
export function grantAction(ctx: Context, viewer: UserId, action: T.MessageAction): T.MessageAction {
  if (action._ !== 'messageActionSuggestProfilePhoto') return action
  return tl.messageActionSuggestProfilePhoto({ photo: grantPhoto(ctx, viewer, action.photo) })
}

/** A stored photo as one viewer gets it. */
export function grantPhoto(ctx: Context, viewer: UserId, photo: T.Photo): T.Photo {
  if (photo._ === 'photoEmpty') return photo
  return tl.photo({
    ...photo,
    accessHash: fileAccessHash(ctx, viewer, photo.id),
    fileReference: fileReference(ctx, viewer, photo.id),
  })
}

/** A stored document as one viewer gets it. */
export function grantDocument(ctx: Context, viewer: UserId, document: T.Document): T.Document {
  if (document._ === 'documentEmpty') return document
  return tl.document({
    ...document,
    accessHash: fileAccessHash(ctx, viewer, document.id),
    fileReference: fileReference(ctx, viewer, document.id),
  })
}

/** A photo or a document as it is stored: the same for all. */
export function withoutAccess<F extends T.photo | T.document>(file: F): F {
  const { _: kind } = file
  const bare = { ...file, accessHash: 0n, fileReference: NO_BYTES }
  return (kind === 'photo' ? tl.photo(bare as T.photo) : tl.document(bare as T.document)) as F // Of the same kind.
}
