import type { Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import type { Tx } from '../../store/database.ts'
import { readAccount } from '../accounts/store.ts'
import { dropBlock, putBlock } from '../apps/store.ts'
import { banPhone, unbanPhone } from '../auth/code-store.ts'
import { readKeyIds, readKeyIdsOfApp } from '../auth/whereabouts-store.ts'
import { sendServiceMessage } from '../messages/service.ts'
import { dayOf, isCovered, type SanctionKind, type Subject } from './rules.ts'
import { insertSanction, liftSanction, lockCounts, readInForce, type Sanction } from './store.ts'

/** What is to be done against an account or an app, and why. */
export interface Imposing {
  readonly subject: Subject
  readonly kind: SanctionKind
  /** Until it is lifted when undefined. */
  readonly forSec: number | undefined
  readonly cause: string
  /** The administrator; undefined when a rule does it. */
  readonly by: UserId | undefined
}

/**
 * Slows, limits or bans, with the counts of the last days as evidence. Returns the id of the sanction; undefined when a
 * rule finds that another call has just done as much.
 */
export async function impose(ctx: Context, input: Imposing): Promise<number | undefined> {
  const id = await ctx.db.transaction((tx) => imposeIn(ctx, tx, input))
  if (id !== undefined) await imposed(ctx, input)
  return id
}

/** The same within a transaction; `imposed` follows its commit. */
export async function imposeIn(ctx: Context, tx: Tx, input: Imposing): Promise<number | undefined> {
  const { subject, kind, forSec, cause, by } = input
  const nowSec = ctx.clock.nowSec()
  const until = forSec === undefined ? undefined : nowSec + forSec
  const evidence = await lockCounts(tx, subject, dayOf(nowSec))
  if (by === undefined && isCovered(kind, await readInForce(tx, subject, nowSec))) return undefined
  const made = { subject, kind, since: nowSec, until, cause, evidence, madeBy: by }
  const id = await insertSanction(tx, made)
  if (kind === 'banned') await shut(ctx, tx, subject, cause)
  return id
}

/** Has whoever was sanctioned feel it, and tells them. */
export async function imposed(ctx: Context, { subject, kind }: Imposing): Promise<void> {
  if (kind === 'banned') await forgetLogins(ctx, subject)
  await tell(ctx, subject, SAID[kind])
}

/** Takes a sanction back. Undefined when there is none to be taken back. */
export async function lift(ctx: Context, id: number, by: UserId | undefined): Promise<Sanction | undefined> {
  const lifted = await ctx.db.transaction(async (tx) => {
    const sanction = await liftSanction(tx, id, { at: ctx.clock.nowSec(), by })
    if (sanction?.kind === 'banned') await reopen(ctx, tx, subjectOf(sanction))
    return sanction
  })
  if (!lifted) return undefined
  const subject = subjectOf(lifted)
  if (lifted.kind === 'banned') await forgetLogins(ctx, subject)
  await tell(ctx, subject, LIFTED)
  return lifted
}

/** Takes back whatever blocks an app. */
export async function unblockApp(ctx: Context, apiId: number, by: UserId | undefined): Promise<void> {
  const subject = { kind: 'app', id: apiId } as const
  const inForce = await readInForce(ctx.db, subject, ctx.clock.nowSec())
  for (const { id } of inForce.filter((each) => each.kind === 'banned')) await lift(ctx, id, by)
}

/** Whom a sanction is against. */
function subjectOf(sanction: Sanction): Subject {
  return { kind: sanction.subjectKind, id: sanction.subjectId }
}

/** A banned account has its number banned too; a banned app is blocked. */
async function shut(ctx: Context, tx: Tx, subject: Subject, cause: string): Promise<void> {
  const nowSec = ctx.clock.nowSec()
  if (subject.kind === 'app') {
    await putBlock(tx, subject.id, nowSec)
    return
  }
  const phone = await phoneOf(tx, subject)
  if (phone !== undefined) await banPhone(tx, phone, cause, nowSec)
}

async function reopen(ctx: Context, tx: Tx, subject: Subject): Promise<void> {
  const inForce = await readInForce(tx, subject, ctx.clock.nowSec())
  if (inForce.some((sanction) => sanction.kind === 'banned')) return
  if (subject.kind === 'app') {
    await dropBlock(tx, subject.id)
    return
  }
  const phone = await phoneOf(tx, subject)
  if (phone !== undefined) await unbanPhone(tx, phone)
}

async function phoneOf(tx: Tx, subject: Subject): Promise<string | undefined> {
  return (await readAccount(tx, subject.id as UserId))?.phone ?? undefined
}

/**
 * Has every session of an account or an app find out with its next call how it stands, and get no updates until then. After
 * the commit: whoever logs in later is read anew anyway.
 */
async function forgetLogins(ctx: Context, subject: Subject): Promise<void> {
  const isApp = subject.kind === 'app'
  const keys = await (isApp ? readKeyIdsOfApp(ctx.db, subject.id) : readKeyIds(ctx.db, subject.id as UserId))
  for (const keyId of keys) ctx.connections.forgetLogin(keyId)
}

const SAID: Readonly<Record<SanctionKind, string>> = {
  slow: 'Your account can write to people who do not know it only now and then for some time. Write to @SpamBot to learn more.',
  limited:
    'Your account cannot write to people who do not know it for some time. Write to @SpamBot to learn more.',
  banned: 'Your account was banned.',
}

const LIFTED = 'A limit of your account was lifted. Write to @SpamBot to see how it stands.'

async function tell(ctx: Context, subject: Subject, text: string): Promise<void> {
  if (subject.kind === 'user') await sendServiceMessage(ctx, subject.id as UserId, text)
}
