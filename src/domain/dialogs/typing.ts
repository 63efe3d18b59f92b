import type { Actor, Context } from '../../context.ts'
import { peerKind, SERVICE_USER_ID, type PeerId, type UserId } from '../../lib/ids.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { readStanding } from '../messages/standing-store.ts'

/**
 * Tells the other side that the actor is writing, or what else it is about to send. Nothing is stored; the other side
 * lets it expire. Throws PEER_ID_INVALID, INPUT_USER_DEACTIVATED, USER_IS_BLOCKED.
 * https://core.telegram.org/method/messages.setTyping
 */
export async function setTyping(
  ctx: Context,
  by: Actor,
  peerId: PeerId,
  action: T.SendMessageAction,
): Promise<void> {
  if (peerKind(peerId) !== 'user') throw rpcError('PEER_ID_INVALID')
  const toId = peerId as UserId
  if (toId === by.userId || toId === SERVICE_USER_ID) return
  const standing = await readStanding(ctx, { userId: by.userId, peerId: toId })
  if (!standing) throw rpcError('PEER_ID_INVALID')
  if (standing.isDeleted) throw rpcError('INPUT_USER_DEACTIVATED')
  if (standing.blocksMe) throw rpcError('USER_IS_BLOCKED')
  // Nothing can be sent to somebody whom the actor has blocked, so there is nothing to announce.
  if (standing.isBlockedByMe) return
  ctx.updates.hint([toId], tl.updateUserTyping({ userId: by.userId, action }), by)
}
