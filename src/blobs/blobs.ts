/**
 * Where the bytes of files lie: numbered parts in folders. A part is written once, whole, and never changed, so that an
 * object store suits as well as a disk.
 */
export interface Blobs {
  /**
   * Stores a part, which is durable when this resolves. False, and nothing has changed, when the folder has one of this
   * number, which is durable then.
   */
  put(folder: string, part: number, bytes: Uint8Array): Promise<boolean>
  /** Fills `into` with bytes of a part from `offset` on, as far as there are any. Returns how many. Throws BlobMissing. */
  read(folder: string, part: number, offset: number, into: Uint8Array): Promise<number>
  /** Deletes a folder with its parts, if there is one. */
  drop(folder: string): Promise<void>
}

/** A part that should be there, and is not. */
export class BlobMissing extends Error {
  override readonly name = 'BlobMissing'
}

const FOLDER_BYTES = 16
const FOLDER = /^[0-9a-f]{32}$/

/** A name for a new folder: nothing that a client says is a part of it. */
export function folderName(random: { bytes(length: number): Uint8Array }): string {
  return Buffer.from(random.bytes(FOLDER_BYTES)).toString('hex')
}

/** Whether this is the name of a folder, and not a way to somewhere else. */
export function isFolderName(text: string): boolean {
  return FOLDER.test(text)
}
