import { EventEmitter, once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseConfig } from '../../../src/config.ts'
import { accessHash } from '../../../src/domain/peers/access.ts'
import { SERVICE_USER_ID } from '../../../src/lib/ids.ts'
import { SendFailure, type Senders } from '../../../src/senders/sender.ts'
import { tl } from '../../../src/tl/factories.ts'
import { HandClock } from '../../harness/clock.ts'
import { startWorld, type World } from '../../harness/people.ts'
import { ask, asking, deviceOf, plain, signIn, signUp, textOf, userIdOf, wrong } from './signing.ts'

let world: World
const stack = new AsyncDisposableStack()

beforeAll(async () => {
  world = stack.use(await startWorld())
})
afterAll(() => stack.disposeAsync())

const TAKES_ALL = { allowFlashcall: true, currentNumber: true, allowMissedCall: true }

describe('the ways of a code', () => {
  test('go on from one to the next that the client can take, and end', async () => {
    const device = await world.stranger()
    const phoneNumber = '15550010001'
    const first = await ask(world, device, phoneNumber, TAKES_ALL)
    expect(first).toMatchObject({
      type: { _: 'auth.sentCodeTypeSms', length: 5 },
      nextType: { _: 'auth.codeTypeFlashCall' },
      timeout: 60,
    })
    expect(await world.server.takeMessage(phoneNumber)).toMatchObject({ channel: 'sms' })
    const { phoneCodeHash } = first
    const again = async (): Promise<unknown> =>
      plain(await device.call('auth.resendCode', { phoneNumber, phoneCodeHash }))

    expect(await again()).toMatchObject({
      phoneCodeHash,
      type: { _: 'auth.sentCodeTypeFlashCall', pattern: '1555000*' },
      nextType: { _: 'auth.codeTypeMissedCall' },
    })
    const flash = await world.server.takeMessage(phoneNumber)
    expect(flash.channel).toBe('flash_call')
    expect(await again()).toMatchObject({
      type: { _: 'auth.sentCodeTypeMissedCall', prefix: '1555000', length: 5 },
      nextType: { _: 'auth.codeTypeCall' },
    })
    await world.server.takeMessage(phoneNumber)
    expect(await again()).toMatchObject({ type: { _: 'auth.sentCodeTypeCall' }, nextType: undefined })
    const call = await world.server.takeMessage(phoneNumber)
    expect(await device.failure('auth.resendCode', { phoneNumber, phoneCodeHash })).toBe(
      'SEND_CODE_UNAVAILABLE',
    )
    // The last one counts, and only that.
    const old = { phoneNumber, phoneCodeHash, phoneCode: wrong(call.code) }
    expect(await device.failure('auth.signIn', old)).toBe('PHONE_CODE_INVALID')
    const right = { phoneNumber, phoneCodeHash, phoneCode: call.code }
    expect((await device.call('auth.signIn', right))._).toBe('auth.authorizationSignUpRequired')
  })

  test('calls whose number is the code come only to clients that can take them', async () => {
    const next = async (phone: string, settings: object): Promise<string | undefined> =>
      (await ask(world, await world.stranger(), phone, settings)).nextType?._
    expect(await next('15550010002', {})).toBe('auth.codeTypeCall')
    expect(await next('15550010003', { allowFlashcall: true })).toBe('auth.codeTypeCall')
    expect(await next('15550010004', { currentNumber: true })).toBe('auth.codeTypeCall')
    expect(await next('15550010005', { allowMissedCall: true })).toBe('auth.codeTypeMissedCall')
    expect(await next('15550010006', { allowFlashcall: true, currentNumber: true })).toBe(
      'auth.codeTypeFlashCall',
    )
  })

  test('the number of a flash call is entered whole, that of a missed call by its last digits', async () => {
    const senders = parseConfig(['--code-channels', 'flash_call,missed_call'], {}).senders
    await using later = await startWorld({ config: { senders } })
    for (const channel of ['flash_call', 'missed_call'] as const) {
      const device = await later.stranger()
      const phoneNumber = channel === 'flash_call' ? '15550010010' : '15550010011'
      const settings = channel === 'flash_call' ? TAKES_ALL : { allowMissedCall: true }
      const { phoneCodeHash } = await ask(later, device, phoneNumber, settings)
      const message = await later.server.takeMessage(phoneNumber)
      expect(message.channel).toBe(channel)
      const { code } = message
      const phoneCode = channel === 'flash_call' ? `+1 (555) 000-${code.slice(0, 2)} ${code.slice(2)}` : code
      const answer = await device.call('auth.signIn', { phoneNumber, phoneCodeHash, phoneCode })
      expect(answer._).toBe('auth.authorizationSignUpRequired')
    }
  })

  test('clients of old layers are offered what they know', async () => {
    const old = await deviceOf(world, stack, 134)
    const phoneNumber = '15550010020'
    const sent = await ask(world, old, phoneNumber, TAKES_ALL)
    expect([sent.type._, sent.nextType?._]).toEqual(['auth.sentCodeTypeSms', 'auth.codeTypeFlashCall'])
    const { phoneCodeHash } = sent
    const types = [await old.call('auth.resendCode', { phoneNumber, phoneCodeHash })].map(plain)
    types.push(plain(await old.call('auth.resendCode', { phoneNumber, phoneCodeHash })))
    expect(types.map((each) => each.type._)).toEqual(['auth.sentCodeTypeFlashCall', 'auth.sentCodeTypeCall'])
  })

  test('an SMS ends with the hash of the app for clients that find it by that', async () => {
    const senders = { ...parseConfig([], {}).senders, smsAppHash: 'FA+9qCX9VSu' }
    await using later = await startWorld({ config: { senders } })
    const device = await later.stranger()
    const textFor = async (phone: string, settings: object): Promise<string> => {
      await ask(later, device, phone, settings)
      return (await later.server.takeMessage(phone)).text
    }
    const text = await textFor('15550010030', { allowAppHash: true })
    expect(text).toMatch(/^Login code: \d{5}\..*\nFA\+9qCX9VSu$/s)
    expect(await textFor('15550010031', {})).not.toContain('FA+9qCX9VSu')
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(140)
  })
})

