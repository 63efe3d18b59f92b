import type { Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import { LIMITS_USER_ID } from '../../lib/ids.ts'
import { sendServiceMessage } from '../messages/service.ts'
import { answerAppeal, insertAppeal, type Appeal } from './appeal-store.ts'
import { APPEAL_LENGTH } from './rules.ts'

/** Takes what somebody says against a sanction. False when they said something about it before: once is enough. */
export async function appeal(
  ctx: Context,
  input: { readonly sanctionId: number; readonly userId: UserId; readonly text: string },
): Promise<boolean> {
  const text = shorten(input.text)
  return await ctx.db.single((tx) => insertAppeal(tx, { ...input, text, madeAt: ctx.clock.nowSec() }))
}

/** Answers an appeal and tells the user. Undefined when it was answered before. */
export async function answer(
  ctx: Context,
  input: { readonly id: number; readonly text: string; readonly by: UserId },
): Promise<Appeal | undefined> {
  const text = shorten(input.text)
  const answered = await ctx.db.single((tx) =>
    answerAppeal(tx, input.id, { text, at: ctx.clock.nowSec(), by: input.by }),
  )
  if (answered) await sendServiceMessage(ctx, answered.userId, text, [], LIMITS_USER_ID)
  return answered
}

function shorten(text: string): string {
  return [...text.replaceAll('\u0000', '').trim()].slice(0, APPEAL_LENGTH).join('')
}
