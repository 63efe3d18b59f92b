import { timingSafeEqual } from 'node:crypto'
import type { Context } from '../../context.ts'
import { SendFailure, type Mail } from '../../senders/sender.ts'
import { EMAIL_CODE_LENGTH } from './limits.ts'

/** A code of digits, as it is sent by e-mail. */
export function newEmailCode(ctx: Context): string {
  return String(ctx.random.int(10 ** EMAIL_CODE_LENGTH)).padStart(EMAIL_CODE_LENGTH, '0')
}

/** Whether somebody entered this code. */
export function isSameCode(code: string, entered: string): boolean {
  const [a, b] = [Buffer.from(code), Buffer.from(entered.trim())]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** Sends the code that confirms an address for recovery. False when that cannot be done. */
export async function mailConfirmation(ctx: Context, to: string, code: string): Promise<boolean> {
  return await isSent(ctx, {
    to,
    code,
    subject: `Your code: ${code}`,
    text:
      `Enter the code ${code} to let this address recover the password of your account.\n\n` +
      'If you did not ask for it, simply ignore this letter.\n',
  })
}

/** Sends the code that stands in for a lost password. False when that cannot be done. */
export async function mailRecovery(ctx: Context, to: string, code: string): Promise<boolean> {
  return await isSent(ctx, {
    to,
    code,
    subject: `Your recovery code: ${code}`,
    text:
      `Enter the code ${code} to get into your account without its password, which is taken away then.\n\n` +
      'Give it to nobody, even if they say that they run this server. If you did not ask for it, somebody has a code ' +
      'that was sent to your phone number: look at your sessions.\n',
  })
}

async function isSent(ctx: Context, mail: Mail): Promise<boolean> {
  try {
    await ctx.sendMail(mail)
    return true
  } catch (error) {
    if (error instanceof SendFailure) return false
    throw error
  }
}
