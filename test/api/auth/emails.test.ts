import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseConfig } from '../../../src/config.ts'
import { must } from '../../../src/lib/assert.ts'
import { SendFailure, type Senders } from '../../../src/senders/sender.ts'
import { tl } from '../../../src/tl/factories.ts'
import type * as T from '../../../src/tl/schema.d.ts'
import { HandClock } from '../../harness/clock.ts'
import type { Device } from '../../harness/device.ts'
import { startWorld, type World } from '../../harness/people.ts'
import { ask, asking, deviceOf, plain, signIn, signUp, textOf, userIdOf, wrong } from './signing.ts'

let world: World
const stack = new AsyncDisposableStack()

beforeAll(async () => {
  world = stack.use(await startWorld())
})
afterAll(() => stack.disposeAsync())

const CHANGE = tl.emailVerifyPurposeLoginChange()
const DAY_MS = 86_400_000

function byCode(code: string): T.EmailVerification {
  return tl.emailVerificationCode({ code })
}

/** Gives whoever is logged in on a device a login e-mail. */
async function setEmail(at: World, device: Device, email: string): Promise<void> {
  await device.call('account.sendVerifyEmailCode', { purpose: CHANGE, email })
  const { code } = await at.server.takeMail(email)
  const verification = byCode(must(code, 'the letter brings a code'))
  const verified = await device.call('account.verifyEmail', { purpose: CHANGE, verification })
  expect(verified).toMatchObject({ _: 'account.emailVerified', email })
  expect(textOf(await device.updates())).toMatch(/^Login e-mail\. /)
}

async function mailedCode(at: World, email: string): Promise<string> {
  return must((await at.server.takeMail(email)).code, 'the letter brings a code')
}

describe('a login e-mail', () => {
  test('gets the codes, in place of chat and phone', async () => {
    const phoneNumber = '15550020001'
    const email = 'alice.long@example.org'
    const device = await world.stranger()
    const userId = await signUp(world, device, phoneNumber)
    expect(await device.call('account.getPassword')).toMatchObject({ loginEmailPattern: undefined })
    await setEmail(world, device, email)
    const loginEmailPattern = 'a********g@example.org'
    expect(await device.call('account.getPassword')).toMatchObject({ loginEmailPattern })

    const second = await world.stranger()
    const sent = await ask(world, second, phoneNumber)
    expect(sent).toMatchObject({
      type: {
        _: 'auth.sentCodeTypeEmailCode',
        emailPattern: loginEmailPattern,
        length: 6,
        resetAvailablePeriod: 7 * 86_400,
        resetPendingDate: undefined,
        googleSigninAllowed: false,
        appleSigninAllowed: false,
      },
      nextType: undefined,
    })
    expect(await device.updates()).toEqual([])
    const { phoneCodeHash } = sent
    const first = await mailedCode(world, email)
    expect(first).toMatch(/^\d{6}$/)
    const again = plain(await second.call('auth.resendCode', { phoneNumber, phoneCodeHash }))
    expect(again.type._).toBe('auth.sentCodeTypeEmailCode')
    const code = await mailedCode(world, email)

    const enter = (emailVerification: T.EmailVerification): Promise<string> =>
      second.failure('auth.signIn', { phoneNumber, phoneCodeHash, emailVerification })
    expect(await enter(byCode(wrong(code)))).toBe('PHONE_CODE_INVALID')
    expect(await enter(byCode(''))).toBe('PHONE_CODE_EMPTY')
    for (const token of [
      tl.emailVerificationGoogle({ token: code }),
      tl.emailVerificationApple({ token: code }),
    ]) {
      expect(await enter(token)).toBe('PHONE_CODE_INVALID')
    }
    const emailVerification = byCode(code)
    const answer = await second.call('auth.signIn', { phoneNumber, phoneCodeHash, emailVerification })
    expect(userIdOf(answer)).toBe(userId)
  })

  test('a code that did not come by e-mail is no code of e-mail', async () => {
    const device = await world.stranger()
    const phoneNumber = '15550020002'
    const { phoneCodeHash } = await ask(world, device, phoneNumber)
    const phoneCode = await world.server.takeCode(phoneNumber)
    const fields = { phoneNumber, phoneCodeHash }
    expect(await device.failure('auth.signIn', { ...fields, emailVerification: byCode(phoneCode) })).toBe(
      'PHONE_CODE_INVALID',
    )
    expect(await device.failure('auth.resetLoginEmail', fields)).toBe('EMAIL_INSTALL_MISSING')
  })

  test('is not got round by a client that does not know of it', async () => {
    const phoneNumber = '15550020003'
    const device = await world.stranger()
    await signUp(world, device, phoneNumber)
    await setEmail(world, device, 'bob@example.org')
    const old = await deviceOf(world, stack, 144)
    expect(await old.failure('auth.sendCode', asking(world, phoneNumber))).toBe('UPDATE_APP_TO_LOGIN')
  })

  test('whose letters cannot be sent leaves the way by the chat, and none by the phone', async () => {
    let isBroken = false
    let latest = ''
    const codes = (): Promise<string> => Promise.resolve(latest)
    const senders: Senders = {
      channels: ['sms'],
      hasMail: true,
      usesConsole: false,
      sendCode: ({ code }) => {
        latest = code
        return Promise.resolve({})
      },
      sendMail: () => (isBroken ? Promise.reject(new SendFailure('no route')) : Promise.resolve()),
    }
    await using later = await startWorld({ senders })
    const phoneNumber = '15550020004'
    const device = await later.stranger()
    const userId = await signUp(later, device, phoneNumber, codes)
    await later.server.context.db.single(
      (tx) => tx.sql`insert into login_email (user_id, email) values (${userId}, 'alice@example.org')`,
    )
    isBroken = true
    const second = await later.stranger()
    expect((await ask(later, second, phoneNumber)).type._).toBe('auth.sentCodeTypeApp')
    await device.call('auth.logOut')
    expect(await second.failure('auth.sendCode', asking(later, phoneNumber))).toBe('SMS_CODE_CREATE_FAILED')
  })
})

