import type { Actor, Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import type { Tx } from '../../store/database.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import type { LogRow } from '../../updates/log.ts'
import { peerSettings } from '../accounts/full.ts'
import { contactName } from '../accounts/names.ts'
import { readAccount } from '../accounts/store.ts'
import { otherEntry } from '../accounts/tell.ts'
import { normalisePhone } from '../auth/phone.ts'
import { addException } from '../privacy/privacy.ts'
import { dropImports } from './import-store.ts'
import { CONTACTS_PER_CALL, MAX_CONTACTS, TOLD_ONE_BY_ONE } from './limits.ts'
import { packNote } from './note.ts'
import { dropContacts, putCloseFriends, putContacts, putNote, readByPhones, readRelation } from './store.ts'

const PHONE = 'privacyKeyPhoneNumber'

/** Somebody to be made a contact, by whatever name. */
export interface ContactDetails {
  readonly userId: UserId
  readonly firstName: string
  readonly lastName: string
  readonly phone: string
  readonly note?: T.TextWithEntities | undefined
  /** Lets them see the actor's number from now on. */
  readonly sharesPhone: boolean
}

/**
 * Adds somebody to the contact list, or renames a contact. Throws CONTACT_ID_INVALID, CONTACT_NAME_EMPTY.
 * https://core.telegram.org/method/contacts.addContact
 */
export async function addContact(ctx: Context, by: Actor, input: ContactDetails): Promise<LogRow[]> {
  const name = contactName(input.firstName, input.lastName)
  if (name.firstName === '') throw rpcError('CONTACT_NAME_EMPTY')
  if (input.userId === by.userId) throw rpcError('CONTACT_ID_INVALID')
  const contact = {
    ownerId: by.userId,
    userId: input.userId,
    ...name,
    phone: normalisePhone(input.phone) ?? '',
    note: packNote(input.note),
  }
  return await ctx.db.transaction(async (tx) => {
    if (input.sharesPhone) await addException(ctx, tx, by, { key: PHONE, userId: input.userId })
    await putContacts(tx, [contact], ctx.clock.nowSec())
    return await tellOfSettings(ctx, tx, by, [input.userId])
  })
}

/**
 * Adds somebody who shared their number with the actor, by the name that they go by, and shares the actor's
 * with them. Throws CONTACT_REQ_MISSING when they did not.
 * https://core.telegram.org/method/contacts.acceptContact
 */
export async function acceptContact(ctx: Context, by: Actor, userId: UserId): Promise<LogRow[]> {
  if (userId === by.userId) throw rpcError('CONTACT_ID_INVALID')
  const [account, theirs, mine] = await Promise.all([
    readAccount(ctx.db, userId),
    readRelation(ctx.db, userId, by.userId),
    readRelation(ctx.db, by.userId, userId),
  ])
  if (!account || account.isDeleted) throw rpcError('CONTACT_ID_INVALID')
  if (!theirs.isContact) throw rpcError('CONTACT_REQ_MISSING')
  if (mine.isContact) {
    return await ctx.db.transaction(async (tx) => {
      await addException(ctx, tx, by, { key: PHONE, userId })
      return await tellOfSettings(ctx, tx, by, [userId])
    })
  }
  const { firstName, lastName } = account
  return await addContact(ctx, by, { userId, firstName, lastName, phone: '', sharesPhone: true })
}

/** Takes people off the contact list. https://core.telegram.org/method/contacts.deleteContacts */
export async function deleteContacts(ctx: Context, by: Actor, userIds: readonly UserId[]): Promise<LogRow[]> {
  return await ctx.db.transaction(async (tx) => {
    const dropped = await dropContacts(tx, by.userId, userIds.slice(0, CONTACTS_PER_CALL))
    return await tellOfSettings(ctx, tx, by, dropped)
  })
}

/** Takes people off the contact list by their numbers, whether they have an account or not. */
export async function deleteByPhones(ctx: Context, by: Actor, phones: readonly string[]): Promise<void> {
  const known = phones.slice(0, CONTACTS_PER_CALL).flatMap((phone) => normalisePhone(phone) ?? [])
  await ctx.db.transaction(async (tx) => {
    await dropImports(tx, by.userId, known)
    const dropped = await dropContacts(tx, by.userId, await readByPhones(tx, by.userId, known))
    await tellOfSettings(ctx, tx, by, dropped)
  })
}

/**
 * Writes a note on a contact. Throws CONTACT_MISSING.
 * https://core.telegram.org/method/contacts.updateContactNote
 */
export async function updateNote(
  ctx: Context,
  by: Actor,
  input: { readonly userId: UserId; readonly note: T.TextWithEntities },
): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const isContact = await putNote(tx, by.userId, input.userId, packNote(input.note))
    if (!isContact) throw rpcError('CONTACT_MISSING')
    await ctx.updates.record(tx, [otherEntry(by.userId, tl.updateUser({ userId: input.userId }))], by)
  })
}

/** Makes these contacts the close friends, and no others. */
export async function editCloseFriends(ctx: Context, by: Actor, userIds: readonly UserId[]): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    await putCloseFriends(tx, by.userId, userIds.slice(0, MAX_CONTACTS))
    await ctx.updates.record(tx, [otherEntry(by.userId, tl.updateContactsReset())], by)
  })
}

/**
 * Tells one's sessions that somebody became a contact or stopped being one: the user comes with the update.
 */
async function tellOfSettings(
  ctx: Context,
  tx: Tx,
  by: Actor,
  userIds: readonly UserId[],
): Promise<LogRow[]> {
  if (userIds.length > TOLD_ONE_BY_ONE)
    return await ctx.updates.record(tx, [otherEntry(by.userId, tl.updateContactsReset())], by)
  const entries = []
  for (const userId of userIds) {
    const settings = await peerSettings(tx, by.userId, userId)
    entries.push(otherEntry(by.userId, tl.updatePeerSettings({ peer: tl.peerUser({ userId }), settings })))
  }
  return await ctx.updates.record(tx, entries, by)
}
