import type { Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { readHostApps } from '../apps/store.ts'
import { countAttempts } from '../auth/attempt-store.ts'
import { readApiIds } from '../auth/whereabouts-store.ts'
import {
  dayOf,
  describeRule,
  ruleMet,
  SLOW_STRANGERS,
  type Counted,
  type Rule,
  type Subject,
} from './rules.ts'
import { impose } from './sanctions.ts'
import { addCounts, readCounts, readInForce } from './store.ts'

/**
 * Before somebody writes to a person who does not know them: throws PEER_FLOOD or FLOOD_WAIT_X when they may not, and
 * counts it. https://core.telegram.org/api/errors#420-flood
 */
export async function beforeStranger(ctx: Context, userId: UserId): Promise<void> {
  const inForce = await readInForce(ctx.db, { kind: 'user', id: userId }, ctx.clock.nowSec())
  if (inForce.some((sanction) => sanction.kind === 'limited')) throw rpcError('PEER_FLOOD')
  if (inForce.some((sanction) => sanction.kind === 'slow')) {
    const waitSec = await countAttempts(ctx, SLOW_STRANGERS, String(userId))
    if (waitSec > 0) throw rpcError('FLOOD_WAIT_%d', waitSec)
  }
  await count(ctx, userId, 'strangers')
}

/** Counts what somebody did or what was done about them, for them and their apps, and judges where rules apply. */
export async function count(ctx: Context, userId: UserId, counted: Counted): Promise<void> {
  const apiIds = await readApiIds(ctx.db, userId)
  const apps = apiIds.map((id): Subject => ({ kind: 'app', id }))
  const user: Subject = { kind: 'user', id: userId }
  const today = dayOf(ctx.clock.nowSec())
  await ctx.db.single((tx) => addCounts(tx, [...apps, user], counted, today))
  if (await isObserved(ctx, apiIds)) await judge(ctx, user, apiIds)
}

/** Counts for an app alone. */
export async function countForApp(ctx: Context, apiId: number, counted: Counted): Promise<void> {
  const today = dayOf(ctx.clock.nowSec())
  await ctx.db.single((tx) => addCounts(tx, [{ kind: 'app', id: apiId }], counted, today))
}

/** Whoever uses only apps that the host registered is not under observation. */
async function isObserved(ctx: Context, apiIds: readonly number[]): Promise<boolean> {
  const hosts = await readHostApps(ctx.db, apiIds)
  return apiIds.some((apiId) => !hosts.has(apiId))
}

async function judge(ctx: Context, user: Subject, apiIds: readonly number[]): Promise<void> {
  const rule = await ruleFor(ctx, user)
  if (!rule) return
  await imposeRule(ctx, user, rule)
  if (rule.leadsTo !== 'banned') return
  const hosts = await readHostApps(ctx.db, apiIds)
  for (const id of apiIds.filter((apiId) => !hosts.has(apiId))) {
    const app: Subject = { kind: 'app', id }
    await countForApp(ctx, id, 'bans')
    const appRule = await ruleFor(ctx, app)
    if (appRule) await imposeRule(ctx, app, appRule)
  }
}

async function ruleFor(ctx: Context, subject: Subject): Promise<Rule | undefined> {
  const nowSec = ctx.clock.nowSec()
  const today = dayOf(nowSec)
  const [counts, inForce] = await Promise.all([
    readCounts(ctx.db, subject, today),
    readInForce(ctx.db, subject, nowSec),
  ])
  return ruleMet(subject.kind, counts, today, inForce)
}

async function imposeRule(ctx: Context, subject: Subject, rule: Rule): Promise<void> {
  const cause = describeRule(rule)
  await impose(ctx, { subject, kind: rule.leadsTo, forSec: rule.forSec, cause, by: undefined })
}