describe('an address', () => {
  test('is verified by the code that was sent there, within the hour and five tries', async () => {
    const clock = new HandClock()
    await using later = await startWorld({ clock })
    const phoneNumber = '15550020005'
    let device = await later.stranger()
    await signUp(later, device, phoneNumber)
    for (const email of [
      '',
      'alice',
      'alice@',
      'a b@example.org',
      'a@example.org\r\nBcc: x@y.zz',
      '@example.org',
    ]) {
      expect(await device.failure('account.sendVerifyEmailCode', { purpose: CHANGE, email })).toBe(
        'EMAIL_INVALID',
      )
    }
    const email = 'alice@example.org'
    const send = (): Promise<unknown> =>
      device.call('account.sendVerifyEmailCode', { purpose: CHANGE, email })
    const enter = (code: string): Promise<string> =>
      device.failure('account.verifyEmail', { purpose: CHANGE, verification: byCode(code) })
    expect(await send()).toMatchObject({ emailPattern: 'a***e@example.org', length: 6 })
    const code = await mailedCode(later, email)
    const passport = tl.emailVerifyPurposePassport()
    const elsewhere = { purpose: passport, verification: byCode(code) }
    expect(await device.failure('account.verifyEmail', elsewhere)).toBe('EMAIL_VERIFY_EXPIRED')
    const google = { purpose: CHANGE, verification: tl.emailVerificationGoogle({ token: code }) }
    expect(await device.failure('account.verifyEmail', google)).toBe('EMAIL_NOT_ALLOWED')
    const tries = await Promise.all(Array.from({ length: 9 }, () => enter(wrong(code))))
    expect(tries.filter((error) => error === 'CODE_INVALID')).toHaveLength(5)
    expect(await enter(code)).toBe('EMAIL_VERIFY_EXPIRED')

    await send()
    const late = await mailedCode(later, email)
    clock.jump(3_600_000)
    device = await later.stranger()
    await signIn(later, device, phoneNumber)
    expect(await enter(late)).toBe('EMAIL_VERIFY_EXPIRED')

    await device.call('account.sendVerifyEmailCode', { purpose: passport, email })
    const verification = byCode(await mailedCode(later, email))
    expect(await device.call('account.verifyEmail', { purpose: passport, verification })).toMatchObject({
      email,
    })
    expect(await device.failure('account.verifyEmail', { purpose: passport, verification })).toBe(
      'EMAIL_VERIFY_EXPIRED',
    )
    // An address that was verified for a passport is no login e-mail.
    expect((await ask(later, await later.stranger(), phoneNumber)).type._).toBe('auth.sentCodeTypeApp')
  })

  test('of any form is answered as what it is', async () => {
    const alice = await world.person('Alice')
    for (const email of [
      '\0',
      'a\0b@example.org',
      `${'a'.repeat(5_000)}@example.org`,
      'a\u202eb@example.org',
      'a b@c.d',
    ])
      expect(await alice.failure('account.sendVerifyEmailCode', { purpose: CHANGE, email })).toBe(
        'EMAIL_INVALID',
      )
  })

  test('is not flooded with letters', async () => {
    const mallory = await world.person('Mallory')
    const email = 'victim@example.org'
    const errors: string[] = []
    while (errors.length < 60 && !errors.at(-1)?.startsWith('FLOOD_WAIT_')) {
      const sending = mallory.call('account.sendVerifyEmailCode', { purpose: CHANGE, email })
      errors.push(
        await sending.then(
          () => '',
          (error: Error) => error.message,
        ),
      )
    }
    expect(errors.length).toBeLessThan(25)
    expect(errors.at(-1)).toMatch(/^FLOOD_WAIT_\d+$/)
  })
})

