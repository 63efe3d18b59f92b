import type { Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import type { Tx } from '../../store/database.ts'
import { tl } from '../../tl/factories.ts'
import { readBannedUntil } from '../abuse/store.ts'
import { readAccount, type Account } from '../accounts/store.ts'
import { sendServiceMessage } from '../messages/service.ts'
import {
  countTry,
  enterPageCode,
  findPageCode,
  issuePageCode,
  replacePageCode,
  voidPageCode,
} from '../web/codes.ts'
import { isSame, newPageCode, newToken } from '../web/secrets.ts'
import { closeWebSession, findWebSession, formHashOf, openWebSession } from '../web/sessions.ts'
import { findAdmin, lockAdmins, putSecond, takeStep, type Admin } from './admin-store.ts'
import { findNamed } from './admins.ts'
import { auditIn, type ConsoleActor } from './audit.ts'
import { MAX_SESSIONS, SESSION_SEC, TOKEN_SESSION_SEC } from './limits.ts'
import type { Standing } from './rights.ts'
import { isSetUpCode } from './set-up-code.ts'
import { newSecret, proveSecond, secretUri, stepOf } from './totp.ts'

/** Somebody who is signed in to the console. */
export interface ConsoleUser {
  /** Undefined: whoever holds the token. */
  readonly userId: UserId | undefined
  readonly standing: Standing
  readonly name: string
  /** What a form of this session carries, so that no other site can send one. */
  readonly formHash: string
}

/** The token from start, which DATA/server.json has: the same after each start. */
export function adminToken(ctx: Context): string {
  return Buffer.from(ctx.secrets.derive('admin token', 32)).toString('base64url')
}

/** Signs in by the token from start. Returns the cookie; undefined when the token is wrong. */
export async function signInByToken(
  ctx: Context,
  input: { readonly typed: string; readonly address: string },
): Promise<string | undefined> {
  const isRight = isSame(input.typed.trim(), adminToken(ctx))
  const by: ConsoleActor = {
    userId: undefined,
    standing: isRight ? 'host' : 'nobody',
    address: input.address,
  }
  return await ctx.db.transaction(async (tx) => {
    const action = isRight ? 'signed in' : 'sign-in refused'
    await auditIn(ctx, tx, by, { action, subject: 'console', details: { by: 'token' } })
    if (!isRight) return undefined
    return await openSession(ctx, tx, null, TOKEN_SESSION_SEC)
  })
}

/**
 * Sends a code for the console into the chat with the service account, and returns by what it is known. Whoever is no
 * administrator gets none, but the asker the same answer: who is meant is looked up only to seal it.
 */
export async function sendConsoleCode(ctx: Context, typed: string): Promise<string> {
  const account = await findNamed(ctx, typed)
  const admin = account && (await findAdmin(ctx.db, account.id))
  const token = newToken(ctx)
  const code = newPageCode(ctx)
  await issuePageCode(ctx, token, { purpose: 'console', userId: admin?.userId, code }, async () => {
    if (account && admin) await deliver(ctx, account, code)
  })
  return token
}

async function deliver(ctx: Context, account: Account, code: string): Promise<void> {
  const title = 'Console code.'
  const text =
    `${title} Dear ${account.firstName}, somebody asked to sign in to the administrator's console of this server with ` +
    `your account. This is the code:\n${code}\n\nDo not give it to anyone, whoever they say they are. ` +
    'If it was not you who asked, tell the other administrators.'
  await sendServiceMessage(ctx, account.id, text, [tl.messageEntityBold({ offset: 0, length: title.length })])
}

/** What the browser that has a step of a sign-in is to be asked for next. */
export type NextStep =
  | { readonly kind: 'code' }
  | { readonly kind: 'second' }
  /** The second factor is set up with this one. */
  | { readonly kind: 'set up'; readonly secret: string; readonly uri: string }

/** Where a sign-in stands; undefined when there is none under way. */
export async function readStep(ctx: Context, token: string): Promise<NextStep | undefined> {
  const step = await findPageCode(ctx, token)
  if (step?.purpose === 'console') return { kind: 'code' }
  if (step?.purpose !== 'console second' || step.userId === null) return undefined
  if (step.code === '') return { kind: 'second' }
  const account = await readAccount(ctx.db, step.userId)
  const label = account?.username ?? account?.phone ?? String(step.userId)
  return { kind: 'set up', secret: step.code, uri: secretUri(step.code, label) }
}

/** Takes the code from the chat. Returns what the next step is known by; undefined when the code is wrong. */
export async function enterConsoleCode(
  ctx: Context,
  input: { readonly token: string; readonly typed: string },
): Promise<string | undefined> {
  const entered = await enterPageCode(ctx, { ...input, purpose: 'console' })
  const admin = entered?.userId ? await activeAdmin(ctx, entered.userId) : undefined
  if (!admin) return undefined
  const code = admin.hasSecond ? '' : newSecret(ctx)
  return await replacePageCode(ctx, input.token, { purpose: 'console second', userId: admin.userId, code })
}

/**
 * Takes the code of the authenticator and signs in. Where none was set up, the one that was shown is it from now on, if the
 * set-up code is right too. Returns the cookie; undefined when a code is wrong.
 */
export async function enterSecond(
  ctx: Context,
  input: {
    readonly token: string
    readonly typed: string
    readonly setUpCode: string
    readonly address: string
  },
): Promise<string | undefined> {
  const step = await countTry(ctx, input.token, 'console second')
  const admin = step?.userId ? await activeAdmin(ctx, step.userId) : undefined
  if (!step || !admin) return undefined
  const { userId, role: standing } = admin
  const isSetUp = step.code !== ''
  const totpStep = isSetUp ? stepOf(step.code, input.typed, ctx.clock.nowMs()) : undefined
  const by: ConsoleActor = { userId, standing, address: input.address }
  if (isSetUp && !isSetUpCode(ctx, admin, input.setUpCode)) {
    await refuse(ctx, by)
    return undefined
  }
  const isRight = isSetUp ? totpStep !== undefined : await proveSecond(ctx, userId, input.typed)
  if (!isRight) return undefined
  return await ctx.db.transaction(async (tx) => {
    if (!(await voidPageCode(tx, input.token))) return undefined
    if (totpStep !== undefined) {
      // Another browser may have set one up meanwhile, or do so now.
      await lockAdmins(tx)
      if ((await findAdmin(tx, userId))?.hasSecond !== false) return undefined
      await putSecond(tx, userId, ctx.secrets.seal(Buffer.from(step.code)))
      await takeStep(tx, userId, totpStep)
    }
    const details = { by: isSetUp ? 'account, second factor set up' : 'account' }
    await auditIn(ctx, tx, by, { action: 'signed in', subject: 'console', details })
    return await openSession(ctx, tx, userId, SESSION_SEC)
  })
}

function openSession(ctx: Context, tx: Tx, userId: UserId | null, lifetimeSec: number): Promise<string> {
  return openWebSession(ctx, tx, { place: 'console', userId, lifetimeSec, limit: MAX_SESSIONS })
}

/** Somebody has what comes into the chat of an administrator, but not what that one was given: the owners should know. */
async function refuse(ctx: Context, by: ConsoleActor): Promise<void> {
  const details = { by: 'account, wrong set-up code' }
  const line = { action: 'sign-in refused', subject: 'console', details }
  await ctx.db.transaction((tx) => auditIn(ctx, tx, by, line))
}

/** Who is signed in with this cookie. A role that was changed or taken holds at once. */
export async function readConsoleUser(ctx: Context, token: string): Promise<ConsoleUser | undefined> {
  const session = await findWebSession(ctx, 'console', token)
  if (!session) return undefined
  const formHash = formHashOf(token)
  if (session.userId === null)
    return { userId: undefined, standing: 'host', name: 'Token from start', formHash }
  const admin = await activeAdmin(ctx, session.userId)
  const account = admin && (await readAccount(ctx.db, admin.userId))
  if (!admin || !account) return undefined
  const name = `${account.firstName} ${account.lastName}`.trim()
  return { userId: admin.userId, standing: admin.role, name, formHash }
}

/** Signs out of the console. */
export async function signOutOfConsole(ctx: Context, token: string): Promise<void> {
  await closeWebSession(ctx, 'console', token)
}

/** An administrator whose account is there and not banned. */
async function activeAdmin(ctx: Context, userId: UserId): Promise<Admin | undefined> {
  const [admin, account, bannedUntil] = await Promise.all([
    findAdmin(ctx.db, userId),
    readAccount(ctx.db, userId),
    readBannedUntil(ctx.db, userId, ctx.clock.nowSec()),
  ])
  return account && !account.isDeleted && bannedUntil === undefined ? admin : undefined
}
