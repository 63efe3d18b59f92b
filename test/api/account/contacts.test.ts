import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tl } from '../../../src/tl/factories.ts'
import type * as T from '../../../src/tl/schema.d.ts'
import { startWorld, type Person, type World } from '../../harness/people.ts'

let world: World

beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

async function people<const N extends readonly string[]>(...names: N): Promise<{ [I in keyof N]: Person }> {
  const made: Person[] = []
  for (const name of names) made.push(await world.person(name))
  return made as { [I in keyof N]: Person }
}

function entry(clientId: number, phone: string, firstName: string, lastName = ''): T.InputContact {
  return tl.inputPhoneContact({ clientId: BigInt(clientId), phone, firstName, lastName })
}

async function seen(viewer: Person, other: Person): Promise<T.user> {
  const [user] = await viewer.call('users.getUsers', { id: [viewer.user(other)] })
  if (user?._ !== 'user') throw new Error(user?._)
  return user
}

async function contactsOf(person: Person): Promise<number[]> {
  const answer = await person.call('contacts.getContacts', { hash: 0n })
  return answer._ === 'contacts.contacts' ? answer.contacts.map((contact) => contact.userId) : []
}

describe('importing', () => {
  test('finds people by number, under the name that they are given', async () => {
    const [alice, bob] = await people('Alice', 'Bob')
    const second = await alice.anotherDevice()
    const imported = await alice.call('contacts.importContacts', {
      contacts: [
        entry(1, `+${bob.phone}`, 'Bobby', 'Tables'),
        entry(2, '+15550007777', 'Nobody'),
        entry(3, 'no number', 'X'),
      ],
    })
    expect(imported).toMatchObject({
      imported: [{ userId: bob.id, clientId: 1n }],
      retryContacts: [],
      users: [{ id: bob.id, contact: true, mutualContact: false, firstName: 'Bobby', lastName: 'Tables' }],
    })
    await second.expectUpdates('updateContactsReset')
    expect(await seen(alice, bob)).toMatchObject({ firstName: 'Bobby', phone: bob.phone })
    // The name that she gave him is hers alone. Her number is open to her contacts, and he is one now.
    expect(await seen(bob, alice)).toMatchObject({ firstName: 'Alice', contact: false, phone: alice.phone })

    const list = await second.call('contacts.getContacts', { hash: 0n })
    expect(list).toMatchObject({ contacts: [{ userId: bob.id, mutual: false }], savedCount: 1 })
    expect(await second.call('contacts.getContactIDs', { hash: 0n })).toEqual([bob.id])
    expect(await second.call('contacts.getStatuses')).toMatchObject([{ userId: bob.id }])

    await bob.call('contacts.importContacts', { contacts: [entry(1, alice.phone, 'Al')] })
    expect(await seen(alice, bob)).toMatchObject({ mutualContact: true })
    expect(await seen(bob, alice)).toMatchObject({ mutualContact: true, firstName: 'Al', phone: alice.phone })
  })

  test('a list that has not changed is not sent again', async () => {
    const [alice, bob, carol] = await people('Alice', 'Bob', 'Carol')
    const contacts = [
      entry(1, bob.phone, 'Bob'),
      entry(2, carol.phone, 'Carol'),
      entry(3, '+15550007778', 'Nobody'),
    ]
    await alice.call('contacts.importContacts', { contacts })
    // The algorithm of the documentation, over the count of the others and the ids in order.
    let hash = 0n
    for (const id of [1, ...[bob.id, carol.id].sort((a, b) => a - b)]) {
      hash ^= hash >> 21n
      hash = BigInt.asUintN(64, hash ^ (hash << 35n))
      hash ^= hash >> 4n
      hash = BigInt.asUintN(64, hash + BigInt(id))
    }
    const same = await alice.call('contacts.getContacts', { hash: BigInt.asIntN(64, hash) })
    expect(same._).toBe('contacts.contactsNotModified')
    const other = await alice.call('contacts.getContacts', { hash: 5n })
    expect(other._).toBe('contacts.contacts')
  })

  test('a number that signs up later becomes a contact', async () => {
    const alice = await world.person('Alice')
    const phone = '+9996620990'
    await alice.call('contacts.importContacts', { contacts: [entry(1, phone, 'Late', 'Riser')] })
    expect(await contactsOf(alice)).toEqual([])
    const late = await world.stranger()
    const { apiId, apiHash } = world
    const settings = tl.codeSettings({})
    const sent = await late.call('auth.sendCode', { phoneNumber: phone, apiId, apiHash, settings })
    const { phoneCodeHash } = sent as T.auth.sentCode
    await late.call('auth.signIn', { phoneNumber: phone, phoneCodeHash, phoneCode: '22222' })
    const names = { firstName: 'Larry', lastName: '' }
    const answer = await late.call('auth.signUp', { phoneNumber: phone, phoneCodeHash, ...names })
    await alice.expectUpdates('updateContactsReset')
    const list = await alice.call('contacts.getContacts', { hash: 0n })
    expect(list).toMatchObject({
      savedCount: 0,
      users: [{ firstName: 'Late', lastName: 'Riser', contact: true }],
    })
    expect(answer).toMatchObject({ user: { firstName: 'Larry' } })
  })

  test('who does not want to be found by number is not', async () => {
    const [alice, bob] = await people('Alice', 'Bob')
    await bob.call('account.setPrivacy', {
      key: tl.inputPrivacyKeyAddedByPhone(),
      rules: [tl.inputPrivacyValueAllowContacts(), tl.inputPrivacyValueDisallowAll()],
    })
    const contacts = [entry(1, bob.phone, 'Bob')]
    expect(await alice.call('contacts.importContacts', { contacts })).toMatchObject({
      imported: [],
      users: [],
    })
    expect(await alice.failure('contacts.resolvePhone', { phone: bob.phone })).toBe('PHONE_NOT_OCCUPIED')
    await bob.call('contacts.addContact', {
      id: bob.user(alice),
      firstName: 'Alice',
      lastName: '',
      phone: '',
    })
    expect(await alice.call('contacts.importContacts', { contacts })).toMatchObject({
      imported: [{ userId: bob.id }],
    })
  })
})

