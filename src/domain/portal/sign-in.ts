import { createHash, timingSafeEqual } from 'node:crypto'
import type { Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import { tl } from '../../tl/factories.ts'
import { findByPhone, readAccount } from '../accounts/store.ts'
import { sendServiceMessage } from '../messages/service.ts'
import {
  CODE_ATTEMPTS,
  CODE_LENGTH,
  CODE_LIFETIME_SEC,
  MAX_SESSIONS,
  REMEMBERED_SEC,
  SESSION_SEC,
} from './limits.ts'
import {
  dropPortalCode,
  dropPortalSession,
  findPortalCode,
  findPortalSession,
  putPortalCode,
  putPortalSession,
  readPortalCodes,
  tryPortalCode,
} from './store.ts'

const RANDOM_HASH_BYTES = 12
const TOKEN_BYTES = 32
/** Characters of the hash that a form of the portal carries: not 32, which is what an api_hash is known by. */
const FORM_HASH_LENGTH = 24
/** 64 characters, so that each random byte is one of them without preferring any. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-'

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
  const code = Array.from(ctx.random.bytes(CODE_LENGTH), (byte) => ALPHABET[byte & 63]).join('')
  const nowSec = ctx.clock.nowSec()
  await ctx.db.single(async (tx) => {
    tx.onCommit(() => void deliver(ctx, phone, code))
    await putPortalCode(tx, {
      hash: digest(randomHash),
      phone,
      sealed: ctx.secrets.seal(Buffer.from(code)),
      createdAt: nowSec,
      expiresAt: nowSec + CODE_LIFETIME_SEC,
    })
  })
  return randomHash
}

/** Programs take the code from the line after `login code:`; nothing before it may look like that. */
async function deliver(ctx: Context, phone: string, code: string): Promise<void> {
  try {
    const userId = await findByPhone(ctx.db, phone)
    const account = userId === undefined ? undefined : await readAccount(ctx.db, userId)
    if (!account) return
    const title = 'Web login code.'
    const text =
      `${title} Dear ${account.firstName}, somebody asked to sign in to the developer portal of this server with ` +
      `your number. This is your login code:\n${code}\n\n` +
      'Do not give it to anyone, whoever they say they are: with it your account can be deleted.\n\n' +
      'If it was not you who asked, simply ignore this message.'
    await sendServiceMessage(ctx, account.id, text, [
      tl.messageEntityBold({ offset: 0, length: title.length }),
    ])
  } catch (error) {
    ctx.log.error({ err: error }, 'a code for the portal could not be sent')
  }
}

/** The codes for the portal in force for a phone, the latest first: for whoever runs the server. */
export async function listPortalCodes(ctx: Context, phone: string): Promise<string[]> {
  const sealed = await readPortalCodes(ctx.db, phone, ctx.clock.nowSec())
  return sealed.map((each) => Buffer.from(ctx.secrets.open(each)).toString())
}

/** The phone number that a code was asked for, while it is in force. */
export function pendingPhone(ctx: Context, randomHash: string): Promise<string | undefined> {
  return findPortalCode(ctx.db, digest(randomHash), ctx.clock.nowSec())
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
  const nowSec = ctx.clock.nowSec()
  const { phone } = input
  const hash = digest(input.randomHash)
  // Counted before it is judged, so that codes cannot be guessed at once.
  const sealed = await ctx.db.single((tx) =>
    tryPortalCode(tx, { hash, phone }, { nowSec, attempts: CODE_ATTEMPTS }),
  )
  if (!sealed || !timingSafeEqual(digest(input.code.trim()), digest(ctx.secrets.open(sealed))))
    return undefined
  const token = Buffer.from(ctx.random.bytes(TOKEN_BYTES)).toString('base64url')
  const lifetimeSec = input.isRemembered ? REMEMBERED_SEC : SESSION_SEC
  const isIn = await ctx.db.transaction(async (tx) => {
    if (!(await dropPortalCode(tx, hash))) return false
    const userId = await findByPhone(tx, phone)
    if (userId === undefined) return false
    const session = { hash: digest(token), userId, createdAt: nowSec, expiresAt: nowSec + lifetimeSec }
    await putPortalSession(tx, session, MAX_SESSIONS)
    return true
  })
  return isIn ? { token, lifetimeSec } : undefined
}

/** Who is signed in with this cookie. */
export async function readVisitor(ctx: Context, token: string): Promise<Visitor | undefined> {
  const userId = await findPortalSession(ctx.db, digest(token), ctx.clock.nowSec())
  const account = userId === undefined ? undefined : await readAccount(ctx.db, userId)
  if (!account?.phone || account.isDeleted) return undefined
  const formHash = digest(`form ${token}`).toString('hex').slice(0, FORM_HASH_LENGTH)
  return { userId: account.id, phone: account.phone, firstName: account.firstName, formHash }
}

/** Signs out of the portal. */
export async function signOutOfPortal(ctx: Context, token: string): Promise<void> {
  await ctx.db.single((tx) => dropPortalSession(tx, digest(token)))
}

/** What is kept of a secret, so that who reads the database cannot use it. The secrets are random, and need no salt. */
function digest(secret: string | Uint8Array): Buffer {
  return createHash('sha256').update(secret).digest()
}
