import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addApp } from '../../../src/domain/apps/apps.ts'
import { MAX_SESSIONS } from '../../../src/domain/auth/limits.ts'
import { encodeRequest, NEWEST_LAYER } from '../../../src/tl/encode.ts'
import { tl } from '../../../src/tl/factories.ts'
import type * as T from '../../../src/tl/schema.d.ts'
import { HandClock } from '../../harness/clock.ts'
import type { Device } from '../../harness/device.ts'
import { startWorld, type Person, type World } from '../../harness/people.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

let world: World
let clock: HandClock
let alice: Person

beforeAll(async () => {
  clock = new HandClock()
  // Connections outlive the days that pass here.
  const mtprotoLimits = { idleSec: 1e9, detachedSec: 1e9, resendAfterSec: 1e9 }
  world = await startWorld({ clock, mtprotoLimits, config: { country: 'DE' } })
})
afterAll(() => world[Symbol.asyncDispose]())
beforeEach(async () => {
  alice = await world.person('Alice')
})

async function sessionsOf(device: Person | Device): Promise<readonly T.authorization[]> {
  return (await device.call('account.getAuthorizations')).authorizations
}

/** The session that is not the one that asks; there is one. */
async function otherSession(device: Person | Device): Promise<T.authorization> {
  const others = (await sessionsOf(device)).filter((session) => !session.current)
  expect(others).toHaveLength(1)
  return others[0]!
}

describe('the list', () => {
  test('says which app, where and since when', async () => {
    const since = clock.nowSec()
    const second = await alice.anotherDevice()
    const own = { current: true, hash: 0n, unconfirmed: false }
    const facts = {
      deviceModel: 'Test device',
      systemVersion: '1.0',
      appVersion: '1.0',
      apiId: world.apiId,
      appName: 'Test',
      officialApp: false,
      passwordPending: false,
      callRequestsDisabled: false,
      encryptedRequestsDisabled: false,
      ip: '127.0.0.1',
      country: 'Germany',
      region: '',
      dateCreated: since,
      dateActive: since,
    }
    const { authorizationTtlDays, authorizations } = await alice.call('account.getAuthorizations')
    expect(authorizationTtlDays).toBe(180)
    expect(authorizations).toHaveLength(2)
    expect(authorizations[0]).toMatchObject({ ...facts, ...own })
    expect(authorizations[1]).toMatchObject({ ...facts, current: false, unconfirmed: true })
    expect(authorizations[1]?.hash).not.toBe(0n)
    expect((await sessionsOf(second))[0]).toMatchObject({ current: true, unconfirmed: true })
  })

  test('keeps to the app that the login was made through, whatever the client says since', async () => {
    const query = tl['account.getAuthorizations']()
    const app = await addApp(world.server.context, {
      apiId: 2040,
      apiHash: 'ab'.repeat(16),
      title: 'Official',
    })
    const fields = { apiId: app.apiId, deviceModel: 'Forged', systemVersion: '2', appVersion: '2' }
    const init = tl.initConnection({ ...fields, systemLangCode: '', langPack: '', langCode: '', query })
    await alice.device.client.request(encodeRequest(tl.invokeWithLayer({ layer: NEWEST_LAYER, query: init })))
    const [session] = await sessionsOf(alice)
    expect(session).toMatchObject({ apiId: world.apiId, appName: 'Test', deviceModel: 'Forged' })
  })

  test('tells the apps that the host registered', async () => {
    const hash = 'cd'.repeat(16)
    const { apiId } = await addApp(world.server.context, { apiId: 94575, apiHash: hash, title: 'Desktop' })
    const device = await world.stranger()
    const phoneNumber = alice.phone
    const settings = tl.codeSettings({})
    const sent = await device.call('auth.sendCode', { phoneNumber, apiId, apiHash: hash, settings })
    if (sent._ !== 'auth.sentCode') throw new Error(sent._)
    const { phoneCodeHash } = sent
    await device.call('auth.signIn', { phoneNumber, phoneCodeHash, phoneCode: '22222' })
    expect(await otherSession(alice)).toMatchObject({ apiId, appName: 'Desktop', officialApp: true })
  })

  test('shows when a client was last there, also one that stays connected', async () => {
    clock.advance(2 * HOUR_MS)
    await alice.call('updates.getState')
    await expect.poll(async () => (await sessionsOf(alice))[0]?.dateActive).toBe(clock.nowSec())
  })
})

