/**
 * Ids as types. All stay below 2^31, because the layers up to 132 carry them in 32 bits.
 *
 * A PeerId names a user, a basic group or a channel in one integer, as it is stored: a user is its id, a basic
 * group the negated id, a channel -(1,000,000,000 + id).
 */
declare const brand: unique symbol
type Branded<Name extends string> = number & { readonly [brand]: Name }

export type UserId = Branded<'user'>
export type ChatId = Branded<'chat'>
export type ChannelId = Branded<'channel'>
/** Numbered from 1 in each box. */
export type MessageId = Branded<'message'>
export type PeerId = Branded<'peer'> | UserId
/** Who owns messages and a pts: a user or a channel, written as its PeerId. */
export type BoxId = Branded<'box'> | UserId

const CHANNEL_OFFSET = 1_000_000_000

/** Sends login messages and service notices; known to every client by this id. */
export const SERVICE_USER_ID = 777000 as UserId

/** Tells users of their limits; known to clients by this id, and as @SpamBot. */
export const LIMITS_USER_ID = 178220800 as UserId

export type PeerKind = 'user' | 'chat' | 'channel'

/** Which kind of peer the stored integer names. */
export function peerKind(peerId: PeerId): PeerKind {
  if (peerId > 0) return 'user'
  return peerId >= -CHANNEL_OFFSET ? 'chat' : 'channel'
}

/** The id that the API shows for a stored peer. */
export function bareId(peerId: PeerId): number {
  if (peerId > 0) return peerId
  return peerId >= -CHANNEL_OFFSET ? -peerId : -peerId - CHANNEL_OFFSET
}
