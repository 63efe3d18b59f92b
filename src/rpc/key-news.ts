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

/**
 * Lets every node hear of news of keys. `take` is called for those of other nodes, and at once for one's own that are
 * shared; `tell` is for what this node has taken already.
 */
export function shareKeyNews(
  ctx: Context,
  take: (news: KeyNews) => void,
): { share(news: LoginNews): void; tell(news: KeyNews): void; leave(): void } {
  const by = ctx.random.long()
  const leave = ctx.bus.subscribe(SUBJECT, (event) => {
    const shared = event as Shared // Only `tell` writes to this subject.
    if (shared.by !== by) take(shared.news)
  })
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
