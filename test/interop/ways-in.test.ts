import { afterAll, beforeAll, expect, test } from 'vitest'
import { tdlibOf } from './door.ts'
import { readPrinted, signingIn, stateOf } from './ways.ts'
import type { Printed } from './ways.ts'
import { CLIENTS, startWorld } from './world.ts'
import type { World } from './world.ts'

let world: World
let count = 0
let printed: Printed

beforeAll(async () => {
  world = await startWorld()
  printed = readPrinted(world)
})

afterAll(async () => {
  await world?.[Symbol.asyncDispose]()
})

/** A number that nobody has. */
function newPhone(): string {
  return `+1555020${String(++count).padStart(4, '0')}`
}

test.each(CLIENTS)('%s has its code sent by SMS, by each kind of call, and signs up', async (client) => {
  const phone = newPhone()
  const door = signingIn(world.person(client), phone)
  expect(await door.ask()).toEqual({ type: 'sms', next: 'flash call' })
  await printed('login code', phone, 'sms')
  expect(await door.askAgain()).toEqual({ type: 'flash call', next: 'missed call' })
  expect(await door.askAgain()).toEqual({ type: 'missed call', next: 'call' })
  expect(await door.askAgain()).toEqual({ type: 'call', next: undefined })
  const code = await printed('login code', phone, 'call')
  const wrong = code === '00000' ? '00001' : '00000'
  await expect(door.enter(wrong, 'Alice')).rejects.toThrow(/PHONE_CODE_INVALID/)
  expect(await door.enter(code, 'Alice')).toBeGreaterThan(0)
})

test.each(CLIENTS)('%s finds its code in the chat, then in the mailbox', async (client) => {
  const phone = newPhone()
  const address = `${client.toLowerCase()}@example.org`
  const first = signingIn(world.person(client), phone)
  await first.ask()
  const userId = await first.enter(await printed('login code', phone, 'sms'), 'Bob')

  const second = signingIn(world.person(client), phone)
  expect(await second.ask()).toEqual({ type: 'app', next: 'sms' })
  expect(await second.enter(await printed('login code', phone, 'app'), '')).toBe(userId)

  await second.setEmail(address, () => printed('email code', address))
  const third = signingIn(world.person(client), phone)
  expect(await third.ask()).toEqual({ type: 'email', next: undefined })
  const code = await printed('email code', address)
  await expect(third.enterEmail(code === '000000' ? '000001' : '000000')).rejects.toThrow(
    /PHONE_CODE_INVALID/,
  )
  expect(await third.enterEmail(code)).toBe(userId)
})

test.each(CLIENTS)('%s logs out and comes in again by the token of that', async (client) => {
  const phone = newPhone()
  const door = signingIn(world.person(client), phone)
  await door.ask()
  await door.enter(await printed('login code', phone, 'sms'), 'Carol')
  const token = await door.logOut()
  expect(token).toHaveLength(32)
  const again = signingIn(world.person(client), phone)
  expect(await again.ask([token!])).toEqual({ type: 'in already', next: undefined })
  const third = signingIn(world.person(client), phone)
  expect(await third.ask([token!])).toMatchObject({ type: 'app' })
})

test('TDLib is told when a login e-mail that is lost will go', async () => {
  const phone = newPhone()
  const address = 'lost@example.org'
  const first = signingIn(world.person('TDLib'), phone)
  await first.ask()
  await first.enter(await printed('login code', phone, 'sms'), 'Dave')
  await first.setEmail(address, () => printed('email code', address))

  const person = world.person('TDLib')
  const door = signingIn(person, phone)
  await door.ask()
  const { api } = tdlibOf(person)
  expect(await stateOf(api, 'authorizationStateWaitEmailCode')).toMatchObject({
    allow_apple_id: false,
    allow_google_id: false,
    code_info: { email_address_pattern: 'l**t@example.org', length: 6 },
    email_address_reset_state: { _: 'emailAddressResetStateAvailable', wait_period: 7 * 86_400 },
  })
  await api.invoke({ _: 'resetAuthenticationEmailAddress' })
  const { email_address_reset_state: reset } = await stateOf(api, 'authorizationStateWaitEmailCode')
  expect(reset?._ === 'emailAddressResetStatePending' && reset.reset_in).toBeGreaterThan(6 * 86_400)
  const again = api.invoke({ _: 'resetAuthenticationEmailAddress' })
  await expect(again).rejects.toMatchObject({ message: 'TASK_ALREADY_EXISTS' })
  expect(await door.enterEmail(await printed('email code', address))).toBeGreaterThan(0)
})

test('TDLib verifies a number, and may not change it in its first day', async () => {
  const phone = newPhone()
  const person = world.person('TDLib')
  const door = signingIn(person, phone)
  await door.ask()
  await door.enter(await printed('login code', phone, 'sms'), 'Frank')
  const { api } = tdlibOf(person)
  const other = newPhone()
  const type = { _: 'phoneNumberCodeTypeVerify' } as const
  expect(await api.invoke({ _: 'sendPhoneNumberCode', phone_number: other, type })).toMatchObject({
    type: { _: 'authenticationCodeTypeSms' },
  })
  const code = await printed('login code', other, 'sms')
  await api.invoke({ _: 'checkPhoneNumberCode', code })
  const change = { _: 'phoneNumberCodeTypeChange' } as const
  const changing = api.invoke({ _: 'sendPhoneNumberCode', phone_number: other, type: change })
  await expect(changing).rejects.toMatchObject({ message: 'FRESH_CHANGE_PHONE_FORBIDDEN' })
})
