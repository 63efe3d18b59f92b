import { loadUsers } from '../../domain/accounts/users.ts'
import {
  acceptContact,
  addContact,
  deleteByPhones,
  deleteContacts,
  editCloseFriends,
  updateNote,
} from '../../domain/contacts/contacts.ts'
import { forgetImports, importContacts } from '../../domain/contacts/import.ts'
import { CONTACTS_PER_CALL } from '../../domain/contacts/limits.ts'
import { contactList } from '../../domain/contacts/list.ts'
import { hashIds } from '../../domain/messages/history.ts'
import { resolveUser } from '../../domain/peers/resolve.ts'
import type { UserId } from '../../lib/ids.ts'
import type { CallContext, Handlers } from '../../rpc/handlers.ts'
import { limit, RATES } from '../../rpc/limits.ts'
import { tl } from '../../tl/factories.ts'
import { RpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'

/** Ids beyond it name nobody. */
const MAX_ID = 0x7fffffff

/** The contact list. https://core.telegram.org/api/contacts */
export const contacts = {
  'contacts.getContacts': async (ctx, req) => {
    const { rows, savedCount } = await contactList(ctx, ctx.actor.userId)
    const ids = rows.map((row) => row.userId)
    if (req.hash !== 0n && req.hash === hashIds([savedCount, ...ids]))
      return tl['contacts.contactsNotModified']()
    return tl['contacts.contacts']({
      contacts: rows.map(({ userId, isMutual }) => tl.contact({ userId, mutual: isMutual })),
      savedCount,
      users: await loadUsers(ctx, ctx.actor.userId, ids),
    })
  },

  'contacts.getContactIDs': async (ctx, req) => {
    const { rows } = await contactList(ctx, ctx.actor.userId)
    const ids = rows.map((row) => row.userId)
    return req.hash !== 0n && req.hash === hashIds(ids) ? [] : ids
  },

  'contacts.getStatuses': async (ctx) => {
    const { rows } = await contactList(ctx, ctx.actor.userId)
    const users = await loadUsers(
      ctx,
      ctx.actor.userId,
      rows.map((row) => row.userId),
    )
    return users.map((user) =>
      tl.contactStatus({
        userId: user.id,
        status: (user._ === 'user' ? user.status : undefined) ?? tl.userStatusEmpty(),
      }),
    )
  },

  'contacts.importContacts': async (ctx, req) => {
    await limit(
      ctx,
      RATES.importedContacts,
      String(ctx.actor.userId),
      Math.min(req.contacts.length, CONTACTS_PER_CALL),
    )
    const { imported, popular, retry } = await importContacts(ctx, ctx.actor, req.contacts)
    return tl['contacts.importedContacts']({
      imported: imported.map((each) => tl.importedContact(each)),
      popularInvites: popular.map((each) => tl.popularContact(each)),
      retryContacts: retry,
      users: await loadUsers(
        ctx,
        ctx.actor.userId,
        imported.map((each) => each.userId),
      ),
    })
  },

  'contacts.addContact': async (ctx, req) => {
    const userId = await resolveUser(ctx, ctx.actor, req.id, 'CONTACT_ID_INVALID')
    const { firstName, lastName, phone, note, addPhonePrivacyException: sharesPhone } = req
    const rows = await addContact(ctx, ctx.actor, { userId, firstName, lastName, phone, note, sharesPhone })
    return await ctx.updates.render(ctx.actor.userId, rows)
  },

  'contacts.acceptContact': async (ctx, req) => {
    const userId = await resolveUser(ctx, ctx.actor, req.id, 'CONTACT_ID_INVALID')
    return await ctx.updates.render(ctx.actor.userId, await acceptContact(ctx, ctx.actor, userId))
  },

  'contacts.deleteContacts': async (ctx, req) => {
    const userIds = await known(ctx, req.id)
    return await ctx.updates.render(ctx.actor.userId, await deleteContacts(ctx, ctx.actor, userIds))
  },

  'contacts.deleteByPhones': async (ctx, req) => {
    await deleteByPhones(ctx, ctx.actor, req.phones)
    return true
  },

  'contacts.updateContactNote': async (ctx, req) => {
    const userId = await resolveUser(ctx, ctx.actor, req.id, 'CONTACT_ID_INVALID')
    await updateNote(ctx, ctx.actor, { userId, note: req.note })
    return true
  },

  'contacts.editCloseFriends': async (ctx, req) => {
    await editCloseFriends(ctx, ctx.actor, req.id.filter((id) => id > 0 && id <= MAX_ID) as UserId[])
    return true
  },

  'contacts.resetSaved': async (ctx) => {
    await forgetImports(ctx, ctx.actor)
    return true
  },
} satisfies Partial<Handlers>

/** Whom of these the caller may name; the others are no contacts of theirs in any case. */
async function known(ctx: CallContext, inputs: readonly T.InputUser[]): Promise<UserId[]> {
  const resolving = inputs.slice(0, CONTACTS_PER_CALL).map(async (input) => {
    try {
      return [await resolveUser(ctx, ctx.actor, input)]
    } catch (error) {
      if (error instanceof RpcError) return []
      throw error
    }
  })
  return (await Promise.all(resolving)).flat()
}
