import type { Context } from '../../context.ts'
import { LIMITS_USER_ID, type PeerId, type UserId } from '../../lib/ids.ts'
import { answerOfLimits } from '../abuse/limits-agent.ts'
import { sendServiceMessage } from '../messages/service.ts'

/** Accounts that live in the server and answer what they are told. */
const AGENTS: ReadonlyMap<PeerId, (ctx: Context, from: UserId, text: string) => Promise<string>> = new Map([
  [LIMITS_USER_ID, answerOfLimits],
])

/**
 * Lets an account of the server's own answer a message that was sent to it. The sender does not wait for that; what is
 * lost with a crash is asked again.
 */
export function wakeAgent(ctx: Context, from: UserId, to: PeerId, text: string): void {
  const agent = AGENTS.get(to)
  if (!agent) return
  agent(ctx, from, text)
    .then((answer) => sendServiceMessage(ctx, from, answer, [], to as UserId))
    .catch((error: unknown) =>
      ctx.log.error({ err: error, agent: to }, 'an account of the server did not answer'),
    )
}
