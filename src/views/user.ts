import type { UserId } from '../lib/ids.ts'
import { tl } from '../tl/factories.ts'
import type * as T from '../tl/schema.d.ts'

const DAY_SEC = 86_400
/** How long ago a hidden visit may be to count as recent, as within a week, as within a month. */
const RECENT_SEC = 3 * DAY_SEC
const WEEK_SEC = 7 * DAY_SEC
const MONTH_SEC = 30 * DAY_SEC

/** An account as one viewer may see it. Names are those that the viewer gave, if it is a contact. */
export interface SeenUser {
  readonly id: UserId
  readonly accessHash: bigint
  readonly firstName: string
  readonly lastName: string
  readonly username: string | undefined
  /** Undefined when the viewer may not know it. */
  readonly phone: string | undefined
  readonly photo: T.userProfilePhoto | undefined
  readonly status: T.UserStatus | undefined
  readonly isSelf: boolean
  readonly isContact: boolean
  readonly isMutualContact: boolean
  readonly isCloseFriend: boolean
  readonly isDeleted: boolean
  readonly isBot: boolean
  readonly isSupport: boolean
  readonly isVerified: boolean
}

/** A user as the API shows it. https://core.telegram.org/constructor/user */
export function userView(seen: SeenUser): T.user {
  const { id, accessHash, isDeleted } = seen
  const orNone = (text: string): string | undefined => (text === '' || isDeleted ? undefined : text)
  return tl.user({
    id,
    accessHash,
    self: seen.isSelf,
    contact: seen.isContact && !isDeleted,
    mutualContact: seen.isMutualContact && !isDeleted,
    closeFriend: seen.isCloseFriend && !isDeleted,
    deleted: isDeleted,
    bot: seen.isBot,
    verified: seen.isVerified,
    support: seen.isSupport,
    firstName: orNone(seen.firstName),
    lastName: orNone(seen.lastName),
    username: orNone(seen.username ?? ''),
    phone: orNone(seen.phone ?? ''),
    photo: seen.photo,
    status: isDeleted || seen.isBot ? undefined : seen.status,
    botInfoVersion: seen.isBot ? 1 : undefined,
  })
}

/** When somebody was here, and how much of it a viewer may know. */
export interface Presence {
  /** In the future while online; the time of the last visit afterwards; 0 for never. */
  readonly onlineUntil: number
  /** Whether the viewer may see the exact time. */
  readonly isExact: boolean
  /** Whether it is the viewer's own rules that hide the time: who hides theirs does not see others'. */
  readonly isHiddenByMe: boolean
  /** Nothing at all is shown, as to somebody who is blocked. */
  readonly isNothing: boolean
}

/** The status of a user. https://core.telegram.org/type/UserStatus */
export function statusView(presence: Presence, nowSec: number): T.UserStatus {
  const { onlineUntil, isExact, isHiddenByMe: byMe } = presence
  if (presence.isNothing || onlineUntil === 0) return tl.userStatusEmpty()
  if (isExact && !byMe) {
    if (onlineUntil > nowSec) return tl.userStatusOnline({ expires: onlineUntil })
    return tl.userStatusOffline({ wasOnline: onlineUntil })
  }
  // Only what the viewer could see otherwise is said to be hidden by its own choice.
  const flags = { byMe: isExact && byMe }
  const ago = nowSec - onlineUntil
  if (ago <= RECENT_SEC) return tl.userStatusRecently(flags)
  if (ago <= WEEK_SEC) return tl.userStatusLastWeek(flags)
  if (ago <= MONTH_SEC) return tl.userStatusLastMonth(flags)
  return tl.userStatusEmpty()
}

/** The bar of actions above a chat with a user. https://core.telegram.org/api/action-bar */
export function peerSettingsView(bar: {
  readonly isSelf: boolean
  readonly isService: boolean
  readonly isContact: boolean
  readonly isHidden: boolean
  readonly isBlocked: boolean
  /** Whether the other side can see the viewer's number. */
  readonly isPhoneShared: boolean
}): T.peerSettings {
  const isStranger = !bar.isSelf && !bar.isService && !bar.isContact && !bar.isHidden
  return tl.peerSettings({
    reportSpam: isStranger && !bar.isBlocked,
    addContact: isStranger,
    blockContact: isStranger && !bar.isBlocked,
    shareContact: bar.isContact && !bar.isSelf && !bar.isHidden && !bar.isPhoneShared,
    needContactsException: isStranger && !bar.isPhoneShared,
  })
}
