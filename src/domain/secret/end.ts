import type { Actor, Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import type { Tx } from '../../store/database.ts'
import { tl } from '../../tl/factories.ts'
import { dropQueued, type LogEntry } from '../../updates/log.ts'
import { secretChatOver } from '../../views/secret-chat.ts'
import { otherEntry } from '../accounts/tell.ts'
import { bothSides } from './access.ts'
import { closeChats, lockChatsOf, type SecretChat } from './chat-store.ts'
import { dropSentIn } from './send-store.ts'

/** How chats end. */
interface End {
  /** Who ended them and knows it. */
  readonly by?: Actor | undefined
  /** The other side is to forget what was said, too. */
  readonly isHistoryGone?: boolean
}

/**
 * Ends the secret chats of devices that are logged out, and those that somebody is asked for whose account goes. The
 * other sides are told; what waited for these devices, which nobody can read any more, is forgotten.
 */
export async function endChatsOfDevices(
  ctx: Context,
  tx: Tx,
  keys: readonly bigint[],
  askedId?: UserId,
): Promise<void> {
  if (keys.length === 0 && askedId === undefined) return
  const chats = await lockChatsOf(tx, { keys, askedId })
  if (chats.length === 0) return
  await endChats(ctx, tx, chats, {})
  const gone = new Set(keys)
  for (const { userId, key } of chats.flatMap(bothSides)) {
    if (key !== null && gone.delete(key)) await dropQueued(tx, userId, { queue: key, qts: MAX_QTS })
  }
}

const MAX_QTS = 0x7fffffff

/** Ends chats that are locked, and tells the devices on both sides. */
export async function endChats(
  ctx: Context,
  tx: Tx,
  chats: readonly SecretChat[],
  { by, isHistoryGone = false }: End,
): Promise<void> {
  const at = ctx.clock.nowSec()
  const ids = chats.map((chat) => chat.id)
  await closeChats(tx, ids, { isHistoryGone, at })
  if (isHistoryGone) await dropSentIn(tx, ids)
  const entries = chats.flatMap((chat): LogEntry[] => {
    const update = tl.updateEncryption({ chat: secretChatOver({ id: chat.id, isHistoryGone }), date: at })
    // A chat that nobody accepted is over on all devices of whoever was asked. The device that ends a chat finds that
    // later in the log behind how it began.
    return bothSides(chat).map(({ userId, key }) => ({
      ...otherEntry(userId, update),
      ...(key !== null && { device: key }),
    }))
  })
  await ctx.updates.record(tx, entries, by)
}
