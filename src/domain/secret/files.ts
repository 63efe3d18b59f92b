import type { Actor, Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import type { Tx } from '../../store/database.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { newFileId, putFile } from '../files/files.ts'
import { takeUpload } from '../files/uploads.ts'
import { secretFileHash, sidesOf } from './access.ts'
import type { SecretChat } from './chat-store.ts'
import { insertSecretFile, putFileInChat, readSecretFile, type SecretFile } from './file-store.ts'

/** A file for a chat, to be written down together with what it is for. */
export interface FileForChat {
  readonly file: SecretFile
  readonly put: (tx: Tx) => Promise<void>
}

/**
 * The file that a client names for a chat: what it has uploaded, or one that it was shown before. Throws FILE_EMTPY,
 * FILE_ID_INVALID, FILE_PARTS_INVALID, FILE_PART_X_MISSING, MD5_CHECKSUM_INVALID.
 */
export async function fileForChat(
  ctx: Context,
  by: Actor,
  chat: SecretChat,
  input: T.InputEncryptedFile,
): Promise<FileForChat> {
  if (input._ === 'inputEncryptedFileEmpty') throw rpcError('FILE_EMTPY')
  if (input._ === 'inputEncryptedFile') {
    const isShown = input.accessHash === secretFileHash(ctx, by.userId, input.id)
    const file = isShown ? await readSecretFile(ctx.db, input.id) : undefined
    if (!file) throw rpcError('FILE_ID_INVALID')
    return { file, put: (tx) => putFileInChat(tx, file.id, chat.id) }
  }
  const bytes = await takeUpload(ctx, by, input)
  if (bytes.size === 0) throw rpcError('FILE_EMTPY')
  const { size, dc } = bytes
  const file = { id: newFileId(ctx), size, dc, fingerprint: input.keyFingerprint }
  const put = async (tx: Tx): Promise<void> => {
    const date = ctx.clock.nowSec()
    await putFile(tx, {
      id: file.id,
      ownerId: by.userId,
      date,
      facts: undefined,
      contents: [{ type: '', bytes }],
    })
    await insertSecretFile(tx, file)
    await putFileInChat(tx, file.id, chat.id)
  }
  return { file, put }
}

/**
 * Keeps a file for an open chat, to be sent later. Throws CHAT_ID_INVALID, ENCRYPTION_DECLINED, and what `fileForChat`
 * does. https://core.telegram.org/method/messages.uploadEncryptedFile
 */
export async function storeSecretFile(
  ctx: Context,
  by: Actor,
  chat: SecretChat,
  input: T.InputEncryptedFile,
): Promise<T.EncryptedFile> {
  if (chat.state === 'over') throw rpcError('ENCRYPTION_DECLINED')
  if (!sidesOf(chat, by)) throw rpcError('CHAT_ID_INVALID')
  const { file, put } = await fileForChat(ctx, by, chat, input)
  await ctx.db.transaction(put)
  return secretFileFor(ctx, by.userId, file)
}

/** A file as somebody sees it who may fetch it from then on. */
export function secretFileFor(ctx: Context, viewer: UserId, file: SecretFile): T.encryptedFile {
  const { id, size, dc, fingerprint } = file
  return tl.encryptedFile({
    id,
    accessHash: secretFileHash(ctx, viewer, id),
    size,
    dcId: dc,
    keyFingerprint: fingerprint,
  })
}
