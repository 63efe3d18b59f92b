import type { Actor, Context } from '../../context.ts'
import { must } from '../../lib/assert.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { dropDeletion, findDeletion } from '../accounts/delete-store.ts'
import { readAccount } from '../accounts/store.ts'
import { dropCode, type CodeName } from '../auth/code-store.ts'
import { sendPhoneCode, type SentCode } from '../auth/codes.ts'
import { dropPendings } from '../auth/pending-store.ts'
import { judgeCode } from '../auth/sign-in.ts'
import type { EnteredCode, PhoneRequest } from './change.ts'

/**
 * Sends a code to the actor's number, by which it keeps the account that somebody wants deleted. Throws HASH_INVALID,
 * SMS_CODE_CREATE_FAILED. https://core.telegram.org/api/account-deletion
 */
export async function sendConfirmCode(
  ctx: Context,
  by: Actor,
  request: Omit<PhoneRequest, 'phone'> & { readonly deletionHash: string },
): Promise<SentCode> {
  const deletion = await findDeletion(ctx.db, by.userId)
  if (deletion?.hash !== request.deletionHash) throw rpcError('HASH_INVALID')
  const phone = await ownPhone(ctx, by)
  return await sendPhoneCode(ctx, { ...request, phone, keyId: by.keyId, purpose: 'confirm' })
}

/**
 * Keeps the actor's account: the deletion that waits is cancelled, and whoever asked for it is at the door no more. Throws
 * CODE_HASH_INVALID, PHONE_CODE_EXPIRED, PHONE_CODE_INVALID. https://core.telegram.org/method/account.confirmPhone
 */
export async function confirmPhone(ctx: Context, by: Actor, input: EnteredCode): Promise<void> {
  const deletion = await findDeletion(ctx.db, by.userId)
  if (!deletion) throw rpcError('CODE_HASH_INVALID')
  const name: CodeName = { phone: input.phone, keyId: by.keyId, codeHash: input.codeHash }
  await judgeCode(ctx, name, 'confirm', input)
  await ctx.db.transaction(async (tx) => {
    if (!(await dropCode(tx, name, ctx.clock.nowSec()))) throw rpcError('PHONE_CODE_EXPIRED')
    await dropDeletion(tx, by.userId)
    await dropPendings(tx, [deletion.keyId])
  })
}

/** The actor's number. */
export async function ownPhone(ctx: Context, by: Actor): Promise<string> {
  const account = must(await readAccount(ctx.db, by.userId), 'the actor has an account')
  return must(account.phone, 'people have numbers')
}
