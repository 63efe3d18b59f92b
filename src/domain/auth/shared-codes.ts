import type { Actor, Context } from '../../context.ts'
import { dropOwnCodes, readOwnCodes } from './code-store.ts'
import { CODE_LENGTH } from './limits.ts'
import { Notice } from './notice.ts'

/** A text with fewer digits than this holds no code. */
const ENOUGH_DIGITS = new RegExp(`(?:\\d[^\\d]*){${CODE_LENGTH}}`)
/** Codes that a client can make void at once. */
const MAX_CODES = 100
/** What people put between digits so that a code is not found. */
const BETWEEN_DIGITS = /(?<=\d)[^\d\p{L}]{1,4}(?=\d)/gu

/** Whether a text has as many digits as a code: all others need not be looked at. */
export function mayHoldCode(text: string): boolean {
  return ENOUGH_DIGITS.test(text)
}

/**
 * Makes a login code void that its owner gives away in a message: nobody who asks for one means well. Returns whether there
 * was one. https://core.telegram.org/api/auth
 */
export async function voidSharedCodes(ctx: Context, by: Actor, texts: readonly string[]): Promise<boolean> {
  const codes = await readOwnCodes(ctx.db, by.userId, ctx.clock.nowSec())
  if (codes.length === 0) return false
  const digits = texts.flatMap((text) => [text, text.replace(BETWEEN_DIGITS, '')])
  const shared = codes.filter((code) => digits.some((text) => text.includes(code)))
  if (shared.length === 0) return false
  return (await ctx.db.single((tx) => dropOwnCodes(tx, by.userId, shared))) > 0
}

/** What its owner is told. */
export function sharedCodeNotice(): Notice {
  return new Notice()
    .bold('Incomplete login attempt.')
    .add(' You sent your login code in a message, so it is void now. ')
    .bold('Never')
    .add(' give a login code to anyone: whoever asks for it wants your account.')
}

/**
 * Makes login codes void that the client saw leave, as by a screenshot.
 * https://core.telegram.org/method/account.invalidateSignInCodes
 */
export async function invalidateCodes(ctx: Context, by: Actor, codes: readonly string[]): Promise<void> {
  const digits = codes.slice(0, MAX_CODES).filter((code) => /^\d{1,10}$/.test(code))
  if (digits.length > 0) await ctx.db.single((tx) => dropOwnCodes(tx, by.userId, digits))
}
