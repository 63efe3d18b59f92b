import type { Context } from '../../context.ts'
import type { PublicFacts } from '../facts.ts'
import type { Proxies } from '../proxies.ts'

/** What the pages of the portal are made of. */
export interface PortalDeps {
  readonly context: Context
  readonly facts: () => PublicFacts
  readonly proxies: Proxies
}
