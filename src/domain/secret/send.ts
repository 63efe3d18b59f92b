import type { Actor, Context } from '../../context.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { Kind } from '../../updates/log.ts'
import { pack } from '../messages/packed.ts'
import { readStanding } from '../messages/standing-store.ts'
import { sidesOf } from './access.ts'
import type { SecretChat } from './chat-store.ts'
import { DATA_BLOCK_BYTES, DATA_HEAD_BYTES, MAX_DATA_BYTES } from './limits.ts'
import { findSecretSent, isSecretSentTwice, writeSecret, type PlacedSecret } from './send-store.ts'

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
  if (chat.state === 'over') throw rpcError('ENCRYPTION_DECLINED')
  const sides = sidesOf(chat, by)
  if (!sides) throw rpcError('CHAT_ID_INVALID')
  checkData(input.data)
  const { userId: toId, key: toKey } = sides.other
  const standing = await readStanding(ctx, { userId: by.userId, peerId: toId })
  if (!standing || standing.isDeleted) throw rpcError('ENCRYPTION_DECLINED')
  if (standing.blocksMe) throw rpcError('USER_IS_BLOCKED')

  const date = ctx.clock.nowSec()
  const message = { chatId: chat.id, fromId: by.userId, randomId: input.randomId, toId, toKey }
  const update = tl.updateNewEncryptedMessage({ message: messageOf(chat, input, date), qts: 0 })
  const data = pack(update, 'Update')
  const write = ctx.db.single(async (tx) => {
    ctx.updates.willAnnounce(tx, [toId])
    const placed = await writeSecret(tx, date, { ...message, data, file: null })
    if (placed) {
      const row = { boxId: toId, kind: Kind.other, count: 0, date, data, queue: toKey, ...placed }
      ctx.updates.announce(tx, [row], by)
    }
    return placed
  })
  const placed = await write.catch((error: unknown): PlacedSecret | undefined => {
    if (isSecretSentTwice(error)) return undefined
    throw error
  })
  if (placed) return date
  const before = await findSecretSent(ctx.db, message)
  // It was not sent before either: the chat has ended meanwhile.
  if (!before) throw rpcError('ENCRYPTION_DECLINED')
  return before.date
}

/** Whether bytes have the form of an encrypted message: two heads, and whole blocks. Throws DATA_TOO_LONG, DATA_INVALID. */
function checkData(data: Uint8Array): void {
  if (data.length > MAX_DATA_BYTES) throw rpcError('DATA_TOO_LONG')
  const blocks = data.length - DATA_HEAD_BYTES
  if (blocks < DATA_BLOCK_BYTES || blocks % DATA_BLOCK_BYTES !== 0) throw rpcError('DATA_INVALID')
}

function messageOf(chat: SecretChat, input: SendSecret, date: number): T.EncryptedMessage {
  const { randomId, data: bytes, isService } = input
  const common = { randomId, chatId: chat.id, date, bytes }
  return isService
    ? tl.encryptedMessageService(common)
    : tl.encryptedMessage({ ...common, file: tl.encryptedFileEmpty() })
}
