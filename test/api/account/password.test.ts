import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DH_PRIME } from '../../../src/mtproto/crypto/dh.ts'
import { tl } from '../../../src/tl/factories.ts'
import { HandClock } from '../../harness/clock.ts'
import { knock, proofOf, prove, setPassword, settingsOf } from '../../harness/password.ts'
import { startWorld, type Person, type World } from '../../harness/people.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const EMPTY = tl.inputCheckPasswordEmpty()
const SELF = [tl.inputUserSelf()]

let world: World
const clock = new HandClock()

beforeAll(async () => {
  // Nobody hangs up while days go by.
  world = await startWorld({ clock, mtprotoLimits: { idleSec: 10 ** 9 } })
})
afterAll(() => world[Symbol.asyncDispose]())

/** Somebody with a password. */
async function guarded(name: string, password: string, hint = ''): Promise<Person> {
  const person = await world.person(name)
  await setPassword(person.device, password, { hint })
  await person.device.expectUpdates('updateNewMessage')
  return person
}

describe('a password', () => {
  test('is set, asked for at the door, and lets its owner in', async () => {
    const alice = await world.person('Alice')
    const before = await alice.call('account.getPassword')
    expect(before).toMatchObject({ hasPassword: false, hasRecovery: false })
    expect([before.srpId, before.srpB, before.currentAlgo, before.hint]).toEqual(Array(4).fill(undefined))
    expect(before.secureRandom).toHaveLength(256)

    await setPassword(alice.device, 'correct horse', { hint: 'battery' })
    await alice.expectUpdates('updateNewMessage')
    expect((await alice.notices())[0]).toMatch(
      /^Two-step verification enabled\. This was done on 1\.0, Test device/,
    )
    const after = await alice.call('account.getPassword')
    expect(after).toMatchObject({ hasPassword: true, hasRecovery: false, hint: 'battery' })
    expect(after.srpB).toHaveLength(256)

    const phone = await knock(world, alice)
    expect(await phone.failure('users.getUsers', { id: SELF })).toBe('AUTH_KEY_UNREGISTERED')
    expect(
      await phone.failure('account.updatePasswordSettings', {
        password: EMPTY,
        newSettings: {
          _: 'account.passwordInputSettings',
        } as never,
      }),
    ).toBe('AUTH_KEY_UNREGISTERED')
    expect(await phone.call('account.getPassword')).toMatchObject({ hasPassword: true, hint: 'battery' })
    expect(await phone.failure('auth.checkPassword', { password: EMPTY })).toBe('PASSWORD_HASH_INVALID')
    const wrong = await prove(phone, 'wrong horse')
    expect(await phone.failure('auth.checkPassword', { password: wrong })).toBe('PASSWORD_HASH_INVALID')

    const right = await prove(phone, 'correct horse')
    const inside = await phone.call('auth.checkPassword', { password: right })
    expect(inside).toMatchObject({ _: 'auth.authorization', user: { id: alice.id, self: true } })
    const [self] = await phone.call('users.getUsers', { id: SELF })
    expect(self).toMatchObject({ self: true, firstName: 'Alice' })
    await alice.expectUpdates('updateNewAuthorization', 'updateNewMessage')
    expect((await alice.notices())[0]).toContain('New login.')
    // The login waits no more, and a proof does not serve twice.
    expect(await phone.failure('auth.checkPassword', { password: right })).toBe('SRP_ID_INVALID')
  })

  test('is changed by who proves it, and taken away', async () => {
    const alice = await guarded('Alice', 'first')
    const state = await alice.call('account.getPassword')
    const newSettings = await settingsOf(state, 'second', { hint: 'two' })
    const change = (password: Parameters<typeof tl.inputCheckPasswordSRP>[0] | undefined): Promise<string> =>
      alice.failure('account.updatePasswordSettings', {
        password: password ? tl.inputCheckPasswordSRP(password) : EMPTY,
        newSettings,
      })
    expect(await change(undefined)).toBe('PASSWORD_HASH_INVALID')
    expect(await change(await proofOf(state, 'guess'))).toBe('PASSWORD_HASH_INVALID')
    const password = await prove(alice.device, 'first')
    await alice.call('account.updatePasswordSettings', { password, newSettings })
    expect((await alice.notices())[0]).toContain('Password changed.')

    const phone = await knock(world, alice)
    const old = await prove(phone, 'first')
    expect(await phone.failure('auth.checkPassword', { password: old })).toBe('PASSWORD_HASH_INVALID')
    // A challenge of the password before is void.
    const stale = await phone.call('account.getPassword')
    const none = tl['account.passwordInputSettings']({
      newAlgo: tl.passwordKdfAlgoUnknown(),
      newPasswordHash: new Uint8Array(),
      hint: '',
    })
    const newest = await alice.call('account.getPassword')
    expect(await settingsOf(newest, 'third').then((third) => third.newAlgo)).not.toEqual(newSettings.newAlgo)
    await alice.call('account.updatePasswordSettings', {
      password: await proofOf(newest, 'second'),
      newSettings: none,
    })
    expect((await alice.notices())[0]).toContain('Two-step verification disabled.')
    expect(await alice.call('account.getPassword')).toMatchObject({ hasPassword: false })
    expect(await phone.failure('auth.checkPassword', { password: await proofOf(stale, 'second') })).toBe(
      'SRP_PASSWORD_CHANGED',
    )
    // Without a password there is nothing left to wait for.
    await phone.call('auth.checkPassword', { password: EMPTY })
    expect(
      await alice.failure('account.updatePasswordSettings', { password: EMPTY, newSettings: none }),
    ).toBe('NEW_SETTINGS_EMPTY')
  })

  test('is not set with salts, groups or numbers of the client', async () => {
    const alice = await world.person('Alice')
    const state = await alice.call('account.getPassword')
    const good = await settingsOf(state, 'secret')
    const algo = good.newAlgo as ReturnType<
      typeof tl.passwordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow
    >
    const set = (change: Partial<typeof algo>, more: Partial<typeof good> = {}): Promise<string> =>
      alice.failure('account.updatePasswordSettings', {
        password: EMPTY,
        newSettings: tl['account.passwordInputSettings']({
          ...good,
          newAlgo: tl.passwordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow({
            ...algo,
            ...change,
          }),
          ...more,
        }),
      })
    expect(await set({ salt1: algo.salt1.subarray(0, 8) })).toBe('NEW_SALT_INVALID')
    expect(await set({ salt1: algo.salt1.toReversed() })).toBe('NEW_SALT_INVALID')
    expect(await set({ salt1: Buffer.concat([algo.salt1, Buffer.alloc(64)]) })).toBe('NEW_SALT_INVALID')
    expect(await set({ salt2: Buffer.alloc(16) })).toBe('NEW_SALT_INVALID')
    expect(await set({ g: 2 })).toBe('NEW_SETTINGS_INVALID')
    expect(await set({ p: DH_PRIME.toReversed() })).toBe('NEW_SETTINGS_INVALID')
    const numbers = [
      Buffer.alloc(256),
      Buffer.of(1),
      DH_PRIME,
      Buffer.alloc(256, 0xff),
      Buffer.alloc(257, 0x55),
    ]
    for (const newPasswordHash of numbers)
      expect(await set({}, { newPasswordHash })).toBe('NEW_SETTINGS_INVALID')
    expect(await set({}, { newAlgo: tl.passwordKdfAlgoUnknown() })).toBe('NEW_SETTINGS_INVALID')
    expect(await set({}, { hint: 'x'.repeat(256) })).toBe('NEW_SETTINGS_INVALID')
    expect(await set({}, { email: 'nobody' })).toBe('EMAIL_INVALID')
    expect(
      await alice.failure('account.updatePasswordSettings', {
        password: EMPTY,
        newSettings: tl['account.passwordInputSettings']({ email: 'alice@example.com' }),
      }),
    ).toBe('NEW_SETTINGS_EMPTY')
    expect(await alice.call('account.getPassword')).toMatchObject({ hasPassword: false })
  })

  test('keeps the secret of a passport, and takes it along', async () => {
    const alice = await guarded('Alice', 'secret')
    const newSecureSettings = tl.secureSecretSettings({
      secureAlgo: tl.securePasswordKdfAlgoPBKDF2HMACSHA512iter100000({ salt: Buffer.alloc(16, 7) }),
      secureSecret: Buffer.alloc(32, 9),
      secureSecretId: 12345678901234n,
    })
    await alice.call('account.updatePasswordSettings', {
      password: await prove(alice.device, 'secret'),
      newSettings: tl['account.passwordInputSettings']({ newSecureSettings }),
    })
    expect(await alice.call('account.getPassword')).toMatchObject({ hasSecureValues: true })
    expect(await alice.failure('account.getPasswordSettings', { password: EMPTY })).toBe(
      'PASSWORD_HASH_INVALID',
    )
    const read = await alice.call('account.getPasswordSettings', {
      password: await prove(alice.device, 'secret'),
    })
    expect(read.email).toBeUndefined()
    expect(read.secureSettings).toMatchObject({ secureSecretId: 12345678901234n })
    // It was encrypted with the password: without it, it is of no use.
    const state = await alice.call('account.getPassword')
    const newSettings = await settingsOf(state, 'other')
    await alice.call('account.updatePasswordSettings', {
      password: await proofOf(state, 'secret'),
      newSettings,
    })
    expect(await alice.call('account.getPassword')).toMatchObject({ hasSecureValues: false })
  })

  test('has a temporary one beside it', async () => {
    const alice = await guarded('Alice', 'secret')
    const ask = async (period: number): Promise<number> => {
      const password = await prove(alice.device, 'secret')
      const made = await alice.call('account.getTmpPassword', { password, period })
      expect(made.tmpPassword.length).toBeGreaterThan(24)
      return made.validUntil - clock.nowSec()
    }
    expect([await ask(5), await ask(300), await ask(1_000_000)]).toEqual([60, 300, 86_400])
    const bob = await world.person('Bob')
    expect(await bob.failure('account.getTmpPassword', { password: EMPTY, period: 60 })).toBe(
      'TMP_PASSWORD_DISABLED',
    )
  })

  test('can be reset by who is logged in, a week later', async () => {
    const alice = await guarded('Alice', 'secret')
    const bob = await world.person('Bob')
    expect(await bob.failure('account.resetPassword')).toBe('PASSWORD_EMPTY')
    expect(await alice.failure('account.declinePasswordReset')).toBe('RESET_REQUEST_MISSING')
    const untilDate = clock.nowSec() + 7 * 86_400
    const waiting = tl['account.resetPasswordRequestedWait']({ untilDate })
    expect(await alice.call('account.resetPassword')).toEqual(waiting)
    expect((await alice.notices())[0]).toContain('asked to take your password away')
    clock.jump(DAY_MS)
    expect(await alice.call('account.resetPassword')).toEqual(waiting)
    expect(await alice.call('account.getPassword')).toMatchObject({ pendingResetDate: untilDate })
    expect(await alice.call('account.declinePasswordReset')).toBe(true)
    expect((await alice.call('account.getPassword')).pendingResetDate).toBeUndefined()
    const retryDate = clock.nowSec() + 7 * 86_400
    expect(await alice.call('account.resetPassword')).toEqual(
      tl['account.resetPasswordFailedWait']({ retryDate }),
    )
    clock.jump(7 * DAY_MS)
    expect((await alice.call('account.resetPassword'))._).toBe('account.resetPasswordRequestedWait')
    clock.jump(7 * DAY_MS - 2000)
    expect((await alice.call('account.resetPassword'))._).toBe('account.resetPasswordRequestedWait')
    clock.jump(2000)
    expect((await alice.call('account.resetPassword'))._).toBe('account.resetPasswordOk')
    expect(await alice.call('account.getPassword')).toMatchObject({ hasPassword: false })
  })
})