describe('when nothing can be sent', () => {
  /** Senders of which some fail. */
  function failing(isBroken: (channel: string) => boolean): Senders & { readonly sent: string[] } {
    const sent: string[] = []
    const send = (channel: string): Promise<object> => {
      if (isBroken(channel)) return Promise.reject(new SendFailure('the wire is cut'))
      sent.push(channel)
      return Promise.resolve({})
    }
    return {
      channels: ['sms', 'missed_call', 'call'],
      hasMail: true,
      usesConsole: false,
      sent,
      sendCode: ({ channel }) => send(channel),
      sendMail: async () => void (await send('mail')),
    }
  }

  test('by one way, the next is taken; by none, the caller is told so and has no code', async () => {
    let broken = ['sms']
    const senders = failing((channel) => broken.includes(channel))
    await using later = await startWorld({ senders })
    const device = await later.stranger()
    const phoneNumber = '15550010040'
    const sent = await ask(later, device, phoneNumber, { allowMissedCall: true })
    expect([sent.type._, sent.nextType?._]).toEqual(['auth.sentCodeTypeMissedCall', 'auth.codeTypeCall'])
    broken = ['sms', 'missed_call', 'call']
    const { phoneCodeHash } = sent
    expect(await device.failure('auth.resendCode', { phoneNumber, phoneCodeHash })).toBe(
      'SEND_CODE_UNAVAILABLE',
    )
    expect(await device.failure('auth.sendCode', asking(later, phoneNumber))).toBe('SMS_CODE_CREATE_FAILED')
    // The code that came before is still good.
    broken = []
    await device.call('auth.resendCode', { phoneNumber, phoneCodeHash })
    expect(senders.sent).toEqual(['missed_call', 'call'])
  })

  test('one that is sent again is good once it can be read, and void when its sender fails', async () => {
    const read = new EventEmitter<{ code: [code: string, end: (error?: Error) => void] }>()
    const senders: Senders = {
      ...failing(() => false),
      channels: ['sms', 'call'],
      sendCode: ({ code, channel }) =>
        new Promise((resolve, reject) => {
          const isRead = read.emit('code', code, (error) => (error ? reject(error) : resolve({})))
          if (!isRead) throw new Error(`nobody waits for a code by ${channel}`)
        }),
    }
    await using later = await startWorld({ senders })
    for (const phoneNumber of ['15550010042', '15550010043']) {
      const device = await later.stranger()
      const reading = once(read, 'code')
      const asked = ask(later, device, phoneNumber)
      const [first, sent] = await reading
      sent()
      const { phoneCodeHash } = await asked
      const readingAgain = once(read, 'code')
      const again = device.call('auth.resendCode', { phoneNumber, phoneCodeHash }).then(plain, String)
      const [second, end] = await readingAgain
      const signIn = async (phoneCode: string): Promise<string> =>
        await device.call('auth.signIn', { phoneNumber, phoneCodeHash, phoneCode }).then(
          (answer) => answer._,
          (error: Error) => error.message,
        )
      const neither = ['00000', '11111', '22222'].find((code) => code !== first && code !== second)!
      expect(await signIn(neither)).toBe('PHONE_CODE_INVALID')
      if (phoneNumber.endsWith('2')) {
        expect(await signIn(second)).toBe('auth.authorizationSignUpRequired')
        end()
        // What was entered meanwhile is not to be entered anew.
        expect(await again).toContain('PHONE_CODE_EXPIRED')
        const names = { firstName: 'Alice', lastName: '' }
        const made = await device.call('auth.signUp', { phoneNumber, phoneCodeHash, ...names })
        expect(made._).toBe('auth.authorization')
      } else {
        end(new SendFailure('the wire is cut'))
        expect(await again).toContain('SEND_CODE_UNAVAILABLE')
        if (second !== first) expect(await signIn(second)).toBe('PHONE_CODE_INVALID')
        expect(await signIn(first)).toBe('auth.authorizationSignUpRequired')
      }
    }
  })

  test('a number that is banned gets nothing', async () => {
    const device = await world.stranger()
    const phoneNumber = '15550010041'
    await world.server.context.db.single(
      (tx) => tx.sql`insert into phone_ban (phone, banned_at) values (${phoneNumber}, 1)`,
    )
    expect(await device.failure('auth.sendCode', asking(world, phoneNumber))).toBe('PHONE_NUMBER_BANNED')
  })
})

