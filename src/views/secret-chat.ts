import { must } from '../lib/assert.ts'
import type { UserId } from '../lib/ids.ts'
import { tl } from '../tl/factories.ts'
import type * as T from '../tl/schema.d.ts'

/** What is shown of a secret chat. */
export interface SecretChatFacts {
  readonly id: number
  readonly adminId: UserId
  readonly participantId: UserId
  readonly state: 'waiting' | 'open' | 'over'
  readonly isHistoryGone: boolean
  readonly askedAt: number
  readonly gA: Uint8Array | null
  readonly gB: Uint8Array | null
  readonly fingerprint: bigint | null
}

/**
 * A secret chat as one of the two sees it: each gets what the other made public of its secret.
 * https://core.telegram.org/constructor/encryptedChat
 */
export function secretChatView(viewer: UserId, chat: SecretChatFacts, accessHash: bigint): T.EncryptedChat {
  const { id, adminId, participantId, askedAt: date } = chat
  const isAdmin = viewer === adminId
  const shown = { id, accessHash, date, adminId, participantId }
  switch (chat.state) {
    case 'over':
      return secretChatOver(chat)
    case 'waiting':
      return isAdmin
        ? tl.encryptedChatWaiting(shown)
        : tl.encryptedChatRequested({
            ...shown,
            gA: must(chat.gA ?? undefined, 'a chat that is asked for has one'),
          })
    case 'open':
      return tl.encryptedChat({
        ...shown,
        gAOrB: must((isAdmin ? chat.gB : chat.gA) ?? undefined, 'an open chat has both'),
        keyFingerprint: must(chat.fingerprint ?? undefined, 'an open chat has one'),
      })
  }
}

/** A secret chat for whom it is over: https://core.telegram.org/constructor/encryptedChatDiscarded */
export function secretChatOver(
  chat: Pick<SecretChatFacts, 'id' | 'isHistoryGone'>,
): T.encryptedChatDiscarded {
  return tl.encryptedChatDiscarded({ historyDeleted: chat.isHistoryGone, id: chat.id })
}
