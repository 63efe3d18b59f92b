import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SendFailure, type Senders } from '../../../src/senders/sender.ts'
import { tl } from '../../../src/tl/factories.ts'
import { HandClock } from '../../harness/clock.ts'
import { knock, proofOf, prove, setPassword, settingsOf } from '../../harness/password.ts'
import { startWorld, type Person, type World } from '../../harness/people.ts'

const DAY_MS = 86_400_000
const EMPTY = tl.inputCheckPasswordEmpty()

let world: World
const clock = new HandClock()

beforeAll(async () => {
  // Nobody hangs up while days go by.
  world = await startWorld({ clock, mtprotoLimits: { idleSec: 10 ** 9 } })
})
afterAll(() => world[Symbol.asyncDispose]())

async function codeTo(address: string): Promise<string> {
  const mail = await world.server.takeMail(address)
  expect(mail.text).toContain(mail.code)
  expect(mail.code).toMatch(/^\d{6}$/)
  return mail.code ?? ''
}

function other(code: string): string {
  return code === '000000' ? '000001' : '000000'
}

/** Asks for an address on somebody's account, and returns the error. */
async function setEmail(person: Person, password: string, email: string): Promise<string> {
  return await person.failure('account.updatePasswordSettings', {
    password: await prove(person.device, password),
    newSettings: tl['account.passwordInputSettings']({ email }),
  })
}

/** Somebody with a password and an address to recover it by. */
async function recoverable(name: string, email: string): Promise<Person> {
  const person = await world.person(name)
  await setPassword(person.device, 'secret')
  expect(await setEmail(person, 'secret', email)).toBe('EMAIL_UNCONFIRMED_6')
  await person.call('account.confirmPasswordEmail', { code: await codeTo(email) })
  await person.device.updates()
  return person
}

describe('an address for recovery', () => {
  test('is confirmed before the password that comes with it holds', async () => {
    const alice = await world.person('Alice')
    const email = 'alice@example.com'
    const state = await alice.call('account.getPassword')
    const newSettings = await settingsOf(state, 'secret', { hint: 'hm', email })
    const set = { password: EMPTY, newSettings }
    expect(await alice.failure('account.updatePasswordSettings', set)).toBe('EMAIL_UNCONFIRMED_6')
    const first = await codeTo(email)
    const waiting = { hasPassword: false, emailUnconfirmedPattern: 'a***e@example.com' }
    expect(await alice.call('account.getPassword')).toMatchObject(waiting)

    expect(await alice.failure('account.confirmPasswordEmail', { code: other(first) })).toBe('CODE_INVALID')
    await alice.call('account.resendPasswordEmail')
    const second = await codeTo(email)
    if (second !== first)
      expect(await alice.failure('account.confirmPasswordEmail', { code: first })).toBe('CODE_INVALID')
    await alice.call('account.confirmPasswordEmail', { code: second })
    await alice.expectUpdates('updateNewMessage')
    const after = await alice.call('account.getPassword')
    expect(after).toMatchObject({ hasPassword: true, hasRecovery: true, hint: 'hm' })
    expect(after.emailUnconfirmedPattern).toBeUndefined()
    const password = await proofOf(after, 'secret')
    expect(await alice.call('account.getPasswordSettings', { password })).toMatchObject({ email })
    expect(await alice.failure('account.confirmPasswordEmail', { code: second })).toBe('EMAIL_HASH_EXPIRED')
  })

  test('is given up, expires, and is void after ten wrong codes', async () => {
    const alice = await world.person('Alice')
    await setPassword(alice.device, 'secret')
    const email = 'alice2@example.com'
    for (const method of ['account.resendPasswordEmail', 'account.cancelPasswordEmail'] as const)
      expect(await alice.failure(method)).toBe('EMAIL_HASH_EXPIRED')

    await setEmail(alice, 'secret', email)
    const cancelled = await codeTo(email)
    await alice.call('account.cancelPasswordEmail')
    const confirm = (code: string): Promise<string> => alice.failure('account.confirmPasswordEmail', { code })
    expect(await confirm(cancelled)).toBe('EMAIL_HASH_EXPIRED')

    await setEmail(alice, 'secret', email)
    const late = await codeTo(email)
    clock.jump(DAY_MS)
    expect(await confirm(late)).toBe('EMAIL_HASH_EXPIRED')

    await setEmail(alice, 'secret', email)
    const code = await codeTo(email)
    const tries = await Promise.all(Array.from({ length: 30 }, () => confirm(other(code))))
    expect(tries.filter((error) => error === 'CODE_INVALID')).toHaveLength(10)
    expect(await confirm(code)).toBe('EMAIL_HASH_EXPIRED')
    expect(await alice.call('account.getPassword')).toMatchObject({ hasRecovery: false })
  })

  test('does not come into force for another password than it was asked for', async () => {
    const alice = await world.person('Alice')
    await setPassword(alice.device, 'secret')
    const email = 'alice3@example.com'
    await setEmail(alice, 'secret', email)
    const code = await codeTo(email)
    const state = await alice.call('account.getPassword')
    const newSettings = await settingsOf(state, 'other')
    await alice.call('account.updatePasswordSettings', {
      password: await proofOf(state, 'secret'),
      newSettings,
    })
    expect(await alice.failure('account.confirmPasswordEmail', { code })).toBe('EMAIL_HASH_EXPIRED')
  })

  test('of any form is answered as what it is', async () => {
    const alice = await world.person('Alice')
    await setPassword(alice.device, 'secret')
    for (const email of ['\0', 'a\0b@example.org', `${'a'.repeat(5_000)}@example.org`, '<b>@example.org'])
      expect(await setEmail(alice, 'secret', email)).toBe('EMAIL_INVALID')
  })

  test('can be taken away, and letters are not sent without end', async () => {
    const alice = await recoverable('Alice', 'alice4@example.com')
    await alice.call('account.updatePasswordSettings', {
      password: await prove(alice.device, 'secret'),
      newSettings: tl['account.passwordInputSettings']({ email: '' }),
    })
    expect(await alice.call('account.getPassword')).toMatchObject({ hasRecovery: false })
    await setEmail(alice, 'secret', 'victim@example.com')
    const errors: string[] = []
    for (let count = 0; count < 25; count++)
      errors.push(
        await alice.call('account.resendPasswordEmail').then(String, (error: Error) => error.message),
      )
    expect(errors[0]).toBe('true')
    expect(errors.at(-1)).toMatch(/^FLOOD_WAIT_\d+$/)
  })
})

