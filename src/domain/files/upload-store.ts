import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'
import { WAITING_BYTES_LEAST } from './limits.ts'
import type { UploadShape } from './upload-rules.ts'

/** Bytes on their way to become a file. */
export interface Upload extends UploadShape {
  readonly folder: string
  readonly dc: number
}

function columns(db: Db | Tx) {
  return db.sql`folder, dc, total, part_size as "partSize", top_part as "topPart", top_size as "topSize"`
}

/** What a client uploads under a number of its own. */
export async function readUpload(db: Db | Tx, userId: UserId, fileId: bigint): Promise<Upload | undefined> {
  const [row] = await db.sql<Upload[]>`
    select ${columns(db)} from upload where user_id = ${userId} and file_id = ${fileId}`
  return row
}

/** The first of so many parts that is not there. */
export async function readFirstMissing(
  db: Db | Tx,
  folder: string,
  parts: number,
): Promise<number | undefined> {
  const [row] = await db.sql<{ missing: number | null }[]>`
    select lower(int4multirange(int4range(0, ${parts})) - have) as missing from upload where folder = ${folder}`
  return row ? (row.missing ?? undefined) : 0
}

/** Bytes of a user that wait for a file to take them. */
export async function readWaitingBytes(db: Db | Tx, userId: UserId): Promise<number> {
  const [row] = await db.sql<{ bytes: bigint }[]>`
    select coalesce(sum(greatest(bytes, ${WAITING_BYTES_LEAST})), 0)::bigint as bytes from upload
    where user_id = ${userId} and not is_taken and file_id is not null`
  return Number(row?.bytes ?? 0)
}

/**
 * Names a folder before anything is written into it. Undefined, and nothing happens, when the client's upload has one
 * already.
 */
export async function putUpload(
  tx: Tx,
  upload: {
    readonly folder: string
    readonly userId: UserId
    readonly fileId: bigint | null
    readonly dc: number
  },
  nowSec: number,
): Promise<Upload | undefined> {
  const [row] = await tx.sql<Upload[]>`
    insert into upload (folder, user_id, file_id, dc, touched_at)
    values (${upload.folder}, ${upload.userId}, ${upload.fileId}, ${upload.dc}, ${nowSec})
    on conflict (user_id, file_id) where file_id is not null do nothing returning ${columns(tx)}`
  return row
}

/** An upload with its lock; undefined when it was begun anew or swept. */
export async function lockUpload(
  tx: Tx,
  folder: string,
): Promise<(Upload & { readonly isCurrent: boolean }) | undefined> {
  const [row] = await tx.sql<(Upload & { isCurrent: boolean })[]>`
    select ${columns(tx)}, file_id is not null as "isCurrent" from upload where folder = ${folder} for update`
  return row
}

/** Notes a part, which lies in the folder. */
export async function putPart(
  tx: Tx,
  folder: string,
  part: PartRow,
  shape: UploadShape,
  nowSec: number,
): Promise<void> {
  await tx.sql`
    update upload set ${withPart(tx, part, nowSec)}, total = ${shape.total}, part_size = ${shape.partSize},
      top_part = ${shape.topPart}, top_size = ${shape.topSize}
    where folder = ${folder}`
}

/** `putPart` in one statement, if the upload is as it was when it was read. Otherwise false. */
export async function putPartIfSame(
  tx: Tx,
  before: Upload,
  part: PartRow,
  shape: UploadShape,
  nowSec: number,
): Promise<boolean> {
  const rows = await tx.sql`
    update upload set ${withPart(tx, part, nowSec)}, total = ${shape.total}, part_size = ${shape.partSize},
      top_part = ${shape.topPart}, top_size = ${shape.topSize}
    where folder = ${before.folder} and file_id is not null
      and (total, part_size, top_part, top_size) is not distinct from
        (${before.total}::int, ${before.partSize}::int, ${before.topPart}::int, ${before.topSize}::int)
    returning 1`
  return rows.length > 0
}

/**
 * `putPart` in one statement for a part that is as long as all others. Of those, many come at once. False when it is not,
 * or the client has said another number of parts.
 */
export async function putPartLikeOthers(
  tx: Tx,
  before: Upload,
  part: PartRow,
  nowSec: number,
): Promise<boolean> {
  const rows = await tx.sql`
    update upload set ${withPart(tx, part, nowSec)}, top_part = greatest(top_part, ${part.part})
    where folder = ${before.folder} and file_id is not null and total is not distinct from ${before.total}::int
      and part_size = ${part.size} and top_size = ${part.size}
    returning 1`
  return rows.length > 0
}

interface PartRow {
  readonly part: number
  readonly size: number
}

function withPart(tx: Tx, { part, size }: PartRow, nowSec: number) {
  return tx.sql`bytes = bytes + case when have @> ${part}::int then 0 else ${size}::int end,
    have = have + int4multirange(int4range(${part}::int, ${part + 1}::int)), touched_at = ${nowSec}`
}

/** Has the client's number stand for nothing. What no file has taken goes. */
export async function forgetUpload(tx: Tx, folder: string): Promise<void> {
  await tx.sql`
    with gone as (delete from upload where folder = ${folder} and not is_taken returning folder, dc),
      noted as (insert into gone_folder (folder, dc) select folder, dc from gone)
    update upload set file_id = null where folder = ${folder} and is_taken`
}

/** Has a folder deleted into which something was written after it had gone. */
export async function putGoneFolder(tx: Tx, folder: string, dc: number): Promise<void> {
  await tx.sql`insert into gone_folder (folder, dc) values (${folder}, ${dc}) on conflict do nothing`
}

/** Keeps folders for good: files refer to them. Returns how many there are. */
export async function takeFolders(tx: Tx, folders: readonly string[]): Promise<number> {
  const rows = await tx.sql`
    update upload set is_taken = true where folder = any(${[...folders]}::text[]) returning 1`
  return rows.length
}

/** Drops the rows of old uploads, the oldest first, but none that lie elsewhere. Returns how many. */
export async function dropUploads(
  tx: Tx,
  bounds: { readonly beforeSec: number; readonly elsewhere: readonly number[]; readonly count: number },
): Promise<number> {
  const rows = await tx.sql`
    with old as (
      select folder from upload
      where touched_at < ${bounds.beforeSec} and dc <> all(${[...bounds.elsewhere]}::int[])
      order by touched_at limit ${bounds.count} for update skip locked
    ), gone as (
      delete from upload where folder in (select folder from old) returning folder, dc, is_taken
    ), noted as (
      insert into gone_folder (folder, dc) select folder, dc from gone where not is_taken
      on conflict do nothing
    )
    select 1 from gone`
  return rows.length
}

/** Folders that are to be deleted here. */
export async function readGoneFolders(
  db: Db | Tx,
  bounds: { readonly elsewhere: readonly number[]; readonly count: number },
): Promise<string[]> {
  const rows = await db.sql<{ folder: string }[]>`
    select folder from gone_folder where dc <> all(${[...bounds.elsewhere]}::int[]) limit ${bounds.count}`
  return rows.map((row) => row.folder)
}

/** Notes that folders have been deleted. */
export async function dropGoneFolders(tx: Tx, folders: readonly string[]): Promise<void> {
  await tx.sql`delete from gone_folder where folder = any(${[...folders]}::text[])`
}
