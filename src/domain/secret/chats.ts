import type { Actor, Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import { isSafePublicValue } from '../../mtproto/crypto/dh.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import type { LogEntry } from '../../updates/log.ts'
import { secretChatOver } from '../../views/secret-chat.ts'
import { beforeStranger } from '../abuse/watch.ts'
import { otherEntry } from '../accounts/tell.ts'
import { readDevicesForSecrets } from '../auth/whereabouts-store.ts'
import { readStanding } from '../messages/standing-store.ts'
import { onSide, secretChatFor, sideOf } from './access.ts'
import { insertChat, lockChat, openChat, readChat, type SecretChat } from './chat-store.ts'
import { endChats } from './end.ts'

/**
 * Asks somebody for a secret chat with the device that asks. All devices of the other side hear of it, but for those that
 * want no secret chats. A repeated call finds what the first one made. Throws USER_ID_INVALID, INPUT_USER_DEACTIVATED,
 * USER_IS_BLOCKED, DH_G_A_INVALID, RANDOM_ID_EMPTY, RANDOM_ID_DUPLICATE, PEER_FLOOD, FLOOD_WAIT_X.
 * https://core.telegram.org/api/end-to-end#sending-a-request
 */
export async function requestChat(
  ctx: Context,
  by: Actor,
  input: { readonly userId: UserId; readonly id: number; readonly gA: Uint8Array },
): Promise<SecretChat> {
  const { userId, id, gA } = input
  if (id === 0) throw rpcError('RANDOM_ID_EMPTY')
  if (!isSafePublicValue(gA)) throw rpcError('DH_G_A_INVALID')
  const before = await readChat(ctx.db, id)
  if (before) return asBefore(before, by, input)
  await checkAsked(ctx, by, userId)
  return await ctx.db.transaction(async (tx) => {
    const askedAt = ctx.clock.nowSec()
    const chat = await insertChat(tx, {
      id,
      adminId: by.userId,
      adminKey: by.keyId,
      participantId: userId,
      askedAt,
      gA,
    })
    if (!chat) throw rpcError('RANDOM_ID_DUPLICATE')
    const update = chatUpdate(ctx, userId, chat)
    const devices = await readDevicesForSecrets(tx, userId)
    const willing = devices.filter((device) => !device.encryptedDisabled)
    const entries: LogEntry[] =
      willing.length === devices.length
        ? [otherEntry(userId, update)]
        : willing.map((device) => ({ ...otherEntry(userId, update), device: device.keyId }))
    await ctx.updates.record(tx, entries, by)
    return chat
  })
}

/** What a call found that may be a repeated one. */
function asBefore(
  chat: SecretChat,
  by: Actor,
  input: { readonly userId: UserId; readonly gA: Uint8Array },
): SecretChat {
  const isSame =
    chat.adminId === by.userId &&
    chat.adminKey === by.keyId &&
    chat.participantId === input.userId &&
    (chat.gA === null || Buffer.compare(chat.gA, input.gA) === 0)
  if (!isSame) throw rpcError('RANDOM_ID_DUPLICATE')
  return chat
}

/** Makes sure that somebody may be asked for a secret chat, and counts those who do not know the actor. */
async function checkAsked(ctx: Context, by: Actor, userId: UserId): Promise<void> {
  const standing =
    userId === by.userId ? undefined : await readStanding(ctx, { userId: by.userId, peerId: userId })
  if (!standing) throw rpcError('USER_ID_INVALID')
  if (standing.isDeleted) throw rpcError('INPUT_USER_DEACTIVATED')
  // Neither bots nor the accounts of the server have a device.
  if (standing.isBot || standing.isSupport) throw rpcError('USER_ID_INVALID')
  if (standing.blocksMe) throw rpcError('USER_IS_BLOCKED')
  if (standing.isStranger) await beforeStranger(ctx, by.userId)
}

/**
 * Accepts a chat on the device that acts; the first one wins, and for the others it is over. Throws CHAT_ID_INVALID,
 * ENCRYPTION_ALREADY_ACCEPTED, ENCRYPTION_ALREADY_DECLINED, DH_G_A_INVALID.
 * https://core.telegram.org/api/end-to-end#accepting-a-request
 */
export async function acceptChat(
  ctx: Context,
  by: Actor,
  asked: SecretChat,
  key: { readonly gB: Uint8Array; readonly fingerprint: bigint },
): Promise<SecretChat> {
  if (sideOf(asked, by.userId) !== 'participant') throw rpcError('CHAT_ID_INVALID')
  if (!isSafePublicValue(key.gB)) throw rpcError('DH_G_A_INVALID')
  return await ctx.db.transaction(async (tx) => {
    const chat = await lockChat(tx, asked.id)
    if (!chat) throw rpcError('CHAT_ID_INVALID')
    if (chat.state === 'over') throw rpcError('ENCRYPTION_ALREADY_DECLINED')
    if (chat.state === 'open') {
      const isRepeated = chat.participantKey === by.keyId && Buffer.compare(chat.gB!, key.gB) === 0
      if (isRepeated) return chat
      throw rpcError('ENCRYPTION_ALREADY_ACCEPTED')
    }
    const opened = await openChat(tx, chat.id, {
      ...key,
      participantKey: by.keyId,
      at: ctx.clock.nowSec(),
    })
    const { adminId, adminKey } = opened
    const elsewhere = tl.updateEncryption({ chat: secretChatOver(opened), date: ctx.clock.nowSec() })
    const entries = [
      { ...otherEntry(adminId, chatUpdate(ctx, adminId, opened)), device: adminKey },
      { ...otherEntry(by.userId, elsewhere), exceptDevice: by.keyId },
    ]
    await ctx.updates.record(tx, entries, by)
    return opened
  })
}

/**
 * Takes a request back, declines it, or ends an open chat. Throws CHAT_ID_EMPTY, ENCRYPTION_ID_INVALID,
 * ENCRYPTION_ALREADY_ACCEPTED for a device that is not the one which accepted, ENCRYPTION_ALREADY_DECLINED.
 * https://core.telegram.org/method/messages.discardEncryption
 */
export async function discardChat(
  ctx: Context,
  by: Actor,
  input: { readonly id: number; readonly isHistoryGone: boolean },
): Promise<void> {
  if (input.id === 0) throw rpcError('CHAT_ID_EMPTY')
  await ctx.db.transaction(async (tx) => {
    const chat = await lockChat(tx, input.id)
    checkDiscarded(chat, by)
    await endChats(ctx, tx, [chat], { by, isHistoryGone: input.isHistoryGone })
  })
}

function checkDiscarded(chat: SecretChat | undefined, by: Actor): asserts chat is SecretChat {
  const side = chat && sideOf(chat, by.userId)
  if (!chat || !side) throw rpcError('ENCRYPTION_ID_INVALID')
  const { key } = onSide(chat, side)
  if (side === 'admin' && key !== by.keyId) throw rpcError('ENCRYPTION_ID_INVALID')
  if (chat.state === 'over') throw rpcError('ENCRYPTION_ALREADY_DECLINED')
  if (key !== null && key !== by.keyId) throw rpcError('ENCRYPTION_ALREADY_ACCEPTED')
}

function chatUpdate(ctx: Context, viewer: UserId, chat: SecretChat): T.updateEncryption {
  return tl.updateEncryption({ chat: secretChatFor(ctx, viewer, chat), date: ctx.clock.nowSec() })
}
