import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tl } from '../../../src/tl/factories.ts'
import { HandClock } from '../../harness/clock.ts'
import type { Device } from '../../harness/device.ts'
import { startWorld, type World } from '../../harness/people.ts'
import { ask, plain, signIn, signUp, wrong } from './signing.ts'

let world: World
const clock = new HandClock()

beforeAll(async () => {
  world = await startWorld({ clock })
})
afterAll(() => world[Symbol.asyncDispose]())

const settings = tl.codeSettings({})

/** Lets a day pass for devices whose connections stay open, because they are used. */
async function pastDay(...devices: readonly Device[]): Promise<void> {
  for (let minutes = 0; minutes < 24 * 60; minutes += 12) {
    clock.jump(12 * 60_000)
    await Promise.all(devices.map((device) => device.call('help.getNearestDc')))
  }
}

async function changeCode(
  device: Device,
  phoneNumber: string,
): Promise<{ phoneCodeHash: string; phoneCode: string }> {
  const sent = plain(await device.call('account.sendChangePhoneCode', { phoneNumber, settings }))
  return { phoneCodeHash: sent.phoneCodeHash, phoneCode: await world.server.takeCode(phoneNumber) }
}

describe('a change of number', () => {
  test('tells whoever may see the number, and the new one signs in from then on', async () => {
    const [old, phoneNumber] = ['15550030001', '15550030002']
    const alice = await world.stranger()
    const userId = await signUp(world, alice, old)
    const bob = await world.stranger()
    await signUp(world, bob, '15550030003')
    const carol = await world.stranger()
    await signUp(world, carol, '15550030004')
    const phoneBook = [{ clientId: 1n, phone: old, firstName: 'Alice', lastName: '' }].map((each) =>
      tl.inputPhoneContact(each),
    )
    await bob.call('contacts.importContacts', { contacts: phoneBook })
    const future = [{ clientId: 1n, phone: phoneNumber, firstName: 'Ally', lastName: '' }].map((each) =>
      tl.inputPhoneContact(each),
    )
    await carol.call('contacts.importContacts', { contacts: future })
    await pastDay(alice, bob, carol)
    for (const each of [alice, bob, carol]) await each.updates()

    const { phoneCodeHash, phoneCode } = await changeCode(alice, `+${phoneNumber}`)
    const fields = { phoneNumber, phoneCodeHash }
    expect(await alice.failure('account.changePhone', { ...fields, phoneCode: '' })).toBe('PHONE_CODE_EMPTY')
    expect(await alice.failure('account.changePhone', { ...fields, phoneCode: wrong(phoneCode) })).toBe(
      'PHONE_CODE_INVALID',
    )
    // The code is for this, and for nobody else.
    expect(await bob.failure('account.changePhone', { ...fields, phoneCode })).toBe('PHONE_CODE_EXPIRED')
    expect(await alice.failure('auth.signIn', { ...fields, phoneCode })).toBe('PHONE_CODE_EXPIRED')
    expect(await alice.failure('account.verifyPhone', { ...fields, phoneCode })).toBe('PHONE_CODE_EXPIRED')

    const user = await alice.call('account.changePhone', { ...fields, phoneCode })
    expect(user).toMatchObject({ id: userId, self: true, phone: phoneNumber })
    expect(await alice.failure('account.changePhone', { ...fields, phoneCode })).toBe('PHONE_CODE_EXPIRED')
    const [told] = await bob.expectUpdates('updateUserPhone')
    expect(told).toMatchObject({ userId, phone: phoneNumber })
    await carol.expectUpdates('updateContactsReset')
    expect(await alice.updates()).toEqual([])
    const { contacts, users } = contactsOf(await bob.call('contacts.getContacts', { hash: 0n }))
    expect(contacts).toHaveLength(1)
    expect(users).toMatchObject([{ id: userId, phone: phoneNumber }])
    expect(contactsOf(await carol.call('contacts.getContacts', { hash: 0n })).users).toMatchObject([
      { id: userId, firstName: 'Ally', phone: phoneNumber },
    ])

    expect(await signIn(world, await world.stranger(), phoneNumber)).toBe(userId)
    const somebody = await world.stranger()
    expect((await ask(world, somebody, old)).type._).toBe('auth.sentCodeTypeSms')
  })

  test('is refused to a fresh session, to a taken number, and to one that is taken meanwhile', async () => {
    const device = await world.stranger()
    await signUp(world, device, '15550030010')
    const fresh = device.failure('account.sendChangePhoneCode', { phoneNumber: '15550030011', settings })
    expect(await fresh).toBe('FRESH_CHANGE_PHONE_FORBIDDEN')
    await pastDay(device)
    const own = device.failure('account.sendChangePhoneCode', { phoneNumber: '15550030010', settings })
    expect(await own).toBe('PHONE_NUMBER_OCCUPIED')
    const invalid = device.failure('account.sendChangePhoneCode', { phoneNumber: 'x', settings })
    expect(await invalid).toBe('PHONE_NUMBER_INVALID')

    const phoneNumber = '15550030012'
    const { phoneCodeHash, phoneCode } = await changeCode(device, phoneNumber)
    await signUp(world, await world.stranger(), phoneNumber)
    expect(await device.failure('account.changePhone', { phoneNumber, phoneCodeHash, phoneCode })).toBe(
      'PHONE_NUMBER_OCCUPIED',
    )
    await device.call('updates.getState')
  })

  test('of two at once to one number, one wins', async () => {
    const devices = [await world.stranger(), await world.stranger()]
    await signUp(world, devices[0]!, '15550030020')
    await signUp(world, devices[1]!, '15550030021')
    await pastDay(...devices)
    const phoneNumber = '15550030022'
    const codes: { phoneCodeHash: string; phoneCode: string }[] = []
    for (const device of devices) {
      codes.push(await changeCode(device, phoneNumber))
    }
    const outcomes = await Promise.all(
      devices.map((device, at) =>
        device.call('account.changePhone', { phoneNumber, ...codes[at]! }).then(
          () => 'done',
          (error: Error) => error.message,
        ),
      ),
    )
    expect(outcomes.sort()).toEqual(['PHONE_NUMBER_OCCUPIED', 'done'])
  })
})

