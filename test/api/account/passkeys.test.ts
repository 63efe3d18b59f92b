import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { publishedApp } from '../../../src/domain/apps/published.ts'
import { must } from '../../../src/lib/assert.ts'
import { tl } from '../../../src/tl/factories.ts'
import type * as T from '../../../src/tl/schema.d.ts'
import { Authenticator, type Faults } from '../../harness/authenticator.ts'
import { HandClock } from '../../harness/clock.ts'
import type { Device } from '../../harness/device.ts'
import { prove, setPassword } from '../../harness/password.ts'
import { startWorld, type Person, type World } from '../../harness/people.ts'

const SELF = [tl.inputUserSelf()]

let world: World
const clock = new HandClock()

beforeAll(async () => {
  world = await startWorld({ clock, mtprotoLimits: { idleSec: 10 ** 9 } })
})
afterAll(() => world[Symbol.asyncDispose]())

/** Somebody with a passkey. */
async function withPasskey(name: string): Promise<{ person: Person; authenticator: Authenticator }> {
  const person = await world.person(name)
  const authenticator = new Authenticator()
  const { options } = await person.call('account.initPasskeyRegistration')
  await person.call('account.registerPasskey', { credential: authenticator.create(options) })
  await person.device.expectUpdates('updateNewMessage')
  return { person, authenticator }
}

async function asked(device: Device): Promise<T.DataJSON> {
  const { apiId, apiHash } = world
  return (await device.call('auth.initPasskeyLogin', { apiId, apiHash })).options
}

describe('a passkey', () => {
  test('is made, listed, lets its owner in, and is deleted', async () => {
    const alice = await world.person('Alice')
    const authenticator = new Authenticator()
    const { options } = await alice.call('account.initPasskeyRegistration')
    expect(JSON.parse(options.data)).toMatchObject({
      publicKey: {
        rp: { id: 'localhost' },
        user: { id: Buffer.from(`2:${alice.id}`).toString('base64url'), displayName: 'Alice' },
        attestation: 'none',
      },
    })
    const made = await alice.call('account.registerPasskey', { credential: authenticator.create(options) })
    const id = authenticator.id.toString('base64url')
    expect(made).toMatchObject({ id, name: 'Passkey', date: clock.nowSec(), lastUsageDate: undefined })
    expect(await alice.call('account.getPasskeys')).toEqual(tl['account.passkeys']({ passkeys: [made] }))
    await alice.expectUpdates('updateNewMessage')

    const phone = await world.stranger()
    const credential = authenticator.get(await asked(phone))
    const inside = await phone.call('auth.finishPasskeyLogin', { credential })
    expect(inside).toMatchObject({ _: 'auth.authorization', user: { id: alice.id } })
    const [self] = await phone.call('users.getUsers', { id: SELF })
    expect(self).toMatchObject({ self: true, firstName: 'Alice' })
    await alice.expectUpdates('updateNewAuthorization', 'updateNewMessage')
    const { passkeys } = await alice.call('account.getPasskeys')
    expect(passkeys).toMatchObject([{ id, lastUsageDate: clock.nowSec() }])

    expect(await alice.call('account.deletePasskey', { id })).toBe(true)
    expect(await alice.call('account.deletePasskey', { id })).toBe(false)
    const late = authenticator.get(await asked(await world.stranger()))
    const other = await world.stranger()
    await asked(other)
    expect(await other.failure('auth.finishPasskeyLogin', { credential: late })).toBe(
      'PASSKEY_CREDENTIAL_NOT_FOUND',
    )
  })

  test('does not stand in for the password', async () => {
    const { person, authenticator } = await withPasskey('Alice')
    await setPassword(person.device, 'secret')
    const phone = await world.stranger()
    const credential = authenticator.get(await asked(phone))
    expect(await phone.failure('auth.finishPasskeyLogin', { credential })).toBe('SESSION_PASSWORD_NEEDED')
    expect(await phone.failure('users.getUsers', { id: SELF })).toBe('AUTH_KEY_UNREGISTERED')
    const inside = await phone.call('auth.checkPassword', { password: await prove(phone, 'secret') })
    expect(inside).toMatchObject({ user: { id: person.id } })
  })

  test('can be asked for on one key and used on another', async () => {
    const { person, authenticator } = await withPasskey('Alice')
    const [first, second] = [await world.stranger(), await world.stranger()]
    const credential = authenticator.get(await asked(first))
    await second.call('auth.initPasskeyLogin', { apiId: world.apiId, apiHash: world.apiHash })
    const from = { fromDcId: 2, fromAuthKeyId: first.client.key.id }
    const inside = await second.call('auth.finishPasskeyLogin', { credential, ...from })
    expect(inside).toMatchObject({ user: { id: person.id } })
  })

  test('signs in through the app that asked, whatever the client says since', async () => {
    const { person, authenticator } = await withPasskey('Alice')
    const published = must(publishedApp(17349), 'the id is published')
    const door = await world.stranger()
    const { options } = await door.call('auth.initPasskeyLogin', published)
    await door.call('auth.finishPasskeyLogin', { credential: authenticator.get(options) })
    const { authorizations } = await person.call('account.getAuthorizations')
    expect(authorizations.map(({ apiId }) => apiId)).toEqual([world.apiId, 17349])
    const { db } = world.server.context
    expect(await db.sql`select user_id from published_sign_in where api_id = 17349`).toEqual([
      { user_id: person.id },
    ])
  })

  test('is one of five', async () => {
    const { person } = await withPasskey('Alice')
    for (let count = 1; count < 5; count++) {
      const { options } = await person.call('account.initPasskeyRegistration')
      const { publicKey } = JSON.parse(options.data) as { publicKey: { excludeCredentials: unknown[] } }
      expect(publicKey.excludeCredentials).toHaveLength(count)
      await person.call('account.registerPasskey', { credential: new Authenticator().create(options) })
    }
    expect(await person.failure('account.initPasskeyRegistration')).toBe('ACCESS_DENIED')
    expect((await person.call('account.getPasskeys')).passkeys).toHaveLength(5)
  })
})

