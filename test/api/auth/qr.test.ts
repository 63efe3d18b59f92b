import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parseConfig } from '../../../src/config.ts'
import { tl } from '../../../src/tl/factories.ts'
import type * as T from '../../../src/tl/schema.d.ts'
import { HandClock } from '../../harness/clock.ts'
import type { Device } from '../../harness/device.ts'
import { prove, setPassword } from '../../harness/password.ts'
import { startWorld, type Person, type World } from '../../harness/people.ts'

const SELF = { id: [tl.inputUserSelf()] }
const DAY_MS = 86_400_000

let world: World
let clock: HandClock
let alice: Person
let screen: Device

beforeAll(async () => {
  clock = new HandClock()
  world = await startWorld({ clock, mtprotoLimits: { idleSec: 1e9, detachedSec: 1e9, resendAfterSec: 1e9 } })
})
afterAll(() => world[Symbol.asyncDispose]())
beforeEach(async () => {
  alice = await world.person('Alice')
  screen = await world.stranger()
})

function ask(
  device: Device,
  exceptIds: readonly bigint[] = [],
  of: World = world,
): Promise<T.auth.LoginToken> {
  const { apiId, apiHash } = of
  return device.call('auth.exportLoginToken', { apiId, apiHash, exceptIds: [...exceptIds] })
}

/** What a device shows to be scanned. */
async function show(
  device: Device,
  exceptIds: readonly bigint[] = [],
  of: World = world,
): Promise<Uint8Array> {
  const answer = await ask(device, exceptIds, of)
  if (answer._ !== 'auth.loginToken') throw new Error(answer._)
  expect(answer.expires).toBe(clock.nowSec() + 30)
  return answer.token
}

async function sessionsOf(device: Person | Device): Promise<readonly T.authorization[]> {
  return (await device.call('account.getAuthorizations')).authorizations
}

