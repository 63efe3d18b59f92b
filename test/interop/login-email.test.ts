import { expect, test } from 'vitest'
import { tdlibOf } from './door.ts'
import { readPrinted, stateOf } from './ways.ts'
import { startWorld } from './world.ts'

test('TDLib sets up the address that a server wants first', async () => {
  await using world = await startWorld(1, ['--login-email', 'required'])
  const printed = readPrinted(world)
  const person = world.person('TDLib')
  const { api } = tdlibOf(person)
  const [phone, address] = ['+15550210001', 'erin@example.org']
  await stateOf(api, 'authorizationStateWaitPhoneNumber')
  await api.invoke({ _: 'setAuthenticationPhoneNumber', phone_number: phone })
  await stateOf(api, 'authorizationStateWaitEmailAddress')
  await api.invoke({ _: 'setAuthenticationEmailAddress', email_address: address })
  expect(await stateOf(api, 'authorizationStateWaitEmailCode')).toMatchObject({
    code_info: { email_address_pattern: 'e**n@example.org', length: 6 },
  })
  const letter = await printed('email code', address)
  const code = { _: 'emailAddressAuthenticationCode', code: letter } as const
  await api.invoke({ _: 'checkAuthenticationEmailCode', code })
  const { code_info: sent } = await stateOf(api, 'authorizationStateWaitCode')
  expect(sent.type._).toBe('authenticationCodeTypeSms')
  const sms = await printed('login code', phone, 'sms')
  await api.invoke({ _: 'checkAuthenticationCode', code: sms })
  await stateOf(api, 'authorizationStateWaitRegistration')
  await api.invoke({ _: 'registerUser', first_name: 'Erin', last_name: '' })
  await stateOf(api, 'authorizationStateReady')
  expect(await api.invoke({ _: 'getPasswordState' })).toMatchObject({
    login_email_address_pattern: 'e**n@example.org',
  })
})
