import { randomBytes } from 'node:crypto'
import type { Context } from '../../../src/context.ts'
import { grantDocument } from '../../../src/domain/files/access.ts'
import { newFileId, putFile } from '../../../src/domain/files/files.ts'
import { takeUpload } from '../../../src/domain/files/uploads.ts'
import { assert } from '../../../src/lib/assert.ts'
import type { UserId } from '../../../src/lib/ids.ts'
import { tl } from '../../../src/tl/factories.ts'
import type * as T from '../../../src/tl/schema.d.ts'
import type { Person } from '../../harness/people.ts'

export const PART = 524_288

/** Bytes that no two tests share. */
export function someBytes(size: number): Buffer {
  return randomBytes(size)
}

/** Uploads bytes in order, in parts of one size. */
export async function upload(
  person: Pick<Person, 'call'>,
  bytes: Uint8Array,
  partSize = PART,
): Promise<T.inputFile> {
  const id = randomBytes(8).readBigInt64LE()
  const parts = Math.ceil(bytes.length / partSize)
  for (let part = 0; part < parts; part++) await savePart(person, id, part, bytes, partSize)
  return tl.inputFile({ id, parts, name: 'file', md5Checksum: '' })
}

export async function savePart(
  person: Pick<Person, 'call'>,
  fileId: bigint,
  filePart: number,
  bytes: Uint8Array,
  partSize = PART,
): Promise<void> {
  const part = bytes.subarray(filePart * partSize, (filePart + 1) * partSize)
  assert(await person.call('upload.saveFilePart', { fileId, filePart, bytes: part }), 'saved')
}

/** A document made of what somebody uploaded, as it is stored. */
export async function makeDocument(ctx: Context, by: UserId, file: T.InputFile): Promise<T.document> {
  const bytes = await takeUpload(ctx, { userId: by }, file)
  const id = newFileId(ctx)
  const facts = tl.document({
    id,
    accessHash: 0n,
    fileReference: new Uint8Array(0),
    date: ctx.clock.nowSec(),
    mimeType: 'application/octet-stream',
    size: bytes.size,
    dcId: bytes.dc,
    attributes: [],
  })
  const contents = [{ type: '', bytes }]
  await ctx.db.transaction((tx) => putFile(tx, { id, ownerId: by, date: facts.date, facts, contents }))
  return facts
}

/** The location of a document as a viewer, to whom it was shown now, names it. */
export function locationFor(
  ctx: Context,
  viewer: UserId,
  document: T.document,
  thumbSize = '',
): T.inputDocumentFileLocation {
  const shown = grantDocument(ctx, viewer, document)
  assert(shown._ === 'document', 'a document stays one')
  const { id, accessHash, fileReference } = shown
  return tl.inputDocumentFileLocation({ id, accessHash, fileReference, thumbSize })
}

/** Downloads as a client does, in pieces of one size. */
export async function download(
  person: Pick<Person, 'call'>,
  location: T.InputFileLocation,
  limit = PART,
): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for (let offset = 0; ; offset += limit) {
    const answer = await person.call('upload.getFile', { location, offset, limit })
    assert(answer._ === 'upload.file', 'no file lies on a CDN')
    pieces.push(answer.bytes)
    if (answer.bytes.length < limit) return Buffer.concat(pieces)
  }
}
