import { timingSafeEqual } from 'node:crypto'
import type { Context } from '../../context.ts'
import { SendFailure, type Mail } from '../../senders/sender.ts'
import { MAIL_CODE_LENGTH } from './limits.ts'

/** A code of so many digits. */
export function newCode(ctx: Context, length: number): string {
  return String(ctx.random.int(10 ** length)).padStart(length, '0')
}

/** A code of digits, as it is sent by e-mail. */
export function newMailCode(ctx: Context): string {
  return newCode(ctx, MAIL_CODE_LENGTH)
}

/** Whether somebody entered this code. */
export function isSameCode(code: string, entered: string): boolean {
  const [a, b] = [Buffer.from(code), Buffer.from(entered.trim())]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** Sends a letter. False when that cannot be done. */
export async function isMailed(ctx: Context, mail: Mail): Promise<boolean> {
  try {
    await ctx.sendMail(mail)
    return true
  } catch (error) {
    if (error instanceof SendFailure) return false
    throw error
  }
}
