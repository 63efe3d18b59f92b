import type { Actor, Context } from '../../context.ts'
import { must } from '../../lib/assert.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { dropQueued, readStateWithQts } from '../../updates/log.ts'
import { otherEntry } from '../accounts/tell.ts'
import { readStanding } from '../messages/standing-store.ts'
import { sidesOf } from './access.ts'
import { putRead, type SecretChat } from './chat-store.ts'
import { RECEIVED_IDS } from './limits.ts'
import { readRandomIds } from './send-store.ts'

/**
 * Forgets the messages that a device says it has, and returns their random ids. Throws MAX_QTS_INVALID.
 * https://core.telegram.org/method/messages.receivedQueue
 */
export async function receiveQueue(ctx: Context, by: Actor, maxQts: number): Promise<bigint[]> {
  const state = must(await readStateWithQts(ctx.db, by.userId, by.keyId), 'every account has a box')
  if (maxQts < 0 || maxQts > state.qts) throw rpcError('MAX_QTS_INVALID')
  const qts = await ctx.db.single((tx) => dropQueued(tx, by.userId, { queue: by.keyId, qts: maxQts }))
  if (qts.length === 0) return []
  const latest = qts.toSorted((a, b) => a - b).slice(-RECEIVED_IDS)
  return await readRandomIds(ctx.db, { userId: by.userId, key: by.keyId }, latest)
}

/**
 * Whoever asks for what follows a qts has all up to it: some clients say so in no other way. One that the server has not
 * come to yet says nothing.
 */
export async function noteReceived(ctx: Context, by: Actor, qts: number): Promise<void> {
  // 1 stands for none, and events of bots are for all their devices.
  if (qts <= 1 || by.isBot) return
  const state = await readStateWithQts(ctx.db, by.userId, by.keyId)
  if (!state || qts > state.qts) return
  await ctx.db.single((tx) => dropQueued(tx, by.userId, { queue: by.keyId, qts }))
}

/**
 * Tells the other device up to which date messages were read. Throws CHAT_ID_INVALID, MAX_DATE_INVALID.
 * https://core.telegram.org/method/messages.readEncryptedHistory
 */
export async function readSecretHistory(
  ctx: Context,
  by: Actor,
  chat: SecretChat,
  maxDate: number,
): Promise<void> {
  const sides = sidesOf(chat, by)
  if (!sides) throw rpcError('CHAT_ID_INVALID')
  if (maxDate <= 0) throw rpcError('MAX_DATE_INVALID')
  const { own, other } = sides
  const date = ctx.clock.nowSec()
  const upTo = Math.min(maxDate, date)
  await ctx.db.transaction(async (tx) => {
    if (!(await putRead(tx, chat.id, own, upTo))) return
    const update = tl.updateEncryptedMessagesRead({ chatId: chat.id, maxDate: upTo, date })
    await ctx.updates.record(tx, [{ ...otherEntry(other.userId, update), device: other.key }], by)
  })
}

/**
 * Tells the other device that the actor is writing; it lets that expire. Throws CHAT_ID_INVALID.
 * https://core.telegram.org/method/messages.setEncryptedTyping
 */
export async function setSecretTyping(
  ctx: Context,
  by: Actor,
  chat: SecretChat,
  isTyping: boolean,
): Promise<void> {
  const sides = sidesOf(chat, by)
  if (!sides) throw rpcError('CHAT_ID_INVALID')
  const { userId, key } = sides.other
  const standing = await readStanding(ctx, { userId: by.userId, peerId: userId })
  if (!isTyping || !standing || standing.blocksMe) return
  ctx.updates.hint([userId], tl.updateEncryptedChatTyping({ chatId: chat.id }), by, key)
}
