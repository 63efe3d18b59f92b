import type { Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import { appeal } from './appeals.ts'
import { describeSanction } from './rules.ts'
import { readInForce, type Sanction } from './store.ts'

const APPEAL = /^\/appeal(?:@\w+)?\s+(.+)$/s

/** What the account that tells of limits answers: how it stands, or that an appeal was taken. */
export async function answerOfLimits(ctx: Context, userId: UserId, text: string): Promise<string> {
  const inForce = await readInForce(ctx.db, { kind: 'user', id: userId }, ctx.clock.nowSec())
  const words = APPEAL.exec(text.trim())?.[1]
  if (words !== undefined) return await answerAppeal(ctx, userId, inForce, words)
  if (inForce.length === 0) return 'Good news: no limits are applied to your account. You are free as a bird!'
  return [
    ...inForce.map((sanction) => `${describeSanction(sanction)} Reason: ${sanction.cause}.`),
    'If you think that this is wrong, write /appeal and then why, all in one message. A person will read it.',
  ].join('\n\n')
}

async function answerAppeal(
  ctx: Context,
  userId: UserId,
  inForce: readonly Sanction[],
  words: string,
): Promise<string> {
  const [latest] = inForce
  if (!latest) return 'No limits are applied to your account, so there is nothing to appeal against.'
  const isTaken = await appeal(ctx, { sanctionId: latest.id, userId, text: words })
  if (!isTaken) return 'You have already written about this limit. You will be answered here.'
  return 'Thank you. A person will read it, and you will be answered here.'
}