describe('a new session', () => {
  test('is to be confirmed by another one, and is told to those that are connected', async () => {
    const second = await alice.anotherDevice()
    await second.updates()
    const third = await alice.anotherDevice()
    const expected = {
      unconfirmed: true,
      date: clock.nowSec(),
      device: 'Test device, 1.0',
      location: 'Germany (IP = 127.0.0.1)',
    }
    const [told] = await second.expectUpdates('updateNewAuthorization', 'updateNewMessage')
    expect(told).toMatchObject(expected)
    expect(await third.updates()).toEqual([])

    // Neither it nor another one that nobody has confirmed can confirm it.
    const { hash } = told
    for (const device of [second, third])
      expect(await device.failure('account.changeAuthorizationSettings', { confirmed: true, hash })).toBe(
        'HASH_INVALID',
      )
    expect(await third.failure('account.changeAuthorizationSettings', { confirmed: true, hash: 0n })).toBe(
      'HASH_INVALID',
    )
    await alice.call('account.changeAuthorizationSettings', { confirmed: true, hash })
    expect((await sessionsOf(alice)).find((each) => each.hash === hash)).toMatchObject({ unconfirmed: false })
    const [done] = await second.expectUpdates('updateNewAuthorization')
    expect(done).toMatchObject({ unconfirmed: false, hash })
    await alice.expectUpdates()
  })

  test('is told to those that were away, until it is confirmed', async () => {
    const { pts, date } = await alice.call('updates.getState')
    const second = await alice.anotherDevice()
    const since = { pts: pts + 1, date, qts: 0 }
    const updatesSince = async (device: Person | Device): Promise<T.Update[]> => {
      const difference = await device.call('updates.getDifference', since)
      const updates = 'otherUpdates' in difference ? difference.otherUpdates : []
      return updates.filter((update) => update._ === 'updateNewAuthorization')
    }
    const { hash } = await otherSession(alice)
    const [update, ...more] = await updatesSince(alice)
    expect(update).toMatchObject({ _: 'updateNewAuthorization', unconfirmed: true, hash })
    expect(more).toEqual([])
    expect(await updatesSince(second)).toEqual([])
    await alice.call('account.changeAuthorizationSettings', { confirmed: true, hash })
    expect(await updatesSince(alice)).toEqual([])
  })

  test('counts as confirmed after a week', async () => {
    const second = await alice.anotherDevice()
    clock.advance(7 * DAY_MS - 1000)
    expect(await otherSession(alice)).toMatchObject({ unconfirmed: true })
    expect(await second.failure('auth.resetAuthorizations')).toBe('FRESH_RESET_AUTHORISATION_FORBIDDEN')
    clock.advance(1000)
    expect(await otherSession(alice)).toMatchObject({ unconfirmed: false })
    expect(await second.call('auth.resetAuthorizations')).toBe(true)
    expect(await alice.failure('updates.getState')).toBe('SESSION_REVOKED')
  })

  test('needs no confirmation when it is the only one', async () => {
    const second = await alice.anotherDevice()
    clock.advance(DAY_MS)
    await alice.call('auth.resetAuthorizations')
    await alice.call('auth.logOut')
    expect(await second.failure('updates.getState')).toBe('SESSION_REVOKED')
    const third = await world.stranger()
    const { apiId, apiHash } = world
    const phoneNumber = alice.phone
    const settings = tl.codeSettings({})
    const sent = await third.call('auth.sendCode', { phoneNumber, apiId, apiHash, settings })
    if (sent._ !== 'auth.sentCode') throw new Error(sent._)
    const { phoneCodeHash } = sent
    await third.call('auth.signIn', { phoneNumber, phoneCodeHash, phoneCode: '22222' })
    expect(await sessionsOf(third)).toMatchObject([{ current: true, unconfirmed: false }])
  })
})

