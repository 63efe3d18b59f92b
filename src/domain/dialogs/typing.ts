import type { Actor, Context } from '../../context.ts'
import type { PeerId } from '../../lib/ids.ts'
import { SERVICE_USER_ID } from '../../lib/ids.ts'
import { tl } from '../../tl/factories.ts'
import type * as T from '../../tl/schema.d.ts'
import { checkRecipient } from '../messages/send.ts'

/**
 * Tells the other side that the actor is writing, or what else it is about to send. Nothing is stored; the other side
 * lets it expire. Throws PEER_ID_INVALID, USER_IS_BLOCKED and what else forbids to write there.
 * https://core.telegram.org/method/messages.setTyping
 */
export async function setTyping(
  ctx: Context,
  by: Actor,
  peerId: PeerId,
  action: T.SendMessageAction,
): Promise<void> {
  const toId = await checkRecipient(ctx, by, peerId)
  if (toId === by.userId || toId === SERVICE_USER_ID) return
  ctx.updates.hint([toId], tl.updateUserTyping({ userId: by.userId, action }), by)
}
