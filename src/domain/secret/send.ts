import type { Actor, Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import type { Tx } from '../../store/database.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { Kind } from '../../updates/log.ts'
import { pack } from '../messages/packed.ts'
import { readStanding } from '../messages/standing-store.ts'
import { sidesOf } from './access.ts'
import type { SecretChat } from './chat-store.ts'
import { readSecretFile, type SecretFile } from './file-store.ts'
import { fileForChat, secretFileFor, type FileForChat } from './files.ts'
import { DATA_BLOCK_BYTES, DATA_HEAD_BYTES, MAX_DATA_BYTES } from './limits.ts'
import {
  findSecretSent,
  isSecretSentTwice,
  writeSecret,
  type OutgoingSecret,
  type SecretSent,
} from './send-store.ts'

/** An encrypted message to be sent. */
export interface SendSecret {
  readonly randomId: bigint
  /** What only the other device can read. */
  readonly data: Uint8Array
  /** It tells the other client something, and is nothing for a person to read. */
  readonly isService: boolean
}

/**
 * Sends an encrypted message to the device on the other side of an open chat, and returns when. A message that was sent
 * before under the same random id is not sent again. Throws CHAT_ID_INVALID, ENCRYPTION_DECLINED, DATA_INVALID,
 * DATA_TOO_LONG, USER_IS_BLOCKED. https://core.telegram.org/method/messages.sendEncrypted
 */
export async function sendSecret(
  ctx: Context,
  by: Actor,
  chat: SecretChat,
  input: SendSecret,
): Promise<number> {
  const to = await checkReceiver(ctx, by, chat, input.data)
  const { date } = await deliver(ctx, by, { chat, to, ...input, file: undefined })
  return date
}

/**
 * The same with a file, which the other device may fetch. Throws also what `fileForChat` does.
 * https://core.telegram.org/method/messages.sendEncryptedFile
 */
export async function sendSecretFile(
  ctx: Context,
  by: Actor,
  chat: SecretChat,
  input: { readonly randomId: bigint; readonly data: Uint8Array; readonly file: T.InputEncryptedFile },
): Promise<{ date: number; file: T.EncryptedFile }> {
  const { randomId, data } = input
  const to = await checkReceiver(ctx, by, chat, data)
  // What a repeated call uploaded may be gone.
  const before = await findSecretSent(ctx.db, { chatId: chat.id, fromId: by.userId, randomId })
  const file = before ? undefined : await fileForChat(ctx, by, chat, input.file)
  const sent = before ?? (await deliver(ctx, by, { chat, to, randomId, data, isService: false, file }))
  const known = await knownFile(ctx, sent, file?.file)
  return {
    date: sent.date,
    file: known ? secretFileFor(ctx, by.userId, known) : tl.encryptedFileEmpty(),
  }
}

/** The file that went along: the one in hand, unless the message was sent before. */
async function knownFile(
  ctx: Context,
  { fileId }: SecretSent,
  inHand: SecretFile | undefined,
): Promise<SecretFile | undefined> {
  if (fileId === null) return undefined
  if (fileId === inHand?.id) return inHand
  return await readSecretFile(ctx.db, fileId)
}

/** The one device that can read a message. */
interface Receiver {
  readonly userId: UserId
  readonly key: bigint
}

/** Makes sure that the actor may send this to the other side. */
async function checkReceiver(ctx: Context, by: Actor, chat: SecretChat, data: Uint8Array): Promise<Receiver> {
  if (chat.state === 'over') throw rpcError('ENCRYPTION_DECLINED')
  const other = sidesOf(chat, by)?.other
  if (!other) throw rpcError('CHAT_ID_INVALID')
  checkData(data)
  const standing = await readStanding(ctx, { userId: by.userId, peerId: other.userId })
  if (!standing || standing.isDeleted) throw rpcError('ENCRYPTION_DECLINED')
  if (standing.blocksMe) throw rpcError('USER_IS_BLOCKED')
  return other
}

/** Whether bytes have the form of an encrypted message: two heads, and whole blocks. Throws DATA_TOO_LONG, DATA_INVALID. */
function checkData(data: Uint8Array): void {
  if (data.length > MAX_DATA_BYTES) throw rpcError('DATA_TOO_LONG')
  const blocks = data.length - DATA_HEAD_BYTES
  if (blocks < DATA_BLOCK_BYTES || blocks % DATA_BLOCK_BYTES !== 0) throw rpcError('DATA_INVALID')
}

/** A message that may be sent. */
interface Delivery extends SendSecret {
  readonly chat: SecretChat
  readonly to: Receiver
  readonly file: FileForChat | undefined
}

/** Nothing is to be written: the message was sent before, or the chat has ended meanwhile. */
class NotWritten extends Error {}

async function deliver(ctx: Context, by: Actor, delivery: Delivery): Promise<SecretSent> {
  const { chat, to, randomId, file } = delivery
  const date = ctx.clock.nowSec()
  const update = tl.updateNewEncryptedMessage({ message: messageOf(ctx, delivery, date), qts: 0 })
  const message: OutgoingSecret = {
    chatId: chat.id,
    fromId: by.userId,
    randomId,
    toId: to.userId,
    toKey: to.key,
    data: pack(update, 'Update'),
    fileId: file?.file.id ?? null,
  }
  try {
    if (file) {
      await ctx.db.transaction(async (tx) => {
        await file.put(tx)
        await write(ctx, tx, by, message, date)
      })
    } else await ctx.db.single((tx) => write(ctx, tx, by, message, date))
    return { date, fileId: message.fileId }
  } catch (error) {
    if (!(error instanceof NotWritten) && !isSecretSentTwice(error)) throw error
    const before = await findSecretSent(ctx.db, message)
    if (!before) throw rpcError('ENCRYPTION_DECLINED')
    return before
  }
}

async function write(ctx: Context, tx: Tx, by: Actor, message: OutgoingSecret, date: number): Promise<void> {
  const { toId: boxId, toKey: queue, data } = message
  ctx.updates.willAnnounce(tx, [boxId])
  const placed = await writeSecret(tx, date, message)
  if (!placed) throw new NotWritten()
  const row = { boxId, kind: Kind.other, count: 0, date, data, queue, ...placed }
  ctx.updates.announce(tx, [row], by)
}

function messageOf(ctx: Context, delivery: Delivery, date: number): T.EncryptedMessage {
  const { randomId, chat, to, data: bytes, isService, file } = delivery
  const common = { randomId, chatId: chat.id, date, bytes }
  return isService
    ? tl.encryptedMessageService(common)
    : tl.encryptedMessage({ ...common, file: fileOf(ctx, to, file?.file) })
}

function fileOf(ctx: Context, to: Receiver, file: SecretFile | undefined): T.EncryptedFile {
  return file ? secretFileFor(ctx, to.userId, file) : tl.encryptedFileEmpty()
}
