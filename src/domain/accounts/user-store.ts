import type { Remembered } from '../../bus/memory.ts'
import type { Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import type { Db } from '../../store/database.ts'
import type * as T from '../../tl/schema.d.ts'
import { profilePhotoView } from '../../views/photo.ts'
import { unpack } from '../messages/packed.ts'
import { USERS_REMEMBERED, USERS_REMEMBERED_MS } from './limits.ts'

/** An account and all that stands between it and one viewer. */
export interface UserRow {
  readonly id: UserId
  readonly phone: string | null
  readonly firstName: string
  readonly lastName: string
  readonly isBot: boolean
  readonly isSupport: boolean
  readonly isVerified: boolean
  readonly isDeleted: boolean
  readonly onlineUntil: number
  readonly username: string | null
  /** What the viewer calls it; null when it is no contact of the viewer. */
  readonly contactFirstName: string | null
  readonly contactLastName: string | null
  /** The number that the viewer has for it. */
  readonly contactPhone: string | null
  readonly isCloseFriend: boolean
  /** Whether the account has the viewer in its contact list, and as a close friend. */
  readonly hasMe: boolean
  readonly hasMeClose: boolean
  readonly blocksMe: boolean
  /** Rules of the account; null where the default holds. */
  readonly statusRules: Uint8Array | null
  readonly phoneRules: Uint8Array | null
  readonly photoRules: Uint8Array | null
  /** What it shows, what it shows to those who may not see that, and what the viewer gave it. */
  readonly photo: T.userProfilePhoto | undefined
  readonly fallbackPhoto: T.userProfilePhoto | undefined
  readonly personalPhoto: T.userProfilePhoto | undefined
  /** Rules of the viewer for its own status, and whether it shows it to this account. */
  readonly myStatusRules: Uint8Array | null
}

/** What the owners of remembered users are, as `Memory` names it. */
export const ABOUT_USERS = 'user'

/**
 * The tables that a `UserRow` is made of. Whoever writes to them names in `Tx.outdate` the user in the first column of
 * the row's key, or else all users count as changed.
 */
export const USER_TABLES = [
  'account',
  'username',
  'contact',
  'block',
  'privacy',
  'profile_photo',
  'personal_photo',
] as const

interface Pair {
  readonly viewer: UserId
  readonly id: UserId
}

const USERS: Remembered<Context, Pair, UserRow | undefined> = {
  about: ABOUT_USERS,
  limit: USERS_REMEMBERED,
  keptMs: USERS_REMEMBERED_MS,
  idOf: ({ viewer, id }) => `${viewer} ${id}`,
  ownersOf: ({ viewer, id }) => [viewer, id],
  load: async (ctx, pairs) => await ctx.gather.add(readTogether, pairs),
}

/**
 * Accounts as one viewer stands to them. Every answer and every update carries users, so this one read joins
 * what the stores of contacts, blocks and privacy otherwise keep to themselves, and is remembered.
 */
export async function readUsers(ctx: Context, viewer: UserId, ids: readonly UserId[]): Promise<UserRow[]> {
  const pairs = ids.map((id) => ({ viewer, id }))
  const rows =
    ids.length <= MAX_TOGETHER ? await ctx.memory.getAll(USERS, pairs) : await readPairs(ctx.db, pairs)
  return rows.filter((row) => row !== undefined)
}

/** Longer lists are seldom asked for again, and have enough to do with themselves. */
const MAX_TOGETHER = 20

async function readTogether(
  ctx: Context,
  wanted: readonly (readonly Pair[])[],
): Promise<(UserRow | undefined)[][]> {
  const rows = await readPairs(ctx.db, wanted.flat())
  let from = 0
  return wanted.map((pairs) => rows.slice(from, (from += pairs.length)))
}

/** A row as it is stored. */
type StoredRow = Omit<UserRow, 'photo' | 'fallbackPhoto' | 'personalPhoto'> & {
  readonly at: number
  readonly packedPhoto: Uint8Array | null
  readonly packedFallback: Uint8Array | null
  readonly packedPersonal: Uint8Array | null
}

/**
 * A row for each pair; undefined where there is no such account. Photos are looked up for those who have some: as joins they
 * made the statement slower by a third for everybody.
 */
async function readPairs(db: Db, pairs: readonly Pair[]): Promise<(UserRow | undefined)[]> {
  const found = pairs.map((): UserRow | undefined => undefined)
  const rows = await db.sql<StoredRow[]>`
    select (p.ord - 1)::int as at, a.id, a.phone, a.first_name as "firstName", a.last_name as "lastName",
      a.is_bot as "isBot", a.is_support as "isSupport", a.is_verified as "isVerified",
      a.deleted_at is not null as "isDeleted", a.online_until as "onlineUntil", n.name as username,
      c.first_name as "contactFirstName", c.last_name as "contactLastName", c.phone as "contactPhone",
      coalesce(c.is_close, false) as "isCloseFriend",
      back.owner_id is not null as "hasMe", coalesce(back.is_close, false) as "hasMeClose",
      b.owner_id is not null as "blocksMe",
      ps.rules as "statusRules", pp.rules as "phoneRules",
      case when a.photo_id is not null then
        (select rules from privacy where user_id = a.id and key = 'privacyKeyProfilePhoto') end as "photoRules",
      case when a.photo_id is not null then
        (select photo from profile_photo where user_id = a.id and id = a.photo_id) end as "packedPhoto",
      case when a.fallback_photo_id is not null then
        (select photo from profile_photo where user_id = a.id and id = a.fallback_photo_id) end as "packedFallback",
      case when c.owner_id is not null then
        (select photo from personal_photo where owner_id = c.owner_id and user_id = c.user_id) end as "packedPersonal",
      (select rules from privacy
        where user_id = p.viewer and key = 'privacyKeyStatusTimestamp') as "myStatusRules"
    from unnest(${pairs.map((pair) => pair.viewer)}::int[], ${pairs.map((pair) => pair.id)}::int[])
      with ordinality as p (viewer, id, ord)
    join account a on a.id = p.id
    left join username n on n.peer_id = a.id
    left join contact c on c.owner_id = p.viewer and c.user_id = a.id
    left join contact back on back.owner_id = a.id and back.user_id = p.viewer
    left join block b on b.owner_id = a.id and b.peer_id = p.viewer
    left join privacy ps on ps.user_id = a.id and ps.key = 'privacyKeyStatusTimestamp'
    left join privacy pp on pp.user_id = a.id and pp.key = 'privacyKeyPhoneNumber'`
  for (const row of rows) found[row.at] = fromStored(row)
  return found
}

function fromStored(row: StoredRow): UserRow {
  const { at: _, packedPhoto, packedFallback, packedPersonal, ...rest } = row
  return {
    ...rest,
    photo: seenFrom(packedPhoto, false),
    fallbackPhoto: seenFrom(packedFallback, false),
    personalPhoto: seenFrom(packedPersonal, true),
  }
}

function seenFrom(packed: Uint8Array | null, isPersonal: boolean): T.userProfilePhoto | undefined {
  if (packed === null) return undefined
  const view = profilePhotoView(unpack(packed) as T.photo, isPersonal)
  // Else what is remembered of many users would keep all in memory that was read together with it.
  view.strippedThumb &&= new Uint8Array(view.strippedThumb)
  return view
}
