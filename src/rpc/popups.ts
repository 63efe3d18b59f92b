import { tl } from '../tl/factories.ts'
import type { ErrorName, RpcError } from '../tl/rpc-error.ts'
import type * as T from '../tl/schema.d.ts'

/** The code after which clients show nothing but what the server tells them to. */
const NOT_ACCEPTABLE = 406

/** What a person is told of an error of that code. Of those that are not here, a client can make something itself. */
const TEXTS: Partial<Record<ErrorName, string>> = {
  ALLOW_PAYMENT_REQUIRED: 'Messages to this person must be paid for.',
  API_GIFT_RESTRICTED_UPDATE_APP: 'This app cannot buy that gift. Please update it.',
  BANNED_RIGHTS_INVALID: 'These restrictions do not go together.',
  BUSINESS_ADDRESS_ACTIVE: 'This cannot be done while your business has an address.',
  CALL_PROTOCOL_COMPAT_LAYER_INVALID: 'The app of the other side is too old or too new for this call.',
  CHANNEL_PRIVATE: 'This chat is private, or you are no longer in it.',
  CHANNEL_TOO_LARGE: 'This chat has too many members to be deleted.',
  CHAT_FORWARDS_RESTRICTED: 'Messages of this chat cannot be forwarded.',
  EDIT_MESSAGE_TEMP_RESTRICTED: 'This message cannot be edited for now.',
  FRESH_CHANGE_ADMINS_FORBIDDEN:
    'You became an administrator only recently. Others can be changed by you somewhat later.',
  FRESH_CHANGE_PHONE_FORBIDDEN:
    'You have logged in here only recently. For your safety the number can be changed somewhat later, or from another device.',
  FRESH_RESET_AUTHORISATION_FORBIDDEN:
    'You have logged in here only recently. For your safety other sessions can be ended somewhat later, or from another device.',
  INVITE_HASH_EXPIRED: 'This invitation link is no longer valid.',
  PAYMENT_UNSUPPORTED: 'This app cannot pay for messages.',
  PHONE_NUMBER_INVALID: 'This is not a valid phone number. Please check it.',
  PHONE_PASSWORD_FLOOD: 'There were too many attempts to log in. Please try again later.',
  POLL_COUNTRY_RESTRICTED: 'This poll is not open in your country.',
  POLL_MEMBER_RESTRICTED: 'This poll is open only to those who have been in the chat for some time.',
  PRECHECKOUT_FAILED: 'The seller did not confirm the order. You were not charged.',
  PREMIUM_CURRENTLY_UNAVAILABLE: 'This cannot be bought at the moment.',
  PRIVACY_PREMIUM_REQUIRED: 'Only some people may write to this person first.',
  SEND_CODE_UNAVAILABLE:
    'The code was sent in all possible ways. Please wait until one arrives, or try again later.',
  STARGIFT_EXPORT_IN_PROGRESS: 'This gift is just being moved.',
  STARS_FORM_AMOUNT_MISMATCH: 'The price has changed. Please try again.',
  STICKERSET_INVALID: 'There is no such sticker set.',
  STICKERSET_OWNER_ANONYMOUS: 'This sticker set has no owner who could give it to a chat.',
  TOPIC_CLOSED: 'This topic is closed.',
  TOPIC_DELETED: 'This topic was deleted.',
  TRANSLATIONS_DISABLED: 'Translation is not offered at the moment.',
  UPDATE_APP_TO_LOGIN: 'This app is too old to log in. Please update it.',
  USERPIC_PRIVACY_REQUIRED: 'To be seen nearby you must show your photo to everybody.',
  USERPIC_UPLOAD_REQUIRED: 'To be seen nearby you need a photo.',
  USER_RESTRICTED: 'You cannot create chats at the moment, for others have complained of you.',
}

/** What clients ask of themselves, without anybody waiting for it. */
const UNASKED = /\.(?:get|check|setTyping)/

/**
 * What a person is shown when a call fails with code 406; undefined when they are shown nothing.
 * https://core.telegram.org/api/errors#406-not-acceptable
 */
export function popupOf(error: RpcError, method: string): T.updateServiceNotification | undefined {
  if (error.codeFor(method) !== NOT_ACCEPTABLE || UNASKED.test(method)) return undefined
  const message = TEXTS[error.name_]
  if (message === undefined) return undefined
  return tl.updateServiceNotification({
    popup: true,
    type: error.name_,
    message,
    media: tl.messageMediaEmpty(),
    entities: [],
  })
}
