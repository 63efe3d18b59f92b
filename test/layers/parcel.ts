import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { redAndBlue } from '../harness/image.ts'

/** A file to be sent, which lies on the disk: some clients read it from there. */
export interface Parcel {
  readonly kind: 'photo' | 'document'
  readonly name: string
  readonly path: string
  readonly bytes: Buffer
}

/** How large a photo is, and the points at which it is red and blue. */
export const PHOTO_SIZE = [900, 700] as const
export const HALVES = [
  [0.25, 0.5],
  [0.75, 0.5],
] as const
/** More than clients fetch at once, and no whole number of parts. */
const DOCUMENT_BYTES = 100_001

/** A photo that is red and blue, or a document like no other. */
export async function packParcel(directory: string, name: string): Promise<Parcel> {
  const kind = name.endsWith('.jpg') ? 'photo' : 'document'
  const bytes = kind === 'photo' ? await redAndBlue(...PHOTO_SIZE) : randomBytes(DOCUMENT_BYTES)
  const path = join(directory, name)
  await writeFile(path, bytes)
  return { kind, name, path, bytes }
}