test('where no letter can be sent, no address is taken', async () => {
  const senders: Senders = {
    channels: ['sms'],
    hasMail: false,
    usesConsole: false,
    sendCode: () => Promise.resolve({}),
    sendMail: () => Promise.reject(new SendFailure('there is nobody who brings letters')),
  }
  await using remote = await startWorld({ senders })
  const alice = await remote.person('Alice')
  await setPassword(alice.device, 'secret')
  expect(await setEmail(alice, 'secret', 'alice@example.com')).toBe('EMAIL_INVALID')
  expect(await alice.failure('account.cancelPasswordEmail')).toBe('EMAIL_HASH_EXPIRED')
  expect(await alice.call('account.getPassword')).toMatchObject({ hasPassword: true, hasRecovery: false })
})

describe('a lost password', () => {
  test('is taken away by the code that comes by e-mail, at the door', async () => {
    const alice = await recoverable('Alice', 'al@example.org')
    const door = await knock(world, alice)
    expect(await door.call('account.getPassword')).toMatchObject({ hasRecovery: true })
    const recovery = await door.call('auth.requestPasswordRecovery')
    expect(recovery.emailPattern).toBe('a*@example.org')
    const code = await codeTo('al@example.org')
    expect(await door.failure('auth.checkRecoveryPassword', { code: '' })).toBe('CODE_EMPTY')
    expect(await door.failure('auth.recoverPassword', { code: '' })).toBe('CODE_EMPTY')
    expect(await door.call('auth.checkRecoveryPassword', { code: other(code) })).toBe(false)
    expect(await door.failure('auth.recoverPassword', { code: other(code) })).toBe('CODE_INVALID')
    expect(await door.call('auth.checkRecoveryPassword', { code })).toBe(true)
    const inside = await door.call('auth.recoverPassword', { code })
    expect(inside).toMatchObject({ _: 'auth.authorization', user: { id: alice.id } })
    expect(await door.call('account.getPassword')).toMatchObject({ hasPassword: false, hasRecovery: false })
    await alice.expectUpdates('updateNewAuthorization', 'updateNewMessage', 'updateNewMessage')
    expect(await door.failure('auth.recoverPassword', { code })).toBe('PASSWORD_RECOVERY_EXPIRED')
  })

  test('is replaced by a new one, and the address stays', async () => {
    const alice = await recoverable('Alice', 'alice5@example.com')
    await alice.call('auth.requestPasswordRecovery')
    const code = await codeTo('alice5@example.com')
    const state = await alice.call('account.getPassword')
    const wanted = await settingsOf(state, 'found', { email: 'mallory@example.com' })
    const bad = tl['account.passwordInputSettings']({ ...wanted, newPasswordHash: Buffer.alloc(256) })
    expect(await alice.failure('auth.recoverPassword', { code, newSettings: bad })).toBe(
      'NEW_SETTINGS_INVALID',
    )
    await alice.call('auth.recoverPassword', { code, newSettings: wanted })
    const password = await prove(alice.device, 'found')
    const settings = await alice.call('account.getPasswordSettings', { password })
    expect(settings.email).toBe('alice5@example.com')
  })

  test('is not recovered by guesses, by an old code, or without an address', async () => {
    const alice = await recoverable('Alice', 'alice6@example.com')
    const doors = await Promise.all(Array.from({ length: 4 }, () => knock(world, alice)))
    const [door] = doors
    expect(await door!.failure('auth.checkRecoveryPassword', { code: '123456' })).toBe(
      'PASSWORD_RECOVERY_EXPIRED',
    )
    await door!.call('auth.requestPasswordRecovery')
    const code = await codeTo('alice6@example.com')
    // Over many connections at once there are as many tries as over one.
    const tries = Array.from({ length: 40 }, (_, index) =>
      doors[index % 4]!.failure('auth.recoverPassword', { code: other(code) }),
    )
    const errors = await Promise.all(tries)
    expect(errors.filter((error) => error === 'CODE_INVALID')).toHaveLength(10)
    expect(await door!.failure('auth.recoverPassword', { code })).toBe('PASSWORD_RECOVERY_EXPIRED')

    await door!.call('auth.requestPasswordRecovery')
    const late = await codeTo('alice6@example.com')
    clock.jump(3_600_000)
    expect(await door!.failure('auth.recoverPassword', { code: late })).toBe('PASSWORD_RECOVERY_EXPIRED')
    const asked: string[] = []
    for (let count = 0; count < 12; count++)
      asked.push(
        await door!.call('auth.requestPasswordRecovery').then(
          () => 'sent',
          (e: Error) => e.message,
        ),
      )
    expect(asked.at(-1)).toMatch(/^FLOOD_WAIT_\d+$/)

    const bob = await world.person('Bob')
    expect(await bob.failure('auth.requestPasswordRecovery')).toBe('PASSWORD_EMPTY')
    await setPassword(bob.device, 'secret')
    expect(await bob.failure('auth.requestPasswordRecovery')).toBe('PASSWORD_RECOVERY_NA')
  })
})
