import type { Actor, Context } from '../../context.ts'
import type { PeerId, UserId } from '../../lib/ids.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { hasAccount } from '../accounts/store.ts'
import { accessHash } from './access.ts'

/** User ids that can be: 32-bit layers carry them as positive integers. */
const MAX_ID = 0x7fffffff

/** Who names a peer. */
type Namer = Pick<Actor, 'userId' | 'isBot'>

/** What methods call a peer that is none, or none that the actor has been shown. */
export type PeerFault = 'PEER_ID_INVALID' | 'CHAT_ID_INVALID' | 'LOCATION_INVALID'

/**
 * Whom an InputPeer names, which the actor must have been shown before: the access hash proves it. Throws
 * PEER_ID_INVALID or what the method documents instead. https://core.telegram.org/api/peers
 */
export async function resolvePeer(
  ctx: Context,
  actor: Namer,
  input: T.InputPeer,
  fault: PeerFault = 'PEER_ID_INVALID',
): Promise<PeerId> {
  switch (input._) {
    case 'inputPeerSelf':
      return actor.userId
    case 'inputPeerUser':
      return await userOf(ctx, actor, input.userId, input.accessHash, fault)
    case 'inputPeerEmpty':
    // There are no groups and no channels as yet.
    case 'inputPeerChat':
    case 'inputPeerChannel':
    // Everybody who is shown at all is shown with an access hash, so no client has a reason to name them by a
    // message.
    case 'inputPeerUserFromMessage':
    case 'inputPeerChannelFromMessage':
      throw rpcError(fault)
  }
}

/** What methods call a user that is none, or none that the actor has been shown. */
export type UserFault = 'USER_ID_INVALID' | 'CONTACT_ID_INVALID' | 'PRIVACY_VALUE_INVALID'

/** Whom an InputUser names. Throws USER_ID_INVALID or what the method documents instead. */
export async function resolveUser(
  ctx: Context,
  actor: Actor,
  input: T.InputUser,
  fault: UserFault = 'USER_ID_INVALID',
): Promise<UserId> {
  switch (input._) {
    case 'inputUserSelf':
      return actor.userId
    case 'inputUser':
      return await userOf(ctx, actor, input.userId, input.accessHash, fault)
    case 'inputUserEmpty':
    case 'inputUserFromMessage':
      throw rpcError(fault)
  }
}

async function userOf(
  ctx: Context,
  actor: Namer,
  id: number,
  hash: bigint,
  fault: UserFault | PeerFault,
): Promise<UserId> {
  if (!Number.isInteger(id) || id <= 0 || id > MAX_ID) throw rpcError(fault)
  const userId = id as UserId
  if (userId === actor.userId || hash === accessHash(ctx, actor.userId, userId)) return userId
  // Bots may name users by the bare id. https://core.telegram.org/api/peers#access-hash
  if (actor.isBot && hash === 0n && (await hasAccount(ctx.db, userId))) return userId
  throw rpcError(fault)
}
