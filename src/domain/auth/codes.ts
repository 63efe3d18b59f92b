import type { Context } from '../../context.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { findByPhone } from '../accounts/store.ts'
import { dropCode, findCode, putCode, type Channel, type CodeName, type LoginCode } from './code-store.ts'
import { hasOtherLogin } from './device-store.ts'
import { announceCode } from './notices.ts'
import { CODE_LENGTH, CODE_LIFETIME_SEC } from './limits.ts'
import { testCode } from './phone.ts'

const HASH_BYTES = 9

/** The order in which a client can ask for a code again. */
const NEXT: Readonly<Record<Channel, Channel | undefined>> = { app: 'sms', sms: 'call', call: undefined }

/** What a client is told of a code that is on its way. */
export interface SentCode {
  readonly codeHash: string
  readonly channel: Channel
  /** By which way it can come if this one fails. */
  readonly next: Channel | undefined
}

/** Who asks for a code: a phone, on an authorization key, through an app. */
export interface CodeRequest {
  readonly phone: string
  readonly keyId: bigint
  readonly apiId: number
}

/**
 * Sends a login code: into the chat with the service account when the user is logged in elsewhere, else by
 * SMS. Test numbers get none, for theirs is known. https://core.telegram.org/method/auth.sendCode
 */
export async function sendCode(ctx: Context, request: CodeRequest): Promise<SentCode> {
  const { phone, keyId, apiId } = request
  const userId = await findByPhone(ctx.db, phone)
  const hasSession = userId !== undefined && (await hasOtherLogin(ctx.db, userId, keyId))
  const known = testNumberCode(ctx, phone)
  const nowSec = ctx.clock.nowSec()
  const code: LoginCode = {
    phone,
    keyId,
    codeHash: Buffer.from(ctx.random.bytes(HASH_BYTES)).toString('hex'),
    code: known ?? newCode(ctx),
    apiId,
    channel: hasSession && known === undefined ? 'app' : 'sms',
    resends: 0,
    isProven: false,
    sentAt: nowSec,
    expiresAt: nowSec + CODE_LIFETIME_SEC,
  }
  await ctx.db.single((tx) => putCode(tx, code))
  await deliver(ctx, code)
  return sent(code)
}

/**
 * Sends a code again by the next way. Throws PHONE_CODE_EXPIRED, SEND_CODE_UNAVAILABLE.
 * https://core.telegram.org/method/auth.resendCode
 */
export async function resendCode(ctx: Context, name: CodeName): Promise<SentCode> {
  const nowSec = ctx.clock.nowSec()
  const code = await findCode(ctx.db, name, nowSec)
  if (!code || code.isProven) throw rpcError('PHONE_CODE_EXPIRED')
  const channel = NEXT[code.channel]
  if (channel === undefined) throw rpcError('SEND_CODE_UNAVAILABLE')
  const again: LoginCode = {
    ...code,
    code: testNumberCode(ctx, code.phone) ?? newCode(ctx),
    channel,
    resends: code.resends + 1,
    sentAt: nowSec,
    expiresAt: nowSec + CODE_LIFETIME_SEC,
  }
  await ctx.db.single((tx) => putCode(tx, again))
  await deliver(ctx, again)
  return sent(again)
}

/** Makes a code void. Throws PHONE_CODE_EXPIRED when it is already. */
export async function cancelCode(ctx: Context, name: CodeName): Promise<void> {
  const wasInForce = await ctx.db.single((tx) => dropCode(tx, name))
  if (!wasInForce) throw rpcError('PHONE_CODE_EXPIRED')
}

function newCode(ctx: Context): string {
  return String(ctx.random.int(10 ** CODE_LENGTH)).padStart(CODE_LENGTH, '0')
}

function testNumberCode(ctx: Context, phone: string): string | undefined {
  return ctx.config.testNumbers ? testCode(phone, CODE_LENGTH) : undefined
}

async function deliver(ctx: Context, code: LoginCode): Promise<void> {
  if (testNumberCode(ctx, code.phone) !== undefined) return
  if (code.channel === 'app') await announceCode(ctx, code.phone, code.code)
  // The sender hears of every code, so that one on the console is enough to sign in by.
  const { phone, channel } = code
  await ctx.senders.sendCode({ phone, channel, code: code.code, text: `Login code: ${code.code}` })
}

function sent(code: LoginCode): SentCode {
  return { codeHash: code.codeHash, channel: code.channel, next: NEXT[code.channel] }
}
