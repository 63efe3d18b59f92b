import type { Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import type { Tx } from '../../store/database.ts'
import { putPresence, readAccount } from '../accounts/store.ts'
import { countSignIn } from '../apps/apps.ts'
import { checkHome } from '../datacenters/home.ts'
import { hasPassword } from '../password/store.ts'
import { endChatsOfDevices } from '../secret/end.ts'
import { dropSurplusLogins, findDevice, hasOtherLogin, putLogin, putWaiting } from './device-store.ts'
import { announceSession } from './devices.ts'
import { AUTOCONFIRM_SEC, MAX_SESSIONS, PENDING_LOGIN_SEC, SURPLUS_KEYS } from './limits.ts'
import { announceLogin } from './notices.ts'
import { putPending, takePending } from './pending-store.ts'

/** Where somebody signs in: on a key, through an app, from an address, in a datacenter. */
export interface SignInPlace {
  readonly keyId: bigint
  readonly apiId: number
  readonly ip: string
  /** The datacenter of the key; 0 when it may be any. */
  readonly dc: number
}

/** By what somebody signs in. */
export interface How {
  readonly isPasswordProven?: boolean
  /** Another session of the user vouches for it; otherwise it is to be confirmed there. */
  readonly isConfirmed?: boolean
  /** What will name the login in the list of sessions, when that has been told already. */
  readonly hash?: bigint | undefined
}

/** What became of a sign-in: done, or it waits on its key for the password of two-step verification. */
export type Entry = 'in' | 'needs password'

/**
 * The one way in. Whoever has proved by a code, by another session or by a passkey who it is logs in on a
 * key, in place of whoever was logged in there. With two-step verification it has a pending login there
 * instead, and the caller throws SESSION_PASSWORD_NEEDED after the commit; auth.checkPassword takes it from
 * there. Throws API_ID_PUBLISHED_FLOOD, CONNECTION_API_ID_INVALID, USER_MIGRATE_X. https://core.telegram.org/api/auth#2fa
 */
export async function enter(
  ctx: Context,
  tx: Tx,
  place: SignInPlace,
  userId: UserId,
  how: How = {},
): Promise<Entry> {
  const nowSec = ctx.clock.nowSec()
  const { keyId, apiId, ip } = place
  await checkHome(ctx, tx, place.dc, userId)
  await endChatsOfDevices(ctx, tx, [keyId])
  tx.onCommit(() => ctx.connections.forgetLogin(keyId))
  const login = {
    userId,
    hash: how.hash ?? ctx.random.long(),
    apiId,
    ip,
    isConfirmed: how.isConfirmed ?? !(await hasOtherLogin(tx, userId, keyId)),
    callsDisabled: false,
    encryptedDisabled: false,
    createdAt: nowSec,
  }
  // Whoever has a password to enter yet is counted before it, with the app of the code.
  if (how.isPasswordProven !== true) await countSignIn(ctx, tx, apiId, userId)
  if (how.isPasswordProven !== true && (await hasPassword(tx, userId))) {
    await putWaiting(tx, keyId, login, nowSec)
    await putPending(tx, { keyId, userId, nowSec, expiresAt: nowSec + PENDING_LOGIN_SEC })
    return 'needs password'
  }
  await takePending(tx, keyId, nowSec)
  await makeRoom(ctx, tx, { keyId, userId })
  await putLogin(tx, keyId, login, nowSec)
  await putPresence(tx, userId, nowSec)
  return 'in'
}

/** Ends the login that is missed least when a user has as many as may be. */
async function makeRoom(
  ctx: Context,
  tx: Tx,
  login: { readonly keyId: bigint; readonly userId: UserId },
): Promise<void> {
  const ended = await dropSurplusLogins(tx, login, {
    kept: MAX_SESSIONS - 1,
    atOnce: SURPLUS_KEYS,
    confirmedBefore: ctx.clock.nowSec() - AUTOCONFIRM_SEC,
  })
  await endChatsOfDevices(ctx, tx, ended)
  for (const keyId of ended) tx.onCommit(() => ctx.connections.endLogin(keyId))
}

/** Tells a user of a new login, after its commit. Who has just signed up needs no telling. */
export async function entered(ctx: Context, place: SignInPlace, userId: UserId): Promise<void> {
  const [account, device] = await Promise.all([readAccount(ctx.db, userId), findDevice(ctx.db, place.keyId)])
  if (device) await announceSession(ctx, userId, device)
  await announceLogin(ctx, userId, { firstName: account?.firstName ?? '', device, ip: place.ip })
}
