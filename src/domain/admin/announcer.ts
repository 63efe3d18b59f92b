import type { Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import { Rounds } from '../../lib/rounds.ts'
import { RpcError } from '../../tl/rpc-error.ts'
import { readPeopleAfter } from '../accounts/search-store.ts'
import { findByPhones } from '../accounts/store.ts'
import { readOwners } from '../apps/store.ts'
import { MESSAGE_LENGTH } from '../messages/limits.ts'
import { sendServiceMessage } from '../messages/service.ts'
import { ConsoleError } from './admins.ts'
import {
  holdAnnouncement,
  insertAnnouncement,
  putProgress,
  type Announcement,
  type Audience,
} from './announcement-store.ts'
import { ANNOUNCE_EVERY_MS, ANNOUNCED_AT_ONCE, ANNOUNCING_SEC } from './limits.ts'

/** Has a text sent to many, each in the chat with the service account. Throws ConsoleError. */
export async function announce(
  ctx: Context,
  input: { readonly audience: Audience; readonly text: string; readonly by: UserId },
): Promise<void> {
  const { audience, text, by: madeBy } = input
  await ctx.db.single((tx) => insertAnnouncement(tx, { audience, text, madeBy, madeAt: ctx.clock.nowSec() }))
}

/** The text of an announcement, as it is sent. Throws ConsoleError. */
export function parseAnnouncement(typed: string): string {
  const text = typed.replaceAll('\r\n', '\n').replaceAll('\u0000', '').trim()
  if (text === '' || [...text].length > MESSAGE_LENGTH)
    throw new ConsoleError(`An announcement has 1 to ${MESSAGE_LENGTH} characters.`)
  return text
}

/**
 * Sends announcements, some people at a time. A server that was stopped goes on where it was: who was written to already is
 * not written to again, for the message has the same random id.
 */
export class Announcer {
  readonly #ctx: Context
  readonly #rounds: Rounds

  constructor(ctx: Context) {
    this.#ctx = ctx
    this.#rounds = new Rounds(ctx.clock, ANNOUNCE_EVERY_MS, {
      run: () => this.#sendAll(),
      failed: (error) => ctx.log.warn({ err: error }, 'an announcement could not be sent on'),
    })
  }

  /** Sends what is to be sent. */
  pass(): Promise<void> {
    return this.#rounds.pass()
  }

  async #sendAll(): Promise<void> {
    const ctx = this.#ctx
    while (!this.#rounds.isStopped) {
      const nowSec = ctx.clock.nowSec()
      const hold = { nowSec, untilSec: nowSec + ANNOUNCING_SEC }
      const held = await ctx.db.single((tx) => holdAnnouncement(tx, hold))
      if (!held) return
      await this.#sendBatch(held)
    }
  }

  async #sendBatch(held: Announcement): Promise<void> {
    const ctx = this.#ctx
    const { to, lastKey, isLast } = await nextOf(ctx, held)
    await Promise.all(to.map((userId) => tell(ctx, held, userId)))
    const finishedAt = isLast ? ctx.clock.nowSec() : null
    await ctx.db.single((tx) => putProgress(tx, held.id, { lastKey, told: to.length, finishedAt }))
  }

  /** Looks at nothing more, once what is under way is done. */
  stop(): Promise<void> {
    return this.#rounds.stop()
  }
}

/** Writes to somebody who was not written to before. */
async function tell(ctx: Context, { id, text }: Announcement, userId: UserId): Promise<void> {
  const randomId = ctx.secrets.proof('announcement', id, userId)
  try {
    await sendServiceMessage(ctx, userId, text, [], undefined, randomId)
  } catch (error) {
    const wasSent = error instanceof RpcError && error.name_ === 'RANDOM_ID_DUPLICATE'
    if (!wasSent) throw error
  }
}

/** Whom an announcement goes to next. */
async function nextOf(
  ctx: Context,
  { audience, lastKey }: Announcement,
): Promise<{ readonly to: readonly UserId[]; readonly lastKey: string; readonly isLast: boolean }> {
  if (audience === 'users') {
    const to = await readPeopleAfter(ctx.db, Number(lastKey) as UserId, ANNOUNCED_AT_ONCE)
    return { to, lastKey: String(to.at(-1) ?? lastKey), isLast: to.length < ANNOUNCED_AT_ONCE }
  }
  const phones = await readOwners(ctx.db, lastKey, ANNOUNCED_AT_ONCE)
  const owners = await findByPhones(ctx.db, phones)
  return {
    to: [...owners.values()],
    lastKey: phones.at(-1) ?? lastKey,
    isLast: phones.length < ANNOUNCED_AT_ONCE,
  }
}
