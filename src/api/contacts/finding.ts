import { resolveUsername } from '../../domain/accounts/profile.ts'
import { loadUsers } from '../../domain/accounts/users.ts'
import { findByNumber } from '../../domain/contacts/import.ts'
import { searchPeople } from '../../domain/contacts/search.ts'
import type { UserId } from '../../lib/ids.ts'
import type { CallContext, Handlers } from '../../rpc/handlers.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { peerView } from '../../views/peer.ts'

/** Finding people by name and number. https://core.telegram.org/api/search */
export const finding = {
  'contacts.resolveUsername': async (ctx, req) =>
    await resolved(ctx, await resolveUsername(ctx, req.username)),

  'contacts.resolvePhone': async (ctx, req) => {
    const userId = await findByNumber(ctx, ctx.actor.userId, req.phone)
    if (userId === undefined) throw rpcError('PHONE_NOT_OCCUPIED')
    return await resolved(ctx, userId)
  },

  'contacts.search': async (ctx, req) => {
    // There are no bots and no channels to be found as yet.
    const isEmpty = req.bots || req.broadcasts
    const { own, others } = isEmpty
      ? { own: [], others: [] }
      : await searchPeople(ctx, ctx.actor, { query: req.q, limit: req.limit })
    return tl['contacts.found']({
      myResults: own.map(peerView),
      results: others.map(peerView),
      chats: [],
      users: await loadUsers(ctx, ctx.actor.userId, [...own, ...others]),
    })
  },
} satisfies Partial<Handlers>

async function resolved(ctx: CallContext, userId: UserId): Promise<T.contacts.resolvedPeer> {
  const users = await loadUsers(ctx, ctx.actor.userId, [userId])
  return tl['contacts.resolvedPeer']({ peer: peerView(userId), chats: [], users })
}
