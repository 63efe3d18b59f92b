import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tl } from '../../../src/tl/factories.ts'
import type * as T from '../../../src/tl/schema.d.ts'
import { startWorld, type Person, type World } from '../../harness/people.ts'

let world: World

beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

/** Two people who have written to one another. */
async function acquainted(): Promise<[Person, Person]> {
  const [alice, bob] = [await world.person('Alice'), await world.person('Bob')]
  await alice.send(bob, 'Hello')
  await alice.device.updates()
  await bob.device.updates()
  return [alice, bob]
}

async function seen(viewer: Person, other: Person): Promise<T.user> {
  const [user] = await viewer.call('users.getUsers', { id: [viewer.user(other)] })
  if (user?._ !== 'user') throw new Error(user?._)
  return user
}

async function see(viewer: Person, other: Person): Promise<T.userFull> {
  const { fullUser } = await viewer.call('users.getFullUser', { id: viewer.user(other) })
  return fullUser
}

describe('a profile', () => {
  test('a change of name reaches whoever is acquainted', async () => {
    const [alice, bob] = await acquainted()
    const second = await alice.anotherDevice()
    const changed = await alice.call('account.updateProfile', {
      firstName: 'Alicia',
      lastName: 'Keys',
      about: 'Hi',
    })
    expect(changed).toMatchObject({ self: true, firstName: 'Alicia', lastName: 'Keys' })
    await alice.expectUpdates()
    const [name] = await bob.expectUpdates('updateUserName')
    expect(name).toEqual(
      tl.updateUserName({ userId: alice.id, firstName: 'Alicia', lastName: 'Keys', usernames: [] }),
    )
    await second.expectUpdates('updateUserName')
    expect(await seen(bob, alice)).toMatchObject({ firstName: 'Alicia', lastName: 'Keys' })
    expect(await see(bob, alice)).toMatchObject({ about: 'Hi', id: alice.id })

    // What is left out stays, and an empty last name takes it away.
    await alice.call('account.updateProfile', { lastName: '' })
    expect(await seen(bob, alice)).toMatchObject({ firstName: 'Alicia', lastName: undefined })
    await bob.expectUpdates('updateUserName')
    await alice.call('account.updateProfile', { about: '' })
    expect((await see(bob, alice)).about).toBeUndefined()
    await bob.expectUpdates()
  })

  test('names and texts have their bounds', async () => {
    const alice = await world.person('Alice')
    expect(await alice.failure('account.updateProfile', { firstName: ' \n ' })).toBe('FIRSTNAME_INVALID')
    expect(await alice.failure('account.updateProfile', { firstName: 'x'.repeat(65) })).toBe(
      'FIRSTNAME_INVALID',
    )
    expect(await alice.failure('account.updateProfile', { about: 'x'.repeat(71) })).toBe('ABOUT_TOO_LONG')
    const longest = await alice.call('account.updateProfile', {
      firstName: '😀'.repeat(64),
      about: '😀'.repeat(70),
    })
    expect(longest).toMatchObject({ firstName: '😀'.repeat(64) })
    await alice.expectUpdates()
  })

  test('a user without the right access hash is nobody', async () => {
    const [alice, bob] = [await world.person('Alice'), await world.person('Bob')]
    const eve = await world.person('Eve')
    // What Alice was given for Bob is worth nothing to Eve.
    const stolen = alice.user(bob)
    expect(await eve.failure('users.getFullUser', { id: stolen })).toBe('USER_ID_INVALID')
    const users = await eve.call('users.getUsers', { id: [stolen, tl.inputUserSelf(), eve.user(bob)] })
    expect(users).toMatchObject([
      { _: 'userEmpty', id: bob.id },
      { _: 'user', id: eve.id, self: true },
      { _: 'user', id: bob.id, firstName: 'Bob', self: false, contact: false, phone: undefined },
    ])
    for (const fault of [tl.inputUserEmpty(), tl.inputUser({ userId: 5, accessHash: 0n })])
      expect(await eve.failure('users.getFullUser', { id: fault })).toBe('USER_ID_INVALID')
  })
})

