import type { Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import type * as T from '../../tl/schema.d.ts'
import { statusView, userView } from '../../views/user.ts'
import { accessHash } from '../peers/access.ts'
import { decodeRules } from '../privacy/encoded.ts'
import { isAllowed } from '../privacy/rules.ts'
import { readUsers, type UserRow } from './user-store.ts'

/**
 * Accounts as a viewer may see them: with the names and numbers of its contact list, its standing with each,
 * and as much of their status as their rules show. Ids without an account are left out.
 * https://core.telegram.org/constructor/user
 */
export async function loadUsers(ctx: Context, viewer: UserId, ids: Iterable<UserId>): Promise<T.User[]> {
  const wanted = [...new Set(ids)]
  if (wanted.length === 0) return []
  const rows = await readUsers(ctx, viewer, wanted)
  const nowSec = ctx.clock.nowSec()
  return rows.map((row) => seenUser(ctx, viewer, row, nowSec))
}

/** One account as a viewer sees it; undefined when there is none. */
export async function loadUser(ctx: Context, viewer: UserId, id: UserId): Promise<T.User | undefined> {
  const [user] = await loadUsers(ctx, viewer, [id])
  return user
}

function seenUser(ctx: Context, viewer: UserId, row: UserRow, nowSec: number): T.user {
  const isSelf = row.id === viewer
  const isContact = row.contactFirstName !== null
  return userView({
    id: row.id,
    accessHash: accessHash(ctx, viewer, row.id),
    firstName: row.contactFirstName ?? row.firstName,
    lastName: row.contactLastName ?? row.lastName,
    username: row.username ?? undefined,
    phone: seenPhone(viewer, row),
    photo: seenPhoto(viewer, row),
    status: row.isSupport ? undefined : seenStatus(viewer, row, nowSec),
    isSelf,
    isContact,
    isMutualContact: isContact && (row.hasMe || isSelf),
    isCloseFriend: row.isCloseFriend,
    isDeleted: row.isDeleted,
    isBot: row.isBot,
    isSupport: row.isSupport,
    isVerified: row.isVerified,
  })
}

/** A number is seen by its owner, by whoever knows it anyway, and by whom the owner's rules allow. */
function seenPhone(viewer: UserId, row: UserRow): string | undefined {
  if (row.phone === null) return undefined
  if (row.id === viewer || row.isSupport || row.contactPhone === row.phone) return row.phone
  const rules = decodeRules('privacyKeyPhoneNumber', row.phoneRules)
  return isAllowed(rules, standing(viewer, row)) ? row.phone : undefined
}

/**
 * What the viewer gave it, what it shows to the viewer, or what it shows to all others. Whom it has blocked sees nothing.
 * https://core.telegram.org/api/privacy
 */
function seenPhoto(viewer: UserId, row: UserRow): T.userProfilePhoto | undefined {
  if (row.isDeleted) return undefined
  if (row.personalPhoto) return row.personalPhoto
  if (row.blocksMe) return undefined
  if (row.photo && isPhotoOpen(viewer, row)) return row.photo
  return row.fallbackPhoto
}

function isPhotoOpen(viewer: UserId, row: UserRow): boolean {
  if (row.id === viewer || row.photoRules === null) return true
  return isAllowed(decodeRules('privacyKeyProfilePhoto', row.photoRules), standing(viewer, row))
}

function seenStatus(viewer: UserId, row: UserRow, nowSec: number): T.UserStatus {
  const { onlineUntil } = row
  if (row.id === viewer)
    return statusView({ onlineUntil, isExact: true, isHiddenByMe: false, isNothing: false }, nowSec)
  const theirs = decodeRules('privacyKeyStatusTimestamp', row.statusRules)
  const mine = decodeRules('privacyKeyStatusTimestamp', row.myStatusRules)
  return statusView(
    {
      onlineUntil,
      isExact: isAllowed(theirs, standing(viewer, row)),
      isHiddenByMe: !isAllowed(mine, {
        viewer: row.id,
        isContact: row.contactFirstName !== null,
        isCloseFriend: row.isCloseFriend,
        isBot: row.isBot,
      }),
      isNothing: row.blocksMe,
    },
    nowSec,
  )
}

function standing(viewer: UserId, row: UserRow): Parameters<typeof isAllowed>[1] {
  return { viewer, isContact: row.hasMe, isCloseFriend: row.hasMeClose, isBot: false }
}
