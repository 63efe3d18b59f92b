import { fullUser } from '../../domain/accounts/full.ts'
import { USERS_PER_CALL } from '../../domain/accounts/limits.ts'
import { loadUsers } from '../../domain/accounts/users.ts'
import { resolveUser } from '../../domain/peers/resolve.ts'
import type { UserId } from '../../lib/ids.ts'
import type { Handlers } from '../../rpc/handlers.ts'
import { tl } from '../../tl/factories.ts'
import { RpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'

export const users = {
  'users.getUsers': async (ctx, req) => {
    const asked = req.id.slice(0, USERS_PER_CALL)
    const resolving = asked.map((input) => resolveUser(ctx, ctx.actor, input).catch(refusedId(input)))
    const ids = await Promise.all(resolving)
    const loaded = await loadUsers(
      ctx,
      ctx.actor.userId,
      ids.filter((id) => typeof id === 'number'),
    )
    const byId = new Map(loaded.map((user) => [user.id, user]))
    // Whom the caller may not name keeps a place in the answer, which clients read by position.
    return ids.map((id) => (typeof id === 'number' && byId.get(id)) || tl.userEmpty({ id: Number(id) }))
  },

  'users.getFullUser': async (ctx, req) => {
    const userId = await resolveUser(ctx, ctx.actor, req.id)
    const [full, loaded] = await Promise.all([
      fullUser(ctx, ctx.actor.userId, userId),
      loadUsers(ctx, ctx.actor.userId, [userId]),
    ])
    return tl['users.userFull']({ fullUser: full, chats: [], users: loaded })
  },
} satisfies Partial<Handlers>

/** The id that a refused input names, as a text, so that it is not taken for a user that was found. */
function refusedId(input: T.InputUser): (error: unknown) => UserId | string {
  return (error) => {
    if (error instanceof RpcError) return 'userId' in input ? String(input.userId) : '0'
    throw error
  }
}
