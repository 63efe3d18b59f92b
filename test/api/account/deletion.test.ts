import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eraseSome } from '../../../src/domain/accounts/delete-store.ts'
import { AccountSweeper } from '../../../src/domain/accounts/sweeper.ts'
import type { UserId } from '../../../src/lib/ids.ts'
import { tl } from '../../../src/tl/factories.ts'
import { HandClock } from '../../harness/clock.ts'
import { knock, prove, setPassword } from '../../harness/password.ts'
import { startWorld, texts, type Person, type World } from '../../harness/people.ts'

const DAY_MS = 86_400_000
const SELF = [tl.inputUserSelf()]
const REASON = { reason: 'Forgot password' }

let world: World
const clock = new HandClock()

beforeAll(async () => {
  // Nobody hangs up while days go by.
  world = await startWorld({ clock, mtprotoLimits: { idleSec: 10 ** 9 } })
})
afterAll(() => world[Symbol.asyncDispose]())

/** Whether the account is a deleted one, as somebody else sees it. */
async function isDeleted(person: Person, seenBy: Person): Promise<boolean> {
  const [user] = await seenBy.call('users.getUsers', { id: [seenBy.user(person)] })
  return user?._ === 'user' && user.deleted
}

/** The tables in which there is still something of somebody's own. */
async function remains(userId: UserId): Promise<string[]> {
  const { db } = world.server.context
  const columns = await db.sql<{ table: string; column: string }[]>`
    select table_name as table, column_name as column from information_schema.columns
    where table_schema = current_schema() and column_name in ('user_id', 'owner_id', 'box_id', 'waiting_for')`
  const found: string[] = []
  for (const { table, column } of columns) {
    const rows = await db.sql.unsafe(`select 1 from "${table}" where "${column}" = ${userId} limit 1`)
    if (rows.length > 0) found.push(`${table}.${column}`)
  }
  return found.toSorted()
}

async function erase(): Promise<void> {
  const { db } = world.server.context
  while (await db.transaction((tx) => eraseSome(tx, 3)));
}

describe('an account without a password', () => {
  test('is deleted at once; what was said stays with the others', async () => {
    const alice = await world.person('Alice')
    const bob = await world.person('Bob')
    await alice.call('account.updateUsername', { username: 'alice_to_go' })
    await bob.call('contacts.addContact', { id: bob.user(alice), firstName: 'Ally', lastName: '', phone: '' })
    await alice.call('contacts.addContact', {
      id: alice.user(bob),
      firstName: 'Bobby',
      lastName: '',
      phone: '',
    })
    await alice.call('contacts.block', { id: alice.peer(await world.person('Carol')) })
    await alice.call('account.setAccountTTL', { ttl: tl.accountDaysTTL({ days: 90 }) })
    await alice.send(bob, 'Farewell')
    await bob.send(alice, 'Take care')
    const tablet = await alice.anotherDevice()
    await bob.device.updates()

    expect(await alice.call('account.deleteAccount', { reason: 'enough' })).toBe(true)
    const [update] = await bob.expectUpdates('updateUser')
    expect(update.userId).toBe(alice.id)
    for (const device of [alice.device, tablet])
      expect(await device.failure('users.getUsers', { id: SELF })).toBe('USER_DEACTIVATED')
    const [seen] = await bob.call('users.getUsers', { id: [bob.user(alice)] })
    expect(seen).toMatchObject({ deleted: true, contact: false, firstName: undefined, phone: undefined })
    expect(seen).toMatchObject({ username: undefined, status: undefined })
    expect(texts(await bob.history(alice))).toEqual(['Take care', 'Farewell'])
    const contacts = await bob.call('contacts.getContacts', { hash: 0n })
    expect(contacts).toMatchObject({ contacts: [] })
    const message = { peer: bob.peer(alice), message: 'Hello?', randomId: 5n }
    expect(await bob.failure('messages.sendMessage', message)).toBe('INPUT_USER_DEACTIVATED')
    expect(await bob.call('account.checkUsername', { username: 'alice_to_go' })).toBe(true)

    await erase()
    expect(await remains(alice.id)).toEqual([])
    expect(texts(await bob.history(alice))).toEqual(['Take care', 'Farewell'])
    // Bob can still tidy up.
    const [mine] = await bob.history(alice)
    await bob.call('messages.editMessage', { peer: bob.peer(alice), id: mine!.id, message: 'Take care!' })
    await bob.call('messages.readHistory', { peer: bob.peer(alice), maxId: mine!.id })
    await bob.call('messages.deleteMessages', { id: [mine!.id], revoke: true })
    expect(texts(await bob.history(alice))).toEqual(['Farewell'])

    await erase()
    expect(await remains(alice.id)).toEqual([])

    // The number is free, and whoever has it now is somebody else.
    const device = await world.stranger()
    const { apiId, apiHash } = world
    const phoneNumber = alice.phone
    const settings = tl.codeSettings({})
    const sent = await device.call('auth.sendCode', { phoneNumber, apiId, apiHash, settings })
    const phoneCodeHash = sent._ === 'auth.sentCode' ? sent.phoneCodeHash : ''
    const asked = await device.call('auth.signIn', { phoneNumber, phoneCodeHash, phoneCode: '22222' })
    expect(asked._).toBe('auth.authorizationSignUpRequired')
    const names = { firstName: 'Alicia', lastName: '' }
    const made = await device.call('auth.signUp', { phoneNumber, phoneCodeHash, ...names })
    expect(made).toMatchObject({ user: { firstName: 'Alicia' } })
    expect(made._ === 'auth.authorization' && made.user.id).not.toBe(alice.id)
  })

  test('is nobody to a stranger', async () => {
    const stranger = await world.stranger()
    expect(await stranger.failure('account.deleteAccount', REASON)).toBe('AUTH_KEY_UNREGISTERED')
  })
})