describe('public names', () => {
  test('can be taken, found, changed and given back', async () => {
    const [alice, bob] = await acquainted()
    expect(await alice.call('account.checkUsername', { username: 'alice_w' })).toBe(true)
    const changed = await alice.call('account.updateUsername', { username: 'Alice_W' })
    expect(changed).toMatchObject({ username: 'Alice_W' })
    const [name] = await bob.expectUpdates('updateUserName')
    expect(name.usernames).toEqual([tl.username({ editable: true, active: true, username: 'Alice_W' })])

    const found = await bob.call('contacts.resolveUsername', { username: 'aLiCe_w' })
    expect(found).toMatchObject({
      peer: { userId: alice.id },
      users: [{ id: alice.id, username: 'Alice_W' }],
    })
    expect(await bob.failure('account.checkUsername', { username: 'ALICE_W' })).toBe('USERNAME_OCCUPIED')
    expect(await bob.failure('account.updateUsername', { username: 'alice_w' })).toBe('USERNAME_OCCUPIED')
    expect(await alice.failure('account.updateUsername', { username: 'Alice_W' })).toBe(
      'USERNAME_NOT_MODIFIED',
    )

    await alice.call('account.updateUsername', { username: 'alice_w' })
    await alice.call('account.updateUsername', { username: 'wonderland' })
    expect(await bob.failure('contacts.resolveUsername', { username: 'alice_w' })).toBe(
      'USERNAME_NOT_OCCUPIED',
    )
    await bob.call('account.updateUsername', { username: 'alice_w' })
    await alice.call('account.updateUsername', { username: '' })
    expect(await bob.failure('contacts.resolveUsername', { username: 'wonderland' })).toBe(
      'USERNAME_NOT_OCCUPIED',
    )
  })

  test('follow the rules for them', async () => {
    const alice = await world.person('Alice')
    const faults = [
      'abcd',
      '1alice',
      'ali__ce',
      'alice_',
      '_alice',
      'ali-ce',
      'ali ce',
      'алиса',
      'a'.repeat(33),
    ]
    for (const username of faults) {
      expect(await alice.failure('account.checkUsername', { username })).toBe('USERNAME_INVALID')
      expect(await alice.failure('account.updateUsername', { username })).toBe('USERNAME_INVALID')
    }
    expect(await alice.failure('contacts.resolveUsername', { username: 'no such' })).toBe('USERNAME_INVALID')
    expect(await alice.failure('contacts.resolveUsername', { username: 'nobody_here' })).toBe(
      'USERNAME_NOT_OCCUPIED',
    )
  })

  test('two people who want the same one at once: one has it', async () => {
    const people = await Promise.all(['A', 'B', 'C', 'D'].map((name) => world.person(name)))
    const answers = await Promise.all(
      people.map((each) =>
        each.call('account.updateUsername', { username: 'wanted_by_all' }).then(() => '', String),
      ),
    )
    expect(answers.filter((answer) => answer === '')).toHaveLength(1)
    expect(answers.filter((answer) => answer.includes('USERNAME_OCCUPIED'))).toHaveLength(3)
  })
})

describe('presence and privacy', () => {
  test('whoever is here sees others come and go', async () => {
    const [alice, bob] = await acquainted()
    await bob.call('account.updateStatus', { offline: false })
    await alice.call('account.updateStatus', { offline: false })
    await expect
      .poll(() => bob.device.statuses.at(-1))
      .toMatchObject({ userId: alice.id, status: { _: 'userStatusOnline' } })
    expect((await seen(bob, alice)).status?._).toBe('userStatusOnline')
    await alice.call('account.updateStatus', { offline: true })
    await expect.poll(() => bob.device.statuses.at(-1)).toMatchObject({ status: { _: 'userStatusOffline' } })
    expect((await seen(bob, alice)).status?._).toBe('userStatusOffline')
  })

  test('who hides the time of the last visit does not see that of others', async () => {
    const [alice, bob] = await acquainted()
    const eve = await world.person('Eve')
    await bob.call('account.updateStatus', { offline: false })
    const second = await alice.anotherDevice()
    const hidden = await alice.call('account.setPrivacy', {
      key: tl.inputPrivacyKeyStatusTimestamp(),
      rules: [
        tl.inputPrivacyValueDisallowAll(),
        tl.inputPrivacyValueAllowUsers({ users: [alice.user(eve)] }),
      ],
    })
    expect(hidden.rules).toEqual([
      tl.privacyValueDisallowAll(),
      tl.privacyValueAllowUsers({ users: [eve.id] }),
    ])
    expect(hidden.users).toMatchObject([{ id: eve.id }])
    const [told] = await second.expectUpdates('updatePrivacy')
    expect(told).toEqual(tl.updatePrivacy({ key: tl.privacyKeyStatusTimestamp(), rules: hidden.rules }))
    await expect
      .poll(() => bob.device.statuses.at(-1))
      .toMatchObject({ status: { _: 'userStatusRecently', byMe: false } })

    expect((await seen(bob, alice)).status).toEqual(tl.userStatusRecently({ byMe: false }))
    expect((await seen(eve, alice)).status?._).toBe('userStatusOffline')
    expect((await seen(alice, bob)).status).toEqual(tl.userStatusRecently({ byMe: true }))
    expect((await seen(alice, eve)).status?._).toBe('userStatusOffline')
    const read = await second.call('account.getPrivacy', { key: tl.inputPrivacyKeyStatusTimestamp() })
    expect(read.rules).toEqual(hidden.rules)
  })

  test('rules that name nobody known are refused', async () => {
    const alice = await world.person('Alice')
    const key = tl.inputPrivacyKeyAbout()
    const users = [tl.inputUser({ userId: 1, accessHash: 1n })]
    const rules = [tl.inputPrivacyValueAllowUsers({ users })]
    expect(await alice.failure('account.setPrivacy', { key, rules })).toBe('PRIVACY_VALUE_INVALID')
    const many = Array.from({ length: 30 }, () => tl.inputPrivacyValueAllowAll())
    expect(await alice.failure('account.setPrivacy', { key, rules: many })).toBe('PRIVACY_TOO_LONG')
    expect((await alice.call('account.getPrivacy', { key })).rules).toEqual([tl.privacyValueAllowAll()])
  })

  test('a text about oneself is shown to whom the rules allow', async () => {
    const [alice, bob] = await acquainted()
    await alice.call('account.updateProfile', { about: 'For my eyes only' })
    await alice.call('account.setPrivacy', {
      key: tl.inputPrivacyKeyAbout(),
      rules: [tl.inputPrivacyValueDisallowAll()],
    })
    expect((await see(bob, alice)).about).toBeUndefined()
    const own = await alice.call('users.getFullUser', { id: tl.inputUserSelf() })
    expect(own.fullUser.about).toBe('For my eyes only')
  })
})

