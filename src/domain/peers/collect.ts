import type { ChannelId, ChatId, UserId } from '../../lib/ids.ts'

/** Peers that an object names, so that whoever gets it can be given them along. */
export interface CollectedPeers {
  readonly users: Set<UserId>
  readonly chats: Set<ChatId>
  readonly channels: Set<ChannelId>
}

/** Fields of any object that hold user ids, alone or in a vector. */
const USER_FIELDS: ReadonlySet<string> = new Set([
  'userId',
  'fromId',
  'inviterId',
  'viaBotId',
  'botId',
  'adminId',
  'users',
  'participantId',
])
/** Nested deeper than this there are only formatted texts. */
const MAX_DEPTH = 12

/** Everybody whom a TL object (or a list of them) names. Ids of 0 stand for nobody. */
export function collectPeers(
  value: unknown,
  into: CollectedPeers = { users: new Set(), chats: new Set(), channels: new Set() },
): CollectedPeers {
  walk(value, into, 0)
  return into
}

function walk(value: unknown, into: CollectedPeers, depth: number): void {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || depth > MAX_DEPTH) return
  if (Array.isArray(value)) {
    for (const element of value) walk(element, into, depth + 1)
    return
  }
  // Most fields of most objects are absent or false; this runs for every message that is shown.
  for (const field in value) {
    const inner: unknown = value[field as keyof typeof value]
    if (typeof inner === 'number') note(field, inner, into)
    else if (typeof inner !== 'object' || inner === null) continue
    else if (Array.isArray(inner) && USER_FIELDS.has(field)) noteAll(field, inner, into, depth)
    else walk(inner, into, depth + 1)
  }
}

function note(field: string, id: number, into: CollectedPeers): void {
  if (id <= 0) return
  if (USER_FIELDS.has(field)) into.users.add(id as UserId)
  else if (field === 'chatId') into.chats.add(id as ChatId)
  else if (field === 'channelId') into.channels.add(id as ChannelId)
}

function noteAll(field: string, values: readonly unknown[], into: CollectedPeers, depth: number): void {
  for (const value of values) {
    if (typeof value === 'number') note(field, value, into)
    else walk(value, into, depth + 1)
  }
}
