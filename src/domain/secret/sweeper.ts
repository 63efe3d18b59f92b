import type { Context } from '../../context.ts'
import { Rounds } from '../../lib/rounds.ts'
import { dropQueued } from '../../updates/log.ts'
import { readUsersOf } from '../auth/whereabouts-store.ts'
import { dropFiles } from '../files/file-store.ts'
import { bothSides } from './access.ts'
import { forgetOld, lockChat, readChatsAfter, readUnaccepted, type SecretChat } from './chat-store.ts'
import { endChats, endChatsOfDevices } from './end.ts'
import { forgetFilesOf } from './file-store.ts'
import { KEPT_SEC, SWEEP_EVERY_MS, SWEPT_CHATS, SWEPT_MESSAGES } from './limits.ts'

/** Before the first of all chats; clients choose positive ids. */
const BEFORE_ALL = -(2 ** 31)

/**
 * Forgets messages that were received. Ends chats that nobody accepted in a long time, and those of devices that are gone
 * without having logged out, as whose client has thrown its key away; forgets what ended long ago. It goes round all
 * chats, a slice at a time, so that a pass costs the same however many there are.
 */
export class SecretSweeper {
  readonly #ctx: Context
  readonly #rounds: Rounds
  #lastId = BEFORE_ALL

  constructor(ctx: Context) {
    this.#ctx = ctx
    this.#rounds = new Rounds(ctx.clock, SWEEP_EVERY_MS, {
      run: () => this.#sweep(),
      failed: (error) => ctx.log.warn({ err: error }, 'secret chats could not be swept'),
    })
  }

  /** Looks at the next slice of chats. */
  pass(): Promise<void> {
    return this.#rounds.pass()
  }

  async #sweep(): Promise<void> {
    const { db, clock, receipts } = this.#ctx
    const before = clock.nowSec() - KEPT_SEC
    for (const { boxId, queue, qts } of receipts.takeDue())
      await db.single((tx) => dropQueued(tx, boxId, { queue, qts }))
    for (const id of await readUnaccepted(db, before, SWEPT_CHATS)) await this.#end(id)
    const chats = await readChatsAfter(db, this.#lastId, SWEPT_CHATS)
    this.#lastId = chats.length < SWEPT_CHATS ? BEFORE_ALL : (chats.at(-1)?.id ?? BEFORE_ALL)
    const gone = await this.#gone(chats)
    if (gone.length > 0) await db.transaction((tx) => endChatsOfDevices(this.#ctx, tx, gone))
    const limits = { chats: SWEPT_CHATS, messages: SWEPT_MESSAGES }
    await db.transaction(async (tx) => {
      const forgotten = await forgetOld(tx, before, limits)
      if (forgotten.length > 0) await dropFiles(tx, await forgetFilesOf(tx, forgotten))
    })
  }

  /** The devices of chats on which their users are not logged in any more. */
  async #gone(chats: readonly SecretChat[]): Promise<bigint[]> {
    const devices = chats.flatMap(bothSides)
    const keys = devices.flatMap(({ key }) => key ?? [])
    if (keys.length === 0) return []
    const users = await readUsersOf(this.#ctx.db, keys)
    return devices.flatMap(({ userId, key }) => (key !== null && users.get(key) !== userId ? [key] : []))
  }

  async #end(id: number): Promise<void> {
    const ctx = this.#ctx
    await ctx.db.transaction(async (tx) => {
      const chat = await lockChat(tx, id)
      if (chat && chat.state !== 'over') await endChats(ctx, tx, [chat], {})
    })
  }

  /** Looks at nothing more, once what is under way is done. */
  stop(): Promise<void> {
    return this.#rounds.stop()
  }
}
