import type { Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import type { SanctionKind } from '../abuse/rules.ts'
import { imposed, imposeIn, type Imposing } from '../abuse/sanctions.ts'
import { sendServiceMessage } from '../messages/service.ts'
import { closeCase, type Case } from './store.ts'

/** What is done about whoever a case is against. `close` does nothing but say how the case ended. */
export type Measure = 'dismiss' | 'close' | 'warn' | SanctionKind

export interface Decision {
  readonly measure: Measure
  /** For how long a sanction is; until it is lifted when undefined. */
  readonly forSec: number | undefined
  /** What whoever is warned is told; why, of a sanction; else how the case ended. */
  readonly text: string
  readonly by: UserId
}

/**
 * Closes a case with what is done about it. False when it was closed already: then nothing is done. Measures other than
 * dismissing are for users.
 */
export async function decideCase(ctx: Context, about: Case, decision: Decision): Promise<boolean> {
  const { measure, forSec, text, by } = decision
  const end = { outcome: describe(decision), closedAt: ctx.clock.nowSec() }
  const userId = about.subjectId as UserId
  const sanction: Imposing | undefined =
    measure === 'dismiss' || measure === 'close' || measure === 'warn'
      ? undefined
      : { subject: { kind: 'user', id: userId }, kind: measure, forSec, cause: text, by }
  // A closed case says what was done, so that is done with it or not at all.
  const isClosed = await ctx.db.transaction(async (tx) => {
    if (!(await closeCase(tx, about.id, end))) return false
    if (sanction) await imposeIn(ctx, tx, sanction)
    return true
  })
  if (!isClosed) return false
  if (sanction) await imposed(ctx, sanction)
  if (measure === 'warn') await sendServiceMessage(ctx, userId, text)
  return true
}

const WORDS: Readonly<Record<Measure, string>> = {
  dismiss: 'Dismissed',
  close: 'Closed',
  warn: 'Warned',
  slow: 'Slowed down',
  limited: 'Limited',
  banned: 'Banned',
}

function describe({ measure, forSec, text }: Decision): string {
  const time = forSec === undefined ? '' : ` for ${forSec / 3600} hours`
  return text === '' ? `${WORDS[measure]}${time}` : `${WORDS[measure]}${time}: ${text}`
}
