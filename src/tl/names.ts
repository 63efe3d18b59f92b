/**
 * How TL names become JavaScript: field names in camelCase, and the one rule for which longs are numbers.
 */

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

/** Fields of type long that hold an id below 2^53 or a size in bytes, by their TL name, wherever they stand. */
const NUMBER_FIELDS: ReadonlySet<string> = words(`
  user_id user_id_hint bot_id via_bot_id via_business_bot_id business_bot_id guard_bot_id
  bot_manager_id admin_id participant_id actor_id inviter_id author_id contact_id receiver_id from_id
  to_id new_creator_id promoted_by kicked_by approved_by requested_by recent_requesters recent_viewers
  users exclude_users other_uids winners chat_id channel_id broadcast_id community_id linked_chat_id
  linked_monoforum_id linked_community_id personal_channel_id migrated_from_chat_id
  admin_disallowed_chat_id chats channels creator_chat_ids joined_chat_ids prev_value new_value size
  offset file_max_size file_size_max video_size_max video_max_size
`)

/** Definitions whose `id` is that of a user, group, channel or community; every other long `id` is a bigint. */
const NUMBER_ID_OWNERS: ReadonlySet<string> = words(`
  userEmpty user userFull chatEmpty chat chatForbidden chatFull channel channelForbidden channelFull
  community communityForbidden communityFull contacts.editCloseFriends messages.getChats
`)

/** A long is a number where it holds the id of a peer or a size, which stay below 2^53; else a bigint. */
export function isNumberLong(definition: string, field: string): boolean {
  if (field === 'id') return NUMBER_ID_OWNERS.has(definition)
  if (field === 'max_id') return definition === 'messages.getCommonChats'
  return NUMBER_FIELDS.has(field)
}

/** `access_hash` → `accessHash`. */
export function camelCase(name: string): string {
  return name.replace(/_([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

/** `accessHash` → `access_hash`: the inverse of `camelCase` for names that are lower case in TL. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