describe('ending sessions', () => {
  test('a session of less than a day ends no others, but itself', async () => {
    const second = await alice.anotherDevice()
    const { hash } = await otherSession(alice)
    expect(await alice.failure('account.resetAuthorization', { hash })).toBe(
      'FRESH_RESET_AUTHORISATION_FORBIDDEN',
    )
    expect(await alice.failure('auth.resetAuthorizations')).toBe('FRESH_RESET_AUTHORISATION_FORBIDDEN')
    expect(await alice.failure('account.setAuthorizationTTL', { authorizationTtlDays: 7 })).toBe(
      'FRESH_RESET_AUTHORISATION_FORBIDDEN',
    )
    expect(await second.call('account.resetAuthorization', { hash: 0n })).toBe(true)
    expect(await second.failure('updates.getState')).toBe('AUTH_KEY_UNREGISTERED')

    const third = await alice.anotherDevice()
    clock.advance(DAY_MS)
    const { hash: another } = await otherSession(alice)
    expect(await alice.call('account.resetAuthorization', { hash: another })).toBe(true)
    await expect.poll(() => third.wasToldTooLong).toBe(true)
    expect(await third.failure('updates.getState')).toBe('AUTH_KEY_UNREGISTERED')
    expect(await alice.failure('account.resetAuthorization', { hash: another })).toBe('HASH_INVALID')
    expect(await sessionsOf(alice)).toHaveLength(1)
  })

  test('one that nobody confirmed cannot end those that could have', async () => {
    const second = await alice.anotherDevice()
    clock.advance(2 * DAY_MS)
    const { hash } = await otherSession(second)
    expect(await second.failure('account.resetAuthorization', { hash })).toBe(
      'FRESH_RESET_AUTHORISATION_FORBIDDEN',
    )
    await alice.call('account.changeAuthorizationSettings', {
      confirmed: true,
      hash: (await otherSession(alice)).hash,
    })
    expect(await second.call('account.resetAuthorization', { hash })).toBe(true)
    expect(await alice.failure('updates.getState')).toBe('AUTH_KEY_UNREGISTERED')
  })

  test("somebody else's sessions are out of reach", async () => {
    const mallory = await world.person('Mallory')
    await alice.anotherDevice()
    clock.advance(DAY_MS)
    const { hash } = await otherSession(alice)
    expect(await mallory.failure('account.resetAuthorization', { hash })).toBe('HASH_INVALID')
    for (const change of [{ confirmed: true }, { callRequestsDisabled: true }, {}] as const)
      expect(await mallory.failure('account.changeAuthorizationSettings', { hash, ...change })).toBe(
        'HASH_INVALID',
      )
    expect(await otherSession(alice)).toMatchObject({ unconfirmed: true, callRequestsDisabled: false })
  })
})

describe('as many sessions as may be', () => {
  /** Sessions that alice has besides, each idle for some hours, on keys of the test's own. */
  async function fill(count: number, more: { isConfirmed: boolean; idleHours: (at: number) => number }) {
    const { context } = world.server
    for (let at = 0; at < count; at++) {
      const [keyId, hash] = [context.random.long(), context.random.long()]
      const activeAt = clock.nowSec() - more.idleHours(at) * 3600
      await context.db.transaction(async (tx) => {
        await tx.sql`insert into auth_key (key_id, sealed, dc, created_at) values (${keyId}, '', 2, ${activeAt})`
        await tx.sql`
          insert into device (key_id, user_id, hash, is_confirmed, device_model, created_at, active_at)
          values (${keyId}, ${alice.id}, ${hash}, ${more.isConfirmed}, ${String(at)}, ${clock.nowSec()}, ${activeAt})`
      })
    }
  }

  test('the one that was idle for longest ends for a new one', async () => {
    await fill(MAX_SESSIONS - 1, {
      isConfirmed: true,
      idleHours: (at) => ((at * 7) % (MAX_SESSIONS - 1)) + 1,
    })
    const idlest = (await sessionsOf(alice)).toSorted((a, b) => a.dateActive - b.dateActive)
    const fresh = await alice.anotherDevice()
    const left = await sessionsOf(alice)
    expect(left).toHaveLength(MAX_SESSIONS)
    const hashes = new Set(left.map(({ hash }) => hash))
    expect(idlest.filter(({ hash }) => !hashes.has(hash))).toEqual([idlest[0]])
    expect((await sessionsOf(fresh))[0]).toMatchObject({ current: true })
  })

  test('many that a thief makes push out one another, and none of the owner', async () => {
    await fill(2, { isConfirmed: true, idleHours: () => 1000 })
    await fill(MAX_SESSIONS - 4, { isConfirmed: false, idleHours: () => 1 })
    const first = await alice.anotherDevice()
    for (let count = 0; count < 3; count++) {
      clock.advance(60_000)
      await alice.anotherDevice()
    }
    const left = await sessionsOf(alice)
    expect(left).toHaveLength(MAX_SESSIONS)
    expect(left.filter(({ unconfirmed }) => !unconfirmed)).toHaveLength(3)
    await first.call('updates.getState')
  })

  test('whoever is ended is told why', async () => {
    const second = await alice.anotherDevice()
    await fill(MAX_SESSIONS - 2, { isConfirmed: true, idleHours: () => 1 })
    await alice.anotherDevice()
    expect(await second.failure('updates.getState')).toBe('SESSION_EXPIRED')
  })
})