describe('a number that is verified', () => {
  test('is sent a code by phone, whatever sessions there are', async () => {
    const device = await world.stranger()
    const phoneNumber = '15550030030'
    await signUp(world, device, phoneNumber)
    const sent = plain(await device.call('account.sendVerifyPhoneCode', { phoneNumber, settings }))
    expect(sent.type._).toBe('auth.sentCodeTypeSms')
    const { phoneCodeHash } = sent
    const message = await world.server.takeMessage(phoneNumber)
    expect(message.text).toContain('confirms that this number is yours')
    const again = plain(await device.call('auth.resendCode', { phoneNumber, phoneCodeHash }))
    expect(again.type._).toBe('auth.sentCodeTypeCall')
    const phoneCode = await world.server.takeCode(phoneNumber)
    const fields = { phoneNumber, phoneCodeHash, phoneCode }
    const stranger = await world.stranger()
    expect(await stranger.failure('auth.signIn', fields)).toBe('PHONE_CODE_EXPIRED')
    expect(await device.call('account.verifyPhone', fields)).toBe(true)
    expect(await device.failure('account.verifyPhone', fields)).toBe('PHONE_CODE_EXPIRED')
  })
})

describe('a deletion that its owner does not want', () => {
  test('is cancelled by a code to the number, and by nobody else', async () => {
    const [device, mallory] = [await world.stranger(), await world.stranger()]
    const phoneNumber = '15550030040'
    const userId = await signUp(world, device, phoneNumber)
    await signUp(world, mallory, '15550030041')
    const { db } = world.server.context
    const hash = 'feedc0de'
    await db.single(
      (tx) => tx.sql`insert into account_deletion (user_id, hash, key_id, delete_at)
        values (${userId}, ${hash}, 1, ${clock.nowSec() + 7 * 86_400})`,
    )
    const wait = async (): Promise<unknown[]> => [
      ...(await db.sql`select 1 from account_deletion where user_id = ${userId}`),
    ]
    const ask = (by: Device, asked: string): Promise<string> =>
      by.failure('account.sendConfirmPhoneCode', { hash: asked, settings })
    expect(await ask(device, 'f00')).toBe('HASH_INVALID')
    expect(await ask(mallory, hash)).toBe('HASH_INVALID')
    const sent = plain(await device.call('account.sendConfirmPhoneCode', { hash, settings }))
    expect(sent.type._).toBe('auth.sentCodeTypeSms')
    const { phoneCodeHash } = sent
    const phoneCode = await world.server.takeCode(phoneNumber)
    expect(await mallory.failure('account.confirmPhone', { phoneCodeHash, phoneCode })).toBe(
      'CODE_HASH_INVALID',
    )
    const wrongly = device.failure('account.confirmPhone', { phoneCodeHash, phoneCode: wrong(phoneCode) })
    expect(await wrongly).toBe('PHONE_CODE_INVALID')
    expect(await wait()).toHaveLength(1)
    expect(await device.call('account.confirmPhone', { phoneCodeHash, phoneCode })).toBe(true)
    expect(await wait()).toHaveLength(0)
    expect(await device.failure('account.confirmPhone', { phoneCodeHash, phoneCode })).toBe(
      'CODE_HASH_INVALID',
    )
  })
})

function contactsOf(answer: { readonly _: string }): {
  contacts: readonly unknown[]
  users: readonly unknown[]
} {
  if (!('contacts' in answer) || !('users' in answer)) throw new Error(answer._)
  return answer as never
}