describe('a code that another session scans', () => {
  test('lets its client in', async () => {
    const token = await show(screen)
    const accepted = await alice.call('auth.acceptLoginToken', { token })
    expect(accepted).toMatchObject({
      current: false,
      unconfirmed: false,
      passwordPending: false,
      appName: 'Test',
      deviceModel: 'Test device',
      ip: '127.0.0.1',
    })
    await screen.nextUpdate('updateLoginToken')
    const done = await ask(screen)
    expect(done).toMatchObject({
      _: 'auth.loginTokenSuccess',
      authorization: { _: 'auth.authorization', user: { id: alice.id, self: true } },
    })
    const [self] = await screen.call('users.getUsers', SELF)
    expect(self).toMatchObject({ self: true, firstName: 'Alice' })
    screen.belongTo(alice.id)

    const other = (await sessionsOf(alice)).find((session) => !session.current)
    expect(other).toEqual(accepted)
    // Whoever scanned it has confirmed it; it is announced all the same.
    const [told] = await alice.expectUpdates('updateNewAuthorization', 'updateNewMessage')
    expect(told).toMatchObject({ unconfirmed: false, hash: accepted.hash })
    // Who is in is told so again.
    expect((await ask(screen))._).toBe('auth.loginTokenSuccess')
    await alice.send(alice, 'news')
    expect((await screen.updates()).map(({ _ }) => _)).toContain('updateNewMessage')
  })

  test('works for half a minute, and only the latest one', async () => {
    const first = await show(screen)
    clock.advance(15_000)
    const second = await show(screen)
    expect(await alice.failure('auth.acceptLoginToken', { token: first })).toBe('AUTH_TOKEN_INVALID')
    clock.advance(30_000)
    expect(await alice.failure('auth.acceptLoginToken', { token: second })).toBe('AUTH_TOKEN_EXPIRED')
    const third = await show(screen)
    clock.advance(29_000)
    expect((await alice.call('auth.acceptLoginToken', { token: third }))._).toBe('authorization')
    // What was accepted can be asked for later than what waits.
    clock.advance(60_000)
    expect((await ask(screen))._).toBe('auth.loginTokenSuccess')
  })

  test('is the only one of its client, also when that asks for many at once', async () => {
    const tokens = await Promise.all(Array.from({ length: 8 }, () => show(screen)))
    const outcomes = await Promise.all(
      tokens.map((token) => alice.call('auth.acceptLoginToken', { token }).then(() => 'in', String)),
    )
    expect(outcomes.filter((outcome) => outcome === 'in')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome.includes('AUTH_TOKEN_INVALID'))).toHaveLength(7)
    expect(await sessionsOf(alice)).toHaveLength(2)
  })

  test('works once, for one of several who scan it at the same time', async () => {
    const bob = await world.person('Bob')
    const token = await show(screen)
    const outcomes = await Promise.all(
      [alice, bob, alice, bob].map((person) =>
        person.call('auth.acceptLoginToken', { token }).then(() => 'in', String),
      ),
    )
    expect(outcomes.filter((outcome) => outcome === 'in')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome.includes('AUTH_TOKEN_ALREADY_ACCEPTED'))).toHaveLength(3)
    const done = await ask(screen)
    const winner = [alice, bob][outcomes.indexOf('in') % 2]!
    expect(done).toMatchObject({ authorization: { user: { id: winner.id } } })
    expect(await alice.failure('auth.acceptLoginToken', { token })).toBe('AUTH_TOKEN_INVALID')
    const lost = winner === alice ? bob : alice
    expect(await sessionsOf(lost)).toHaveLength(1)
  })

  test('is nothing to anybody but the client that asked for it', async () => {
    const token = await show(screen)
    const thief = await world.stranger()
    expect(await thief.failure('auth.importLoginToken', { token })).toBe('AUTH_TOKEN_INVALID')
    expect(await thief.failure('auth.acceptLoginToken', { token })).toBe('AUTH_KEY_UNREGISTERED')
    await alice.call('auth.acceptLoginToken', { token })
    expect(await thief.failure('auth.importLoginToken', { token })).toBe('AUTH_TOKEN_INVALID')
    expect((await ask(thief))._).toBe('auth.loginToken')
    expect(await thief.failure('users.getUsers', SELF)).toBe('AUTH_KEY_UNREGISTERED')
    for (const forged of [new Uint8Array(0), new Uint8Array(32), token.toReversed()])
      expect(await alice.failure('auth.acceptLoginToken', { token: forged })).toBe('AUTH_TOKEN_INVALID')
  })

  test('does not let somebody in who is there already', async () => {
    const token = await show(screen, [BigInt(alice.id), 2n ** 40n])
    expect(await alice.failure('auth.acceptLoginToken', { token })).toBe('AUTH_TOKEN_EXCEPTION')
    const bob = await world.person('Bob')
    expect((await bob.call('auth.acceptLoginToken', { token }))._).toBe('authorization')
  })

  test('is given to registered apps only, and void once its client is in', async () => {
    const { apiId, apiHash } = world
    const wrong = { apiId, apiHash: apiHash.replace(/.$/, 'x'), exceptIds: [] }
    expect(await screen.failure('auth.exportLoginToken', wrong)).toBe('API_ID_INVALID')
    expect(await screen.failure('auth.exportLoginToken', { ...wrong, apiId: 7 })).toBe('API_ID_INVALID')

    const token = await show(screen)
    const phoneNumber = alice.phone
    const settings = tl.codeSettings({})
    const sent = await screen.call('auth.sendCode', { phoneNumber, apiId, apiHash, settings })
    if (sent._ !== 'auth.sentCode') throw new Error(sent._)
    const { phoneCodeHash } = sent
    await screen.call('auth.signIn', { phoneNumber, phoneCodeHash, phoneCode: '22222' })
    const bob = await world.person('Bob')
    expect(await bob.failure('auth.acceptLoginToken', { token })).toBe('AUTH_TOKEN_EXPIRED')
    expect(await ask(screen)).toMatchObject({ authorization: { user: { id: alice.id } } })
  })

  test('ends when whoever let it in thinks better of it', async () => {
    clock.advance(DAY_MS)
    const token = await show(screen)
    const { hash } = await alice.call('auth.acceptLoginToken', { token })
    await alice.call('account.resetAuthorization', { hash })
    expect((await ask(screen))._).toBe('auth.loginToken')
    expect(await screen.failure('users.getUsers', SELF)).toBe('AUTH_KEY_UNREGISTERED')
  })

  test('scanned by a session that is itself to be confirmed, lets in one that is too', async () => {
    const doubtful = await alice.anotherDevice()
    const token = await show(screen)
    expect(await doubtful.call('auth.acceptLoginToken', { token })).toMatchObject({ unconfirmed: true })
  })

  test('asks for the password where there is one', async () => {
    await setPassword(alice.device, 'secret')
    await alice.device.updates()
    clock.advance(DAY_MS)
    const token = await show(screen)
    const accepted = await alice.call('auth.acceptLoginToken', { token })
    expect(accepted).toMatchObject({ passwordPending: true })
    await screen.nextUpdate('updateLoginToken')
    const { apiId, apiHash } = world
    const fields = { apiId, apiHash, exceptIds: [] }
    expect(await screen.failure('auth.exportLoginToken', fields)).toBe('SESSION_PASSWORD_NEEDED')
    expect(await screen.failure('users.getUsers', SELF)).toBe('AUTH_KEY_UNREGISTERED')
    expect((await sessionsOf(alice)).filter((session) => session.passwordPending)).toEqual([accepted])

    await screen.call('auth.checkPassword', { password: await prove(screen, 'secret') })
    await alice.expectUpdates('updateNewAuthorization', 'updateNewMessage')
    const inside = (await sessionsOf(alice)).find((session) => !session.current)
    expect(inside).toEqual({ ...accepted, passwordPending: false })
  })

  test('that waits for the password can be ended', async () => {
    await setPassword(alice.device, 'secret')
    await alice.device.updates()
    clock.advance(DAY_MS)
    const { hash } = await alice.call('auth.acceptLoginToken', { token: await show(screen) })
    const proof = await prove(alice.device, 'secret')
    await alice.call('account.resetAuthorization', { hash })
    expect(await sessionsOf(alice)).toHaveLength(1)
    expect(await screen.failure('auth.checkPassword', { password: proof })).toBe('AUTH_KEY_UNREGISTERED')
    expect((await ask(screen))._).toBe('auth.loginToken')
  })
})

