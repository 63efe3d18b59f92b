import type { Actor, Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { secretChatView } from '../../views/secret-chat.ts'
import { readChat, type SecretChat } from './chat-store.ts'

/** The side of a chat that somebody is on. */
export type Side = 'admin' | 'participant'

/** Under which hash a viewer may name a secret chat. It is derived, not stored, and worthless to anybody else. */
function secretChatHash(ctx: Context, viewer: UserId, id: number): bigint {
  return ctx.secrets.proof('secret-chat', viewer, id)
}

/** Likewise a file of secret chats. */
export function secretFileHash(ctx: Context, viewer: UserId, id: bigint): bigint {
  return ctx.secrets.proof('secret-file', viewer, id)
}

/** A secret chat as somebody sees it who may name it from then on. */
export function secretChatFor(ctx: Context, viewer: UserId, chat: SecretChat): T.EncryptedChat {
  return secretChatView(viewer, chat, secretChatHash(ctx, viewer, chat.id))
}

/** The chat that an InputEncryptedChat names, which the actor is a side of. Throws CHAT_ID_INVALID. */
export async function resolveSecretChat(
  ctx: Context,
  by: Actor,
  input: T.InputEncryptedChat,
): Promise<SecretChat> {
  if (input.accessHash !== secretChatHash(ctx, by.userId, input.chatId)) throw rpcError('CHAT_ID_INVALID')
  const chat = await readChat(ctx.db, input.chatId)
  if (!chat || !sideOf(chat, by.userId)) throw rpcError('CHAT_ID_INVALID')
  return chat
}

/** Who is on a side of a chat, and by which device: null until one has accepted. */
interface SecretDevice {
  readonly userId: UserId
  readonly key: bigint | null
}

/** Who are on the two sides. */
export function bothSides(chat: SecretChat): SecretDevice[] {
  return [onSide(chat, 'admin'), onSide(chat, 'participant')]
}

/** Which side somebody is on; undefined for everybody else. */
export function sideOf(chat: SecretChat, userId: UserId): Side | undefined {
  if (chat.adminId === userId) return 'admin'
  return chat.participantId === userId ? 'participant' : undefined
}

/** Who is on a side. */
export function onSide(chat: SecretChat, side: Side): SecretDevice {
  return side === 'admin'
    ? { userId: chat.adminId, key: chat.adminKey }
    : { userId: chat.participantId, key: chat.participantKey }
}

/** The side of the device that acts, and the other one; undefined unless the chat is open and this device has its key. */
export function sidesOf(
  chat: SecretChat,
  by: Actor,
): { readonly own: Side; readonly other: { readonly userId: UserId; readonly key: bigint } } | undefined {
  const own = sideOf(chat, by.userId)
  if (!own || chat.state !== 'open' || onSide(chat, own).key !== by.keyId) return undefined
  const other = onSide(chat, own === 'admin' ? 'participant' : 'admin')
  return other.key === null ? undefined : { own, other: { userId: other.userId, key: other.key } }
}
