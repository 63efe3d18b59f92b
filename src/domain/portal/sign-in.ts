import type { Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import { tl } from '../../tl/factories.ts'
import { findByPhone, readAccount } from '../accounts/store.ts'
import { sendServiceMessage } from '../messages/service.ts'
import { enterPageCode, findPageCode, issuePageCode, voidPageCode } from '../web/codes.ts'
import { newPageCode } from '../web/secrets.ts'
import { closeWebSession, findWebSession, formHashOf, openWebSession } from '../web/sessions.ts'
import { MAX_SESSIONS, REMEMBERED_SEC, SESSION_SEC } from './limits.ts'

const RANDOM_HASH_BYTES = 12

/** Somebody who is signed in to the portal. */
export interface Visitor {
  readonly userId: UserId
  readonly phone: string
  readonly firstName: string
  /** What a form of this visitor carries, so that no other site can send one. */
  readonly formHash: string
}

/**
 * Sends a code for the portal into the chat with the service account, and returns by what it is known. A number without an
 * account gets none, but the same answer in the same time: who has the number is looked up after the answer.
 */
export async function sendPortalCode(ctx: Context, phone: string): Promise<string> {
  const randomHash = Buffer.from(ctx.random.bytes(RANDOM_HASH_BYTES)).toString('hex')
  const code = newPageCode(ctx)
  await issuePageCode(ctx, randomHash, { purpose: 'portal', phone, code }, () => deliver(ctx, phone, code))
  return randomHash
}

/** Programs take the code from the line after `login code:`; nothing before it may look like that. */
async function deliver(ctx: Context, phone: string, code: string): Promise<void> {
  const userId = await findByPhone(ctx.db, phone)
  const account = userId === undefined ? undefined : await readAccount(ctx.db, userId)
  if (!account) return
  const title = 'Web login code.'
  const text =
    `${title} Dear ${account.firstName}, somebody asked to sign in to the developer portal of this server with ` +
    `your number. This is your login code:\n${code}\n\n` +
    'Do not give it to anyone, whoever they say they are: with it your account can be deleted.\n\n' +
    'If it was not you who asked, simply ignore this message.'
  await sendServiceMessage(ctx, account.id, text, [tl.messageEntityBold({ offset: 0, length: title.length })])
}

/** The phone number that a code was asked for, while it is in force. */
export async function pendingPhone(ctx: Context, randomHash: string): Promise<string | undefined> {
  const found = await findPageCode(ctx, randomHash)
  return found?.purpose === 'portal' ? (found.phone ?? undefined) : undefined
}

/**
 * Signs in to the portal by a code. Returns the cookie and how long it lasts; undefined when the code is wrong, void or
 * another's.
 */
export async function signInToPortal(
  ctx: Context,
  input: {
    readonly phone: string
    readonly randomHash: string
    readonly code: string
    readonly isRemembered: boolean
  },
): Promise<{ token: string; lifetimeSec: number } | undefined> {
  const { phone, randomHash: token } = input
  const entered = await enterPageCode(ctx, { token, purpose: 'portal', typed: input.code })
  if (entered?.phone !== phone) return undefined
  const lifetimeSec = input.isRemembered ? REMEMBERED_SEC : SESSION_SEC
  return await ctx.db.transaction(async (tx) => {
    if (!(await voidPageCode(tx, token))) return undefined
    const userId = await findByPhone(tx, phone)
    if (userId === undefined) return undefined
    const session = { place: 'portal', userId, lifetimeSec, limit: MAX_SESSIONS } as const
    return { token: await openWebSession(ctx, tx, session), lifetimeSec }
  })
}

/** Who is signed in with this cookie. */
export async function readVisitor(ctx: Context, token: string): Promise<Visitor | undefined> {
  const session = await findWebSession(ctx, 'portal', token)
  const account = session?.userId ? await readAccount(ctx.db, session.userId) : undefined
  if (!account?.phone || account.isDeleted) return undefined
  const { id: userId, phone, firstName } = account
  return { userId, phone, firstName, formHash: formHashOf(token) }
}

/** Signs out of the portal. */
export async function signOutOfPortal(ctx: Context, token: string): Promise<void> {
  await closeWebSession(ctx, 'portal', token)
}
