import { createHmac } from 'node:crypto'
import { Writable } from 'node:stream'
import pino from 'pino'
import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../src/config.ts'
import { systemClock, type Clock, type Timer } from '../../src/lib/clock.ts'
import { systemRandom } from '../../src/lib/random.ts'
import { openSenders } from '../../src/senders/open.ts'
import { SendFailure, type Senders } from '../../src/senders/sender.ts'
import { asking, plain } from '../api/auth/signing.ts'
import { HandClock } from '../harness/clock.ts'
import { startWorld } from '../harness/people.ts'
import { startHttp, startSmtp } from './server.ts'

interface Opened extends Senders {
  readonly printed: readonly string[]
  /** All that was logged. */
  logged(): string
}

const LONGEST_PAUSE_MS = 2_000

/** On which the pauses between attempts are over at once, while nobody is late with an answer. */
class PauselessClock extends HandClock {
  override setTimeout(run: () => void, delayMs: number): Timer {
    return delayMs <= LONGEST_PAUSE_MS ? systemClock.setTimeout(run, 0) : super.setTimeout(run, delayMs)
  }
}

function open(args: readonly string[], clock: Clock = systemClock): Opened {
  const printed: string[] = []
  const lines: string[] = []
  const sink = new Writable({ write: (chunk, _encoding, done) => (lines.push(String(chunk)), done()) })
  const config = parseConfig(args, {})
  const log = pino({ level: 'trace' }, sink)
  log.info({ config }, 'configured')
  const parts = { clock, random: systemRandom, log, print: (line: string) => printed.push(line) }
  return { ...openSenders(config.senders, parts), printed, logged: () => lines.join('') }
}

const CODE = { phone: '15550001111', channel: 'sms', code: '12345', text: 'Login code: 12345' } as const
const SECRET = 'shared secret'

const webhook = (url: string, ...more: string[]): string[] => [
  '--code-webhook',
  url,
  '--code-webhook-secret',
  SECRET,
  ...more,
]

describe('the console', () => {
  test('has every way, and says each thing in a line that scripts know', async () => {
    const senders = open([])
    expect(senders.channels).toEqual(['sms', 'flash_call', 'missed_call', 'call'])
    expect([senders.hasMail, senders.usesConsole]).toEqual([true, true])
    await senders.sendCode(CODE)
    await senders.sendCode({ ...CODE, channel: 'app' })
    await senders.sendCode({ ...CODE, channel: 'missed_call' })
    await senders.sendMail({ to: 'a@example.org', subject: 'Login code', text: '…', code: '123456' })
    await senders.sendMail({ to: 'a@example.org', subject: 'Hello', text: 'Nothing to enter' })
    expect(senders.printed).toEqual([
      'login code +15550001111 sms 12345',
      'login code +15550001111 app 12345',
      'login code +15550001111 missed_call 12345',
      'email code a@example.org 123456',
      'mail a@example.org Hello\nNothing to enter',
    ])
  })

  test('the order of ways is the host’s', () => {
    expect(open(['--code-channels', 'missed_call,sms']).channels).toEqual(['missed_call', 'sms'])
  })
})

