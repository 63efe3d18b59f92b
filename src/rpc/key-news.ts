import type { Context } from '../context.ts'
import type { KeyChange } from '../mtproto/keys.ts'
import type * as T from '../tl/schema.d.ts'

/** What the sessions of a key must know, on whatever node they are. */
export type LoginNews = { readonly keyId: bigint } & (
  | { readonly kind: 'login changed' | 'login ended' }
  | { readonly kind: 'update'; readonly update: T.Update }
)

/** What every node is told of a key. */
type KeyNews = LoginNews | KeyChange

interface Shared {
  readonly news: KeyNews
  /** The node that shares it, which knows. */
  readonly by: bigint
}

const SUBJECT = 'key'
/** When news are looked up again that could not be. */
const LOOK_AGAIN_MS = 1_000

/**
 * Lets every node hear of news of keys. `take` is called for those of other nodes, and at once for one's own that are
 * shared; `tell` is for what this node has taken already. `lookUp` is called when news of other nodes may have been lost,
 * again when that fails, and once at a time.
 */
export function shareKeyNews(
  ctx: Context,
  deps: { readonly take: (news: KeyNews) => void; readonly lookUp: () => Promise<void> },
): { share(news: LoginNews): void; tell(news: KeyNews): void; leave(): void } {
  const { take } = deps
  const by = ctx.random.long()
  const lookUp = onceAtATime(ctx, deps.lookUp)
  const hear = (event: unknown): void => {
    const shared = event as Shared // Only `tell` writes to this subject.
    if (shared.by !== by) take(shared.news)
  }
  const leaveBus = ctx.bus.subscribe(SUBJECT, hear, lookUp.ask)
  const leave = (): void => {
    leaveBus()
    lookUp.end()
  }
  const tell = (news: KeyNews): void => ctx.bus.publish(SUBJECT, { news, by } satisfies Shared)
  return {
    share(news) {
      take(news)
      tell(news)
    },
    tell,
    leave,
  }
}

/** Runs something when it is asked for: once more when that comes while it runs, and until it succeeds. */
function onceAtATime(
  { clock, log }: Context,
  run: () => Promise<void>,
): { readonly ask: () => void; readonly end: () => void } {
  let isRunning = false
  let isAsked = false
  let isEnded = false
  const begin = async (): Promise<void> => {
    isRunning = true
    isAsked = false
    try {
      await run()
    } catch (error) {
      if (isEnded) return
      log.warn({ err: error }, 'what other nodes may have told of keys cannot be looked up')
      clock.setTimeout(ask, LOOK_AGAIN_MS)
    } finally {
      isRunning = false
      if (isAsked && !isEnded) void begin()
    }
  }
  const ask = (): void => {
    isAsked = true
    if (!isRunning && !isEnded) void begin()
  }
  return { ask, end: () => (isEnded = true) }
}