describe('a code in the chat', () => {
  test('is void once its owner gives it away, however it is written', async () => {
    const phoneNumber = '15550010050'
    const device = await world.stranger()
    await signUp(world, device, phoneNumber)
    const bob = await world.person('Bob')
    const peer = tl.inputPeerSelf()
    const give = async (write: (code: string) => string): Promise<string> => {
      const thief = await world.stranger()
      const { phoneCodeHash, type } = await ask(world, thief, phoneNumber)
      expect(type._).toBe('auth.sentCodeTypeApp')
      const phoneCode = await world.server.takeCode(phoneNumber)
      await device.updates()
      const message = write(phoneCode)
      const randomId = world.server.context.random.long()
      await device.call('messages.sendMessage', { peer, message, randomId })
      return await thief
        .call('auth.signIn', { phoneNumber, phoneCodeHash, phoneCode })
        .then((answer) => answer._, String)
    }
    expect(await give((code) => `It says ${code}, is that right?`)).toContain('PHONE_CODE_EXPIRED')
    expect(textOf(await device.updates())).toMatch(/^Incomplete login attempt\./)
    expect(await give((code) => [...code].join(' - '))).toContain('PHONE_CODE_EXPIRED')
    expect(await give((code) => `no code: ${wrong(code)}`)).toBe('auth.authorization')
    expect(bob.id).toBeGreaterThan(0)
  })

  test('is void once it is forwarded, edited into a message, or reported by the client', async () => {
    const phoneNumber = '15550010051'
    const device = await world.stranger()
    const userId = await signUp(world, device, phoneNumber)
    const peer = tl.inputPeerSelf()
    const random = world.server.context.random
    const lose = async (give: (code: string, messageId: number) => Promise<unknown>): Promise<string> => {
      const thief = await world.stranger()
      const { phoneCodeHash } = await ask(world, thief, phoneNumber)
      const phoneCode = await world.server.takeCode(phoneNumber)
      const updates = await device.updates()
      const notice = updates.find((update) => update._ === 'updateNewMessage')
      await give(phoneCode, notice?.message.id ?? 0)
      await device.updates()
      return await thief.failure('auth.signIn', { phoneNumber, phoneCodeHash, phoneCode })
    }
    const service = tl.inputPeerUser({
      userId: 777000,
      accessHash: accessHash(world.server.context, userId, SERVICE_USER_ID),
    })
    const forwarded = lose((_code, id) =>
      device.call('messages.forwardMessages', {
        fromPeer: service,
        id: [id],
        toPeer: peer,
        randomId: [random.long()],
      }),
    )
    expect(await forwarded).toBe('PHONE_CODE_EXPIRED')
    const sent = await device.call('messages.sendMessage', { peer, message: 'Hm', randomId: random.long() })
    const { message: own } =
      sent._ === 'updates' ? sent.updates.find((u) => u._ === 'updateNewMessage')! : { message: undefined }
    await device.updates()
    const edited = lose((code) =>
      device.call('messages.editMessage', { peer, id: own?.id ?? 0, message: code }),
    )
    expect(await edited).toBe('PHONE_CODE_EXPIRED')
    const shot = lose((code) => device.call('account.invalidateSignInCodes', { codes: [code, 'no code'] }))
    expect(await shot).toBe('PHONE_CODE_EXPIRED')
  })

  test('of somebody else is not harmed by a message', async () => {
    const phoneNumber = '15550010052'
    const device = await world.stranger()
    await signUp(world, device, phoneNumber)
    const mallory = await world.person('Mallory')
    const second = await world.stranger()
    const { phoneCodeHash } = await ask(world, second, phoneNumber)
    const phoneCode = await world.server.takeCode(phoneNumber)
    await mallory.send(mallory, `code ${phoneCode}`)
    await mallory.call('account.invalidateSignInCodes', { codes: [phoneCode] })
    expect((await second.call('auth.signIn', { phoneNumber, phoneCodeHash, phoneCode }))._).toBe(
      'auth.authorization',
    )
  })
})