describe('what no authenticator of the owner made', () => {
  test('becomes no passkey', async () => {
    const alice = await world.person('Alice')
    const attempt = async (
      faults: Faults,
      change: (made: T.inputPasskeyCredentialPublicKey) => void = () => {},
    ) => {
      const { options } = await alice.call('account.initPasskeyRegistration')
      const credential = new Authenticator().create(options, faults)
      change(credential)
      return await alice.failure('account.registerPasskey', { credential })
    }
    for (const origin of [
      'https://evil.example',
      'http://localhost.evil.example',
      'https://notlocalhost',
      'x',
    ])
      expect(await attempt({ origin })).toBe('PASSKEY_ORIGIN_MISMATCH')
    const challenge = Buffer.alloc(32).toString('base64url')
    const faults: Faults[] = [
      { domain: 'evil.example' },
      { challenge },
      { type: 'webauthn.get' },
      { isUnverified: true },
    ]
    for (const fault of faults) expect(await attempt(fault)).toBe('CREDENTIAL_INVALID')
    const spoil = (made: T.inputPasskeyCredentialPublicKey): void => {
      const response = made.response as T.inputPasskeyResponseRegister
      response.attestationData.fill(0xff, 40)
    }
    expect(await attempt({}, spoil)).toBe('CREDENTIAL_INVALID')
    // A challenge serves once, for a while, and its user.
    const { options } = await alice.call('account.initPasskeyRegistration')
    const credential = new Authenticator().create(options)
    const bob = await world.person('Bob')
    expect(await bob.failure('account.registerPasskey', { credential })).toBe('CREDENTIAL_INVALID')
    await alice.call('account.registerPasskey', { credential })
    expect(await alice.failure('account.registerPasskey', { credential })).toBe('CREDENTIAL_INVALID')
    const { options: old } = await alice.call('account.initPasskeyRegistration')
    clock.jump(600_000)
    const late = new Authenticator().create(old)
    expect(await alice.failure('account.registerPasskey', { credential: late })).toBe('CREDENTIAL_INVALID')
    // The same key cannot be somebody else's too.
    const { options: bobs } = await bob.call('account.initPasskeyRegistration')
    const twice = new Authenticator()
    Object.assign(twice, { id: Buffer.from(credential.id, 'base64url') })
    expect(await bob.failure('account.registerPasskey', { credential: twice.create(bobs) })).toBe(
      'CREDENTIAL_INVALID',
    )
  })

  test('lets nobody in', async () => {
    const { authenticator, person } = await withPasskey('Alice')
    const mallory = await withPasskey('Mallory')
    const door = await world.stranger()
    const attempt = async (credential: (options: T.DataJSON) => T.inputPasskeyCredentialPublicKey) =>
      await door.failure('auth.finishPasskeyLogin', { credential: credential(await asked(door)) })
    expect(await attempt((o) => authenticator.get(o, { origin: 'https://evil.example' }))).toBe(
      'PASSKEY_ORIGIN_MISMATCH',
    )
    const challenge = Buffer.alloc(32).toString('base64url')
    const faults: Faults[] = [
      { domain: 'evil.example' },
      { challenge },
      { type: 'webauthn.create' },
      { isUnverified: true },
    ]
    for (const fault of faults)
      expect(await attempt((o) => authenticator.get(o, fault))).toBe('CREDENTIAL_INVALID')
    // Mallory's passkey says that it is Alice's, and Mallory signs for Alice's.
    expect(await attempt((o) => mallory.authenticator.get(o, { userHandle: `2:${person.id}` }))).toBe(
      'CREDENTIAL_INVALID',
    )
    const forged = (options: T.DataJSON): T.inputPasskeyCredentialPublicKey => {
      const { id } = authenticator.get(options)
      const theirs = mallory.authenticator.get(options, { userHandle: `2:${person.id}` })
      return tl.inputPasskeyCredentialPublicKey({ ...theirs, id, rawId: id })
    }
    expect(await attempt(forged)).toBe('CREDENTIAL_INVALID')
    // A challenge serves once and for a while.
    const replayed = authenticator.get(await asked(door))
    await door.call('auth.finishPasskeyLogin', { credential: replayed })
    const other = await world.stranger()
    expect(await other.failure('auth.finishPasskeyLogin', { credential: replayed })).toBe('AUTH_RESTART')
    const options = await asked(other)
    clock.jump(600_000)
    const late = authenticator.get(options)
    expect(await other.failure('auth.finishPasskeyLogin', { credential: late })).toBe('AUTH_RESTART')
    const [apiId, apiHash] = [world.apiId, '0'.repeat(32)]
    expect(await other.failure('auth.initPasskeyLogin', { apiId, apiHash })).toBe('API_ID_INVALID')
  })

  test('that counts backwards is a copy', async () => {
    const { authenticator } = await withPasskey('Alice')
    const enter = async (counter: number): Promise<string> => {
      const door = await world.stranger()
      const credential = authenticator.get(await asked(door), { counter })
      return await door.call('auth.finishPasskeyLogin', { credential }).then(
        () => 'in',
        (e: Error) => e.message,
      )
    }
    expect([await enter(5), await enter(6), await enter(6), await enter(2), await enter(7)]).toEqual([
      'in',
      'in',
      'CREDENTIAL_INVALID',
      'CREDENTIAL_INVALID',
      'in',
    ])
  })
})