describe('contacts', () => {
  test('are added by id, renamed, noted and deleted', async () => {
    const [alice, bob] = await people('Alice', 'Bob')
    const second = await alice.anotherDevice()
    const id = alice.user(bob)
    expect(await alice.failure('contacts.addContact', { id, firstName: ' ', lastName: '', phone: '' })).toBe(
      'CONTACT_NAME_EMPTY',
    )
    const self = { id: tl.inputUserSelf(), firstName: 'Me', lastName: '', phone: '' }
    expect(await alice.failure('contacts.addContact', self)).toBe('CONTACT_ID_INVALID')
    const note = tl.textWithEntities({ text: 'from work', entities: [] })
    const added = await alice.call('contacts.addContact', {
      id,
      firstName: 'Robert',
      lastName: '',
      phone: '',
      note,
    })
    expect(added).toMatchObject({
      updates: [{ _: 'updatePeerSettings', peer: { userId: bob.id }, settings: { addContact: false } }],
      users: [{ id: bob.id, contact: true, firstName: 'Robert', phone: undefined }],
    })
    await second.expectUpdates('updatePeerSettings')
    const full = await second.call('users.getFullUser', { id })
    expect(full).toMatchObject({ fullUser: { note: { text: 'from work' } } })
    await alice.call('contacts.updateContactNote', {
      id,
      note: tl.textWithEntities({ text: '', entities: [] }),
    })
    await second.expectUpdates('updateUser')

    const deleted = await alice.call('contacts.deleteContacts', { id: [id] })
    expect(deleted).toMatchObject({ users: [{ id: bob.id, contact: false, firstName: 'Bob' }] })
    await second.expectUpdates('updatePeerSettings')
    expect(await contactsOf(alice)).toEqual([])
    expect(await alice.failure('contacts.updateContactNote', { id, note })).toBe('CONTACT_MISSING')
  })

  test('a number is shared on request', async () => {
    const [alice, bob] = await people('Alice', 'Bob')
    const rules = [tl.inputPrivacyValueDisallowAll()]
    await alice.call('account.setPrivacy', { key: tl.inputPrivacyKeyPhoneNumber(), rules })
    const contact = { id: alice.user(bob), firstName: 'Bob', lastName: '', phone: '' }
    await alice.call('contacts.addContact', contact)
    expect((await seen(bob, alice)).phone).toBeUndefined()
    await alice.call('contacts.addContact', { ...contact, addPhonePrivacyException: true })
    expect((await seen(bob, alice)).phone).toBe(alice.phone)
    expect(await alice.failure('contacts.acceptContact', { id: alice.user(bob) })).toBe('CONTACT_REQ_MISSING')
    await bob.call('contacts.acceptContact', { id: bob.user(alice) })
    expect(await seen(bob, alice)).toMatchObject({ contact: true, mutualContact: true })
    expect((await seen(alice, bob)).phone).toBe(bob.phone)
    await bob.call('contacts.deleteByPhones', { phones: [alice.phone] })
    expect(await seen(bob, alice)).toMatchObject({ contact: true })
  })

  test('are found by number and by name', async () => {
    const [alice, bob, carol] = await people('Alice', 'Bob', 'Carolina Herrera')
    const found = await alice.call('contacts.resolvePhone', { phone: bob.phone })
    expect(found).toMatchObject({ peer: { userId: bob.id }, users: [{ id: bob.id, phone: undefined }] })
    expect(await alice.failure('contacts.resolvePhone', { phone: '+15550007799' })).toBe('PHONE_NOT_OCCUPIED')

    const search = (q: string): Promise<T.contacts.found> => alice.call('contacts.search', { q, limit: 20 })
    expect(await alice.failure('contacts.search', { q: ' ', limit: 20 })).toBe('SEARCH_QUERY_EMPTY')
    // Who has no public name is found by acquaintances only.
    expect(await search('herrera')).toMatchObject({ myResults: [], results: [] })
    await carol.call('account.updateUsername', { username: 'la_carolina' })
    expect(await search('herrera')).toMatchObject({
      results: [{ userId: carol.id }],
      users: [{ id: carol.id }],
    })
    expect(await search('@la_car')).toMatchObject({ results: [{ userId: carol.id }] })
    expect(await search('100%')).toMatchObject({ myResults: [], results: [] })
    await alice.call('contacts.addContact', {
      id: alice.user(bob),
      firstName: 'Zed',
      lastName: 'Omega',
      phone: '',
    })
    expect(await search('omeg')).toMatchObject({ myResults: [{ userId: bob.id }], results: [] })
    await alice.send(carol, 'Hello')
    expect(await search('carolina')).toMatchObject({ myResults: [{ userId: carol.id }], results: [] })
  })
})

