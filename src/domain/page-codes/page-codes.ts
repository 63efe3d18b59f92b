import { createHash, timingSafeEqual } from 'node:crypto'
import type { Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import type { Tx } from '../../store/database.ts'
import { dropPageCode, insertPageCode, readPageCode, tryPageCode, type PageCodePurpose } from './store.ts'

/** How long a code can be used, and how long somebody may take to write an appeal. */
const LIFETIME_SEC: Readonly<Record<PageCodePurpose, number>> = {
  console: 600,
  'console second': 600,
  appeal: 600,
  'appeal proven': 3600,
}
/** How often a code may be entered wrongly before it is void. */
const ATTEMPTS = 5
const TOKEN_BYTES = 32

/** A secret for a cookie. */
export function newToken(ctx: Context): string {
  return Buffer.from(ctx.random.bytes(TOKEN_BYTES)).toString('base64url')
}

/** What is kept of a secret, so that who reads the database cannot use it. Tokens are random, and need no salt. */
export function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/** Whether two secrets are the same; it takes as long either way. */
export function isSame(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b))
}

/** Puts a code in force and returns the token that it is known by. `deliver` runs after that, and is not waited for. */
export async function issuePageCode(
  ctx: Context,
  input: { readonly purpose: PageCodePurpose; readonly subject: UserId | undefined; readonly code: string },
  deliver: () => Promise<void>,
): Promise<string> {
  const token = newToken(ctx)
  await ctx.db.single(async (tx) => {
    tx.onCommit(() => {
      deliver().catch((error: unknown) =>
        ctx.log.error({ err: error, purpose: input.purpose }, 'a code for a page could not be sent'),
      )
    })
    await putCode(ctx, tx, token, input)
  })
  return token
}

/** For whom the code under a token is, and for what; undefined when it is not in force. */
export async function findPageCode(
  ctx: Context,
  token: string,
): Promise<{ purpose: PageCodePurpose; subject: UserId | undefined; code: string } | undefined> {
  const row = await readPageCode(ctx.db, digest(token), ctx.clock.nowSec())
  if (!row) return undefined
  return { purpose: row.purpose, subject: row.subject || undefined, code: opened(ctx, row.sealed) }
}

/** Whom a code lets in that somebody entered; undefined when it is wrong, void or was tried too often. */
export async function enterPageCode(
  ctx: Context,
  input: { readonly token: string; readonly purpose: PageCodePurpose; readonly typed: string },
): Promise<UserId | undefined> {
  const row = await countTry(ctx, input.token, input.purpose)
  if (!row || !isSame(input.typed.trim(), row.code)) return undefined
  return row.subject
}

/** Counts a try at what is under a token, before it is judged, so that codes cannot be guessed at once. */
export async function countTry(
  ctx: Context,
  token: string,
  purpose: PageCodePurpose,
): Promise<{ readonly subject: UserId | undefined; readonly code: string } | undefined> {
  const bounds = { nowSec: ctx.clock.nowSec(), attempts: ATTEMPTS }
  const row = await ctx.db.single((tx) => tryPageCode(tx, { hash: digest(token), purpose }, bounds))
  return row && { subject: row.subject || undefined, code: opened(ctx, row.sealed) }
}

/**
 * Puts the next step in the place of one that was taken, under a new token. Undefined when another call has just taken the
 * same step.
 */
export async function replacePageCode(
  ctx: Context,
  token: string,
  next: { readonly purpose: PageCodePurpose; readonly subject: UserId; readonly code: string },
): Promise<string | undefined> {
  const nextToken = newToken(ctx)
  return await ctx.db.transaction(async (tx) => {
    if (!(await dropPageCode(tx, digest(token)))) return undefined
    await putCode(ctx, tx, nextToken, next)
    return nextToken
  })
}

/** Takes what is under a token out of force. False when it was not. */
export function voidPageCode(tx: Tx, token: string): Promise<boolean> {
  return dropPageCode(tx, digest(token))
}

async function putCode(
  ctx: Context,
  tx: Tx,
  token: string,
  input: { readonly purpose: PageCodePurpose; readonly subject: UserId | undefined; readonly code: string },
): Promise<void> {
  const createdAt = ctx.clock.nowSec()
  await insertPageCode(tx, {
    hash: digest(token),
    purpose: input.purpose,
    subject: input.subject ?? 0,
    sealed: ctx.secrets.seal(Buffer.from(input.code)),
    createdAt,
    expiresAt: createdAt + LIFETIME_SEC[input.purpose],
  })
}

function opened(ctx: Context, sealed: Uint8Array): string {
  return Buffer.from(ctx.secrets.open(sealed)).toString()
}
