import { randomBytes } from 'node:crypto'
import type { Parcel } from './parcel.ts'
import { list, number, object, string } from './tl-value.ts'
import type { TlClient, TlValue } from './tl-value.ts'

/** From here on sizes and places in files are long. */
const LONG_OFFSETS_LAYER = 143
/** From here on photos of people are named by their id. */
const PHOTO_IDS_LAYER = 128
const PART_BYTES = 32_768
/** The oldest GramJS takes as a whole packet what of it comes first. */
const SMALL_PARTS_LAYER = 105
const SMALL_PART_BYTES = 4096

function partBytes({ layer }: TlClient): number {
  return layer === SMALL_PARTS_LAYER ? SMALL_PART_BYTES : PART_BYTES
}

/** A file on the server: where it is, and what is known of it. */
export interface Stored {
  readonly location: TlValue
  readonly dcId: number
  /** Undefined when it is not told. */
  readonly size: number | undefined
}

/** An InputMedia of a file, which is uploaded by the library's own way where it has one. */
export async function uploadMedia(library: TlClient, parcel: Parcel): Promise<TlValue> {
  const file = await upload(library, parcel)
  if (parcel.kind === 'photo') return { _: 'inputMediaUploadedPhoto', file }
  const attributes = [{ _: 'documentAttributeFilename', fileName: parcel.name }]
  return { _: 'inputMediaUploadedDocument', file, mimeType: 'application/octet-stream', attributes }
}

/** An InputFile. */
export async function upload(library: TlClient, parcel: Parcel): Promise<TlValue> {
  return library.upload ? library.upload(parcel) : uploadByCalls(library, parcel)
}

export async function uploadByCalls(library: TlClient, { bytes, name }: Parcel): Promise<TlValue> {
  const id = randomBytes(8).readBigInt64LE()
  const size = partBytes(library)
  const parts = Math.ceil(bytes.length / size)
  for (let filePart = 0; filePart < parts; filePart++) {
    const part = bytes.subarray(filePart * size, (filePart + 1) * size)
    await library.call('upload.saveFilePart', { fileId: id, filePart, bytes: part })
  }
  return { _: 'inputFile', id, parts, name, md5Checksum: '' }
}

/** All bytes of a file, by the library's own way where it has one. */
export async function download(library: TlClient, stored: Stored): Promise<Buffer> {
  const own = await library.download?.(stored)
  if (own) return own
  const chunks: Buffer[] = []
  const limit = partBytes(library)
  for (let from = 0; ; from += limit) {
    const offset = library.layer < LONG_OFFSETS_LAYER ? from : BigInt(from)
    const range = { location: stored.location, offset, limit }
    const { value } = await library.call('upload.getFile', range)
    const bytes = Buffer.from(value['bytes'] as Uint8Array)
    chunks.push(bytes)
    if (bytes.length < limit) return Buffer.concat(chunks)
  }
}

/** What kind of file a message carries. */
export function kindOf(message: TlValue): Parcel['kind'] | undefined {
  const kind = object(message, 'media')?._
  if (kind === 'messageMediaPhoto') return 'photo'
  return kind === 'messageMediaDocument' ? 'document' : undefined
}

/** The file of a message: of a photo its largest size. */
export function fileOf(message: TlValue): Stored {
  const media = object(message, 'media')
  const photo = media && object(media, 'photo')
  if (photo) {
    const sizes = list(photo, 'sizes').filter(({ _ }) => _ === 'photoSize')
    const largest = sizes.toSorted((a, b) => number(b, 'w') - number(a, 'w'))[0]!
    return {
      location: { _: 'inputPhotoFileLocation', ...named(photo), thumbSize: string(largest, 'type') },
      dcId: number(photo, 'dcId'),
      size: number(largest, 'size'),
    }
  }
  const document = media && object(media, 'document')
  if (!document) throw new Error(`a message with ${media?._ ?? 'no file'}`)
  return {
    location: { _: 'inputDocumentFileLocation', ...named(document), thumbSize: '' },
    dcId: number(document, 'dcId'),
    size: number(document, 'size'),
  }
}

function named(file: TlValue): Readonly<Record<string, unknown>> {
  return { id: long(file, 'id'), accessHash: long(file, 'accessHash'), fileReference: file['fileReference'] }
}

/** @mtproto/core has digits, the others a bigint. */
function long(value: TlValue, field: string): bigint {
  return BigInt(value[field] as bigint | string)
}

/** The photo that stands for a user, as large as it is shown; undefined when there is none. */
export function photoOf(layer: number, user: TlValue, peer: TlValue): Stored | undefined {
  const photo = object(user, 'photo')
  if (photo?._ !== 'userProfilePhoto') return undefined
  const place = object(photo, 'photoBig')
  const name =
    layer < PHOTO_IDS_LAYER
      ? { volumeId: long(place!, 'volumeId'), localId: number(place, 'localId') }
      : { photoId: long(photo, 'photoId') }
  const location = { _: 'inputPeerPhotoFileLocation', big: true, peer, ...name }
  return { location, dcId: number(photo, 'dcId'), size: undefined }
}
