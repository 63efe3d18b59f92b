import { createHmac } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'
import type { Hidden } from '../lib/hidden.ts'
import type { Random } from '../lib/random.ts'
import { post } from './http.ts'
import { SendFailure, type CodeSender, type MailSender, type PhoneChannel } from './sender.ts'

/** A server of the host's own that brings codes and letters. */
export interface WebhookOptions {
  readonly url: Hidden
  readonly secret: Hidden
  readonly channels: ReadonlySet<PhoneChannel>
}

/** What a webhook may answer, in the digits of a phone number. */
const CALLER = /^\+?\d{8,15}$/

/**
 * Posts what is to be sent as JSON. `X-Chappe-Signature` is the HMAC-SHA256, in hex, of the time in
 * `X-Chappe-Timestamp`, a full stop and the body; an id that repeats is the same message. For calls whose number is
 * the code, the webhook answers `{"caller": "+…"}`.
 */
export function createWebhook(
  { url, secret, channels }: WebhookOptions,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): CodeSender & MailSender {
  const deliver = async (message: object): Promise<string> => {
    const id = Buffer.from(random.bytes(12)).toString('hex')
    const body = JSON.stringify({ id, ...message })
    const timestamp = String(clock.nowSec())
    const signature = createHmac('sha256', secret.reveal()).update(`${timestamp}.${body}`).digest('hex')
    const headers = {
      'content-type': 'application/json',
      'idempotency-key': id,
      'x-chappe-timestamp': timestamp,
      'x-chappe-signature': signature,
    }
    return await post(clock, { url: url.reveal(), headers, body })
  }
  return {
    name: 'webhook',
    channels,
    async sendCode({ phone, channel, code, text }) {
      const isByNumber = channel === 'flash_call' || channel === 'missed_call'
      const content = isByNumber ? {} : { code, text }
      const answer = await deliver({ type: 'code', phone: `+${phone}`, channel, ...content })
      return isByNumber ? { callerNumber: readCaller(answer) } : {}
    },
    async sendMail({ to, subject, text, code }) {
      await deliver({ type: 'mail', to, subject, text, code })
    },
  }
}

function readCaller(answer: string): string {
  let caller: unknown
  try {
    caller = (JSON.parse(answer) as { caller?: unknown } | null)?.caller
  } catch {
    caller = undefined // Whatever is wrong with the answer, it names no number.
  }
  if (typeof caller !== 'string' || !CALLER.test(caller)) {
    throw new SendFailure('the webhook did not say which number calls')
  }
  return caller.replace('+', '')
}
