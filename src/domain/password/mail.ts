import type { Context } from '../../context.ts'
import { isMailed } from '../auth/mail.ts'

/** Sends the code that confirms an address for recovery. False when that cannot be done. */
export async function mailConfirmation(ctx: Context, to: string, code: string): Promise<boolean> {
  return await isMailed(ctx, {
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
  return await isMailed(ctx, {
    to,
    code,
    subject: `Your recovery code: ${code}`,
    text:
      `Enter the code ${code} to get into your account without its password, which is taken away then.\n\n` +
      'Give it to nobody, even if they say that they run this server. If you did not ask for it, somebody has a code ' +
      'that was sent to your phone number: look at your sessions.\n',
  })
}