describe('settings', () => {
  test('of notifications are kept, told and inherited', async () => {
    const [alice, bob] = await acquainted()
    const second = await alice.anotherDevice()
    const peer = tl.inputNotifyPeer({ peer: alice.peer(bob) })
    const all = await alice.call('account.getNotifySettings', { peer: tl.inputNotifyUsers() })
    expect(all).toMatchObject({ showPreviews: true, silent: false, muteUntil: 0 })
    expect(await alice.call('account.getNotifySettings', { peer })).toEqual(tl.peerNotifySettings({}))

    const settings = tl.inputPeerNotifySettings({
      muteUntil: 2_000_000_000,
      sound: tl.notificationSoundNone(),
    })
    await alice.call('account.updateNotifySettings', { peer, settings })
    const [told] = await second.expectUpdates('updateNotifySettings')
    expect(told).toMatchObject({
      peer: { peer: { userId: bob.id } },
      notifySettings: { muteUntil: 2_000_000_000 },
    })
    const read = await second.call('account.getNotifySettings', { peer })
    expect(read).toMatchObject({ muteUntil: 2_000_000_000, otherSound: { _: 'notificationSoundNone' } })
    expect((await see(alice, bob)).notifySettings).toEqual(read)

    const exceptions = await alice.call('account.getNotifyExceptions', {})
    expect(exceptions).toMatchObject({ updates: [{ _: 'updateNotifySettings' }], users: [{ id: bob.id }] })
    await alice.call('account.resetNotifySettings')
    expect(await alice.call('account.getNotifySettings', { peer })).toEqual(tl.peerNotifySettings({}))
    await second.expectUpdates(...(Array(4).fill('updateNotifySettings') as 'updateNotifySettings'[]))
    expect(await alice.call('account.getNotifyExceptions', {})).toMatchObject({ updates: [] })
  })

  test('of an account are kept', async () => {
    const alice = await world.person('Alice')
    const second = await alice.anotherDevice()
    const settings = tl.globalPrivacySettings({ archiveAndMuteNewNoncontactPeers: true, hideReadMarks: true })
    await alice.call('account.setGlobalPrivacySettings', { settings })
    expect(await second.call('account.getGlobalPrivacySettings')).toEqual(settings)
    await alice.call('account.setContentSettings', { sensitiveEnabled: true })
    expect(await second.call('account.getContentSettings')).toMatchObject({ sensitiveEnabled: true })
    await alice.call('account.setAccountTTL', { ttl: tl.accountDaysTTL({ days: 365 }) })
    expect(await second.call('account.getAccountTTL')).toEqual(tl.accountDaysTTL({ days: 365 }))
    expect(await alice.failure('account.setAccountTTL', { ttl: tl.accountDaysTTL({ days: 0 }) })).toBe(
      'TTL_DAYS_INVALID',
    )
    expect(await alice.call('account.getReactionsNotifySettings')).toMatchObject({ showPreviews: true })
    const password = await alice.call('account.getPassword')
    expect(password).toMatchObject({ hasPassword: false, newAlgo: { g: 3 } })
    expect(password.secureRandom).toHaveLength(256)
  })
})