describe('where everybody must have an address', () => {
  const senders = { ...parseConfig([], {}).senders, needsLoginEmail: true }

  test('it is asked for first, and is the account’s once the phone is proved too', async () => {
    await using later = await startWorld({ config: { senders } })
    const device = await later.stranger()
    const phoneNumber = '15550020010'
    const email = 'carol@example.org'
    const sent = await ask(later, device, phoneNumber)
    expect(sent).toMatchObject({ type: { _: 'auth.sentCodeTypeSetUpEmailRequired' }, nextType: undefined })
    const { phoneCodeHash } = sent
    const purpose = tl.emailVerifyPurposeLoginSetup({ phoneNumber, phoneCodeHash })
    for (const phoneCode of ['00000', ' ', '000000']) {
      expect(await device.failure('auth.signIn', { phoneNumber, phoneCodeHash, phoneCode })).toBe(
        'PHONE_CODE_EXPIRED',
      )
    }
    expect(await device.failure('auth.resendCode', { phoneNumber, phoneCodeHash })).toBe(
      'EMAIL_INSTALL_MISSING',
    )
    const foreign = tl.emailVerifyPurposeLoginSetup({ phoneNumber, phoneCodeHash: 'f00' })
    expect(await device.failure('account.sendVerifyEmailCode', { purpose: foreign, email })).toBe(
      'PHONE_HASH_EXPIRED',
    )
    const mallory = await later.stranger()
    expect(await mallory.failure('account.sendVerifyEmailCode', { purpose, email })).toBe(
      'PHONE_HASH_EXPIRED',
    )
    expect(await mallory.failure('account.sendVerifyEmailCode', { purpose: CHANGE, email })).toBe(
      'AUTH_KEY_UNREGISTERED',
    )

    await device.call('account.sendVerifyEmailCode', { purpose, email })
    const verification = byCode(await mailedCode(later, email))
    const verified = await device.call('account.verifyEmail', { purpose, verification })
    expect(verified).toMatchObject({
      _: 'account.emailVerifiedLogin',
      email,
      sentCode: { type: { _: 'auth.sentCodeTypeSms' }, phoneCodeHash },
    })
    const phoneCode = await later.server.takeCode(phoneNumber)
    await device.call('auth.signIn', { phoneNumber, phoneCodeHash, phoneCode })
    const names = { firstName: 'Carol', lastName: '' }
    await device.call('auth.signUp', { phoneNumber, phoneCodeHash, ...names })
    await device.call('auth.logOut')
    expect((await ask(later, await later.stranger(), phoneNumber)).type).toMatchObject({
      _: 'auth.sentCodeTypeEmailCode',
      emailPattern: 'c***l@example.org',
    })
  })

  test('a verified address alone does not become that of somebody else’s account', async () => {
    await using later = await startWorld({ config: { senders } })
    const phoneNumber = '15550020011'
    const device = await later.stranger()
    await later.server.context.db.transaction(
      (
        tx,
      ) => tx.sql`with made as (insert into account (phone, first_name, created_at) values (${phoneNumber}, 'Dave', 1)
        returning id) insert into box (id) select id from made`,
    )
    const { phoneCodeHash } = await ask(later, device, phoneNumber)
    const purpose = tl.emailVerifyPurposeLoginSetup({ phoneNumber, phoneCodeHash })
    const email = 'mallory@example.org'
    await device.call('account.sendVerifyEmailCode', { purpose, email })
    await device.call('account.verifyEmail', {
      purpose,
      verification: byCode(await mailedCode(later, email)),
    })
    const other = await later.stranger()
    expect((await ask(later, other, phoneNumber)).type._).toBe('auth.sentCodeTypeSetUpEmailRequired')
  })
})

