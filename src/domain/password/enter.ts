import type { Context } from '../../context.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { enter, entered, type SignInPlace } from '../auth/log-in.ts'
import { takePending } from '../auth/pending-store.ts'
import type { Claimant } from './claimant.ts'
import type { Proof } from './prove.ts'
import { lockPassword } from './store.ts'

/**
 * Lets somebody in whose login waited for the password that is proved now. For who is logged in already, a
 * proof changes nothing. Throws SRP_PASSWORD_CHANGED, AUTH_KEY_UNREGISTERED when the login waits no more.
 * https://core.telegram.org/method/auth.checkPassword
 */
export async function enterWithPassword(
  ctx: Context,
  place: SignInPlace,
  who: Claimant,
  proof: Proof,
): Promise<void> {
  if (who.isLoggedIn) return
  const { userId } = who
  await ctx.db.transaction(async (tx) => {
    const password = await lockPassword(tx, userId)
    if ((password?.version ?? 0n) !== proof.version) throw rpcError('SRP_PASSWORD_CHANGED')
    if ((await takePending(tx, place.keyId, ctx.clock.nowSec())) !== userId)
      throw rpcError('AUTH_KEY_UNREGISTERED')
    await enter(ctx, tx, place, userId, { isPasswordProven: true })
  })
  await entered(ctx, place, userId)
}
