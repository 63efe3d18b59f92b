import type { Actor, Context } from '../../context.ts'
import { must } from '../../lib/assert.ts'
import { readAccount } from '../accounts/store.ts'
import { dropCodes, readCodes } from './code-store.ts'
import { Notice } from './notice.ts'
import { CODE_LENGTH } from './limits.ts'

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
 * Makes a login code void that its owner gives away in a message: nobody who asks for one means well. Returns whether there was one. https://core.telegram.org/api/auth
 */
export async function voidSharedCodes(ctx: Context, by: Actor, texts: readonly string[]): Promise<boolean> {
  const { phone } = must(await readAccount(ctx.db, by.userId), 'the actor has an account')
  if (phone === null) return false
  const digits = texts.flatMap((text) => [text, text.replace(BETWEEN_DIGITS, '')])
  const codes = (await readCodes(ctx.db, phone, ctx.clock.nowSec())).filter(
    (each) => each.purpose === 'login',
  )
  const shared = codes.map((each) => each.code).filter((code) => digits.some((text) => text.includes(code)))
  if (shared.length === 0) return false
  return (await ctx.db.single((tx) => dropCodes(tx, phone, shared))) > 0
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
  const { phone } = must(await readAccount(ctx.db, by.userId), 'the actor has an account')
  const digits = codes.slice(0, MAX_CODES).filter((code) => /^\d{1,10}$/.test(code))
  if (phone !== null && digits.length > 0) await ctx.db.single((tx) => dropCodes(tx, phone, digits))
}
