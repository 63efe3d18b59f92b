import type { Actor, Context } from '../../context.ts'
import { emailPattern, normaliseEmail } from '../../lib/email.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { findByPhone } from '../accounts/store.ts'
import { findCode, type CodeName, type LoginCode } from '../auth/code-store.ts'
import { findInForce, sendAfterEmail, sendInsteadOfEmail, sentByMail, type SentCode } from '../auth/codes.ts'
import { CODE_ATTEMPTS, EMAIL_VERIFY_SEC, LOGIN_EMAIL_RESET_SEC, MAIL_CODE_LENGTH } from '../auth/limits.ts'
import { isSameCode, newMailCode } from '../auth/mail.ts'
import { announceEmailReset, announceLoginEmail, mailVerification } from '../auth/notices.ts'
import {
  askReset,
  dropEmailCode,
  findLoginEmail,
  putEmailCode,
  putLoginEmail,
  tryEmailCode,
} from './store.ts'

/** Why an address is verified, and by whom: somebody who signs in, or somebody who is logged in. */
export type EmailWish =
  | { readonly purpose: 'login_setup'; readonly name: CodeName }
  | { readonly purpose: 'login_change' | 'passport'; readonly by: Actor }

/** What a client is told of a letter with a code. */
export interface SentEmailCode {
  readonly pattern: string
  readonly length: number
}

/**
 * Sends a code to an address that somebody says is theirs. Throws EMAIL_INVALID, EMAIL_NOT_ALLOWED when no letter can be
 * sent there, PHONE_HASH_EXPIRED. https://core.telegram.org/method/account.sendVerifyEmailCode
 */
export async function sendEmailCode(ctx: Context, wish: EmailWish, address: string): Promise<SentEmailCode> {
  const email = normaliseEmail(address)
  if (email === undefined) throw rpcError('EMAIL_INVALID')
  if (wish.purpose === 'login_setup') await findSetup(ctx, wish.name)
  const code = newMailCode(ctx)
  if (!ctx.senders.hasMail) throw rpcError('EMAIL_NOT_ALLOWED')
  const nowSec = ctx.clock.nowSec()
  const { purpose } = wish
  const row = { purpose, subject: subjectOf(wish), email, code, expiresAt: nowSec + EMAIL_VERIFY_SEC }
  // The letter may be read before the mail server says that it has it.
  await ctx.db.single((tx) => putEmailCode(tx, row, nowSec))
  if (!(await mailVerification(ctx, email, code))) {
    await ctx.db.single((tx) => dropEmailCode(tx, row))
    throw rpcError('EMAIL_NOT_ALLOWED')
  }
  return { pattern: emailPattern(email), length: MAIL_CODE_LENGTH }
}

/**
 * Verifies an address with the code that was sent there. Whoever signs in is sent the code for the phone next, and has the
 * address once that is entered. Throws EMAIL_VERIFY_EXPIRED, CODE_INVALID, PHONE_CODE_EXPIRED, EMAIL_NOT_ALLOWED.
 * https://core.telegram.org/method/account.verifyEmail
 */
export async function verifyEmail(
  ctx: Context,
  wish: EmailWish,
  entered: string,
): Promise<{ readonly email: string; readonly sent: SentCode | undefined }> {
  const { purpose } = wish
  const name = { purpose, subject: subjectOf(wish) }
  const setup = wish.purpose === 'login_setup' ? await findInForce(ctx, wish.name) : undefined
  if (setup && setup.channel !== 'email_setup') throw rpcError('EMAIL_VERIFY_EXPIRED')
  const bounds = { nowSec: ctx.clock.nowSec(), attempts: CODE_ATTEMPTS }
  const asked = await ctx.db.single((tx) => tryEmailCode(tx, name, bounds))
  if (!asked) throw rpcError('EMAIL_VERIFY_EXPIRED')
  if (!isSameCode(asked.code, entered)) throw rpcError('CODE_INVALID')
  const { email, code } = asked
  await ctx.db.transaction(async (tx) => {
    if (!(await dropEmailCode(tx, { ...name, code }))) throw rpcError('EMAIL_VERIFY_EXPIRED')
    if (wish.purpose === 'login_change') await putLoginEmail(tx, wish.by.userId, email)
  })
  if (wish.purpose === 'login_change') await announceLoginEmail(ctx, wish.by.userId, emailPattern(email))
  return { email, sent: setup && (await sendAfterEmail(ctx, setup, email)) }
}

/**
 * Has the login e-mail of an account taken away that somebody who has its number cannot read: after a week, in which its
 * owner can object by using it. Once it is gone, sends a code to the phone. Throws PHONE_CODE_EXPIRED,
 * EMAIL_INSTALL_MISSING, TASK_ALREADY_EXISTS. https://core.telegram.org/method/auth.resetLoginEmail
 */
export async function resetLoginEmail(ctx: Context, name: CodeName): Promise<SentCode> {
  const code = await findInForce(ctx, name)
  if (code.channel !== 'email') throw rpcError('EMAIL_INSTALL_MISSING')
  const nowSec = ctx.clock.nowSec()
  const userId = await findByPhone(ctx.db, code.phone)
  const email = userId === undefined ? undefined : await findLoginEmail(ctx.db, userId, nowSec)
  if (userId === undefined || !email) return await sendInsteadOfEmail(ctx, code)
  const resetAt = nowSec + LOGIN_EMAIL_RESET_SEC
  if (!(await ctx.db.single((tx) => askReset(tx, userId, resetAt)))) throw rpcError('TASK_ALREADY_EXISTS')
  await announceEmailReset(ctx, userId, resetAt)
  return sentByMail(code, { ...email, resetAt })
}

async function findSetup(ctx: Context, name: CodeName): Promise<LoginCode> {
  const code = await findCode(ctx.db, name, ctx.clock.nowSec())
  if (code?.channel !== 'email_setup') throw rpcError('PHONE_HASH_EXPIRED')
  return code
}

function subjectOf(wish: EmailWish): string {
  return wish.purpose === 'login_setup' ? `${wish.name.phone} ${wish.name.keyId}` : String(wish.by.userId)
}
