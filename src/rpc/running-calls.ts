import { setTimeout as delay } from 'node:timers/promises'
import type { Actor, Context } from '../context.ts'
import { atMost } from '../lib/at-most.ts'
import { afterTurns } from '../lib/event-loop.ts'
import { FLUSH_TURNS } from '../mtproto/flushing.ts'
import { NEWS_APART_MS, SETTLE_MS } from '../updates/limits.ts'
import type { RunningCall, SessionState } from './session-state.ts'

/**
 * Runs the handler of a call. Its result is returned once nothing that it may show is still on its way to the session as
 * news: a client that finds a message in a history, and is told after that that it is new, tells nobody of it.
 */
export async function runCall<R>(
  ctx: Context,
  state: SessionState,
  actor: Actor | undefined,
  handle: () => Promise<R>,
): Promise<R> {
  const call: RunningCall = { actor, waiters: [], isSettling: false }
  state.running.push(call)
  try {
    const result = await handle()
    if (state.subscribedTo !== undefined && mayShowNews(result)) {
      const settled = ctx.updates.settled(state.subscribedTo)
      if (settled || state.running.length > 1) await settle(ctx, state, call, settled)
      await apartFromNews(state)
    }
    return result
  } finally {
    if (actor && ctx.updates.hasActed(actor)) state.newsAtMs = performance.now()
    state.running.splice(state.running.indexOf(call), 1)
    wake(call)
  }
}

/**
 * TDLib, which takes updates in with a step more than answers, deals with an answer first that it reads together with the
 * news before it.
 */
async function apartFromNews({ newsAtMs }: SessionState): Promise<void> {
  if (performance.now() - newsAtMs > NEWS_APART_MS) return
  // From when they were sent. A client needs the time to read, whatever a test's clock says.
  await new Promise<void>((resolve) => afterTurns(FLUSH_TURNS + 1, resolve))
  await delay(NEWS_APART_MS)
}

/** Yes and no show nothing, and what counts in pts is put in its place by the client. */
function mayShowNews(result: unknown): boolean {
  if (typeof result !== 'object' || result === null) return false
  return !('ptsCount' in result) && !('_' in result && result._ === 'updates')
}

/** News come to a session as pushes, and of what it did itself, in the answers to that. */
async function settle(
  ctx: Context,
  state: SessionState,
  call: RunningCall,
  pushed: Promise<void> | undefined,
): Promise<void> {
  // Of two that would wait for one another, neither does.
  call.isSettling = true
  wake(call)
  if (pushed) await pushed
  const acted = state.running.filter(
    (other) => !other.isSettling && other.actor && ctx.updates.hasActed(other.actor),
  )
  if (acted.length === 0) return
  const answered = acted.map((other) => new Promise<void>((resolve) => other.waiters.push(resolve)))
  await atMost(
    ctx.clock,
    SETTLE_MS,
    Promise.all(answered).then(() => {}),
  )
}

function wake(call: RunningCall): void {
  for (const resume of call.waiters.splice(0)) resume()
}
