import type { Db, Tx } from '../../store/database.ts'

/** A file of secret chats: what clients are told of it besides their access hash. */
export interface SecretFile {
  readonly id: bigint
  readonly size: number
  readonly dc: number
  /** That of the key with which it is encrypted. */
  readonly fingerprint: number
}

/** Writes down a file; the bytes are put by `putFile`. */
export async function insertSecretFile(tx: Tx, file: SecretFile): Promise<void> {
  await tx.sql`
    insert into secret_file (id, fingerprint, size, dc)
    values (${file.id}, ${file.fingerprint}, ${BigInt(file.size)}, ${file.dc})`
}

/** The file with this id. */
export async function readSecretFile(db: Db | Tx, id: bigint): Promise<SecretFile | undefined> {
  const [row] = await db.sql<(Omit<SecretFile, 'size'> & { readonly size: bigint })[]>`
    select id, fingerprint, size, dc from secret_file where id = ${id}`
  return row && { ...row, size: Number(row.size) }
}

/** Notes that a file belongs to a chat. */
export async function putFileInChat(tx: Tx, fileId: bigint, chatId: number): Promise<void> {
  await tx.sql`
    insert into secret_file_chat (file_id, chat_id) values (${fileId}, ${chatId}) on conflict do nothing`
}

/** Notes that chats are forgotten, and returns the files that belong to no other. */
export async function forgetFilesOf(tx: Tx, chatIds: readonly number[]): Promise<bigint[]> {
  const rows = await tx.sql<{ id: bigint }[]>`
    with gone as (
      delete from secret_file_chat where chat_id = any(${[...chatIds]}::int[]) returning file_id
    )
    select distinct file_id as id from gone where not exists (
      select from secret_file_chat other
      where other.file_id = gone.file_id and other.chat_id <> all(${[...chatIds]}::int[]))`
  return rows.map((row) => row.id)
}
