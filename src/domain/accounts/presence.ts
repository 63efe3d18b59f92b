import type { Actor, Context } from '../../context.ts'
import { must } from '../../lib/assert.ts'
import type { UserId } from '../../lib/ids.ts'
import { tl } from '../../tl/factories.ts'
import type * as T from '../../tl/schema.d.ts'
import { statusView } from '../../views/user.ts'
import { decodeRules } from '../privacy/encoded.ts'
import { isAllowed } from '../privacy/rules.ts'
import { readRules, readRulesOf } from '../privacy/store.ts'
import { readAcquainted, type Acquainted } from './acquainted-store.ts'
import { ONLINE_SEC, TOLD_OF_PRESENCE } from './limits.ts'
import { putPresence, readAccount } from './store.ts'

const KEY = 'privacyKeyStatusTimestamp'

/** Says that the actor is here, or has left. https://core.telegram.org/method/account.updateStatus */
export async function updateStatus(ctx: Context, by: Actor, isOffline: boolean): Promise<void> {
  const nowSec = ctx.clock.nowSec()
  await ctx.db.single((tx) => putPresence(tx, by.userId, isOffline ? nowSec : nowSec + ONLINE_SEC))
  await presenceChanged(ctx, by)
}

/**
 * Tells whoever is acquainted with the actor and here as well what they may see of its status now. It is a
 * hint: who misses it finds the status in the user.
 */
export async function presenceChanged(ctx: Context, by: Actor): Promise<void> {
  const nowSec = ctx.clock.nowSec()
  const { userId } = by
  const others = await readAcquainted(ctx.db, userId, { sinceSec: nowSec, limit: TOLD_OF_PRESENCE })
  const [account, mine, theirs] = await Promise.all([
    readAccount(ctx.db, userId),
    readRules(ctx.db, userId, [KEY]),
    readRulesOf(
      ctx.db,
      others.map((other) => other.id),
      KEY,
    ),
  ])
  const { onlineUntil } = must(account, 'the actor has an account')
  const rules = decodeRules(KEY, mine.get(KEY))
  const audiences = new Map<string, { status: T.UserStatus; to: UserId[] }>()
  for (const other of others) {
    const status = statusView(
      {
        onlineUntil,
        isExact: isAllowed(rules, {
          viewer: other.id,
          isContact: other.isContact,
          isCloseFriend: other.isCloseContact,
          isBot: other.isBot,
        }),
        isHiddenByMe: !isAllowed(decodeRules(KEY, theirs.get(other.id)), hiding(userId, other)),
        isNothing: other.isBlocked,
      },
      nowSec,
    )
    const kind = status._ + ('byMe' in status && status.byMe ? ' by me' : '')
    const audience = audiences.get(kind) ?? { status, to: [] }
    audience.to.push(other.id)
    audiences.set(kind, audience)
  }
  for (const { status, to } of audiences.values())
    ctx.updates.hint(to, tl.updateUserStatus({ userId, status }), by)
}

/** The actor as one of those whom the other's rules are about. */
function hiding(userId: UserId, other: Acquainted): Parameters<typeof isAllowed>[1] {
  return {
    viewer: userId,
    isContact: other.contactFirstName !== null,
    isCloseFriend: other.isCloseFriend,
    isBot: false,
  }
}
