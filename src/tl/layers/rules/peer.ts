import { tl } from '../../factories.ts'
import type * as T from '../../schema.d.ts'

/** The id of a user, or undefined for another peer. */
export function userIdOf(peer: T.Peer | undefined): number | undefined {
  return peer?._ === 'peerUser' ? peer.userId : undefined
}

/** A user where today any peer may stand. */
export function userAsPeer(user: T.InputUser): T.InputPeer {
  switch (user._) {
    case 'inputUser':
      return tl.inputPeerUser({ userId: user.userId, accessHash: user.accessHash })
    case 'inputUserFromMessage':
      return tl.inputPeerUserFromMessage({ peer: user.peer, msgId: user.msgId, userId: user.userId })
    case 'inputUserSelf':
      return tl.inputPeerSelf()
    case 'inputUserEmpty':
      return tl.inputPeerEmpty()
  }
}

/** A channel where today any peer may stand. */
export function channelAsPeer(channel: T.InputChannel): T.InputPeer {
  switch (channel._) {
    case 'inputChannel':
      return tl.inputPeerChannel({ channelId: channel.channelId, accessHash: channel.accessHash })
    case 'inputChannelFromMessage': {
      const { peer, msgId, channelId } = channel
      return tl.inputPeerChannelFromMessage({ peer, msgId, channelId })
    }
    case 'inputChannelEmpty':
      return tl.inputPeerEmpty()
  }
}
