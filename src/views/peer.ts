import { bareId, peerKind, type PeerId } from '../lib/ids.ts'
import { tl } from '../tl/factories.ts'
import type * as T from '../tl/schema.d.ts'

/** A stored peer as the API names it. https://core.telegram.org/type/Peer */
export function peerView(peerId: PeerId): T.Peer {
  const id = bareId(peerId)
  const kind = peerKind(peerId)
  if (kind === 'user') return tl.peerUser({ userId: id })
  return kind === 'chat' ? tl.peerChat({ chatId: id }) : tl.peerChannel({ channelId: id })
}

/** A stored peer as an entry of a list of dialogs. https://core.telegram.org/type/DialogPeer */
export function dialogPeerView(peerId: PeerId): T.DialogPeer {
  return tl.dialogPeer({ peer: peerView(peerId) })
}