describe('an attacker', () => {
  test('who tries a hundred passwords is stopped, and the owner goes on', async () => {
    const alice = await guarded('Alice', 'secret')
    const doors = await Promise.all(Array.from({ length: 4 }, () => knock(world, alice)))
    const errors: string[] = []
    for (let guess = 0; guess < 25; guess++) {
      const tries = doors.map(async (door) => {
        const { srpId } = await door.call('account.getPassword')
        const password = tl.inputCheckPasswordSRP({
          srpId: srpId!,
          A: Buffer.alloc(256, 0x42),
          M1: Buffer.alloc(32, guess),
        })
        return await door.failure('auth.checkPassword', { password })
      })
      errors.push(...(await Promise.all(tries)))
    }
    const wrong = errors.filter((error) => error === 'PASSWORD_HASH_INVALID')
    const waits = errors.filter((error) => /^FLOOD_WAIT_\d+$/.test(error))
    expect([wrong.length, waits.length]).toEqual([10, 90])

    // Inside, the owner is as free as before.
    const password = await prove(alice.device, 'secret')
    await alice.call('account.getPasswordSettings', { password })
    await alice.send(await world.person('Bob'), 'All is well')
    // At the door, there is the same wait for everybody, and then the right password opens.
    const door = await knock(world, alice)
    const soon = await prove(door, 'secret')
    const wait = await door.failure('auth.checkPassword', { password: soon })
    const waitMs = Number(/^FLOOD_WAIT_(\d+)$/.exec(wait)?.[1]) * 1000
    expect(waitMs).toBeLessThanOrEqual(HOUR_MS)
    clock.jump(waitMs)
    await door.call('auth.checkPassword', { password: await prove(door, 'secret') })
  })

  test('has fifty tries at one login, however long it takes', async () => {
    const alice = await guarded('Alice', 'secret')
    const door = await knock(world, alice)
    const attempt = async (): Promise<string> => {
      const { srpId } = await door.call('account.getPassword')
      const [A, M1] = [Buffer.alloc(256, 0x42), Buffer.alloc(32)]
      return await door.failure('auth.checkPassword', {
        password: tl.inputCheckPasswordSRP({ srpId: srpId!, A, M1 }),
      })
    }
    for (let hour = 0; hour < 5; hour++) {
      for (let guess = 0; guess < 10; guess++) expect(await attempt()).toBe('PASSWORD_HASH_INVALID')
      clock.jump(HOUR_MS)
    }
    expect(await attempt()).toBe('AUTH_KEY_UNREGISTERED')
    expect(await door.failure('account.getPassword')).toBe('AUTH_KEY_UNREGISTERED')
  })

  test('gains nothing by numbers that are 0 modulo p, or by none', async () => {
    const alice = await guarded('Alice', 'secret')
    const double = Buffer.from(
      (BigInt(`0x${DH_PRIME.toString('hex')}`) * 2n).toString(16).padStart(514, '0'),
      'hex',
    )
    const less = Buffer.from(DH_PRIME)
    less[255]! -= 1
    for (const A of [Buffer.alloc(0), Buffer.alloc(256), Buffer.of(1), DH_PRIME, less, double]) {
      const door = await knock(world, alice)
      const { srpId } = await door.call('account.getPassword')
      for (const M1 of [Buffer.alloc(32), Buffer.alloc(0)]) {
        const password = tl.inputCheckPasswordSRP({ srpId: srpId!, A, M1 })
        expect(await door.failure('auth.checkPassword', { password })).toMatch(
          M1.length > 0 ? /^(PASSWORD_HASH_INVALID|FLOOD_WAIT_\d+)$/ : /^(SRP_ID_INVALID|FLOOD_WAIT_\d+)$/,
        )
      }
    }
    const { srpId } = await alice.call('account.getPassword')
    const password = tl.inputCheckPasswordSRP({ srpId: srpId!, A: Buffer.alloc(256), M1: Buffer.alloc(32) })
    expect(await alice.failure('account.getTmpPassword', { password, period: 60 })).toBe('SRP_A_INVALID')
  })

  test('cannot use a challenge twice, too late, or one of somebody else', async () => {
    const alice = await guarded('Alice', 'secret')
    const mallory = await guarded('Mallory', 'mine')
    const [door, other] = [await knock(world, alice), await knock(world, alice)]
    const check = (device: typeof door, password: Awaited<ReturnType<typeof prove>>): Promise<string> =>
      device.failure('auth.checkPassword', { password })

    // A proof that was overheard belongs to the key that asked for it.
    const overheard = await prove(other, 'secret')
    expect(await check(door, overheard)).toBe('SRP_ID_INVALID')
    expect(await check(mallory.device, overheard)).toBe('SRP_ID_INVALID')
    // Mallory's own password opens Mallory's door only.
    const own = await prove(mallory.device, 'mine')
    expect(await check(door, own)).toBe('SRP_ID_INVALID')
    const stranger = await world.stranger()
    expect(await check(stranger, own)).toBe('AUTH_KEY_UNREGISTERED')
    expect(await stranger.failure('account.getPassword')).toBe('AUTH_KEY_UNREGISTERED')
    expect(await stranger.failure('auth.requestPasswordRecovery')).toBe('AUTH_KEY_UNREGISTERED')

    // A right proof that is spoiled is used up.
    const once = await prove(door, 'secret')
    expect(await check(door, { ...once, M1: Buffer.alloc(32) })).toBe('PASSWORD_HASH_INVALID')
    expect(await check(door, once)).toBe('SRP_ID_INVALID')
    const late = await prove(door, 'secret')
    clock.jump(1_800_000)
    expect(await check(door, late)).toBe('SRP_ID_INVALID')
    // Of many challenges the latest stand.
    const first = await prove(door, 'secret')
    clock.jump(1000)
    for (let count = 0; count < 8; count++) await door.call('account.getPassword')
    expect(await check(door, first)).toBe('SRP_ID_INVALID')
    // The one that was overheard is still its owner's, but not for ever.
    expect(await check(other, overheard)).toBe('SRP_ID_INVALID')
    clock.jump(DAY_MS)
    expect(await other.failure('account.getPassword')).toBe('AUTH_KEY_UNREGISTERED')
    expect(await check(other, overheard)).toBe('AUTH_KEY_UNREGISTERED')
  })

  test('who sends one proof many times at once is in once', async () => {
    const alice = await guarded('Alice', 'secret')
    const door = await knock(world, alice)
    const password = await prove(door, 'secret')
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        door.call('auth.checkPassword', { password }).then(
          () => 'in',
          (error: Error) => error.message,
        ),
      ),
    )
    expect(answers.filter((answer) => answer === 'in')).toHaveLength(1)
    expect(answers.filter((answer) => answer === 'SRP_ID_INVALID')).toHaveLength(7)
    const sessions = await alice.call('account.getAuthorizations')
    expect(sessions.authorizations).toHaveLength(2)
  })

  test('who signs in on a key leaves nobody else logged in there', async () => {
    const alice = await guarded('Alice', 'secret')
    const bob = await world.person('Bob')
    const { apiId, apiHash } = world
    const settings = tl.codeSettings({})
    const phoneNumber = alice.phone
    const sent = await bob.call('auth.sendCode', { phoneNumber, apiId, apiHash, settings })
    if (sent._ !== 'auth.sentCode') throw new Error(sent._)
    const { phoneCodeHash } = sent
    const fields = { phoneNumber, phoneCodeHash, phoneCode: '22222' }
    expect(await bob.failure('auth.signIn', fields)).toBe('SESSION_PASSWORD_NEEDED')
    expect(await bob.failure('users.getUsers', { id: SELF })).toBe('AUTH_KEY_UNREGISTERED')
    await bob.call('auth.checkPassword', { password: await prove(bob.device, 'secret') })
    const [self] = await bob.call('users.getUsers', { id: SELF })
    expect(self).toMatchObject({ id: alice.id })
  })
})
