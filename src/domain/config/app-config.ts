import { tl } from '../../tl/factories.ts'
import type * as T from '../../tl/schema.d.ts'
import { ABOUT_LENGTH } from '../accounts/limits.ts'
import { AUTOCONFIRM_SEC } from '../auth/limits.ts'
import { NOTE_LENGTH } from '../contacts/limits.ts'
import { MAX_PARTS } from '../files/limits.ts'
import { CAPTION_LENGTH, READ_DATE_SEC } from '../messages/limits.ts'
import { PASSKEYS_PER_ACCOUNT } from '../passkeys/limits.ts'
import { textHash } from './hash.ts'
import { PINNED_DIALOGS, PINNED_IN_FOLDER } from './limits.ts'

type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json }

/**
 * What clients are told that depends on this platform. Nothing can be bought here, so both halves of a pair
 * of limits are the same. https://core.telegram.org/api/config#client-configuration
 */
const APP_CONFIG: Readonly<Record<string, Json>> = {
  about_length_limit_default: ABOUT_LENGTH,
  about_length_limit_premium: ABOUT_LENGTH,
  caption_length_limit_default: CAPTION_LENGTH,
  caption_length_limit_premium: CAPTION_LENGTH,
  contact_note_length_limit: NOTE_LENGTH,
  chat_read_mark_expire_period: READ_DATE_SEC,
  chat_read_mark_size_threshold: 100,
  pm_read_date_expire_period: READ_DATE_SEC,
  dialogs_pinned_limit_default: PINNED_DIALOGS,
  dialogs_pinned_limit_premium: PINNED_DIALOGS,
  dialogs_folder_pinned_limit_default: PINNED_IN_FOLDER,
  dialogs_folder_pinned_limit_premium: PINNED_IN_FOLDER,
  emojies_animated_zoom: 0.625,
  emojies_send_dice: [],
  emojies_sounds: {},
  gif_search_branding: '',
  gif_search_emojies: [],
  autologin_domains: [],
  url_auth_domains: [],
  whitelisted_domains: [],
  ignore_restriction_reasons: [],
  settings_display_passkeys: true,
  passkeys_account_passkeys_max: PASSKEYS_PER_ACCOUNT,
  premium_purchase_blocked: true,
  giveaway_gifts_purchase_available: false,
  stars_purchase_blocked: true,
  stargifts_blocked: true,
  stories_posting: 'disabled',
  can_edit_factcheck: false,
  qr_login_camera: true,
  qr_login_code: 'secondary',
  authorization_autoconfirm_period: AUTOCONFIRM_SEC,
  quote_length_max: CAPTION_LENGTH,
  pending_suggestions: [],
  upload_max_fileparts_default: MAX_PARTS,
  upload_max_fileparts_premium: MAX_PARTS,
}

/**
 * The configuration of apps, unless the client has it already.
 * https://core.telegram.org/method/help.getAppConfig
 */
export function appConfig(knownHash: number): T.help.AppConfig {
  const hash = textHash(JSON.stringify(APP_CONFIG))
  if (knownHash === hash) return tl['help.appConfigNotModified']()
  return tl['help.appConfig']({ hash, config: jsonView(APP_CONFIG) })
}

function jsonView(value: Json): T.JSONValue {
  if (typeof value === 'string') return tl.jsonString({ value })
  if (typeof value === 'number') return tl.jsonNumber({ value })
  if (typeof value === 'boolean') return tl.jsonBool({ value })
  if (isList(value)) return tl.jsonArray({ value: value.map(jsonView) })
  return tl.jsonObject({
    value: Object.entries(value).map(([key, inner]) => tl.jsonObjectValue({ key, value: jsonView(inner) })),
  })
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
