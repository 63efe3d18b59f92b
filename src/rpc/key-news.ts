import type { Context } from '../context.ts'
import type * as T from '../tl/schema.d.ts'

/** What the sessions of a key must know, on whatever node they are. */
export type KeyNews = { readonly keyId: bigint } & (
  | { readonly kind: 'login changed' | 'login ended' }
  | { readonly kind: 'update'; readonly update: T.Update }
)

interface Shared {
  readonly news: KeyNews
  /** The node that shares it, which knows. */
  readonly by: bigint
}

const SUBJECT = 'key'

/** Lets every node hear of news of keys. `take` is called for one's own at once, and for those of other nodes. */
export function shareKeyNews(
  ctx: Context,
  take: (news: KeyNews) => void,
): { share(news: KeyNews): void; leave(): void } {
  const by = ctx.random.long()
  const leave = ctx.bus.subscribe(SUBJECT, (event) => {
    const shared = event as Shared // Only `share` writes to this subject.
    if (shared.by !== by) take(shared.news)
  })
  return {
    share(news) {
      take(news)
      ctx.bus.publish(SUBJECT, { news, by } satisfies Shared)
    },
    leave,
  }
}