describe('the webhook', () => {
  test('is posted codes that it can verify', async () => {
    await using server = await startHttp({ status: 204, body: '' })
    const senders = open(webhook(`${server.url}/codes?token=t`))
    expect([senders.channels, senders.hasMail, senders.usesConsole]).toEqual([['sms'], false, false])
    await senders.sendCode(CODE)
    const [got] = server.got
    expect(got?.path).toBe('/codes?token=t')
    const content = { type: 'code', phone: '+15550001111', channel: 'sms', code: '12345', text: CODE.text }
    expect(JSON.parse(got?.body ?? '')).toEqual({ id: got?.headers['idempotency-key'], ...content })
    const timestamp = String(got?.headers['x-chappe-timestamp'])
    expect(Math.abs(Number(timestamp) - Date.now() / 1000)).toBeLessThan(60)
    const signature = createHmac('sha256', SECRET).update(`${timestamp}.${got?.body}`).digest('hex')
    expect(got?.headers['x-chappe-signature']).toBe(signature)
    expect(senders.printed).toEqual([])
  })

  test('says which number calls where that is the code', async () => {
    await using server = await startHttp(
      { status: 200, body: '{"caller":"+49301234567"}' },
      { status: 200, body: '{"caller":"anybody"}' },
      { status: 200, body: 'null' },
      { status: 200, body: 'OK' },
    )
    const senders = open(webhook(server.url, '--code-webhook-channels', 'missed_call'))
    const missed = { ...CODE, channel: 'missed_call' } as const
    expect(await senders.sendCode(missed)).toEqual({ callerNumber: '49301234567' })
    expect(server.got[0]?.body).not.toContain(CODE.code)
    for (let i = 0; i < 3; i++) await expect(senders.sendCode(missed)).rejects.toThrow(SendFailure)
  })

  test('gets letters when it is to', async () => {
    await using server = await startHttp({ status: 200 })
    const senders = open(webhook(server.url, '--code-webhook-channels', 'mail'))
    // Nobody could sign in if codes to phones went nowhere.
    expect([senders.channels.length, senders.hasMail, senders.usesConsole]).toEqual([4, true, true])
    const mail = { to: 'a@example.org', subject: 'Code', text: '123456', code: '123456' }
    await senders.sendMail(mail)
    expect(JSON.parse(server.got[0]?.body ?? '')).toMatchObject({ type: 'mail', ...mail })
    expect(senders.printed).toEqual([])
  })

  test('is asked again when it is busy, with the same id, and no more than twice', async () => {
    await using recovering = await startHttp({ status: 503 }, { status: 429 }, { status: 200 })
    await open(webhook(recovering.url), new PauselessClock()).sendCode(CODE)
    expect(new Set(recovering.got.map((got) => got.headers['idempotency-key'])).size).toBe(1)
    expect(recovering.got).toHaveLength(3)

    await using broken = await startHttp({ status: 500 })
    const sending = open(webhook(broken.url), new PauselessClock()).sendCode(CODE)
    await expect(sending).rejects.toThrow(SendFailure)
    expect(broken.got).toHaveLength(3)
  })

  test('is not asked again what it refused, and leads nowhere else', async () => {
    await using elsewhere = await startHttp({ status: 200 })
    await using refusing = await startHttp({ status: 400 })
    await using leading = await startHttp({ status: 307, headers: { location: elsewhere.url } })
    await expect(open(webhook(refusing.url)).sendCode(CODE)).rejects.toThrow(SendFailure)
    expect(refusing.got).toHaveLength(1)
    const led = open(webhook(leading.url), new PauselessClock()).sendCode(CODE)
    await expect(led).rejects.toThrow(SendFailure)
    expect(elsewhere.got).toHaveLength(0)
  })

  test('that does not answer in time has failed', async () => {
    await using silent = await startHttp()
    const clock = new HandClock()
    const sending = open(webhook(silent.url), clock).sendCode(CODE)
    const failure = expect(sending).rejects.toThrow(SendFailure)
    await expect.poll(() => silent.got.length).toBe(1)
    clock.advance(8_000)
    await failure
    expect(silent.got).toHaveLength(1)
  })

  test('when it fails, its place is taken by the next sender, and nothing leaks', async () => {
    await using broken = await startHttp({ status: 400, body: 'echo 12345 15550001111' })
    const senders = open(webhook(`${broken.url}/?key=url-secret`, '--console-codes', 'on'))
    await senders.sendCode(CODE)
    expect(senders.printed).toEqual(['login code +15550001111 sms 12345'])
    expect(senders.logged()).toContain('answered 400')
    for (const secret of [CODE.code, CODE.phone, SECRET, 'url-secret']) {
      expect(senders.logged()).not.toContain(secret)
    }
  })
})

describe('Twilio', () => {
  const ACCOUNT = 'AC0123456789abcdef0123456789abcdef'
  const twilio = (url: string, from: string): string[] =>
    `--twilio-account ${ACCOUNT} --twilio-token auth_token --twilio-from ${from} --twilio-url ${url}`.split(
      ' ',
    )

  test('sends SMS and reads codes in calls', async () => {
    await using server = await startHttp({ status: 201, body: '{"sid":"SM1","status":"queued"}' })
    const senders = open(twilio(server.url, '+15005550006'))
    expect([senders.channels, senders.hasMail]).toEqual([['sms', 'call'], false])
    await senders.sendCode(CODE)
    await senders.sendCode({ ...CODE, channel: 'call' })
    const [sms, call] = server.got
    expect(sms?.path).toBe(`/2010-04-01/Accounts/${ACCOUNT}/Messages.json`)
    const basic = Buffer.from(`${ACCOUNT}:auth_token`).toString('base64')
    expect(sms?.headers).toMatchObject({
      authorization: `Basic ${basic}`,
      'content-type': 'application/x-www-form-urlencoded',
    })
    const fields = Object.fromEntries(new URLSearchParams(sms?.body))
    expect(fields).toEqual({ To: '+15550001111', From: '+15005550006', Body: CODE.text })
    expect(call?.path).toBe(`/2010-04-01/Accounts/${ACCOUNT}/Calls.json`)
    const spoken = new URLSearchParams(call?.body).get('Twiml')
    expect(spoken).toMatch(
      /^<Response>(<Say>[^<]*1\. 2\. 3\. 4\. 5\.<\/Say><Pause length="1"\/>){3}<\/Response>$/,
    )
  })

  test('a messaging service sends and does not call', async () => {
    await using server = await startHttp({ status: 201 })
    const service = 'MG0123456789abcdef0123456789abcdef'
    const senders = open(twilio(server.url, service))
    expect(senders.channels).toEqual(['sms'])
    await senders.sendCode(CODE)
    expect(new URLSearchParams(server.got[0]?.body).get('MessagingServiceSid')).toBe(service)
    await expect(senders.sendCode({ ...CODE, channel: 'call' })).rejects.toThrow(SendFailure)
  })
})

