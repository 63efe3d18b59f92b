import type { Remembered } from '../bus/memory.ts'
import type { Context } from '../context.ts'
import { readLogin, type Login } from '../domain/auth/devices.ts'
import { LOGINS_REMEMBERED, LOGINS_REMEMBERED_MS } from './limits.ts'

const ABOUT = 'login'

const LOGINS: Remembered<Context, bigint, Login | undefined> = {
  about: ABOUT,
  limit: LOGINS_REMEMBERED,
  keptMs: LOGINS_REMEMBERED_MS,
  idOf: (keyId) => keyId,
  ownersOf: (keyId) => [keyId],
  load: async (ctx, keyIds) => await Promise.all(keyIds.map((keyId) => readLogin(ctx, keyId))),
}

/** The logins of keys in use, remembered until somebody logs in or out on the key, on whatever node. */
export class Logins {
  readonly #ctx: Context

  constructor(ctx: Context) {
    this.#ctx = ctx
  }

  /** Who is logged in on a key; undefined for a key whose client never said anything. */
  async of(keyId: bigint): Promise<Login | undefined> {
    return await this.#ctx.memory.get(LOGINS, keyId)
  }

  forget(keyId: bigint): void {
    this.#ctx.memory.outdate(ABOUT, [keyId])
  }

  /** For news of a login, which every node hears. */
  forgetHere(keyId: bigint): void {
    this.#ctx.memory.outdateHere(ABOUT, [keyId])
  }
}
