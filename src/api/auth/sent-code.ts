import type { CodeWishes, SentCode } from '../../domain/auth/codes.ts'
import { CODE_LENGTH, MISSED_CALL_LAYER, RESEND_AFTER_SEC } from '../../domain/auth/limits.ts'
import { testCode } from '../../domain/auth/phone.ts'
import type { CallContext } from '../../rpc/handlers.ts'
import { limit, limitAddress, RATES } from '../../rpc/limits.ts'
import type * as T from '../../tl/schema.d.ts'
import { sentCodeView } from '../../views/auth.ts'

/** What a client is answered of a code that is on its way. */
export function sentCode(sent: SentCode): T.auth.sentCode {
  return sentCodeView(sent, { length: CODE_LENGTH, timeoutSec: RESEND_AFTER_SEC })
}

/** What a client can take. A flash call is read from the calls of the very phone that is to be rung. */
export function wishesOf(ctx: CallContext, settings: T.CodeSettings): CodeWishes {
  return {
    takesFlashCalls: settings.allowFlashcall && settings.currentNumber,
    takesMissedCalls: settings.allowMissedCall && ctx.call.layer >= MISSED_CALL_LAYER,
    hasAppHash: settings.allowAppHash,
  }
}

/**
 * Counts a code that is to be sent. Codes of test numbers are known to everybody and cost nothing, so only the others are
 * counted per number. Throws PHONE_NUMBER_FLOOD, FLOOD_WAIT_%d.
 */
export async function limitCodes(ctx: CallContext, phone: string): Promise<void> {
  await limitAddress(ctx, RATES.codesPerAddress, ctx.call.ip)
  if (!isTestNumber(ctx, phone)) await limit(ctx, RATES.codesPerPhone, phone)
}

/**
 * How guesses at the codes of a number are counted: they hold for all keys together, so that none are to be had by asking for
 * more codes. Throws FLOOD_WAIT_%d.
 */
export function tryOf(ctx: CallContext, phone: string): () => Promise<void> {
  return async () => {
    if (!isTestNumber(ctx, phone)) await limit(ctx, RATES.triesPerPhone, phone)
  }
}

/** Whether everybody knows the code of a number. */
function isTestNumber(ctx: CallContext, phone: string): boolean {
  return ctx.config.testNumbers && testCode(phone, CODE_LENGTH) !== undefined
}
