import type { Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import type { Tx } from '../../store/database.ts'
import {
  dropPageCode,
  insertPageCode,
  readPageCode,
  readPortalCodes,
  tryPageCode,
  type PageCodePurpose,
  type PageCodeSubject,
} from './code-store.ts'
import { CODE_ATTEMPTS, CODE_LIFETIME_SEC } from './limits.ts'
import { digest, isSame, newToken } from './secrets.ts'

/** A code that is to be put in force. */
interface NewPageCode {
  readonly purpose: PageCodePurpose
  readonly phone?: string
  readonly userId?: UserId | undefined
  readonly code: string
}

/** A code in force. */
interface PageCodeInForce extends PageCodeSubject {
  readonly purpose: PageCodePurpose
  readonly code: string
}

/** Puts a code in force under a token. `deliver` runs after that, and is not waited for. */
export async function issuePageCode(
  ctx: Context,
  token: string,
  input: NewPageCode,
  deliver: () => Promise<void>,
): Promise<void> {
  await ctx.db.single(async (tx) => {
    tx.onCommit(() => {
      deliver().catch((error: unknown) =>
        ctx.log.error({ err: error, purpose: input.purpose }, 'a code for a page could not be sent'),
      )
    })
    await putCode(ctx, tx, token, input)
  })
}

/** What is in force under a token. */
export async function findPageCode(ctx: Context, token: string): Promise<PageCodeInForce | undefined> {
  const row = await readPageCode(ctx.db, digest(token), ctx.clock.nowSec())
  return row && { ...row, code: opened(ctx, row.sealed) }
}

/** The codes for the portal in force for a phone, the latest first: for whoever runs the server. */
export async function listPortalCodes(ctx: Context, phone: string): Promise<string[]> {
  const sealed = await readPortalCodes(ctx.db, phone, ctx.clock.nowSec())
  return sealed.map((each) => opened(ctx, each))
}

/** Whom a code lets in that somebody entered; undefined when it is wrong, void or was tried too often. */
export async function enterPageCode(
  ctx: Context,
  input: { readonly token: string; readonly purpose: PageCodePurpose; readonly typed: string },
): Promise<PageCodeSubject | undefined> {
  const found = await countTry(ctx, input.token, input.purpose)
  return found && isSame(input.typed.trim(), found.code) ? found : undefined
}

/** Counts a try at what is under a token, before it is judged, so that codes cannot be guessed at once. */
export async function countTry(
  ctx: Context,
  token: string,
  purpose: PageCodePurpose,
): Promise<PageCodeInForce | undefined> {
  const bounds = { nowSec: ctx.clock.nowSec(), attempts: CODE_ATTEMPTS }
  const row = await ctx.db.single((tx) => tryPageCode(tx, { hash: digest(token), purpose }, bounds))
  return row && { ...row, code: opened(ctx, row.sealed) }
}

/**
 * Puts the next step in the place of one that was taken, under a new token. Undefined when another call has just taken the
 * same step.
 */
export async function replacePageCode(
  ctx: Context,
  token: string,
  next: NewPageCode,
): Promise<string | undefined> {
  const nextToken = newToken(ctx)
  return await ctx.db.transaction(async (tx) => {
    if (!(await voidPageCode(tx, token))) return undefined
    await putCode(ctx, tx, nextToken, next)
    return nextToken
  })
}

/** Takes what is under a token out of force. False when it was not. */
export function voidPageCode(tx: Tx, token: string): Promise<boolean> {
  return dropPageCode(tx, digest(token))
}

async function putCode(ctx: Context, tx: Tx, token: string, input: NewPageCode): Promise<void> {
  const createdAt = ctx.clock.nowSec()
  await insertPageCode(tx, {
    hash: digest(token),
    purpose: input.purpose,
    phone: input.phone ?? null,
    userId: input.userId ?? null,
    sealed: ctx.secrets.seal(Buffer.from(input.code)),
    createdAt,
    expiresAt: createdAt + CODE_LIFETIME_SEC[input.purpose],
  })
}

function opened(ctx: Context, sealed: Uint8Array): string {
  return Buffer.from(ctx.secrets.open(sealed)).toString()
}
