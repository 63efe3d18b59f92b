import { randomBytes } from 'node:crypto'
import { encodeRequest } from '../../../src/tl/encode.ts'
import { tl } from '../../../src/tl/factories.ts'
import type * as T from '../../../src/tl/schema.d.ts'
import type { Connection } from './connection.ts'
import type { Target } from './main.ts'
import { call } from './people.ts'

/** What clients upload and fetch at once. */
export const PART_BYTES = 524_288
const PARTS_OF_FILE = 20
/** Behind the constructor's id stand the file's and the number of the part. */
const [FILE_ID_AT, PART_AT] = [4, 12]

/** Requests that upload one part after the other, file after file. */
export function partsOfNewFiles(): () => Uint8Array {
  const bytes = randomBytes(PART_BYTES)
  const template = encodeRequest(tl['upload.saveFilePart']({ fileId: 0n, filePart: 0, bytes }))
  let fileId = 0n
  let part = PARTS_OF_FILE
  return () => {
    if (part === PARTS_OF_FILE) {
      fileId = randomBytes(8).readBigInt64LE()
      part = 0
    }
    // A copy, for it may wait to be sent.
    const request = Buffer.from(template)
    request.writeBigInt64LE(fileId, FILE_ID_AT)
    request.writeInt32LE(part++, PART_AT)
    return request
  }
}

/** Requests that fetch one piece of a file after the other, again and again. */
export function piecesOf(location: T.InputFileLocation, size: number): () => Uint8Array {
  const pieces = Array.from({ length: size / PART_BYTES }, (_, index) =>
    encodeRequest(tl['upload.getFile']({ location, offset: index * PART_BYTES, limit: PART_BYTES })),
  )
  let next = 0
  return () => pieces[next++ % pieces.length]!
}

/** Uploads a file, for whoever uploaded it to fetch; the bare loop has one of its own. */
export async function fileOf(target: Target, by: Connection, size: number): Promise<T.InputFileLocation> {
  if (target === 'bare')
    return tl.inputDocumentFileLocation({
      id: 1n,
      accessHash: 1n,
      fileReference: new Uint8Array(12),
      thumbSize: '',
    })
  const id = randomBytes(8).readBigInt64LE()
  const parts = size / PART_BYTES
  for (let filePart = 0; filePart < parts; filePart++)
    await call(by, tl['upload.saveFilePart']({ fileId: id, filePart, bytes: randomBytes(PART_BYTES) }))
  const file = tl.inputFile({ id, parts, name: 'file', md5Checksum: '' })
  const media = tl.inputMediaUploadedDocument({ file, mimeType: 'application/octet-stream', attributes: [] })
  const answer = await call(by, tl['messages.uploadMedia']({ peer: tl.inputPeerSelf(), media }))
  if (answer._ !== 'messageMediaDocument' || answer.document?._ !== 'document')
    throw new Error(`messages.uploadMedia answered ${answer._}`)
  const { accessHash, fileReference } = answer.document
  return tl.inputDocumentFileLocation({ id: answer.document.id, accessHash, fileReference, thumbSize: '' })
}
