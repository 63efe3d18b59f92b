import { tl } from './factories.ts'
import type { TlObject } from './object.ts'
import type * as T from './schema.d.ts'

type StandIn = (peer: TlObject) => TlObject | undefined

/**
 * Clients may name a user or a channel as the peer that it is, where the schema wants an InputUser or an InputChannel.
 * Pyrogram and its forks know nothing but peers, and write them everywhere. By the name of the type that is wanted: what
 * a peer means there, or undefined where it cannot stand.
 */
export const STAND_INS: ReadonlyMap<string, StandIn> = new Map<string, StandIn>([
  // What is given is read as an InputPeer.
  ['InputUser', (peer) => userOf(peer as T.InputPeer)],
  ['InputChannel', (peer) => channelOf(peer as T.InputPeer)],
])

function userOf(peer: T.InputPeer): T.InputUser | undefined {
  switch (peer._) {
    case 'inputPeerUser':
      return tl.inputUser({ userId: peer.userId, accessHash: peer.accessHash })
    case 'inputPeerUserFromMessage':
      return tl.inputUserFromMessage({ peer: peer.peer, msgId: peer.msgId, userId: peer.userId })
    case 'inputPeerSelf':
      return tl.inputUserSelf()
    case 'inputPeerEmpty':
      return tl.inputUserEmpty()
    default:
      return undefined
  }
}

function channelOf(peer: T.InputPeer): T.InputChannel | undefined {
  switch (peer._) {
    case 'inputPeerChannel':
      return tl.inputChannel({ channelId: peer.channelId, accessHash: peer.accessHash })
    case 'inputPeerChannelFromMessage':
      return tl.inputChannelFromMessage({ peer: peer.peer, msgId: peer.msgId, channelId: peer.channelId })
    case 'inputPeerEmpty':
      return tl.inputChannelEmpty()
    default:
      return undefined
  }
}
