import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Tx } from '../../../src/store/database.ts'
import { tl } from '../../../src/tl/factories.ts'
import { HandClock } from '../../harness/clock.ts'
import type { Device } from '../../harness/device.ts'
import { startWorld, type World } from '../../harness/people.ts'

const PATIENCE = { timeout: 20_000 }

let world: World

beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

async function sendCode(
  device: Device,
  phoneNumber: string,
  { apiId, apiHash }: World = world,
): Promise<{ hash: string; type: string; next: string | undefined }> {
  const sent = await device.call('auth.sendCode', {
    phoneNumber,
    apiId,
    apiHash,
    settings: tl.codeSettings({}),
  })
  if (sent._ !== 'auth.sentCode') throw new Error(sent._)
  return { hash: sent.phoneCodeHash, type: sent.type._, next: sent.nextType?._ }
}

/** A code that this one is not. */
function wrong(code: string): string {
  return code === '00000' ? '00001' : '00000'
}

async function signUp(device: Device, phoneNumber: string, firstName: string): Promise<number> {
  const { hash: phoneCodeHash } = await sendCode(device, phoneNumber)
  const phoneCode = await world.server.takeCode(phoneNumber)
  await device.call('auth.signIn', { phoneNumber, phoneCodeHash, phoneCode })
  const answer = await device.call('auth.signUp', { phoneNumber, phoneCodeHash, firstName, lastName: '' })
  if (answer._ !== 'auth.authorization') throw new Error(answer._)
  return answer.user.id
}

describe('signing up', () => {
  test('a number without an account is asked to sign up, and then is somebody', async () => {
    const phone = await world.stranger()
    const { hash: phoneCodeHash, type, next } = await sendCode(phone, '+1 (555) 000-0101')
    expect([type, next]).toEqual(['auth.sentCodeTypeSms', 'auth.codeTypeCall'])
    const phoneCode = await world.server.takeCode('15550000101')
    expect(phoneCode).toMatch(/^\d{5}$/)

    const phoneNumber = '15550000101'
    const asked = await phone.call('auth.signIn', { phoneNumber, phoneCodeHash, phoneCode })
    expect(asked._).toBe('auth.authorizationSignUpRequired')
    expect(await phone.failure('users.getUsers', { id: [tl.inputUserSelf()] })).toBe('AUTH_KEY_UNREGISTERED')

    const nameless = { phoneNumber, phoneCodeHash, firstName: ' \u200e ', lastName: '' }
    expect(await phone.failure('auth.signUp', nameless)).toBe('FIRSTNAME_INVALID')
    const names = { firstName: ' Alice ', lastName: 'van  Dyk' }
    const done = await phone.call('auth.signUp', { phoneNumber, phoneCodeHash, ...names })
    expect(done).toMatchObject({
      _: 'auth.authorization',
      user: { self: true, firstName: 'Alice', lastName: 'van Dyk', phone: '15550000101' },
    })
    const [self] = await phone.call('users.getUsers', { id: [tl.inputUserSelf()] })
    expect(self).toMatchObject({ _: 'user', self: true, phone: '15550000101' })
  })

  test('a code that was not entered does not sign up', async () => {
    const phone = await world.stranger()
    const phoneNumber = '+15550000102'
    const { hash: phoneCodeHash } = await sendCode(phone, phoneNumber)
    const names = { firstName: 'Mallory', lastName: '' }
    expect(await phone.failure('auth.signUp', { phoneNumber, phoneCodeHash, ...names })).toBe(
      'PHONE_CODE_INVALID',
    )
    expect(await phone.failure('auth.signUp', { phoneNumber, phoneCodeHash: 'f00', ...names })).toBe(
      'PHONE_CODE_EXPIRED',
    )
  })

  test('a number can be had once', async () => {
    const [first, second] = [await world.stranger(), await world.stranger()]
    const phoneNumber = '+15550000103'
    const sent = [await sendCode(first, phoneNumber)]
    const code1 = await world.server.takeCode(phoneNumber)
    sent.push(await sendCode(second, phoneNumber))
    const code2 = await world.server.takeCode(phoneNumber)
    const [hash1, hash2] = sent.map((each) => each.hash) as [string, string]
    await first.call('auth.signIn', { phoneNumber, phoneCodeHash: hash1, phoneCode: code1 })
    await second.call('auth.signIn', { phoneNumber, phoneCodeHash: hash2, phoneCode: code2 })
    const names = { firstName: 'Alice', lastName: '' }
    await first.call('auth.signUp', { phoneNumber, phoneCodeHash: hash1, ...names })
    expect(await second.failure('auth.signUp', { phoneNumber, phoneCodeHash: hash2, ...names })).toBe(
      'PHONE_NUMBER_OCCUPIED',
    )
  })
})

