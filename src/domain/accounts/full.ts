import type { Context } from '../../context.ts'
import { SERVICE_USER_ID, type UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { peerSettingsView } from '../../views/user.ts'
import { readBar } from '../contacts/block-store.ts'
import { unpackNote } from '../contacts/note.ts'
import { readContact, readRelation } from '../contacts/store.ts'
import { grantPhoto } from '../files/access.ts'
import { getNotifySettings } from '../notify/settings.ts'
import { seenPhotos } from '../photos/seen.ts'
import { decodeRules } from '../privacy/encoded.ts'
import { openKeys } from '../privacy/privacy.ts'
import { isAllowed } from '../privacy/rules.ts'
import { readRules } from '../privacy/store.ts'
import { getSetting } from './settings.ts'
import { readAccount } from './store.ts'

/**
 * All that a viewer may know of a user, beyond what comes with the user itself. Throws USER_ID_INVALID.
 * https://core.telegram.org/constructor/userFull
 */
export async function fullUser(ctx: Context, viewer: UserId, userId: UserId): Promise<T.userFull> {
  const account = await readAccount(ctx.db, userId)
  if (!account) throw rpcError('USER_ID_INVALID')
  const [open, bar, settings, notifySettings, contact, global, photos] = await Promise.all([
    openKeys(ctx, userId, viewer, [
      'privacyKeyAbout',
      'privacyKeyPhoneCall',
      'privacyKeyVoiceMessages',
      'privacyKeyForwards',
    ]),
    readBar(ctx.db, viewer, userId),
    peerSettings(ctx.db, viewer, userId),
    getNotifySettings(ctx, viewer, { target: 'peer', peerId: userId }),
    readContact(ctx.db, viewer, userId),
    getSetting(ctx, userId, 'globalPrivacySettings'),
    seenPhotos(ctx, viewer, userId),
  ])
  const granted = (photo: T.photo | undefined): T.Photo | undefined => photo && grantPhoto(ctx, viewer, photo)
  const about = account.about === '' || !open.has('privacyKeyAbout') ? undefined : account.about
  return tl.userFull({
    id: userId,
    about,
    blocked: bar.isBlocked,
    settings,
    personalPhoto: granted(photos.personal),
    profilePhoto: granted(photos.profile),
    fallbackPhoto: granted(photos.fallback),
    notifySettings,
    commonChatsCount: 0,
    voiceMessagesForbidden: !open.has('privacyKeyVoiceMessages'),
    phoneCallsPrivate: !open.has('privacyKeyPhoneCall'),
    readDatesPrivate: userId !== viewer && global.hideReadMarks,
    privateForwardName: open.has('privacyKeyForwards')
      ? undefined
      : [account.firstName, account.lastName].filter((part) => part !== '').join(' '),
    note: unpackNote(contact?.note),
  })
}

/** The bar of actions above a viewer's chat with a user. https://core.telegram.org/api/action-bar */
export async function peerSettings(db: Db | Tx, viewer: UserId, userId: UserId): Promise<T.peerSettings> {
  const [relation, theirs, bar, rules] = await Promise.all([
    readRelation(db, viewer, userId),
    readRelation(db, userId, viewer),
    readBar(db, viewer, userId),
    readRules(db, viewer, ['privacyKeyPhoneNumber']),
  ])
  const known = theirs.isContact ? await readContact(db, userId, viewer) : undefined
  const isAllowedPhone = isAllowed(decodeRules('privacyKeyPhoneNumber', rules.get('privacyKeyPhoneNumber')), {
    viewer: userId,
    isContact: relation.isContact,
    isCloseFriend: relation.isCloseFriend,
    isBot: false,
  })
  return peerSettingsView({
    isSelf: userId === viewer,
    isService: userId === SERVICE_USER_ID,
    isContact: relation.isContact,
    isHidden: bar.isHidden,
    isBlocked: bar.isBlocked,
    isPhoneShared: isAllowedPhone || (known !== undefined && known.phone !== ''),
  })
}
