import type { Context } from '../../context.ts'
import type { Timer } from '../../lib/clock.ts'
import { dropQueued } from '../../updates/log.ts'
import { readUsersOf } from '../auth/whereabouts-store.ts'
import { dropFiles } from '../files/file-store.ts'
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
  readonly #timer: Timer
  #lastId = BEFORE_ALL
  #running: Promise<void> | undefined

  constructor(ctx: Context) {
    this.#ctx = ctx
    this.#timer = ctx.clock.setInterval(() => void this.pass(), SWEEP_EVERY_MS)
  }

  /** Looks at the next slice of chats. A failure is logged: the next pass tries again. */
  async pass(): Promise<void> {
    this.#running ??= this.#sweep().finally(() => (this.#running = undefined))
    await this.#running
  }

  async #sweep(): Promise<void> {
    const { db, clock, log, receipts } = this.#ctx
    const before = clock.nowSec() - KEPT_SEC
    try {
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
    } catch (error) {
      log.warn({ err: error }, 'secret chats could not be swept')
    }
  }

  /** The devices of chats on which their users are not logged in any more. */
  async #gone(chats: readonly SecretChat[]): Promise<bigint[]> {
    const devices = chats.flatMap((chat) => [
      { key: chat.adminKey, userId: chat.adminId },
      ...(chat.participantKey === null ? [] : [{ key: chat.participantKey, userId: chat.participantId }]),
    ])
    if (devices.length === 0) return []
    const users = await readUsersOf(
      this.#ctx.db,
      devices.map(({ key }) => key),
    )
    return devices.filter(({ key, userId }) => users.get(key) !== userId).map(({ key }) => key)
  }

  async #end(id: number): Promise<void> {
    const ctx = this.#ctx
    await ctx.db.transaction(async (tx) => {
      const chat = await lockChat(tx, id)
      if (chat && chat.state !== 'over') await endChats(ctx, tx, [chat], {})
    })
  }

  /** Begins no more passes, and waits for the one under way. */
  async stop(): Promise<void> {
    this.#timer.cancel()
    await this.#running
  }
}
