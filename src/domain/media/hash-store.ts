import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/** A document under the hash of its bytes. */
export interface HashedDocument {
  readonly ownerId: UserId
  readonly sha256: Uint8Array
  readonly fileId: bigint
}

/** Notes the hash of a document; of equal ones that somebody sends, the last is found. */
export async function putHash(tx: Tx, document: HashedDocument): Promise<void> {
  await tx.sql`
    insert into document_hash (owner_id, sha256, file_id)
    values (${document.ownerId}, ${document.sha256}, ${document.fileId})
    on conflict (owner_id, sha256) do update set file_id = excluded.file_id`
}

/** The document that somebody sent with this hash. */
export async function readHashed(
  db: Db | Tx,
  ownerId: UserId,
  sha256: Uint8Array,
): Promise<bigint | undefined> {
  const [row] = await db.sql<{ fileId: bigint }[]>`
    select file_id as "fileId" from document_hash where owner_id = ${ownerId} and sha256 = ${sha256}`
  return row?.fileId
}