describe('SMTP', () => {
  const smtp = (url: string): string[] => ['--smtp', url, '--smtp-from', 'Chappe <chat@example.org>']
  const mail = {
    to: 'alice@example.org',
    subject: 'Code: 123456',
    text: 'Enter 123456 – now',
    code: '123456',
  }

  test('takes letters from a user with a password', async () => {
    await using server = await startSmtp('chappe', 'p@ss')
    const senders = open(smtp(`smtp://chappe:p%40ss@127.0.0.1:${server.port}`))
    expect([senders.hasMail, senders.usesConsole]).toEqual([true, true])
    await senders.sendMail(mail)
    expect(server.got).toMatchObject([{ user: 'chappe', from: 'chat@example.org', to: [mail.to] }])
    expect(server.got[0]?.source).toContain('Subject: Code: 123456')
    expect(senders.printed).toEqual([])
  })

  test('what it refuses is printed while the console is a sender, fails otherwise, and never leaks', async () => {
    await using server = await startSmtp('chappe', 'right')
    const url = `smtp://chappe:right@127.0.0.1:${server.port}`
    const refused = { ...mail, to: 'bob@refused.example' }
    const alone = open([...smtp(url), '--console-codes', 'off'])
    await expect(alone.sendMail(refused)).rejects.toThrow(SendFailure)
    const intruder = open([...smtp(url.replace('right', 'wrong')), '--console-codes', 'off'])
    await expect(intruder.sendMail(mail)).rejects.toThrow(SendFailure)
    for (const secret of ['bob@', 'alice@', '123456', 'right', 'wrong']) {
      expect(alone.logged() + intruder.logged()).not.toContain(secret)
    }
    const both = open(smtp(url))
    await both.sendMail(refused)
    expect(both.printed).toEqual(['email code bob@refused.example 123456'])
  })
})

describe('somebody who signs in', () => {
  test('is called by the number that the webhook names, or gets an SMS when it cannot call', async () => {
    await using server = await startHttp(
      { status: 200, body: '{"caller":"+4930765432"}' },
      { status: 500 },
      { status: 500 },
      { status: 500 },
    )
    await using gateway = await startHttp({ status: 201 })
    const options = [
      ...webhook(server.url, '--code-webhook-channels', 'missed_call', '--code-channels', 'missed_call,sms'),
      ...`--twilio-account AC --twilio-token t --twilio-from +15005550006 --twilio-url ${gateway.url}`.split(
        ' ',
      ),
    ]
    const senders = open(options, new PauselessClock())
    await using world = await startWorld({ senders })
    const device = await world.stranger()
    const phoneNumber = '15550050001'
    const fields = asking(world, phoneNumber, { allowMissedCall: true })
    const called = plain(await device.call('auth.sendCode', fields))
    expect(called).toMatchObject({ type: { _: 'auth.sentCodeTypeMissedCall', prefix: '49307', length: 5 } })
    const { phoneCodeHash } = called
    const answer = await device.call('auth.signIn', { phoneNumber, phoneCodeHash, phoneCode: '65432' })
    expect(answer._).toBe('auth.authorizationSignUpRequired')

    const texted = plain(await device.call('auth.sendCode', fields))
    expect([texted.type._, texted.nextType]).toEqual(['auth.sentCodeTypeSms', undefined])
    const text = new URLSearchParams(gateway.got[0]?.body).get('Body')
    const phoneCode = /\d{5}/.exec(text ?? '')?.[0] ?? ''
    const form = { phoneNumber, phoneCodeHash: texted.phoneCodeHash, phoneCode }
    expect((await device.call('auth.signIn', form))._).toBe('auth.authorizationSignUpRequired')
  })
})

test.each([
  [['--code-webhook', 'http://127.0.0.1'], 'code-webhook-secret'],
  [['--code-webhook', 'ftp://u:secret@h', '--code-webhook-secret', 'x'], 'code-webhook'],
  [['--code-webhook-channels', 'sms'], 'code-webhook'],
  [['--code-channels', 'sms,pigeon'], 'pigeon'],
  [['--twilio-account', 'AC', '--twilio-token', 't', '--twilio-from', 'me'], 'twilio-from'],
  [['--twilio-account', 'AC'], 'twilio-token'],
  [['--smtp', 'smtp://u:secret@h'], 'smtp-from'],
  [['--smtp', 'mail.example.org', '--smtp-from', 'a@b.c'], 'smtp'],
  [['--console-codes', 'maybe'], 'console-codes'],
  [['--login-email', 'maybe'], 'login-email'],
  [['--sms-app-hash', 'short'], 'sms-app-hash'],
])('options %j are refused', (args, name) => {
  const parse = (): unknown => parseConfig(args, {})
  expect(parse).toThrow(name)
  expect(parse).not.toThrow('secret@')
})
