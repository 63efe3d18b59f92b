import type { Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { makeAccount } from '../accounts/create-user.ts'
import { parseFirstName, parseLastName } from '../accounts/names.ts'
import { findByPhone } from '../accounts/store.ts'
import { dcOf } from '../datacenters/datacenters.ts'
import { cancelReset, putLoginEmail } from '../login-email/store.ts'
import { acceptShownTerms } from '../terms/terms.ts'
import {
  dropCode,
  findCode,
  proveCode,
  tryCode,
  type Channel,
  type CodeName,
  type Purpose,
} from './code-store.ts'
import { CODE_ATTEMPTS, CODE_LENGTH } from './limits.ts'
import { enter, entered, type SignInPlace } from './log-in.ts'
import { isSameCode } from './mail.ts'

/**
 * Signs in by a code. Undefined when the number has no account: then the code is proven and `signUp` may
 * follow. Throws PHONE_CODE_EXPIRED, PHONE_CODE_INVALID, SESSION_PASSWORD_NEEDED. https://core.telegram.org/method/auth.signIn
 */
export async function signIn(
  ctx: Context,
  place: SignInPlace,
  input: {
    readonly phone: string
    readonly codeHash: string
    readonly code: string
    /** The client says that the code came by e-mail. */
    readonly isByEmail: boolean
    readonly countTry: CountTry
  },
): Promise<UserId | undefined> {
  const nowSec = ctx.clock.nowSec()
  const name: CodeName = { phone: input.phone, keyId: place.keyId, codeHash: input.codeHash }
  await judgeCode(ctx, name, 'login', input)
  const { userId, entry } = await ctx.db.transaction(async (tx) => {
    const found = await findByPhone(tx, input.phone)
    if (found === undefined) {
      await proveCode(tx, name)
      return { userId: found, entry: undefined }
    }
    const code = await dropCode(tx, name, nowSec)
    if (!code) throw rpcError('PHONE_CODE_EXPIRED')
    if (code.email !== '') await putLoginEmail(tx, found, code.email)
    else if (code.channel === 'email') await cancelReset(tx, found)
    return { userId: found, entry: await enter(ctx, tx, throughApp(place, code.apiId), found) }
  })
  if (userId === undefined) return undefined
  if (entry === 'needs password') throw rpcError('SESSION_PASSWORD_NEEDED')
  await entered(ctx, place, userId)
  return userId
}

/** Counts a guess at a code of a number. Throws when there were too many. */
export type CountTry = () => Promise<void>

/**
 * Makes sure that a code is the one that was sent. A try is counted before it is judged, and counts whatever becomes of it,
 * so that codes cannot be guessed at once. Throws PHONE_CODE_EXPIRED, PHONE_CODE_INVALID.
 */
export async function judgeCode(
  ctx: Context,
  name: CodeName,
  purpose: Purpose,
  entered: { readonly code: string; readonly isByEmail?: boolean; readonly countTry: CountTry },
): Promise<void> {
  const bounds = { purpose, nowSec: ctx.clock.nowSec(), attempts: CODE_ATTEMPTS }
  const asked = await ctx.db.single((tx) => tryCode(tx, name, bounds))
  if (!asked) throw rpcError('PHONE_CODE_EXPIRED')
  // Guesses without a code to guess at do not count, or anybody could use up somebody else's.
  await entered.countTry()
  const isRightWay = entered.isByEmail !== true || asked.channel === 'email'
  const digits = digitsOf(asked.channel, entered.code)
  if (!isRightWay || !asked.codes.some((code) => isSameCode(code, digits)))
    throw rpcError('PHONE_CODE_INVALID')
}

/** A client that reads the list of calls enters the whole number that called; the code are its last digits. */
function digitsOf(channel: Channel, entered: string): string {
  return channel === 'flash_call' ? entered.replace(/\D/g, '').slice(-CODE_LENGTH) : entered
}

/**
 * Makes an account for a number whose code was entered, and signs in. Throws PHONE_CODE_EXPIRED,
 * PHONE_CODE_INVALID, PHONE_NUMBER_OCCUPIED, FIRSTNAME_INVALID, LASTNAME_INVALID.
 * https://core.telegram.org/method/auth.signUp
 */
export async function signUp(
  ctx: Context,
  place: SignInPlace,
  input: {
    readonly phone: string
    readonly codeHash: string
    readonly firstName: string
    readonly lastName: string
  },
): Promise<UserId> {
  const { phone, codeHash } = input
  const name: CodeName = { phone, keyId: place.keyId, codeHash }
  const code = await findCode(ctx.db, name, ctx.clock.nowSec())
  if (code?.purpose !== 'login') throw rpcError('PHONE_CODE_EXPIRED')
  if (!code.isProven) throw rpcError('PHONE_CODE_INVALID')
  const firstName = parseFirstName(input.firstName)
  const lastName = parseLastName(input.lastName)
  return await ctx.db.transaction(async (tx) => {
    if (!(await dropCode(tx, name, ctx.clock.nowSec()))) throw rpcError('PHONE_CODE_EXPIRED')
    const homeDc = dcOf(ctx, place.dc)
    const made = await makeAccount(ctx, tx, { phone, firstName, lastName, homeDc })
    if (made === undefined) throw rpcError('PHONE_NUMBER_OCCUPIED')
    if (code.email !== '') await putLoginEmail(tx, made, code.email)
    await acceptShownTerms(ctx, tx, { keyId: place.keyId, userId: made })
    await enter(ctx, tx, throughApp(place, code.apiId), made)
    return made
  })
}

/** A login came through the app whose api_hash was shown when its code was asked for, whatever the client says since. */
function throughApp(place: SignInPlace, apiId: number): SignInPlace {
  return { ...place, apiId }
}