describe('codes', () => {
  test('wrong input has its errors', async () => {
    const device = await world.stranger()
    const { apiId, apiHash } = world
    const settings = tl.codeSettings({})
    const ask = (phoneNumber: string, id = apiId, hash = apiHash): Promise<string> =>
      device.failure('auth.sendCode', { phoneNumber, apiId: id, apiHash: hash, settings })
    expect(await ask('+15550000110', apiId + 1)).toBe('API_ID_INVALID')
    expect(await ask('+15550000110', apiId, apiHash.replace(/.$/, 'x'))).toBe('API_ID_INVALID')
    for (const phone of ['', 'twelve', '123', '+155500001100000000', '+0000000'])
      expect(await ask(phone)).toBe('PHONE_NUMBER_INVALID')

    const phoneNumber = '+15550000110'
    const { hash: phoneCodeHash } = await sendCode(device, phoneNumber)
    const phoneCode = await world.server.takeCode(phoneNumber)
    const fields = { phoneNumber, phoneCodeHash, phoneCode }
    expect(await device.failure('auth.signIn', { ...fields, phoneCode: '' })).toBe('PHONE_CODE_EMPTY')
    expect(await device.failure('auth.signIn', { ...fields, phoneCode: wrong(phoneCode) })).toBe(
      'PHONE_CODE_INVALID',
    )
    expect(await device.failure('auth.signIn', { ...fields, phoneCodeHash: 'abc' })).toBe(
      'PHONE_CODE_EXPIRED',
    )
    expect(await device.failure('auth.signIn', { ...fields, phoneNumber: 'x' })).toBe('PHONE_NUMBER_INVALID')
    expect(await device.failure('auth.signIn', { ...fields, phoneNumber: '+15550000111' })).toBe(
      'PHONE_CODE_EXPIRED',
    )
    // A code belongs to the key that asked for it.
    const other = await world.stranger()
    expect(await other.failure('auth.signIn', fields)).toBe('PHONE_CODE_EXPIRED')
    await device.call('auth.signIn', fields)
  })

  test('a code is void after five wrong tries, also when they come at once', async () => {
    const device = await world.stranger()
    const phoneNumber = '+15550000112'
    const { hash: phoneCodeHash } = await sendCode(device, phoneNumber)
    const phoneCode = await world.server.takeCode(phoneNumber)
    const tries = await Promise.all(
      Array.from({ length: 12 }, () =>
        device.failure('auth.signIn', { phoneNumber, phoneCodeHash, phoneCode: wrong(phoneCode) }),
      ),
    )
    expect(tries.filter((error) => error === 'PHONE_CODE_INVALID')).toHaveLength(5)
    expect(await device.failure('auth.signIn', { phoneNumber, phoneCodeHash, phoneCode })).toBe(
      'PHONE_CODE_EXPIRED',
    )
  })

  test('a code can be sent again by the next way, and can be cancelled', async () => {
    const device = await world.stranger()
    const phoneNumber = '+15550000113'
    const { hash: phoneCodeHash } = await sendCode(device, phoneNumber)
    const first = await world.server.takeCode(phoneNumber)
    expect(await device.failure('auth.resendCode', { phoneNumber, phoneCodeHash: '' })).toBe(
      'PHONE_CODE_HASH_EMPTY',
    )
    const again = await device.call('auth.resendCode', { phoneNumber, phoneCodeHash })
    expect(again).toMatchObject({
      phoneCodeHash,
      type: { _: 'auth.sentCodeTypeCall', length: 5 },
      nextType: undefined,
    })
    const second = await world.server.takeCode(phoneNumber)
    if (first !== second) {
      const fields = { phoneNumber, phoneCodeHash, phoneCode: first }
      expect(await device.failure('auth.signIn', fields)).toBe('PHONE_CODE_INVALID')
    }
    expect(await device.failure('auth.resendCode', { phoneNumber, phoneCodeHash })).toBe(
      'SEND_CODE_UNAVAILABLE',
    )
    expect(await device.call('auth.cancelCode', { phoneNumber, phoneCodeHash })).toBe(true)
    expect(await device.failure('auth.cancelCode', { phoneNumber, phoneCodeHash })).toBe('PHONE_CODE_EXPIRED')
    const cancelled = { phoneNumber, phoneCodeHash, phoneCode: second }
    expect(await device.failure('auth.signIn', cancelled)).toBe('PHONE_CODE_EXPIRED')
  })

  test('a code expires, and a flood of codes is refused for an hour', async () => {
    const clock = new HandClock()
    await using later = await startWorld({ clock })
    const phoneNumber = '+15550000114'
    const device = await later.stranger()
    const { hash: phoneCodeHash } = await sendCode(device, phoneNumber, later)
    const phoneCode = await later.server.takeCode(phoneNumber)
    clock.advance(600_000)
    const again = await later.stranger()
    expect(await device.failure('auth.signIn', { phoneNumber, phoneCodeHash, phoneCode })).toBe(
      'PHONE_CODE_EXPIRED',
    )

    const { apiId, apiHash } = later
    const fields = { phoneNumber, apiId, apiHash, settings: tl.codeSettings({}) }
    let sent = 0
    let error = ''
    while (error === '' && ++sent < 50)
      error = await again.call('auth.sendCode', fields).then(() => '', String)
    expect(error).toContain('PHONE_NUMBER_FLOOD')
    expect(sent).toBeGreaterThan(10)
    await sendCode(again, '+15550000115', later)
    clock.advance(3_600_000)
    await sendCode(await later.stranger(), phoneNumber, later)
  })

  test('test numbers have a code that everybody knows, and get no message', async () => {
    const device = await world.stranger()
    const phoneNumber = '+9996621001'
    const { hash: phoneCodeHash } = await sendCode(device, phoneNumber)
    const asked = await device.call('auth.signIn', { phoneNumber, phoneCodeHash, phoneCode: '22222' })
    expect(asked._).toBe('auth.authorizationSignUpRequired')
  })
})

