import type { Context } from '../context.ts'
import { areSeveral, dcOf } from '../domain/datacenters/datacenters.ts'
import { readHomeDc } from '../domain/datacenters/home.ts'
import type { UserId } from '../lib/ids.ts'
import { methodRights } from '../tl/rights.ts'
import { rpcError } from '../tl/rpc-error.ts'
import { HOME_KNOWN_MS, MAX_HOMES_KNOWN } from './limits.ts'

interface Known {
  readonly home: Promise<number>
  readonly untilMs: number
}

/** What a login that was carried to another datacenter may call there, beside what anybody may: it is for files. */
const AWAY: ReadonlySet<string> = new Set([
  'auth.exportAuthorization',
  'auth.logOut',
  'auth.dropTempAuthKeys',
])
const AWAY_NAMESPACES = ['upload.', 'stats.']

/**
 * Where users are at home, of several datacenters. It is read again now and then, for a command beside the server or
 * another node may move somebody.
 */
export class Homes {
  readonly #ctx: Context
  readonly #known = new Map<UserId, Known>()

  constructor(ctx: Context) {
    this.#ctx = ctx
  }

  /** Whether a key belongs to another datacenter than the one where its user is at home. */
  async isAway(userId: UserId, keyDc: number): Promise<boolean> {
    return areSeveral(this.#ctx.config) && (await this.#homeOf(userId)) !== dcOf(this.#ctx, keyDc)
  }

  /** Throws USER_MIGRATE_X for what is to be called at home. https://core.telegram.org/api/datacenter#user-migration */
  async checkAway(method: string, userId: UserId): Promise<void> {
    const mayBeAway =
      methodRights(method) === 'anyone' ||
      AWAY.has(method) ||
      AWAY_NAMESPACES.some((prefix) => method.startsWith(prefix))
    if (!mayBeAway) throw rpcError('USER_MIGRATE_%d', await this.#homeOf(userId))
  }

  #homeOf(userId: UserId): Promise<number> {
    const nowMs = this.#ctx.clock.nowMs()
    const known = this.#known.get(userId)
    if (known && known.untilMs > nowMs) return known.home
    if (this.#known.size >= MAX_HOMES_KNOWN) this.#known.clear()
    const home = readHomeDc(this.#ctx, userId)
    home.catch(() => this.#known.delete(userId))
    this.#known.set(userId, { home, untilMs: nowMs + HOME_KNOWN_MS })
    return home
  }
}