test('calls and secret chats are switched for each session', async () => {
  await alice.anotherDevice()
  const { hash } = await otherSession(alice)
  const change = (fields: object): Promise<boolean> =>
    alice.call('account.changeAuthorizationSettings', { hash, ...fields })
  await change({ callRequestsDisabled: true })
  expect(await otherSession(alice)).toMatchObject({
    callRequestsDisabled: true,
    encryptedRequestsDisabled: false,
    unconfirmed: true,
  })
  await change({ callRequestsDisabled: false, encryptedRequestsDisabled: true })
  expect(await otherSession(alice)).toMatchObject({
    callRequestsDisabled: false,
    encryptedRequestsDisabled: true,
  })
  await change({ hash: 0n, callRequestsDisabled: true })
  expect((await sessionsOf(alice))[0]).toMatchObject({ callRequestsDisabled: true })
  expect(await otherSession(alice)).toMatchObject({ callRequestsDisabled: false })
})

describe('time to live', () => {
  test('a session that nobody uses for so many days ends, others stay', async () => {
    const second = await alice.anotherDevice()
    clock.advance(DAY_MS)
    for (const days of [0, -1, 367, 2 ** 31 - 1])
      expect(await alice.failure('account.setAuthorizationTTL', { authorizationTtlDays: days })).toBe(
        'TTL_DAYS_INVALID',
      )
    expect(await alice.call('account.setAuthorizationTTL', { authorizationTtlDays: 7 })).toBe(true)
    expect((await alice.call('account.getAuthorizations')).authorizationTtlDays).toBe(7)
    for (let day = 0; day < 7; day++) {
      expect(await sessionsOf(alice)).toHaveLength(2)
      clock.advance(DAY_MS)
      await alice.call('updates.getState')
    }
    await expect
      .poll(async () => {
        clock.advance(10_000)
        return (await sessionsOf(alice)).length
      })
      .toBe(1)
    await expect.poll(() => second.wasToldTooLong).toBe(true)
    expect(await second.failure('updates.getState')).toBe('SESSION_EXPIRED')
  })

  test('who chose nothing has half a year', async () => {
    const second = await alice.anotherDevice()
    const lastSeen = async (daysAgo: number): Promise<void> => {
      const activeAt = clock.nowSec() - daysAgo * 86_400
      const { id } = second.client.key
      await world.server.context.db.single(
        (tx) => tx.sql`update device set active_at = ${activeAt} where key_id = ${id}`,
      )
    }
    await lastSeen(179)
    clock.advance(60_000)
    expect(await second.call('updates.getState')).toMatchObject({ _: 'updates.state' })
    await lastSeen(181)
    await expect
      .poll(async () => {
        clock.advance(10_000)
        return (await sessionsOf(alice)).length
      })
      .toBe(1)
    expect(await second.failure('updates.getState')).toBe('SESSION_EXPIRED')
  })
})

test('no site and no bot has a login to end', async () => {
  expect(await alice.call('account.getWebAuthorizations')).toMatchObject({ authorizations: [] })
  expect(await alice.call('account.resetWebAuthorizations')).toBe(true)
  expect(await alice.failure('account.resetWebAuthorization', { hash: 1n })).toBe('HASH_INVALID')
})