describe('sessions', () => {
  test('the code for a second device comes by chat, and the new login is announced', async () => {
    const first = await world.stranger()
    const phoneNumber = '+15550000120'
    const userId = await signUp(first, phoneNumber, 'Bob')
    first.belongTo(userId)
    await first.begin()

    const second = await world.stranger()
    const { hash: phoneCodeHash, type, next } = await sendCode(second, phoneNumber)
    expect([type, next]).toEqual(['auth.sentCodeTypeApp', 'auth.codeTypeSms'])
    const phoneCode = await world.server.takeCode(phoneNumber)
    const [{ message }] = await first.expectUpdates('updateNewMessage')
    expect(message).toMatchObject({ peerId: { userId: 777000 }, message: expect.stringContaining(phoneCode) })

    await second.call('auth.signIn', { phoneNumber, phoneCodeHash, phoneCode })
    const [, { message: notice }] = await first.expectUpdates('updateNewAuthorization', 'updateNewMessage')
    expect(notice).toMatchObject({ message: expect.stringMatching(/^New login\. Dear Bob, .*Test device/s) })

    const { authorizations } = await first.call('account.getAuthorizations')
    expect(authorizations).toHaveLength(2)
    expect(authorizations[0]).toMatchObject({
      current: true,
      hash: 0n,
      deviceModel: 'Test device',
      appName: 'Test',
    })
  })

  test('who logs out is a stranger again, and gets no more updates', async () => {
    const [alice, bob] = [await world.person('Alice'), await world.person('Bob')]
    const second = await alice.anotherDevice()
    expect(await second.call('auth.logOut')).toMatchObject({ _: 'auth.loggedOut' })
    expect(await second.failure('updates.getState')).toBe('AUTH_KEY_UNREGISTERED')
    await bob.send(alice, 'Hello?')
    await alice.expectUpdates('updateNewMessage')
    expect((await alice.call('account.getAuthorizations')).authorizations).toHaveLength(1)
  })

  test('a login can be carried to another datacenter and stays one session', async () => {
    const alice = await world.person('Alice')
    expect(await alice.failure('auth.exportAuthorization', { dcId: 2 })).toBe('DC_ID_INVALID')
    expect(await alice.failure('auth.exportAuthorization', { dcId: 77 })).toBe('DC_ID_INVALID')
    const { id, bytes } = await alice.call('auth.exportAuthorization', { dcId: 4 })
    const elsewhere = await world.stranger()
    expect(await elsewhere.failure('auth.importAuthorization', { id: id + 1n, bytes })).toBe(
      'USER_ID_INVALID',
    )
    const forged = Buffer.from(bytes)
    forged[20]! ^= 1
    expect(await elsewhere.failure('auth.importAuthorization', { id, bytes: forged })).toBe(
      'AUTH_BYTES_INVALID',
    )
    const imported = await elsewhere.call('auth.importAuthorization', { id, bytes })
    expect(imported).toMatchObject({ user: { id: alice.id, self: true } })
    expect((await alice.call('account.getAuthorizations')).authorizations).toHaveLength(1)
    await alice.call('auth.logOut')
    expect(await elsewhere.failure('updates.getState')).toBe('AUTH_KEY_UNREGISTERED')
  })

  test('a login that ends while it is carried is not left where it was carried to', async () => {
    const alice = await world.person('Alice')
    const exported = await alice.call('auth.exportAuthorization', { dcId: 4 })
    const elsewhere = await world.stranger()
    await elsewhere.call('help.getConfig')
    const { db } = world.server.context
    const steps: Promise<unknown>[] = []
    // Carrying it waits for a row that is held here; so does ending it, or it is through before.
    await db.transaction(async (tx) => {
      await tx.sql`select 1 from device where user_id is null for update`
      steps.push(elsewhere.call('auth.importAuthorization', exported).catch(String))
      await vi.waitFor(async () => expect(await waiting(tx)).toBe(1), PATIENCE)
      let isOver = false
      steps.push(alice.call('auth.logOut').finally(() => (isOver = true)))
      await vi.waitFor(async () => expect(isOver || (await waiting(tx)) === 2).toBe(true), PATIENCE)
    })
    await Promise.all(steps)
    expect(await elsewhere.failure('updates.getState')).toBe('AUTH_KEY_UNREGISTERED')
  })
})

/** How many statements on the database of a test wait for a lock. */
async function waiting(tx: Tx): Promise<number> {
  await tx.sql`select pg_stat_clear_snapshot()`
  const [row] = await tx.sql<{ count: number }[]>`
    select count(*)::int as count from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`
  return row!.count
}
