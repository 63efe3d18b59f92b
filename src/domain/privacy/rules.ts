import type { UserId } from '../../lib/ids.ts'
import { tl } from '../../tl/factories.ts'
import type * as T from '../../tl/schema.d.ts'

/** What a set of privacy rules is about, by the constructor name of PrivacyKey. */
export type PrivacyKeyName = T.PrivacyKey['_']

/** Every key, with the rules in force until its owner sets others. */
export const DEFAULT_RULES: Readonly<Record<PrivacyKeyName, () => T.PrivacyRule[]>> = {
  privacyKeyStatusTimestamp: everybody,
  privacyKeyChatInvite: everybody,
  privacyKeyPhoneCall: everybody,
  privacyKeyPhoneP2P: contacts,
  privacyKeyForwards: everybody,
  privacyKeyProfilePhoto: everybody,
  privacyKeyPhoneNumber: contacts,
  privacyKeyAddedByPhone: everybody,
  privacyKeyVoiceMessages: everybody,
  privacyKeyAbout: everybody,
  privacyKeyBirthday: contacts,
  privacyKeyStarGiftsAutoSave: everybody,
  privacyKeyNoPaidMessages: contacts,
  privacyKeySavedMusic: everybody,
}

function everybody(): T.PrivacyRule[] {
  return [tl.privacyValueAllowAll()]
}

function contacts(): T.PrivacyRule[] {
  return [tl.privacyValueAllowContacts(), tl.privacyValueDisallowAll()]
}

/** How a viewer stands to the owner of rules. */
export interface Standing {
  readonly viewer: UserId
  /** The owner has the viewer in the contact list. */
  readonly isContact: boolean
  readonly isCloseFriend: boolean
  readonly isBot: boolean
}

/**
 * Whether rules let a viewer see or do something. The more a rule singles out, the more it weighs: named
 * users before close friends and bots, these before contacts, these before everybody; of two that weigh the
 * same the one that denies counts. Nobody is allowed by the absence of a rule.
 * https://core.telegram.org/api/privacy
 */
export function isAllowed(rules: readonly T.PrivacyRule[], standing: Standing): boolean {
  let weight = 0
  let isAllowing = false
  for (const rule of rules) {
    const [ruleWeight, allows] = weigh(rule, standing)
    if (ruleWeight > weight || (ruleWeight === weight && weight > 0 && !allows)) {
      weight = ruleWeight
      isAllowing = allows
    }
  }
  return isAllowing
}

/** How much a rule weighs for somebody (0: it is not about them), and whether it allows. */
function weigh(rule: T.PrivacyRule, standing: Standing): [weight: number, allows: boolean] {
  switch (rule._) {
    case 'privacyValueAllowUsers':
      return [rule.users.includes(standing.viewer) ? 4 : 0, true]
    case 'privacyValueDisallowUsers':
      return [rule.users.includes(standing.viewer) ? 4 : 0, false]
    case 'privacyValueAllowCloseFriends':
      return [standing.isCloseFriend ? 3 : 0, true]
    case 'privacyValueAllowBots':
      return [standing.isBot ? 3 : 0, true]
    case 'privacyValueDisallowBots':
      return [standing.isBot ? 3 : 0, false]
    case 'privacyValueAllowContacts':
      return [standing.isContact ? 2 : 0, true]
    case 'privacyValueDisallowContacts':
      return [standing.isContact ? 2 : 0, false]
    case 'privacyValueAllowAll':
      return [1, true]
    case 'privacyValueDisallowAll':
      return [1, false]
    // Nobody has Premium and nobody shares a group here as yet.
    case 'privacyValueAllowPremium':
      return [0, true]
    case 'privacyValueAllowChatParticipants':
      return [0, true]
    case 'privacyValueDisallowChatParticipants':
      return [0, false]
  }
}
