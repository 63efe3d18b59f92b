import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/** What a file is, as it is stored. */
export const FileKind = { photo: 1, document: 2, encrypted: 3 } as const

export interface FileRow {
  readonly id: bigint
  readonly kind: number
  readonly dc: number
  readonly ownerId: UserId
  readonly facts: Uint8Array | null
  readonly createdAt: number
}

/** What can be downloaded of a file. */
export interface ContentRow {
  /** '' for the file itself. */
  readonly type: string
  readonly folder: string
  readonly size: number
  readonly partSize: number
  readonly format: number
}

/** Writes down a file with all that can be downloaded of it. */
export async function putFileRow(tx: Tx, file: FileRow, contents: readonly ContentRow[]): Promise<void> {
  await tx.sql`
    with made as (
      insert into file (id, kind, dc, owner_id, facts, created_at)
      values (${file.id}, ${file.kind}, ${file.dc}, ${file.ownerId}, ${file.facts}, ${file.createdAt})
    )
    insert into file_content (file_id, type, folder, size, part_size, format)
    select ${file.id}::bigint, * from unnest(
      ${contents.map((each) => each.type)}::text[], ${contents.map((each) => each.folder)}::text[],
      ${contents.map((each) => BigInt(each.size))}::bigint[], ${contents.map((each) => each.partSize)}::int[],
      ${contents.map((each) => each.format)}::int[])`
}

/**
 * Drops files, and has the bytes deleted that no other file shares: at once, or with the upload that they were made of, which
 * another file may still be made of.
 */
export async function dropFiles(tx: Tx, ids: readonly bigint[]): Promise<void> {
  // Whoever takes one of these uploads has to be done, or sees that it is free: what follows sees all that was taken.
  await tx.sql`
    select from upload where folder in (
      select folder from file_content where file_id = any(${[...ids]}::bigint[])) order by folder for update`
  await tx.sql`
    with gone as (
      delete from file where id = any(${[...ids]}::bigint[]) returning id, dc
    ), unused as (
      select distinct c.folder, gone.dc from file_content c join gone on gone.id = c.file_id
      where not exists (select from file_content other
        where other.folder = c.folder and other.file_id <> all(${[...ids]}::bigint[]))
    ), waiting as (
      update upload set is_taken = false where folder in (select folder from unused) returning folder
    )
    insert into gone_folder (folder, dc)
    select folder, dc from unused where folder not in (select folder from waiting)
    on conflict do nothing`
}

/** A file by its id. */
export async function readFileRow(db: Db | Tx, id: bigint): Promise<FileRow | undefined> {
  const [row] = await db.sql<FileRow[]>`
    select id, kind, dc, owner_id as "ownerId", facts, created_at as "createdAt" from file where id = ${id}`
  return row
}

/** What can be downloaded of a file under a type, with what is needed to find it. */
export async function readContent(
  db: Db | Tx,
  id: bigint,
  kind: number,
  type: string,
): Promise<(ContentRow & Pick<FileRow, 'dc' | 'createdAt'>) | undefined> {
  type Row = Omit<ContentRow, 'size'> & Pick<FileRow, 'dc' | 'createdAt'> & { readonly size: bigint }
  const [row] = await db.sql<Row[]>`
    select c.type, c.folder, c.size, c.part_size as "partSize", c.format, f.dc, f.created_at as "createdAt"
    from file f join file_content c on c.file_id = f.id
    where f.id = ${id} and f.kind = ${kind} and c.type = ${type}`
  return row && { ...row, size: Number(row.size) }
}
