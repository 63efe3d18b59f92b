import { createHash } from 'node:crypto'
import { BlobMissing } from '../../blobs/blobs.ts'
import type { Context } from '../../context.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { checkObjectDc } from '../datacenters/datacenters.ts'
import { readContent, type ContentRow } from './file-store.ts'
import {
  CHUNK_BYTES,
  HASHED_BYTES,
  HASHES_PER_CALL,
  OFFSET_STEP_BYTES,
  PRECISE_STEP_BYTES,
} from './limits.ts'
import { locate, type Viewer } from './locations.ts'

/** Who asks, and where: the datacenter of the key. */
export interface Downloader extends Viewer {
  readonly keyDc: number
}

/** A range of a file. */
export interface Range {
  readonly offset: number
  readonly limit: number
  readonly isPrecise: boolean
}

export interface Downloaded {
  readonly bytes: Uint8Array
  /** For `formatView`. */
  readonly format: number
  readonly createdAt: number
}

/**
 * Bytes of a file; none behind its end. Throws OFFSET_INVALID, LIMIT_INVALID, what `locate` throws, and FILE_MIGRATE_X for a
 * file of another datacenter. https://core.telegram.org/api/files#downloading-files
 */
export async function downloadPart(
  ctx: Context,
  by: Downloader,
  location: T.InputFileLocation,
  range: Range,
): Promise<Downloaded> {
  checkRange(range)
  const content = await findContent(ctx, by, location)
  const offset = Math.min(range.offset, content.size)
  const bytes = await readRange(ctx, content, offset, range.limit)
  return { bytes, format: content.format, createdAt: content.createdAt }
}

/**
 * SHA-256 hashes of the pieces of a file from the one on in which `offset` lies, as many as one call gives. Throws as
 * `downloadPart`, and LOCATION_INVALID for an offset before the beginning. None is given behind the end, for clients that
 * look there whether there are more.
 */
export async function hashParts(
  ctx: Context,
  by: Downloader,
  location: T.InputFileLocation,
  from: number,
): Promise<{ offset: number; limit: number; hash: Uint8Array }[]> {
  const content = await findContent(ctx, by, location)
  if (from < 0) throw rpcError('LOCATION_INVALID')
  const hashes = []
  let offset = Math.floor(from / HASHED_BYTES) * HASHED_BYTES
  for (; offset < content.size && hashes.length < HASHES_PER_CALL; offset += HASHED_BYTES) {
    const bytes = await readRange(ctx, content, offset, HASHED_BYTES)
    // The last piece, too, is asked for by a range that `checkRange` lets pass.
    hashes.push({ offset, limit: HASHED_BYTES, hash: createHash('sha256').update(bytes).digest() })
  }
  return hashes
}

function checkRange({ offset, limit, isPrecise }: Range): void {
  const step = isPrecise ? PRECISE_STEP_BYTES : OFFSET_STEP_BYTES
  if (offset < 0 || offset % step !== 0) throw rpcError('OFFSET_INVALID')
  if (limit < 1 || limit > CHUNK_BYTES || limit % step !== 0) throw rpcError('LIMIT_INVALID')
  if (!isPrecise && CHUNK_BYTES % limit !== 0) throw rpcError('LIMIT_INVALID')
  if ((offset % CHUNK_BYTES) + limit > CHUNK_BYTES) throw rpcError('LIMIT_INVALID')
}

async function findContent(ctx: Context, by: Downloader, location: T.InputFileLocation) {
  const { fileId, kind, type } = await locate(ctx, by, location)
  const content = await readContent(ctx.db, fileId, kind, type)
  if (!content) throw rpcError('LOCATION_INVALID')
  checkObjectDc(ctx, by.keyDc, content.dc, 'FILE_MIGRATE_%d')
  return content
}

/**
 * Read from the parts straight into what is answered, one after the other: parts may be small and many, and files that are
 * open at a time are few.
 */
async function readRange(
  ctx: Context,
  content: ContentRow,
  from: number,
  limit: number,
): Promise<Uint8Array> {
  const { folder, partSize, size } = content
  const bytes = Buffer.allocUnsafe(Math.min(limit, size - from))
  for (let filled = 0; filled < bytes.length;) {
    const part = Math.floor((from + filled) / partSize)
    const offset = from + filled - part * partSize
    const into = bytes.subarray(filled, filled + partSize - offset)
    const read = await ctx.blobs.read(folder, part, offset, into)
    if (read < into.length) throw new BlobMissing(`the end of part ${part} of ${folder}`)
    filled += read
  }
  return bytes
}