describe('a token of a log-out', () => {
  test('lets its client in again without a code, once, for half a year', async () => {
    const clock = new HandClock()
    await using later = await startWorld({ clock })
    const phoneNumber = '15550010060'
    const device = await later.stranger()
    const userId = await signUp(later, device, phoneNumber)
    const leave = async (): Promise<Uint8Array> => {
      const { futureAuthToken } = await device.call('auth.logOut')
      return futureAuthToken!
    }
    const token = await leave()
    const stored = await later.server.context.db.sql<
      { hash: Uint8Array }[]
    >`select token_hash as hash from future_token`
    expect(stored).toHaveLength(1)
    expect(Buffer.from(stored[0]!.hash).equals(token)).toBe(false)

    // Another's number, a forged token, an old layer: nothing.
    const forged = Uint8Array.from(token, (byte, at) => (at === 3 ? byte ^ 1 : byte))
    expect((await ask(later, device, '15550010061', { logoutTokens: [token] })).type._).toBe(
      'auth.sentCodeTypeSms',
    )
    expect((await ask(later, device, phoneNumber, { logoutTokens: [forged] })).type._).toBe(
      'auth.sentCodeTypeSms',
    )
    await using olds = new AsyncDisposableStack()
    const old = await deviceOf(later, olds, 151)
    expect((await ask(later, old, phoneNumber, { logoutTokens: [token] })).type._).toBe(
      'auth.sentCodeTypeSms',
    )

    const enter = { logoutTokens: [forged, token] }
    const devices = [device, await later.stranger()]
    const answers = await Promise.all(
      devices.map((each) => each.call('auth.sendCode', asking(later, phoneNumber, enter))),
    )
    expect(answers.map((answer) => answer._).sort()).toEqual(['auth.sentCode', 'auth.sentCodeSuccess'])
    const winner = answers.findIndex((answer) => answer._ === 'auth.sentCodeSuccess')
    const success = answers[winner]!
    expect(success._ === 'auth.sentCodeSuccess' && userIdOf(success.authorization)).toBe(userId)

    const { futureAuthToken } = await devices[winner]!.call('auth.logOut')
    clock.jump(180 * 86_400_000)
    const late = { logoutTokens: [futureAuthToken!] }
    expect((await ask(later, await later.stranger(), phoneNumber, late))._).toBe('auth.sentCode')
  })

  test('is void once all other sessions are ended', async () => {
    const clock = new HandClock()
    await using later = await startWorld({ clock })
    const phoneNumber = '15550010062'
    const owner = await later.stranger()
    await signUp(later, owner, phoneNumber)
    for (let minutes = 0; minutes < 24 * 60; minutes += 12) {
      clock.jump(12 * 60_000)
      await owner.call('help.getNearestDc')
    }
    // One that its owner has not said to know gets none.
    const stolen = await later.stranger()
    await signIn(later, stolen, phoneNumber)
    expect(await stolen.call('auth.logOut')).toMatchObject({ futureAuthToken: undefined })
    const phone = await later.stranger()
    await signIn(later, phone, phoneNumber)
    const { authorizations } = await owner.call('account.getAuthorizations')
    const { hash } = authorizations.find((each) => !each.current)!
    await owner.call('account.changeAuthorizationSettings', { confirmed: true, hash })
    const { futureAuthToken } = await phone.call('auth.logOut')
    await owner.call('auth.resetAuthorizations')
    const sent = await ask(later, await later.stranger(), phoneNumber, { logoutTokens: [futureAuthToken!] })
    expect(sent.type._).toBe('auth.sentCodeTypeApp')
  })
})