describe('in several datacenters', () => {
  let several: World
  let bob: Person

  beforeAll(async () => {
    const { datacenters } = parseConfig(['--dcs', '3'], {})
    const mtprotoLimits = { idleSec: 1e9, detachedSec: 1e9, resendAfterSec: 1e9 }
    several = await startWorld({ clock, mtprotoLimits, config: { datacenters } })
  })
  afterAll(() => several[Symbol.asyncDispose]())
  beforeEach(async () => {
    bob = await several.person('Bob', 1)
  })

  async function sent(device: Device): Promise<T.auth.loginTokenMigrateTo> {
    const answer = await ask(device, [], several)
    if (answer._ !== 'auth.loginTokenMigrateTo') throw new Error(answer._)
    return answer
  }

  test('a client is sent to the home of whoever lets it in, and gets in there', async () => {
    const waiting = await several.stranger(2)
    const accepted = await bob.call('auth.acceptLoginToken', { token: await show(waiting, [], several) })
    await waiting.nextUpdate('updateLoginToken')
    const { dcId, token } = await sent(waiting)
    expect(dcId).toBe(1)
    const wrongDc = await several.stranger(3)
    expect(await wrongDc.call('auth.importLoginToken', { token })).toMatchObject({ dcId: 1, token })
    const home = await several.stranger(1)
    const done = await home.call('auth.importLoginToken', { token })
    expect(done).toMatchObject({ authorization: { user: { id: bob.id, self: true } } })
    expect(await home.failure('auth.importLoginToken', { token })).toBe('AUTH_TOKEN_ALREADY_ACCEPTED')
    const inside = (await sessionsOf(bob)).filter((session) => !session.current)
    expect(inside).toMatchObject([{ hash: accepted.hash, unconfirmed: false, appName: 'Test' }])
    expect((await ask(waiting, [], several))._).toBe('auth.loginToken')
  })

  test('what it is sent with lasts five minutes, is void when asked for again, and can be taken back', async () => {
    const waiting = await several.stranger(2)
    const home = await several.stranger(1)
    await bob.call('auth.acceptLoginToken', { token: await show(waiting, [], several) })
    const first = await sent(waiting)
    const second = await sent(waiting)
    expect(await home.failure('auth.importLoginToken', { token: first.token })).toBe('AUTH_TOKEN_INVALID')
    clock.advance(300_000)
    expect(await home.failure('auth.importLoginToken', { token: second.token })).toBe('AUTH_TOKEN_EXPIRED')

    clock.advance(DAY_MS)
    const { hash } = await bob.call('auth.acceptLoginToken', { token: await show(waiting, [], several) })
    const { token } = await sent(waiting)
    await bob.call('account.resetAuthorization', { hash })
    expect(await home.failure('auth.importLoginToken', { token })).toBe('AUTH_TOKEN_INVALID')
    expect(await sessionsOf(bob)).toHaveLength(1)
  })
})
