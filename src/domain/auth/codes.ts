import type { Context } from '../../context.ts'
import { emailPattern } from '../../lib/email.ts'
import type { UserId } from '../../lib/ids.ts'
import { SendFailure, type PhoneChannel } from '../../senders/sender.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { countForApp } from '../abuse/watch.ts'
import { findByPhone } from '../accounts/store.ts'
import { findLoginEmail, type LoginEmail } from '../login-email/store.ts'
import {
  dropCode,
  findCode,
  isBanned,
  putCode,
  putComing,
  renewCode,
  type Channel,
  type CodeName,
  type LoginCode,
} from './code-store.ts'
import {
  CODE_LENGTH,
  CODE_LIFETIME_SEC,
  EMAIL_LAYER,
  LOGIN_CODE_HASH_BYTES,
  LOGIN_EMAIL_RESET_SEC,
  MAIL_CODE_LENGTH,
} from './limits.ts'
import { newCode, newMailCode } from './mail.ts'
import { announceCode, codeText, mailCode } from './notices.ts'
import { testCode } from './phone.ts'
import { hasEyesElsewhere } from './reach.ts'

/** What a client is told of a code that is on its way. */
export interface SentCode {
  readonly codeHash: string
  readonly channel: Channel
  /** By which way it can come if this one fails. */
  readonly next: PhoneChannel | undefined
  /** Flash calls and missed calls: how the number begins that calls; the code are the digits that follow. */
  readonly callerPrefix?: string | undefined
  /** Letters: to whom, and when the address can be or will be taken away. */
  readonly email?: SentEmail | undefined
}

interface SentEmail {
  readonly pattern: string
  readonly length: number
  readonly resetAfterSec: number | undefined
  readonly resetAt: number | undefined
}

/** What a client can take. https://core.telegram.org/constructor/codeSettings */
export interface CodeWishes {
  /** It reads from the list of calls who called. */
  readonly takesFlashCalls: boolean
  /** It asks its user who called. */
  readonly takesMissedCalls: boolean
  /** It finds the SMS by a hash of the app at its end. */
  readonly hasAppHash: boolean
}

/** Who asks for a code: a phone, on an authorization key, through an app. */
export interface CodeRequest extends CodeWishes {
  readonly phone: string
  readonly keyId: bigint
  readonly apiId: number
  /** What the client speaks: what comes by e-mail it must know of. */
  readonly layer: number
}

/**
 * Sends a login code: to the login e-mail of the account when it has one, else into the chat with the service account when
 * the user sees it elsewhere, else to the phone. Test numbers get none, for theirs is known. Throws PHONE_NUMBER_BANNED,
 * UPDATE_APP_TO_LOGIN, SMS_CODE_CREATE_FAILED. https://core.telegram.org/method/auth.sendCode
 */
export async function sendCode(ctx: Context, request: CodeRequest): Promise<SentCode> {
  const { phone, keyId } = request
  if (await isBanned(ctx.db, phone)) throw rpcError('PHONE_NUMBER_BANNED')
  const userId = await findByPhone(ctx.db, phone)
  const draft = { ...draftOf(ctx, { ...request, purpose: 'login' }), userId: userId ?? null }
  const email = userId === undefined ? undefined : await findLoginEmail(ctx.db, userId, ctx.clock.nowSec())
  const usesMail = ctx.senders.hasMail && (email !== undefined || needsEmail(ctx, phone))
  // Whoever speaks an old layer would get round the address that its owner has set.
  if (usesMail && request.layer < EMAIL_LAYER) throw rpcError('UPDATE_APP_TO_LOGIN')
  const route = phoneRoute(ctx, request)
  const isInside = userId !== undefined && (await hasEyesElsewhere(ctx, ctx.db, userId, keyId))
  const isTest = testNumberCode(ctx, phone) !== undefined
  if (usesMail && email === undefined) return await askForEmail(ctx, draft, route)
  const sent =
    (usesMail && email && (await issueByMail(ctx, { ...draft, next: route }, email))) ||
    // The owner of a login e-mail chose it instead of the phone: who holds the number must not get round it.
    (await issue(ctx, draft, [
      ...(isInside && !isTest ? (['app'] as const) : []),
      ...(usesMail ? [] : route),
    ]))
  if (!sent) throw rpcError('SMS_CODE_CREATE_FAILED')
  return sent
}

/**
 * Sends a code that proves that a number is the actor's: to the phone, whatever the actor's account has besides. Throws
 * PHONE_NUMBER_BANNED, SMS_CODE_CREATE_FAILED.
 */
