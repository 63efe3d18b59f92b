import type { Context } from '../../context.ts'
import { assert } from '../../lib/assert.ts'
import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { pack, unpack } from '../messages/packed.ts'
import { withoutAccess } from './access.ts'
import { FileKind, putFileRow, readFileRow } from './file-store.ts'
import { takeFolders } from './upload-store.ts'
import type { StoredBytes } from './uploads.ts'

/** A file that is made of bytes that wait for one. */
export interface NewFile {
  /** From `newFileId`. */
  readonly id: bigint
  readonly ownerId: UserId
  readonly date: number
  /** What clients are shown of it, its `id` and `dcId` in place; a file of a secret chat has none. */
  readonly facts: T.photo | T.document | undefined
  /**
   * What can be downloaded of it: the file itself under the type '' (documents and encrypted files), and each size or
   * thumbnail under its own (`s`, `m`, …). All lie in one datacenter.
   */
  readonly contents: readonly { readonly type: string; readonly bytes: StoredBytes }[]
}

/** A file as it is stored. */
export interface StoredFile {
  readonly id: bigint
  readonly kind: 'photo' | 'document' | 'encrypted'
  readonly dc: number
  readonly ownerId: UserId
  /** Without access hash and file reference: `grantPhoto`, `grantDocument` put them in for a viewer. */
  readonly facts: T.photo | T.document | undefined
}

const KIND_NAMES = Object.entries(FileKind) as readonly [StoredFile['kind'], number][]

/** An id for a new photo, document or encrypted file. */
export function newFileId(ctx: Context): bigint {
  return BigInt.asUintN(62, ctx.random.long()) + 1n
}

/**
 * Makes a file of bytes that were uploaded (`takeUpload`) or made by the server (`storeBytes`), in the transaction of
 * whoever refers to it. Nothing is copied. Throws FILE_PART_0_MISSING when they have been swept since.
 */
export async function putFile(tx: Tx, file: NewFile): Promise<void> {
  const { id, ownerId, date, facts, contents } = file
  const dcs = new Set(contents.map(({ bytes }) => bytes.dc))
  assert(contents.length > 0 && dcs.size === 1, 'what belongs to a file lies in one datacenter')
  const [dc = 0] = dcs
  assert(!facts || (facts.id === id && facts.dcId === dc), 'a file is shown with its id and its datacenter')
  const folders = new Set(contents.map(({ bytes }) => bytes.folder))
  if ((await takeFolders(tx, [...folders])) < folders.size) throw rpcError('FILE_PART_%d_MISSING', 0)
  const kind = facts ? FileKind[facts._] : FileKind.encrypted
  const packed = facts ? pack(withoutAccess(facts), facts._ === 'photo' ? 'Photo' : 'Document') : null
  await putFileRow(
    tx,
    { id, kind, dc, ownerId, facts: packed, createdAt: date },
    contents.map(({ type, bytes }) => ({ ...bytes, type })),
  )
}

/** A file, whoever may see it: look at `checkFileAccess` before. */
export async function readFile(db: Db | Tx, id: bigint): Promise<StoredFile | undefined> {
  const row = await readFileRow(db, id)
  const kind = KIND_NAMES.find(([, number]) => number === row?.kind)
  if (!row || !kind) return undefined
  const facts = unpack(row.facts) as T.photo | T.document | undefined
  return { id, kind: kind[0], dc: row.dc, ownerId: row.ownerId, facts }
}
