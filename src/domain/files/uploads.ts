import { createHash } from 'node:crypto'
import { BlobMissing, folderName } from '../../blobs/blobs.ts'
import type { Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { areSeveral, dcOf } from '../datacenters/datacenters.ts'
import { formatOf, FORMAT_BYTES } from './format.ts'
import { CHECKED_BYTES, MAX_PART_BYTES, MAX_PARTS, WAITING_AGAIN_SEC, WAITING_BYTES } from './limits.ts'
import { checkPart, measure, withPart, type NewPart, type UploadShape } from './upload-rules.ts'
import {
  forgetUpload,
  lockUpload,
  putGoneFolder,
  putPart,
  putPartIfSame,
  putPartLikeOthers,
  putUpload,
  readFirstMissing,
  readUpload,
  readWaitingBytes,
  type Upload,
} from './upload-store.ts'

/** Bytes that lie in the blobs, whole and durable, for a file to take by `putFile`. What nobody takes goes after a day. */
export interface StoredBytes {
  readonly folder: string
  /** The datacenter where they lie: that of the file. */
  readonly dc: number
  readonly size: number
  /** Of all parts but the last. */
  readonly partSize: number
  /** What they are by the first of them, for `formatView`. */
  readonly format: number
}

/** What a client says when it has uploaded a file. */
export type UploadedFile =
  | T.InputFile
  | T.inputEncryptedFileUploaded
  | T.inputEncryptedFileBigUploaded
  | T.inputSecureFileUploaded

/** How often a part is tried to be put where others change the upload. */
const ATTEMPTS = 4

/**
 * Stores a part of a file that is uploaded. It is durable when this resolves. A part that comes again with other bytes
 * begins the upload anew, so that no file changes which was made of it. Throws what `checkPart` and `withPart` throw, and
 * FLOOD_WAIT_X for whoever has too much that no file takes. https://core.telegram.org/api/files#uploading-files
 */
export async function savePart(
  ctx: Context,
  by: { readonly userId: UserId; readonly keyDc: number },
  input: {
    readonly fileId: bigint
    readonly part: number
    readonly total?: number
    readonly bytes: Uint8Array
  },
): Promise<void> {
  const part: NewPart = { part: input.part, size: input.bytes.length, total: input.total }
  checkPart(part)
  const dc = storedDc(ctx, by.keyDc)
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const upload = await findOrBegin(ctx, by.userId, input.fileId, dc)
    if (!upload) continue
    // Checked before anything is stored, and once more when it counts.
    const shape = withPart(upload, part)
    if (part.size > 0 && !(await storePart(ctx, upload.folder, part.part, input.bytes))) {
      await ctx.db.transaction((tx) => forgetUpload(tx, upload.folder))
      continue
    }
    if (await notePart(ctx, upload, part, shape)) return
  }
  throw rpcError('FILE_PART_INVALID')
}

/** Files lie where the key belongs to that uploads them. A server that is alone has one place for all. */
function storedDc(ctx: Context, keyDc: number): number {
  return areSeveral(ctx.config) ? dcOf(ctx, keyDc) : ctx.config.dc
}

async function findOrBegin(
  ctx: Context,
  userId: UserId,
  fileId: bigint,
  dc: number,
): Promise<Upload | undefined> {
  const known = await readUpload(ctx.db, userId, fileId)
  if (known && known.dc === dc) return known
  if (known) await ctx.db.transaction((tx) => forgetUpload(tx, known.folder))
  if ((await readWaitingBytes(ctx.db, userId)) >= WAITING_BYTES)
    throw rpcError('FLOOD_WAIT_%d', WAITING_AGAIN_SEC)
  const begun = { folder: folderName(ctx.random), userId, fileId, dc }
  return await ctx.db.single((tx) => putUpload(tx, begun, ctx.clock.nowSec()))
}

/** False when other bytes have been stored as this part. */
async function storePart(ctx: Context, folder: string, part: number, bytes: Uint8Array): Promise<boolean> {
  if (await ctx.blobs.put(folder, part, bytes)) return true
  // One more than there should be shows whether there are more.
  const stored = Buffer.allocUnsafe(bytes.length + 1)
  const size = await ctx.blobs.read(folder, part, 0, stored)
  return size === bytes.length && stored.subarray(0, size).equals(bytes)
}