export async function sendPhoneCode(
  ctx: Context,
  request: Omit<CodeRequest, 'layer'> & { readonly purpose: 'change' | 'confirm' | 'verify' },
): Promise<SentCode> {
  if (await isBanned(ctx.db, request.phone)) throw rpcError('PHONE_NUMBER_BANNED')
  const sent = await issue(ctx, draftOf(ctx, request), phoneRoute(ctx, request))
  if (!sent) throw rpcError('SMS_CODE_CREATE_FAILED')
  return sent
}

/**
 * Sends a code again by the next way; a letter once more. Throws PHONE_CODE_EXPIRED, SEND_CODE_UNAVAILABLE.
 * https://core.telegram.org/method/auth.resendCode
 */
export async function resendCode(ctx: Context, name: CodeName): Promise<SentCode> {
  const code = await findInForce(ctx, name)
  if (code.channel === 'email_setup') throw rpcError('EMAIL_INSTALL_MISSING')
  const again = renewed(ctx, code)
  const email = code.channel === 'email' ? await emailOf(ctx, code.phone) : undefined
  const sent = email ? await issueByMail(ctx, again, email) : await issue(ctx, again, code.next)
  if (!sent) throw rpcError('SEND_CODE_UNAVAILABLE')
  return sent
}

/** Makes a code void. Throws PHONE_CODE_EXPIRED when it is already. */
export async function cancelCode(ctx: Context, name: CodeName): Promise<void> {
  const dropped = await ctx.db.single((tx) => dropCode(tx, name, ctx.clock.nowSec()))
  if (!dropped) throw rpcError('PHONE_CODE_EXPIRED')
}

/** The code of this name. Throws PHONE_CODE_EXPIRED when it is not in force any more. */
export async function findInForce(ctx: Context, name: CodeName): Promise<LoginCode> {
  const code = await findCode(ctx.db, name, ctx.clock.nowSec())
  if (!code || code.isProven) throw rpcError('PHONE_CODE_EXPIRED')
  return code
}

/** The number is proved by a first code: sends the one for the phone after an address was verified. */
export async function sendAfterEmail(ctx: Context, code: LoginCode, email: string): Promise<SentCode> {
  const userId = await findByPhone(ctx.db, code.phone)
  const isInside = userId !== undefined && (await hasEyesElsewhere(ctx, ctx.db, userId, code.keyId))
  const route = [...(isInside ? (['app'] as const) : []), ...code.next]
  const sent = await issue(ctx, { ...renewed(ctx, code), email }, route)
  if (!sent) throw rpcError('EMAIL_NOT_ALLOWED')
  return sent
}

/** Sends a code to the phone because the login e-mail is gone. Throws EMAIL_INSTALL_MISSING when none can be sent. */
export async function sendInsteadOfEmail(ctx: Context, code: LoginCode): Promise<SentCode> {
  const sent = await issue(ctx, renewed(ctx, code), code.next)
  if (!sent) throw rpcError('EMAIL_INSTALL_MISSING')
  return sent
}

/** What a client is told of a code that is in somebody's mailbox. */
export function sentByMail(code: LoginCode, { email, resetAt }: LoginEmail): SentCode {
  return {
    codeHash: code.codeHash,
    channel: 'email',
    next: undefined,
    email: {
      pattern: emailPattern(email),
      length: MAIL_CODE_LENGTH,
      resetAfterSec: resetAt === null ? LOGIN_EMAIL_RESET_SEC : undefined,
      resetAt: resetAt ?? undefined,
    },
  }
}

function needsEmail(ctx: Context, phone: string): boolean {
  return ctx.config.senders.needsLoginEmail && testNumberCode(ctx, phone) === undefined
}

async function emailOf(ctx: Context, phone: string): Promise<LoginEmail | undefined> {
  const userId: UserId | undefined = await findByPhone(ctx.db, phone)
  return userId === undefined ? undefined : await findLoginEmail(ctx.db, userId, ctx.clock.nowSec())
}

/** By which ways a code can reach a phone whose client has these wishes, in the order of the configuration. */
function phoneRoute(ctx: Context, wishes: CodeWishes): PhoneChannel[] {
  return ctx.senders.channels.filter((channel) => {
    if (channel === 'flash_call') return wishes.takesFlashCalls
    return channel !== 'missed_call' || wishes.takesMissedCalls
  })
}

function draftOf(ctx: Context, request: Omit<CodeRequest, 'layer'> & Pick<LoginCode, 'purpose'>): LoginCode {
  const { phone, keyId, apiId, purpose, hasAppHash } = request
  return {
    phone,
    keyId,
    apiId,
    purpose,
    hasAppHash,
    codeHash: Buffer.from(ctx.random.bytes(LOGIN_CODE_HASH_BYTES)).toString('hex'),
    code: '',
    channel: 'sms',
    next: [],
    email: '',
    userId: null,
    resends: 0,
    isProven: false,
    ...lifetime(ctx),
  }
}

function renewed(ctx: Context, code: LoginCode): LoginCode {
  return { ...code, resends: code.resends + 1, ...lifetime(ctx) }
}