describe('a login e-mail that is lost', () => {
  async function lost(at: World): Promise<{ phoneNumber: string; device: Device; email: string }> {
    const [phoneNumber, email] = ['15550020020', 'erin@example.org']
    const device = await at.stranger()
    await signUp(at, device, phoneNumber)
    await setEmail(at, device, email)
    return { phoneNumber, device, email }
  }

  test('goes a week after that was said, and the phone takes its place', async () => {
    const clock = new HandClock()
    await using later = await startWorld({ clock })
    const { phoneNumber, device } = await lost(later)
    const second = await later.stranger()
    const { phoneCodeHash } = await ask(later, second, phoneNumber)
    const fields = { phoneNumber, phoneCodeHash }
    const resetPendingDate = clock.nowSec() + 7 * 86_400
    const pending = plain(await second.call('auth.resetLoginEmail', fields))
    const type = { _: 'auth.sentCodeTypeEmailCode', resetPendingDate, resetAvailablePeriod: undefined }
    expect(pending).toMatchObject({ phoneCodeHash, type })
    expect(textOf(await device.updates())).toMatch(/^Login e-mail\. Somebody who tried to log in/)
    expect(await second.failure('auth.resetLoginEmail', fields)).toBe('TASK_ALREADY_EXISTS')
    expect((await ask(later, await later.stranger(), phoneNumber)).type).toMatchObject(type)

    clock.jump(7 * DAY_MS - 60_000)
    const third = await later.stranger()
    const waiting = await ask(later, third, phoneNumber)
    expect(waiting.type._).toBe('auth.sentCodeTypeEmailCode')
    clock.jump(60_000)
    const name = { phoneNumber, phoneCodeHash: waiting.phoneCodeHash }
    expect(plain(await third.call('auth.resetLoginEmail', name)).type._).toBe('auth.sentCodeTypeSms')
    const phoneCode = await later.server.takeCode(phoneNumber)
    userIdOf(await third.call('auth.signIn', { ...name, phoneCode }))
    expect((await ask(later, await later.stranger(), phoneNumber)).type._).toBe('auth.sentCodeTypeApp')
  })

  test('stays when its owner uses it, or sets another', async () => {
    const clock = new HandClock()
    await using later = await startWorld({ clock })
    const { phoneNumber, email } = await lost(later)
    const reset = async (): Promise<void> => {
      const thief = await later.stranger()
      const { phoneCodeHash } = await ask(later, thief, phoneNumber)
      await later.server.takeMail(email)
      await thief.call('auth.resetLoginEmail', { phoneNumber, phoneCodeHash })
    }
    const enter = async (): Promise<Device> => {
      const owner = await later.stranger()
      const { phoneCodeHash } = await ask(later, owner, phoneNumber)
      const emailVerification = byCode(await mailedCode(later, email))
      const answer = await owner.call('auth.signIn', { phoneNumber, phoneCodeHash, emailVerification })
      owner.belongTo(userIdOf(answer))
      await owner.begin()
      return owner
    }
    await reset()
    await enter()
    clock.jump(8 * DAY_MS)
    await reset()
    const owner = await enter()
    await reset()
    await owner.updates()
    await setEmail(later, owner, 'new@example.org')
    clock.jump(8 * DAY_MS)
    expect((await ask(later, await later.stranger(), phoneNumber)).type).toMatchObject({
      emailPattern: 'n*w@example.org',
    })
  })
})
