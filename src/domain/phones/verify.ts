import type { Actor, Context } from '../../context.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { dropCode, type CodeName } from '../auth/code-store.ts'
import { sendPhoneCode, type SentCode } from '../auth/codes.ts'
import { judgeCode } from '../auth/sign-in.ts'
import type { EnteredCode, PhoneRequest } from './change.ts'

/**
 * Sends a code to a number that the actor wants to give to others as its own. Throws PHONE_NUMBER_BANNED,
 * SMS_CODE_CREATE_FAILED. https://core.telegram.org/method/account.sendVerifyPhoneCode
 */
export async function sendVerifyCode(ctx: Context, by: Actor, request: PhoneRequest): Promise<SentCode> {
  return await sendPhoneCode(ctx, { ...request, keyId: by.keyId, purpose: 'verify' })
}

/**
 * Makes sure that a number is the actor's. Throws PHONE_CODE_EXPIRED, PHONE_CODE_INVALID.
 * https://core.telegram.org/method/account.verifyPhone
 */
export async function verifyPhone(ctx: Context, by: Actor, input: EnteredCode): Promise<void> {
  const name: CodeName = { phone: input.phone, keyId: by.keyId, codeHash: input.codeHash }
  await judgeCode(ctx, name, 'verify', input)
  const dropped = await ctx.db.single((tx) => dropCode(tx, name, ctx.clock.nowSec()))
  if (!dropped) throw rpcError('PHONE_CODE_EXPIRED')
}