function lifetime(ctx: Context): { sentAt: number; expiresAt: number } {
  const sentAt = ctx.clock.nowSec()
  return { sentAt, expiresAt: sentAt + CODE_LIFETIME_SEC }
}

/** Sends a code by the first way that works, and puts it in force. Undefined when none works. */
async function issue(
  ctx: Context,
  draft: LoginCode,
  route: readonly ('app' | PhoneChannel)[],
): Promise<SentCode | undefined> {
  const known = testNumberCode(ctx, draft.phone)
  for (const [at, channel] of route.entries()) {
    const brought =
      known === undefined ? await bring(ctx, draft, channel) : { code: known, callerPrefix: TEST_CALLER }
    if (!brought) continue
    const next = route.slice(at + 1).filter((way) => way !== 'app')
    const code: LoginCode = { ...draft, code: brought.code, channel, next }
    await putInForce(ctx, code)
    const isByNumber = channel === 'flash_call' || channel === 'missed_call'
    const callerPrefix = isByNumber ? brought.callerPrefix : undefined
    return { codeHash: code.codeHash, channel, next: next[0], callerPrefix }
  }
  return undefined
}

/** What a number that nobody has begins with, for calls that only seem to be made. */
const TEST_CALLER = '1555000'

/** Sends a new code by one way. Undefined when that fails. */
async function bring(
  ctx: Context,
  draft: LoginCode,
  channel: 'app' | PhoneChannel,
): Promise<{ readonly code: string; readonly callerPrefix: string } | undefined> {
  const { phone, purpose, hasAppHash } = draft
  const code = newCode(ctx, CODE_LENGTH)
  const text = codeText(code, purpose, hasAppHash ? ctx.config.senders.smsAppHash : undefined)
  const sent = await whileItComes(ctx, draft, code, async () => {
    if (channel === 'app') await announceCode(ctx, phone, code)
    return await ctx.senders.sendCode({ phone, channel, code, text }).catch((error: unknown) => {
      if (error instanceof SendFailure) return undefined
      throw error
    })
  })
  if (!sent) return undefined
  const { callerNumber = `${TEST_CALLER}${code}` } = sent
  return {
    code: sent.callerNumber === undefined ? code : callerNumber.slice(-CODE_LENGTH),
    callerPrefix: callerNumber.slice(0, -CODE_LENGTH),
  }
}

/**
 * Sends a code. It may be read before the sender says that it is on its way: one that is sent again can be entered from now
 * on, and no more when that fails; what came before is good until then. A first one is not waited for: what it is entered
 * under is told only when it is in force.
 */
async function whileItComes<R>(
  ctx: Context,
  draft: LoginCode,
  code: string,
  send: () => Promise<R | undefined>,
): Promise<R | undefined> {
  if (draft.resends === 0) return await send()
  let sent: R | undefined
  await ctx.db.single((tx) => putComing(tx, draft, code))
  try {
    sent = await send()
    return sent
  } finally {
    if (sent === undefined) await ctx.db.single((tx) => putComing(tx, draft, ''))
  }
}

/** Sends a code to the login e-mail and puts it in force. Undefined when that fails. */
async function issueByMail(ctx: Context, draft: LoginCode, email: LoginEmail): Promise<SentCode | undefined> {
  const code: LoginCode = { ...draft, code: newMailCode(ctx), channel: 'email' }
  const send = async (): Promise<true | undefined> =>
    (await mailCode(ctx, email.email, code.code)) || undefined
  if (!(await whileItComes(ctx, code, code.code, send))) return undefined
  await putInForce(ctx, code)
  return sentByMail(code, email)
}

/**
 * Codes count for the app that asks for them, so that whoever runs the server sees which one asks for many. Throws
 * PHONE_CODE_EXPIRED when one that is sent again was entered meanwhile.
 */
async function putInForce(ctx: Context, code: LoginCode): Promise<void> {
  if (code.resends === 0) await ctx.db.single((tx) => putCode(tx, code))
  else if (!(await ctx.db.single((tx) => renewCode(tx, code)))) throw rpcError('PHONE_CODE_EXPIRED')
  await countForApp(ctx, code.apiId, 'codes')
}

/** Has the client ask for an address first. There is no code yet, only what it will be asked for under. */
async function askForEmail(ctx: Context, draft: LoginCode, next: readonly PhoneChannel[]): Promise<SentCode> {
  const code: LoginCode = { ...draft, channel: 'email_setup', next }
  await ctx.db.single((tx) => putCode(tx, code))
  return { codeHash: code.codeHash, channel: 'email_setup', next: undefined }
}

function testNumberCode(ctx: Context, phone: string): string | undefined {
  return ctx.config.testNumbers ? testCode(phone, CODE_LENGTH) : undefined
}
