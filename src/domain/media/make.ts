import type { Actor, Context } from '../../context.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError, type ErrorName } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { uploadDocument } from './documents.ts'
import { givenDocument, givenPhoto } from './given.ts'
import { documentKind, MediaKind } from './kinds.ts'
import { uploadPhoto } from './photos.ts'
import { contactOf, placeOf, throwDice, venueOf } from './plain.ts'

/** Media that is a file. */
type FileMedia =
  | T.inputMediaUploadedPhoto
  | T.inputMediaPhoto
  | T.inputMediaUploadedDocument
  | T.inputMediaDocument

/** How a method says what is wrong with a file. */
interface Complaints {
  readonly ttl: ErrorName
  readonly document: ErrorName
}

const OF_SENDING: Complaints = { ttl: 'TTL_MEDIA_INVALID', document: 'DOCUMENT_INVALID' }
export const OF_EDITING: Complaints = { ttl: 'MEDIA_TTL_INVALID', document: 'DOCUMENT_INVALID' }
export const OF_OTHERS: Complaints = { ttl: 'MEDIA_INVALID', document: 'MEDIA_INVALID' }

/**
 * What is sent for an InputMedia, as it is stored: without access to its files. Throws MEDIA_EMPTY, MEDIA_INVALID,
 * EMOTICON_INVALID, WEBPAGE_CURL_FAILED, and as `makeFileMedia`. https://core.telegram.org/type/InputMedia
 */
export async function makeMedia(ctx: Context, by: Actor, input: T.InputMedia): Promise<T.MessageMedia> {
  if (isFile(input)) return await makeFileMedia(ctx, by, input, OF_SENDING)
  switch (input._) {
    case 'inputMediaEmpty':
      throw rpcError('MEDIA_EMPTY')
    case 'inputMediaGeoPoint':
      return tl.messageMediaGeo({ geo: placeOf(input.geoPoint) })
    case 'inputMediaVenue':
      return venueOf(input)
    case 'inputMediaContact':
      return await contactOf(ctx, by, input)
    case 'inputMediaDice':
      return throwDice(ctx, input)
    // The server fetches nothing from elsewhere.
    case 'inputMediaPhotoExternal':
    case 'inputMediaDocumentExternal':
      throw rpcError('WEBPAGE_CURL_FAILED')
    default:
      throw rpcError('MEDIA_INVALID')
  }
}

/**
 * A photo or a document that is to be sent later, as it is stored. Throws MEDIA_INVALID for what is neither,
 * WEBPAGE_CURL_FAILED, and as `makeFileMedia`. https://core.telegram.org/method/messages.uploadMedia
 */
export async function uploadMedia(ctx: Context, by: Actor, input: T.InputMedia): Promise<T.MessageMedia> {
  if (isFile(input)) return await makeFileMedia(ctx, by, input, OF_OTHERS)
  const isElsewhere = input._ === 'inputMediaPhotoExternal' || input._ === 'inputMediaDocumentExternal'
  throw rpcError(isElsewhere ? 'WEBPAGE_CURL_FAILED' : 'MEDIA_INVALID')
}

/** Whether media is a photo or a document, uploaded or seen before. */
export function isFile(input: T.InputMedia): input is FileMedia {
  return FILES.has(input._)
}

const FILES: ReadonlySet<T.InputMedia['_']> = new Set([
  'inputMediaUploadedPhoto',
  'inputMediaPhoto',
  'inputMediaUploadedDocument',
  'inputMediaDocument',
])

/**
 * A photo or a document, as it is stored. Throws MEDIA_EMPTY, MEDIA_INVALID, errors of uploads, of images and of file
 * references, and those that `complaints` names.
 */
export async function makeFileMedia(
  ctx: Context,
  by: Actor,
  input: FileMedia,
  complaints: Complaints,
): Promise<T.messageMediaPhoto | T.messageMediaDocument> {
  // Nothing destroys itself yet.
  if (input.ttlSeconds) throw rpcError(complaints.ttl)
  switch (input._) {
    case 'inputMediaUploadedPhoto':
      if (input.livePhoto) throw rpcError('MEDIA_INVALID')
      return tl.messageMediaPhoto({ spoiler: input.spoiler, photo: await uploadPhoto(ctx, by, input.file) })
    case 'inputMediaPhoto':
      if (input.livePhoto) throw rpcError('MEDIA_INVALID')
      return tl.messageMediaPhoto({ spoiler: input.spoiler, photo: await givenPhoto(ctx, by, input.id) })
    case 'inputMediaUploadedDocument':
      return await documentMedia(ctx, by, input, await uploadDocument(ctx, by, input))
    case 'inputMediaDocument':
      return await documentMedia(ctx, by, input, await givenDocument(ctx, by, input.id, complaints.document))
  }
}

async function documentMedia(
  ctx: Context,
  by: Actor,
  input: T.inputMediaUploadedDocument | T.inputMediaDocument,
  document: T.document,
): Promise<T.messageMediaDocument> {
  const kind = documentKind(document.attributes)
  return tl.messageMediaDocument({
    spoiler: input.spoiler,
    video: kind === MediaKind.video || kind === MediaKind.round,
    round: kind === MediaKind.round,
    voice: kind === MediaKind.voice,
    document,
    videoCover: input.videoCover && (await givenPhoto(ctx, by, input.videoCover)),
    videoTimestamp: input.videoTimestamp,
  })
}
