import type { MessageId, PeerId } from '../lib/ids.ts'
import { tl } from '../tl/factories.ts'
import type * as T from '../tl/schema.d.ts'
import { peerView } from './peer.ts'

/** A chat in somebody's list, nested values decoded. */
export interface DialogFacts {
  readonly peerId: PeerId
  readonly topMessageId: MessageId
  readonly unreadCount: number
  readonly readInboxId: MessageId
  readonly readOutboxId: MessageId
  readonly isMarkedUnread: boolean
  readonly isPinned: boolean
  readonly folderId: number
  readonly draft: T.DraftMessage | undefined
  readonly notifySettings: T.PeerNotifySettings
}

/** A chat in the list. Users and basic groups have no pts of their own. https://core.telegram.org/constructor/dialog */
export function dialogView(facts: DialogFacts): T.dialog {
  return tl.dialog({
    pinned: facts.isPinned,
    unreadMark: facts.isMarkedUnread,
    peer: peerView(facts.peerId),
    topMessage: facts.topMessageId,
    readInboxMaxId: facts.readInboxId,
    readOutboxMaxId: facts.readOutboxId,
    unreadCount: facts.unreadCount,
    unreadMentionsCount: 0,
    unreadReactionsCount: 0,
    unreadPollVotesCount: 0,
    notifySettings: facts.notifySettings,
    draft: facts.draft,
    folderId: facts.folderId === 0 ? undefined : facts.folderId,
  })
}
