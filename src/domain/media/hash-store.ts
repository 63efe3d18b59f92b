import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/** A document under the hash of its bytes. */
export interface HashedDocument {
  readonly ownerId: UserId
  readonly sha256: Uint8Array
  readonly mimeType: string
  readonly fileId: bigint
}

/** Notes the hash of a document; of equal ones that somebody sends, the last is found. */
export async function putHash(tx: Tx, document: HashedDocument): Promise<void> {
  await tx.sql`
    insert into document_hash (owner_id, sha256, mime_type, file_id)
    values (${document.ownerId}, ${document.sha256}, ${document.mimeType}, ${document.fileId})
    on conflict (owner_id, sha256, mime_type) do update set file_id = excluded.file_id`
}

/** The document of a type that somebody sent with this hash. */
export async function readHashed(
  db: Db | Tx,
  { ownerId, sha256, mimeType }: Omit<HashedDocument, 'fileId'>,
): Promise<bigint | undefined> {
  const [row] = await db.sql<{ fileId: bigint }[]>`
    select file_id as "fileId" from document_hash
    where owner_id = ${ownerId} and sha256 = ${sha256} and mime_type = ${mimeType}`
  return row?.fileId
}