describe('an account with a password', () => {
  test('is deleted at once by who proves it', async () => {
    const [alice, bob] = [await world.person('Alice'), await world.person('Bob')]
    await setPassword(alice.device, 'secret')
    clock.jump(8 * DAY_MS)
    await alice.call('account.updateStatus', { offline: false })
    const wrong = await prove(alice.device, 'guess')
    expect(await alice.failure('account.deleteAccount', { ...REASON, password: wrong })).toBe(
      'PASSWORD_HASH_INVALID',
    )
    expect(await isDeleted(alice, bob)).toBe(false)
    const password = await prove(alice.device, 'secret')
    expect(await alice.call('account.deleteAccount', { ...REASON, password })).toBe(true)
    expect(await isDeleted(alice, bob)).toBe(true)
    await erase()
    expect(await remains(alice.id)).toEqual([])
  })

  test('in use is deleted a week after somebody without it asked, and its owner hears of that', async () => {
    const [alice, bob] = [await world.person('Alice'), await world.person('Bob')]
    await setPassword(alice.device, 'secret')
    await bob.send(alice, 'Hello')
    clock.jump(8 * DAY_MS)
    await alice.call('account.updateStatus', { offline: false })
    await bob.device.updates()
    const door = await knock(world, alice)
    expect(await door.failure('account.deleteAccount', REASON)).toBe('2FA_CONFIRM_WAIT_604800')
    const [notice] = await alice.notices()
    expect(notice).toMatch(/^Somebody wants to delete your account\./)
    expect(notice).toContain(`https://t.me/confirmphone?phone=${alice.phone}&hash=`)
    clock.jump(DAY_MS)
    // Whoever asks again waits no shorter, and sends no more notices.
    const again = await knock(world, alice)
    expect(await again.failure('account.deleteAccount', REASON)).toBe('2FA_CONFIRM_WAIT_518400')
    expect(await alice.notices()).toHaveLength(2)
    expect(await isDeleted(alice, bob)).toBe(false)
    expect(await alice.failure('account.deleteAccount', REASON)).toBe('2FA_CONFIRM_WAIT_518400')

    // When its time has come, the server does it by itself.
    clock.jump(6 * DAY_MS)
    await bob.device.nextUpdate('updateUser')
    expect(await isDeleted(alice, bob)).toBe(true)
    expect(await alice.failure('users.getUsers', { id: SELF })).toBe('USER_DEACTIVATED')
  })

  test('that nobody uses, or whose password is new, is deleted at once', async () => {
    const [alice, bob] = [await world.person('Alice'), await world.person('Bob')]
    await setPassword(alice.device, 'secret')
    expect(await (await knock(world, alice)).call('account.deleteAccount', REASON)).toBe(true)
    expect(await isDeleted(alice, bob)).toBe(true)
    const carol = await world.person('Carol')
    await setPassword(carol.device, 'secret')
    clock.jump(8 * DAY_MS)
    expect(await (await knock(world, carol)).call('account.deleteAccount', REASON)).toBe(true)
    expect(await isDeleted(carol, bob)).toBe(true)
  })
})

describe('an account that nobody visits', () => {
  test('is deleted after as many days as its owner chose', async () => {
    const [alice, bob, carol] = [
      await world.person('Alice'),
      await world.person('Bob'),
      await world.person('Carol'),
    ]
    expect(await alice.call('account.getAccountTTL')).toEqual(tl.accountDaysTTL({ days: 548 }))
    for (const days of [0, 29, 731])
      expect(await alice.failure('account.setAccountTTL', { ttl: tl.accountDaysTTL({ days }) })).toBe(
        'TTL_DAYS_INVALID',
      )
    for (const person of [alice, bob])
      await person.call('account.setAccountTTL', { ttl: tl.accountDaysTTL({ days: 30 }) })
    expect(await alice.call('account.getAccountTTL')).toEqual(tl.accountDaysTTL({ days: 30 }))

    clock.jump(29 * DAY_MS)
    await using sweeper = sweeping()
    await sweeper.pass()
    expect(await isDeleted(alice, carol)).toBe(false)
    await bob.call('account.updateStatus', { offline: true })
    clock.jump(2 * DAY_MS)
    await sweeper.pass()
    expect([await isDeleted(alice, carol), await isDeleted(bob, carol)]).toEqual([true, false])
    // Carol has been here for a month without saying so, and chose nothing.
    expect(await isDeleted(carol, bob)).toBe(false)
  })
})

/** A sweeper of the test's own, so that it is known when a pass is over. */
function sweeping(): AsyncDisposable & { pass(): Promise<void> } {
  const sweeper = new AccountSweeper(world.server.context)
  // Joining a pass that began earlier is not enough.
  const pass = async (): Promise<void> => {
    await sweeper.pass()
    await sweeper.pass()
  }
  return { pass, [Symbol.asyncDispose]: () => sweeper.stop() }
}
