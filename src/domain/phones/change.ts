import type { Actor, Context } from '../../context.ts'
import { must } from '../../lib/assert.ts'
import type { UserId } from '../../lib/ids.ts'
import type { Tx } from '../../store/database.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { readAcquainted } from '../accounts/acquainted-store.ts'
import { TOLD_OF_NAME } from '../accounts/limits.ts'
import { changePhoneNumber, findByPhone, isPhoneTaken } from '../accounts/store.ts'
import { otherEntry } from '../accounts/tell.ts'
import { moveApp } from '../apps/store.ts'
import { dropCode, type CodeName } from '../auth/code-store.ts'
import { sendPhoneCode, type CodeWishes, type SentCode } from '../auth/codes.ts'
import { findDevice } from '../auth/device-store.ts'
import { FRESH_SESSION_SEC } from '../auth/limits.ts'
import { judgeCode, type CountTry } from '../auth/sign-in.ts'
import { dropImports } from '../contacts/import-store.ts'
import { claimImports } from '../contacts/import.ts'
import { renumberContacts } from '../contacts/store.ts'
import { decodeRules } from '../privacy/encoded.ts'
import { isAllowed } from '../privacy/rules.ts'
import { readRules } from '../privacy/store.ts'

const KEY = 'privacyKeyPhoneNumber'

/** A number that the actor says is its own, and what its client can take. */
export interface PhoneRequest extends CodeWishes {
  readonly phone: string
  readonly apiId: number
}

/** A code that somebody entered for a number. */
export interface EnteredCode {
  readonly phone: string
  readonly codeHash: string
  readonly code: string
  readonly countTry: CountTry
}

/**
 * Sends a code to the number that the actor's account is to have. Throws PHONE_NUMBER_OCCUPIED, PHONE_NUMBER_BANNED,
 * FRESH_CHANGE_PHONE_FORBIDDEN for a session that began lately, SMS_CODE_CREATE_FAILED.
 * https://core.telegram.org/method/account.sendChangePhoneCode
 */
export async function sendChangeCode(ctx: Context, by: Actor, request: PhoneRequest): Promise<SentCode> {
  await checkAge(ctx, by)
  if ((await findByPhone(ctx.db, request.phone)) !== undefined) throw rpcError('PHONE_NUMBER_OCCUPIED')
  return await sendPhoneCode(ctx, { ...request, keyId: by.keyId, purpose: 'change' })
}

/**
 * Gives the actor's account another number. Whoever knew the old one from a contact knows the new one; whoever may see it
 * is told. Throws PHONE_CODE_EXPIRED, PHONE_CODE_INVALID, PHONE_NUMBER_OCCUPIED.
 * https://core.telegram.org/method/account.changePhone
 */
export async function changePhone(ctx: Context, by: Actor, input: EnteredCode): Promise<void> {
  const { phone } = input
  const name: CodeName = { phone, keyId: by.keyId, codeHash: input.codeHash }
  await judgeCode(ctx, name, 'change', input)
  try {
    await ctx.db.transaction(async (tx) => {
      if (!(await dropCode(tx, name, ctx.clock.nowSec()))) throw rpcError('PHONE_CODE_EXPIRED')
      const old = await changePhoneNumber(tx, by.userId, phone)
      if (old !== null) await moveApp(tx, old, phone)
      const knowing = old === null ? [] : await renumberContacts(tx, by.userId, { old, new: phone })
      await dropImports(tx, by.userId, [phone])
      await claimImports(ctx, tx, by.userId, phone)
      await tellOfPhone(ctx, tx, by, phone, knowing)
    })
  } catch (error) {
    if (isPhoneTaken(error)) throw rpcError('PHONE_NUMBER_OCCUPIED')
    throw error
  }
}

/** A session that began lately may be a thief's: it must not take the account along. */
async function checkAge(ctx: Context, by: Actor): Promise<void> {
  const { createdAt } = must(await findDevice(ctx.db, by.keyId), 'the actor is logged in on its key')
  if (ctx.clock.nowSec() - createdAt < FRESH_SESSION_SEC) throw rpcError('FRESH_CHANGE_PHONE_FORBIDDEN')
}

/** Tells the actor's sessions, those who knew the number, and those whom the privacy rules let see it. */
async function tellOfPhone(
  ctx: Context,
  tx: Tx,
  by: Actor,
  phone: string,
  knowing: readonly UserId[],
): Promise<void> {
  const { userId } = by
  const acquainted = await readAcquainted(tx, userId, { sinceSec: 0, limit: TOLD_OF_NAME })
  const rules = decodeRules(KEY, (await readRules(tx, userId, [KEY])).get(KEY))
  const allowed = acquainted.filter((other) =>
    isAllowed(rules, {
      viewer: other.id,
      isContact: other.isContact,
      isCloseFriend: other.isCloseContact,
      isBot: other.isBot,
    }),
  )
  const update = tl.updateUserPhone({ userId, phone })
  const told = new Set([userId, ...knowing.slice(0, TOLD_OF_NAME), ...allowed.map((other) => other.id)])
  await ctx.updates.record(
    tx,
    [...told].map((boxId) => otherEntry(boxId, update)),
    by,
  )
}
