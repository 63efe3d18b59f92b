import { loadUser } from '../../domain/accounts/users.ts'
import type { SignInPlace } from '../../domain/auth/log-in.ts'
import { must } from '../../lib/assert.ts'
import type { UserId } from '../../lib/ids.ts'
import type { CallContext } from '../../rpc/handlers.ts'
import { tl } from '../../tl/factories.ts'
import type * as T from '../../tl/schema.d.ts'

/** Where the caller would sign in. */
export function placeOf(ctx: CallContext): SignInPlace {
  const { keyId, apiId, ip, dc } = ctx.call
  return { keyId, apiId, ip, dc }
}

/** What somebody is answered who has just got in. https://core.telegram.org/constructor/auth.authorization */
export async function authorization(ctx: CallContext, userId: UserId): Promise<T.auth.authorization> {
  const user = must(await loadUser(ctx, userId, userId), 'who signed in has an account')
  return tl['auth.authorization']({ user })
}
