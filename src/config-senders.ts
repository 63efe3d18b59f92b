import type { Option } from './config-option.ts'
import { Hidden } from './lib/hidden.ts'
import type { SenderOptions } from './senders/open.ts'
import type { PhoneChannel } from './senders/sender.ts'

const CHANNELS: readonly PhoneChannel[] = ['sms', 'flash_call', 'missed_call', 'call']
const MAIL = 'mail'

/** The options that say how codes and letters are sent. */
export const SENDER_OPTIONS: readonly Option[] = [
  {
    name: 'code-channels',
    value: 'CHANNEL,…',
    fallback: CHANNELS.join(','),
    help: 'The ways in which a login code may reach a phone, in the order in which they are tried. Flash and missed calls come to clients that can take them.',
  },
  {
    name: 'console-codes',
    value: 'on|off',
    fallback: 'on while no other sender brings codes to phones',
    help: 'Whether codes and letters that no other sender brings are printed by the server.',
  },
  {
    name: 'code-webhook',
    value: 'URL',
    fallback: '',
    help: 'An address of your own to which codes and letters are posted as JSON.',
  },
  {
    name: 'code-webhook-secret',
    value: 'SECRET',
    fallback: '',
    help: 'The secret that signs what is posted there. Set the variable: command lines can be read by others.',
  },
  {
    name: 'code-webhook-channels',
    value: 'CHANNEL,…',
    fallback: 'sms',
    help: `What is posted there: some of ${[...CHANNELS, MAIL].join(', ')}.`,
  },
  {
    name: 'twilio-account',
    value: 'SID',
    fallback: '',
    help: 'The account with Twilio, or with a gateway that speaks its API, that sends SMS and reads codes in calls.',
  },
  {
    name: 'twilio-token',
    value: 'TOKEN',
    fallback: '',
    help: 'The token of that account. Set the variable: command lines can be read by others.',
  },
  {
    name: 'twilio-from',
    value: '+PHONE|MG…',
    fallback: '',
    help: 'The number that sends and calls, or the id of a messaging service, which sends only.',
  },
  {
    name: 'twilio-url',
    value: 'URL',
    fallback: 'https://api.twilio.com',
    help: 'Where that API answers.',
  },
  {
    name: 'smtp',
    value: 'URL',
    fallback: '',
    help: 'The mail server: smtp://user:password@host:587, or smtps:// on port 465. Set the variable if it holds a password.',
  },
  {
    name: 'smtp-from',
    value: 'ADDRESS',
    fallback: '',
    help: 'Whom letters are from, such as chat@example.org.',
  },
  {
    name: 'login-email',
    value: 'optional|required',
    fallback: 'optional',
    help: 'Whether everybody must have an address to which login codes are sent. Clients of layers before 145 cannot log in then.',
  },
  {
    name: 'sms-app-hash',
    value: 'HASH',
    fallback: '',
    help: 'The 11 characters by which your Android app finds its SMS; they end the SMS of clients that ask for that.',
  },
]

/** Reads the options of senders. `fail` throws what is wrong. */
export function parseSenders(
  given: (name: string) => string | undefined,
  parseSwitch: (name: string, text: string | undefined) => boolean | undefined,
  fail: (message: string) => never,
): SenderOptions {
  const parse = { given, fail }
  return {
    needsLoginEmail: parseLoginEmail(parse),
    smsAppHash: parseAppHash(parse),
    channels: listOf(parse, 'code-channels', CHANNELS) ?? CHANNELS,
    console: parseSwitch('console-codes', given('console-codes')),
    webhook: parseWebhook(parse),
    twilio: parseTwilio(parse),
    smtp: parseSmtp(parse),
  }
}

interface Parse {
  readonly given: (name: string) => string | undefined
  readonly fail: (message: string) => never
}

function parseWebhook(parse: Parse): SenderOptions['webhook'] {
  if (!isWanted(parse, ['code-webhook', 'code-webhook-secret'], ['code-webhook-channels'])) return undefined
  const url = urlOf(parse, 'code-webhook', ['http:', 'https:'])
  const names = listOf(parse, 'code-webhook-channels', [...CHANNELS, MAIL]) ?? ['sms']
  return {
    url: new Hidden(url),
    secret: new Hidden(parse.given('code-webhook-secret') ?? ''),
    channels: new Set(names.filter((name) => name !== MAIL)),
    hasMail: names.includes(MAIL),
  }
}

function parseLoginEmail({ given, fail }: Parse): boolean {
  const text = given('login-email') ?? 'optional'
  if (text !== 'optional' && text !== 'required')
    fail(`--login-email: "${text}" is neither optional nor required`)
  return text === 'required'
}

function parseAppHash({ given, fail }: Parse): string | undefined {
  const text = given('sms-app-hash')
  if (text !== undefined && !/^[A-Za-z0-9+/]{11}$/.test(text))
    fail(`--sms-app-hash: "${text}" has not 11 characters of base64`)
  return text
}

const TWILIO_FROM = /^(\+\d{5,15}|MG[0-9a-f]{32})$/i

function parseTwilio(parse: Parse): SenderOptions['twilio'] {
  if (!isWanted(parse, ['twilio-account', 'twilio-token', 'twilio-from'], ['twilio-url'])) return undefined
  const from = parse.given('twilio-from') ?? ''
  if (!TWILIO_FROM.test(from)) {
    parse.fail(
      `--twilio-from: "${from}" is neither a number such as +15550001111 nor the id of a messaging service`,
    )
  }
  const url =
    parse.given('twilio-url') === undefined
      ? 'https://api.twilio.com'
      : urlOf(parse, 'twilio-url', ['http:', 'https:'])
  const [account = '', token = ''] = [parse.given('twilio-account'), parse.given('twilio-token')]
  return { url: url.replace(/\/$/, ''), account, token: new Hidden(token), from }
}

function parseSmtp(parse: Parse): SenderOptions['smtp'] {
  if (!isWanted(parse, ['smtp', 'smtp-from'])) return undefined
  const url = urlOf(parse, 'smtp', ['smtp:', 'smtps:'])
  return { url: new Hidden(url), from: parse.given('smtp-from') ?? '' }
}

/** Whether a sender is configured: by all that it needs, or by nothing at all. */
function isWanted(
  { given, fail }: Parse,
  needed: readonly string[],
  optional: readonly string[] = [],
): boolean {
  if ([...needed, ...optional].every((name) => !given(name))) return false
  const missing = needed.find((name) => !given(name))
  if (missing !== undefined)
    fail(`--${missing} is missing: ${needed.map((name) => `--${name}`).join(', ')} go together`)
  return true
}

/** An address, of which nothing is repeated to the user: it may hold a password. */
function urlOf({ given, fail }: Parse, name: string, protocols: readonly string[]): string {
  const text = given(name) ?? ''
  const url = URL.parse(text)
  if (!url || url.hostname === '' || !protocols.includes(url.protocol)) {
    fail(`--${name}: the address must begin with ${protocols.map((each) => `${each}//`).join(' or ')}`)
  }
  return text
}

function listOf<N extends string>(
  { given, fail }: Parse,
  name: string,
  known: readonly N[],
): N[] | undefined {
  const text = given(name)
  if (text === undefined) return undefined
  const names = [...new Set(text.split(',').map((each) => each.trim()))]
  const unknown = names.find((each) => !known.some((one) => one === each))
  if (unknown !== undefined) fail(`--${name}: "${unknown}" is none of ${known.join(', ')}`)
  return names as N[] // Each of them was just found among the known.
}