describe('blocking', () => {
  test('hides one from the blocked, and is told to all devices', async () => {
    const [alice, bob, carol] = await people('Alice', 'Bob', 'Carol')
    const second = await alice.anotherDevice()
    await alice.call('contacts.block', { id: alice.peer(bob) })
    const [told] = await second.expectUpdates('updatePeerBlocked')
    expect(told).toMatchObject({ blocked: true, peerId: { userId: bob.id } })
    expect((await seen(bob, alice)).status?._).toBe('userStatusEmpty')
    expect((await seen(alice, bob)).status?._).toBe('userStatusOffline')
    const full = await alice.call('users.getFullUser', { id: alice.user(bob) })
    expect(full.fullUser.blocked).toBe(true)
    const message = { peer: bob.peer(alice), message: 'Hi', randomId: 1n }
    expect(await bob.failure('messages.sendMessage', message)).toBe('USER_IS_BLOCKED')

    await alice.call('contacts.block', { id: alice.peer(carol) })
    const first = await alice.call('contacts.getBlocked', { offset: 0, limit: 1 })
    expect(first).toMatchObject({ _: 'contacts.blockedSlice', count: 2, users: [{}] })
    expect(await alice.call('contacts.getBlocked', { offset: 0, limit: 10 })).toMatchObject({
      _: 'contacts.blocked',
      blocked: [{}, {}],
    })
    await alice.call('contacts.setBlocked', { id: [alice.peer(carol)], limit: 10 })
    await alice.call('contacts.unblock', { id: alice.peer(carol) })
    await second.expectUpdates('updatePeerBlocked', 'updatePeerBlocked', 'updatePeerBlocked')
    expect(await alice.call('contacts.getBlocked', { offset: 0, limit: 10 })).toMatchObject({ blocked: [] })
    expect(await alice.failure('contacts.block', { id: tl.inputPeerSelf() })).toBe('CONTACT_ID_INVALID')
    expect(await alice.failure('contacts.block', { id: bob.peer(carol) })).toBe('PEER_ID_INVALID')
  })

  test('the bar of actions above a chat can be put away', async () => {
    const [alice, bob] = await people('Alice', 'Bob')
    const peer = alice.peer(bob)
    const before = await alice.call('messages.getPeerSettings', { peer })
    expect(before).toMatchObject({ settings: { addContact: true, blockContact: true, reportSpam: true } })
    await alice.call('messages.hidePeerSettingsBar', { peer })
    const after = await alice.call('messages.getPeerSettings', { peer })
    expect(after).toMatchObject({ settings: { addContact: false, blockContact: false, reportSpam: false } })
  })
})