/** False when the upload was begun anew meanwhile, or has been swept. */
async function notePart(ctx: Context, before: Upload, part: NewPart, shape: UploadShape): Promise<boolean> {
  const nowSec = ctx.clock.nowSec()
  const isLikeOthers =
    before.partSize === part.size && before.topSize === part.size && before.total === shape.total
  const isNoted = await ctx.db.single((tx) =>
    isLikeOthers
      ? putPartLikeOthers(tx, before, part, nowSec)
      : putPartIfSame(tx, before, part, shape, nowSec),
  )
  if (isNoted) return true
  return await ctx.db.transaction(async (tx) => {
    const upload = await lockUpload(tx, before.folder)
    if (!upload) await putGoneFolder(tx, before.folder, before.dc)
    if (!upload?.isCurrent) return false
    await putPart(tx, before.folder, part, withPart(upload, part), nowSec)
    return true
  })
}

/**
 * What a client has uploaded, for `putFile`. It may be taken again for as long as it is there. Throws FILE_PARTS_INVALID,
 * FILE_PART_X_MISSING, MD5_CHECKSUM_INVALID. https://core.telegram.org/api/files#uploading-files
 */
export async function takeUpload(
  ctx: Context,
  by: { readonly userId: UserId },
  file: UploadedFile,
): Promise<StoredBytes> {
  if (file._ === 'inputFileStoryDocument') throw rpcError('FILE_PARTS_INVALID')
  const { parts } = file
  if (parts < 1 || parts > MAX_PARTS + 1) throw rpcError('FILE_PARTS_INVALID')
  const upload = await readUpload(ctx.db, by.userId, file.id)
  // What was uploaded in a datacenter where its user was at home before cannot be reached from here.
  if (!upload || isElsewhere(ctx, upload.dc)) throw rpcError('FILE_PART_%d_MISSING', 0)
  const missing = await readFirstMissing(ctx.db, upload.folder, parts)
  if (missing !== undefined) throw rpcError('FILE_PART_%d_MISSING', missing)
  const { folder, dc } = upload
  const head = Buffer.alloc(FORMAT_BYTES)
  try {
    const read = await ctx.blobs.read(folder, 0, 0, head)
    const bytes = { folder, dc, format: formatOf(head.subarray(0, read)), ...measure(upload, parts) }
    if ('md5Checksum' in file && file.md5Checksum !== '') await checkMd5(ctx, bytes, file.md5Checksum)
    return bytes
  } catch (error) {
    // It has been swept meanwhile.
    if (error instanceof BlobMissing) throw rpcError('FILE_PART_%d_MISSING', 0)
    throw error
  }
}

/** Whether files of a datacenter lie where this server cannot read them. */
export function isElsewhere(ctx: Context, dc: number): boolean {
  return ctx.config.datacenters.elsewhere.some(({ id }) => id === dc)
}

async function checkMd5(ctx: Context, bytes: StoredBytes, expected: string): Promise<void> {
  if (bytes.size > CHECKED_BYTES) throw rpcError('FILE_PARTS_INVALID')
  const hash = createHash('md5')
  for await (const part of partsOf(ctx, bytes)) hash.update(part)
  if (hash.digest('hex') !== expected.toLowerCase()) throw rpcError('MD5_CHECKSUM_INVALID')
}

/** All bytes, a part at a time. Each is overwritten by the next. */
export async function* partsOf(ctx: Context, bytes: StoredBytes): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(bytes.partSize)
  for (let part = 0; part * bytes.partSize < bytes.size; part++) {
    const size = Math.min(bytes.partSize, bytes.size - part * bytes.partSize)
    const read = await ctx.blobs.read(bytes.folder, part, 0, buffer.subarray(0, size))
    if (read < size) throw new BlobMissing(`the end of part ${part} of ${bytes.folder}`)
    yield buffer.subarray(0, size)
  }
}

/** All bytes at once. Look at `size` before: an upload may have two billion. */
export async function readStored(ctx: Context, bytes: StoredBytes): Promise<Buffer> {
  const whole = Buffer.allocUnsafe(bytes.size)
  let offset = 0
  for await (const part of partsOf(ctx, bytes)) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

/**
 * Stores bytes that the server made, such as a size of a photo, for `putFile`. They lie in the datacenter `dc`, which is
 * one of this process: that of what they were made from.
 */
export async function storeBytes(
  ctx: Context,
  by: { readonly userId: UserId; readonly dc: number },
  bytes: Uint8Array,
): Promise<StoredBytes> {
  const folder = folderName(ctx.random)
  const upload = { folder, userId: by.userId, fileId: null, dc: by.dc }
  await ctx.db.single((tx) => putUpload(tx, upload, ctx.clock.nowSec()))
  for (let part = 0; part * MAX_PART_BYTES < bytes.length; part++) {
    const start = part * MAX_PART_BYTES
    await ctx.blobs.put(folder, part, bytes.subarray(start, start + MAX_PART_BYTES))
  }
  const partSize = Math.min(bytes.length, MAX_PART_BYTES)
  return { folder, dc: by.dc, size: bytes.length, partSize, format: formatOf(bytes) }
}
