import type { Context } from '../../context.ts'
import type { PeerId, UserId } from '../../lib/ids.ts'

/**
 * The access hash under which a viewer may name a peer. It is derived, not stored, and worthless to anybody
 * else. https://core.telegram.org/api/peers#access-hash
 */
export function accessHash(ctx: Context, viewer: UserId, peerId: PeerId): bigint {
  return ctx.secrets.proof('access-hash', viewer, peerId)
}
