import { rpcError } from '../../tl/rpc-error.ts'
import { MAX_PART_BYTES, MAX_PARTS, PART_STEP_BYTES } from './limits.ts'

/** What is known of the parts of an upload. Parts come in any order, and which is the last may be known late or never. */
export interface UploadShape {
  /** How many there will be; null while the client has not said. */
  readonly total: number | null
  /** Of all parts but the highest that came; null while only that came. */
  readonly partSize: number | null
  readonly topPart: number | null
  readonly topSize: number | null
}

export interface NewPart {
  readonly part: number
  readonly size: number
  /** As the client says it: -1 while it does not know, undefined where it does not say. */
  readonly total: number | undefined
}

export const EMPTY_SHAPE: UploadShape = { total: null, partSize: null, topPart: null, topSize: null }

/**
 * Checks what a part says by itself. A stream that ends with a full part is followed by an empty one, which tells how many
 * there are. Throws FILE_PARTS_INVALID, FILE_PART_INVALID, FILE_PART_EMPTY, FILE_PART_TOO_BIG.
 * https://core.telegram.org/api/files#uploading-files
 */
export function checkPart({ part, size, total }: NewPart): void {
  if (total !== undefined && total !== -1 && (total < 1 || total > MAX_PARTS))
    throw rpcError('FILE_PARTS_INVALID')
  if (part < 0 || part > MAX_PARTS) throw rpcError('FILE_PART_INVALID')
  const isEndOfStream = size === 0 && part === total
  if (!isEndOfStream && part >= (total === undefined || total === -1 ? MAX_PARTS : total))
    throw rpcError('FILE_PART_INVALID')
  if (size === 0 && !isEndOfStream) throw rpcError('FILE_PART_EMPTY')
  if (size > MAX_PART_BYTES) throw rpcError('FILE_PART_TOO_BIG')
}

/**
 * The upload with one more part. All but the last have one size, and the last has no more than that. Throws
 * FILE_PARTS_INVALID, FILE_PART_SIZE_INVALID, FILE_PART_SIZE_CHANGED.
 */
export function withPart(shape: UploadShape, { part, size, total: said }: NewPart): UploadShape {
  const total = said === undefined || said === -1 ? shape.total : said
  if (shape.total !== null && shape.total !== total) throw rpcError('FILE_PARTS_INVALID')
  const [topPart, topSize] = highest(shape, part, size)
  if (total !== null && !(topPart < total || (topPart === total && topSize === 0)))
    throw rpcError('FILE_PARTS_INVALID')
  let { partSize } = shape
  if (shape.topPart !== null && part > shape.topPart) partSize = sameSize(partSize, shape.topSize!)
  // The part itself is not the last one: a higher one came, or is to come.
  if (part < topPart || (total !== null && part < total - 1)) partSize = sameSize(partSize, size)
  if (partSize !== null && topSize > partSize) throw rpcError('FILE_PART_SIZE_CHANGED')
  return { total, partSize, topPart, topSize }
}

function highest(shape: UploadShape, part: number, size: number): readonly [number, number] {
  if (shape.topPart === null || shape.topSize === null || part > shape.topPart) return [part, size]
  if (part === shape.topPart && size !== shape.topSize) throw rpcError('FILE_PART_SIZE_CHANGED')
  return [shape.topPart, shape.topSize]
}

function sameSize(partSize: number | null, size: number): number {
  if (partSize !== null && size !== partSize) throw rpcError('FILE_PART_SIZE_CHANGED')
  if (size === 0 || size % PART_STEP_BYTES !== 0 || MAX_PART_BYTES % size !== 0)
    throw rpcError('FILE_PART_SIZE_INVALID')
  return size
}

/**
 * The file that is made of the first `parts` parts, which are all there: its size, and that of its parts but the last.
 * Throws FILE_PARTS_INVALID when these are not all parts.
 */
export function measure(shape: UploadShape, parts: number): { size: number; partSize: number } {
  const { total, partSize, topPart, topSize } = shape
  const endsEmpty = topSize === 0
  const isWhole = topPart === parts - 1 || (endsEmpty && topPart === parts)
  const isAsSaid = total === null || total === parts || (endsEmpty && total === parts - 1)
  if (!isWhole || !isAsSaid || topPart === null || topSize === null) throw rpcError('FILE_PARTS_INVALID')
  if (topPart === 0) return { size: topSize, partSize: topSize }
  if (partSize === null) throw rpcError('FILE_PARTS_INVALID')
  return { size: topPart * partSize + topSize, partSize }
}
