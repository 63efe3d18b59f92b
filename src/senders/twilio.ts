import type { Clock } from '../lib/clock.ts'
import type { Hidden } from '../lib/hidden.ts'
import { post } from './http.ts'
import type { CodeSender } from './sender.ts'

export interface TwilioOptions {
  /** Where its REST API answers. */
  readonly url: string
  readonly account: string
  readonly token: Hidden
  /** A phone number of the account, or the id of a messaging service, which cannot call. */
  readonly from: string
}

const MESSAGING_SERVICE = /^MG[0-9a-f]{32}$/i

/**
 * Twilio, whose REST API other gateways speak too: SMS, and calls in which a voice reads the digits.
 * https://www.twilio.com/docs/messaging/api/message-resource, https://www.twilio.com/docs/voice/api/call-resource
 */
export function createTwilio({ url, account, token, from }: TwilioOptions, clock: Clock): CodeSender {
  const isService = MESSAGING_SERVICE.test(from)
  const base = `${url}/2010-04-01/Accounts/${encodeURIComponent(account)}`
  const authorization = `Basic ${Buffer.from(`${account}:${token.reveal()}`).toString('base64')}`
  const create = async (resource: string, fields: Record<string, string>): Promise<void> => {
    const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' }
    const body = new URLSearchParams(fields).toString()
    await post(clock, { url: `${base}/${resource}.json`, headers, body })
  }
  return {
    name: 'twilio',
    channels: new Set(isService ? ['sms'] : ['sms', 'call']),
    async sendCode({ phone, channel, code, text }) {
      const To = `+${phone}`
      if (channel === 'call') await create('Calls', { To, From: from, Twiml: spoken(code) })
      else if (isService) await create('Messages', { To, MessagingServiceSid: from, Body: text })
      else await create('Messages', { To, From: from, Body: text })
      return {}
    },
  }
}

/** How often the digits are read. */
const READINGS = 3

/** What a voice says: one digit at a time, or it would read a number of tens of thousands. */
function spoken(code: string): string {
  const digits = [...code].join('. ')
  const reading = `<Say>Your login code is: ${digits}.</Say><Pause length="1"/>`
  return `<Response>${reading.repeat(READINGS)}</Response>`
}
