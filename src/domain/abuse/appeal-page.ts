import type { Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import type { PhoneChannel } from '../../senders/sender.ts'
import { findByPhone } from '../accounts/store.ts'
import { CODE_LENGTH } from '../auth/limits.ts'
import { testCode } from '../auth/phone.ts'
import { enterPageCode, findPageCode, issuePageCode, replacePageCode } from '../web/codes.ts'
import { newToken } from '../web/secrets.ts'
import { findAppeal, type Appeal } from './appeal-store.ts'
import { appeal } from './appeals.ts'
import { readInForce, type Sanction } from './store.ts'

/** What can read a code out to somebody who has no client that watches calls. */
const CHANNELS: ReadonlySet<PhoneChannel> = new Set(['sms', 'call'])

/** Where an appeal on the page stands. */
export type AppealStep =
  | { readonly kind: 'code' }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'sanction'; readonly sanction: Sanction; readonly appeal: Appeal | undefined }

/**
 * Sends a code to the phone of somebody against whom a sanction is in force, and returns by what it is known. Nobody else
 * gets one, but the same answer in the same time: who has the number is looked up to seal it, what is sent comes after.
 */
export async function sendAppealCode(ctx: Context, phone: string): Promise<string> {
  const userId = await findByPhone(ctx.db, phone)
  const inForce = userId === undefined ? [] : await inForceFor(ctx, userId)
  const known = ctx.config.testNumbers ? testCode(phone, CODE_LENGTH) : undefined
  const code = known ?? String(ctx.random.int(10 ** CODE_LENGTH)).padStart(CODE_LENGTH, '0')
  const subject = inForce.length > 0 ? userId : undefined
  const token = newToken(ctx)
  await issuePageCode(ctx, token, { purpose: 'appeal', userId: subject, code }, async () => {
    const channel = ctx.senders.channels.find((each) => CHANNELS.has(each))
    if (subject === undefined || known !== undefined || channel === undefined) return
    const text = `Your code for an appeal: ${code}\n\nIt is good for ten minutes, and does not log anybody in.`
    await ctx.senders.sendCode({ phone, channel, code, text })
  })
  return token
}

/** Takes the code. Returns by what the appeal is known from now on; undefined when the code is wrong. */
export async function enterAppealCode(
  ctx: Context,
  input: { readonly token: string; readonly typed: string },
): Promise<string | undefined> {
  const userId = (await enterPageCode(ctx, { ...input, purpose: 'appeal' }))?.userId
  if (!userId) return undefined
  return await replacePageCode(ctx, input.token, { purpose: 'appeal proven', userId, code: '' })
}

/** Where the appeal of whoever holds a token stands; undefined when there is none under way. */
export async function readAppealStep(ctx: Context, token: string): Promise<AppealStep | undefined> {
  const found = await findPageCode(ctx, token)
  if (found?.purpose === 'appeal') return { kind: 'code' }
  if (found?.purpose !== 'appeal proven' || found.userId === null) return undefined
  const [sanction] = await inForceFor(ctx, found.userId)
  if (!sanction) return { kind: 'nothing' }
  return { kind: 'sanction', sanction, appeal: await findAppeal(ctx.db, sanction.id) }
}

/** Takes an appeal from the page. False when there is nothing to appeal against, or was one already. */
export async function appealByPage(ctx: Context, token: string, text: string): Promise<boolean> {
  const step = await readAppealStep(ctx, token)
  if (step?.kind !== 'sanction' || step.appeal || text.trim() === '') return false
  const { id: sanctionId, subjectId } = step.sanction
  return await appeal(ctx, { sanctionId, userId: subjectId as UserId, text })
}

/** What is in force against a user: a ban before all else, for who is banned can say nothing elsewhere. */
async function inForceFor(ctx: Context, userId: UserId): Promise<Sanction[]> {
  const inForce = await readInForce(ctx.db, { kind: 'user', id: userId }, ctx.clock.nowSec())
  return inForce.toSorted((a, b) => Number(b.kind === 'banned') - Number(a.kind === 'banned'))
}
