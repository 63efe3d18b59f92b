import { decodeObject } from '../../tl/decode.ts'
import { codecFor, NEWEST_LAYER } from '../../tl/encode.ts'
import { tl } from '../../tl/factories.ts'
import type * as T from '../../tl/schema.d.ts'
import { DEFAULT_RULES, type PrivacyKeyName } from './rules.ts'

/** Rules as they are stored: as the update that tells of them. */
export function encodeRules(key: PrivacyKeyName, rules: T.PrivacyRule[]): Uint8Array {
  return codecFor(NEWEST_LAYER).encode(privacyUpdate(key, rules), 'Update')
}

/** Stored rules, or the default ones of this key. */
export function decodeRules(key: PrivacyKeyName, stored: Uint8Array | null | undefined): T.PrivacyRule[] {
  if (!stored) return DEFAULT_RULES[key]()
  const update = decodeObject(stored) as T.updatePrivacy // Only encodeRules writes that column.
  return update.rules
}

/**
 * The update that tells one's other sessions of new rules.
 * https://core.telegram.org/constructor/updatePrivacy
 */
export function privacyUpdate(key: PrivacyKeyName, rules: T.PrivacyRule[]): T.updatePrivacy {
  return tl.updatePrivacy({ key: tl[key](), rules })
}
