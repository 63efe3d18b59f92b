/// <reference types="@prebuilt-tdlib/types" />
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tl } from '../../src/tl/factories.ts'
import type * as T from '../../src/tl/schema.d.ts'
import { Authenticator } from '../harness/authenticator.ts'
import { locksmith } from './locksmith.ts'
import type { Person } from './person.ts'
import { TdlibPerson } from './tdlib.ts'
import { startWorld } from './world.ts'
import type { World } from './world.ts'

let world: World

beforeAll(async () => {
  world = await startWorld()
})

afterAll(async () => {
  await world?.[Symbol.asyncDispose]()
})

function api(person: Person): TdlibPerson['api'] {
  if (!(person instanceof TdlibPerson)) throw new Error(`${person.client} is not TDLib`)
  return person.api
}

/** Signs in on a new TDLib with a passkey, and with a password where one is asked for. */
async function enter(authenticator: Authenticator, password?: string): Promise<number> {
  const client = api(world.person('TDLib'))
  const unexpected = (): Promise<never> => Promise.reject(new Error('TDLib asks for what it should not'))
  const failed = Promise.withResolvers<never>()
  const present = async (): Promise<void> => {
    const { text } = await client.invoke({ _: 'getAuthenticationPasskeyParameters' })
    const credential = authenticator.get(tl.dataJSON({ data: text }))
    const { clientData, authenticatorData, signature, userHandle } =
      credential.response as T.inputPasskeyResponseLogin
    await client.invoke({
      _: 'checkAuthenticationPasskey',
      credential_id: credential.id,
      client_data: clientData.data,
      authenticator_data: base64(authenticatorData),
      signature: base64(signature),
      user_handle: base64(Buffer.from(userHandle)),
    })
  }
  const isIn = client.login({
    type: 'user',
    getPhoneNumber() {
      present().catch(failed.reject)
      return new Promise<string>(() => {})
    },
    getPassword: () => (password === undefined ? unexpected() : Promise.resolve(password)),
    getAuthCode: unexpected,
    getName: unexpected,
    getEmailAddress: unexpected,
    getEmailCode: unexpected,
    confirmOnAnotherDevice: () => {},
  })
  await Promise.race([isIn, failed.promise])
  return (await client.invoke({ _: 'getMe' })).id
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

test('TDLib makes a passkey and signs in with it', async () => {
  const alice = await world.signedUp('TDLib', 'Alice')
  const client = api(alice.person)
  const authenticator = new Authenticator()
  const { text } = await client.invoke({ _: 'getPasskeyParameters' })
  const { response } = authenticator.create(tl.dataJSON({ data: text }))
  const { clientData, attestationData } = response as T.inputPasskeyResponseRegister
  const made = await client.invoke({
    _: 'addLoginPasskey',
    client_data: clientData.data,
    attestation_object: base64(attestationData),
  })
  expect(made).toMatchObject({ name: 'Passkey', last_usage_date: 0 })

  expect(await enter(authenticator)).toBe(alice.id)
  const { passkeys } = await client.invoke({ _: 'getLoginPasskeys' })
  expect(passkeys).toMatchObject([{ id: made.id, last_usage_date: expect.any(Number) }])
  expect(passkeys[0]?.last_usage_date).toBeGreaterThan(0)

  await locksmith(alice.person).set('correct horse', '')
  expect(await enter(authenticator, 'correct horse')).toBe(alice.id)

  await client.invoke({ _: 'removeLoginPasskey', passkey_id: made.id })
  await expect(enter(authenticator)).rejects.toMatchObject({ message: 'PASSKEY_CREDENTIAL_NOT_FOUND' })
})
