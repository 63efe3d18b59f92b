import { expect, test } from 'vitest'
import { impose } from '../../../src/domain/abuse/sanctions.ts'
import { addApp } from '../../../src/domain/apps/apps.ts'
import { PUBLISHED_ACCOUNTS } from '../../../src/domain/apps/limits.ts'
import { publishedApp } from '../../../src/domain/apps/published.ts'
import { must } from '../../../src/lib/assert.ts'
import { tl } from '../../../src/tl/factories.ts'
import { Device } from '../../harness/device.ts'
import { startWorld, type World } from '../../harness/people.ts'

const APP = must(publishedApp(17349), 'the id is published')
const CODE = '22222'

test('a published api_id signs in so many accounts, and those again, also after a restart of what counts', async () => {
  await using world = await startWorld()
  const device = await Device.connect(world.server, APP.apiId)
  const ask = async (phoneNumber: string, through = device): Promise<string> => {
    const { apiId, apiHash } = APP
    const sent = await through.call('auth.sendCode', {
      phoneNumber,
      apiId,
      apiHash,
      settings: tl.codeSettings(),
    })
    return 'phoneCodeHash' in sent ? sent.phoneCodeHash : ''
  }
  const phone = (n: number): string => `999662${String(5000 + n)}`
  const signUp = async (n: number): Promise<void> => {
    const phoneCodeHash = await ask(phone(n))
    const name = { phoneNumber: phone(n), phoneCodeHash }
    await device.call('auth.signIn', { ...name, phoneCode: CODE })
    await device.call('auth.signUp', { ...name, firstName: 'Tester', lastName: '' })
  }
  for (let n = 0; n < PUBLISHED_ACCOUNTS - 1; n++) await signUp(n)

  // Two are asked for while there is room for one.
  const rival = await Device.connect(world.server, APP.apiId)
  const names = [
    { phoneNumber: phone(100), phoneCodeHash: await ask(phone(100)) },
    { phoneNumber: phone(101), phoneCodeHash: await ask(phone(101), rival) },
  ] as const
  const devices = [device, rival] as const
  for (const n of [0, 1] as const) await devices[n].call('auth.signIn', { ...names[n], phoneCode: CODE })
  const outcomes = await Promise.allSettled(
    ([0, 1] as const).map((n) =>
      devices[n].call('auth.signUp', { ...names[n], firstName: 'Rival', lastName: '' }),
    ),
  )
  expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  const [refused] = outcomes.filter((outcome) => outcome.status === 'rejected')
  expect(String(refused?.reason)).toContain('API_ID_PUBLISHED_FLOOD')

  const fields = { apiId: APP.apiId, apiHash: APP.apiHash, settings: tl.codeSettings() }
  for (const phoneNumber of [phone(200), '+15550006666'])
    expect(await device.failure('auth.sendCode', { phoneNumber, ...fields })).toBe('API_ID_PUBLISHED_FLOOD')
  // Whose account it is, is not known yet of a QR code.
  const stranger = await world.stranger()
  const token = await stranger.call('auth.exportLoginToken', {
    apiId: APP.apiId,
    apiHash: APP.apiHash,
    exceptIds: [],
  })
  expect(token._).toBe('auth.loginToken')
  // An account of another app is another account, too; one that was counted comes back.
  const other = await world.person('Other')
  expect(await device.failure('auth.sendCode', { phoneNumber: other.phone, ...fields })).toBe(
    'API_ID_PUBLISHED_FLOOD',
  )
  const again = { phoneNumber: phone(3), phoneCodeHash: await ask(phone(3)), phoneCode: CODE }
  expect((await device.call('auth.signIn', again))._).toBe('auth.authorization')
  const { authorizations } = await device.call('account.getAuthorizations')
  expect(authorizations.find(({ current }) => current)).toMatchObject({
    apiId: APP.apiId,
    appName: APP.title,
  })

  // Once the host has registered the id it is as any other.
  await addApp(world.server.context, { ...APP })
  expect(await ask(phone(201))).not.toBe('')
  device.close()
  rival.close()
}, 60_000)

async function block({ server }: World, apiId: number): Promise<void> {
  const subject = { kind: 'app', id: apiId } as const
  await impose(server.context, { subject, kind: 'banned', forSec: undefined, cause: 'Spam', by: undefined })
}

test('an unknown api_id, a wrong api_hash and a blocked app sign nobody in', async () => {
  await using world = await startWorld()
  const device = await world.stranger()
  const send = (apiId: number, apiHash: string): Promise<string> =>
    device.failure('auth.sendCode', {
      phoneNumber: '9996620001',
      apiId,
      apiHash,
      settings: tl.codeSettings(),
    })
  expect(await send(123_456_789, '0'.repeat(32))).toBe('API_ID_INVALID')
  expect(await send(0, '')).toBe('API_ID_INVALID')
  expect(await send(world.apiId, '0'.repeat(32))).toBe('API_ID_INVALID')
  expect(await send(APP.apiId, world.apiHash)).toBe('API_ID_INVALID')
  await block(world, world.apiId)
  expect(await send(world.apiId, world.apiHash)).toBe('API_ID_INVALID')
  const other = must(publishedApp(2040), 'the id is published')
  await block(world, other.apiId)
  expect(await send(other.apiId, other.apiHash)).toBe('API_ID_INVALID')
  await addApp(world.server.context, { ...APP })
  await block(world, APP.apiId)
  expect(await send(APP.apiId, APP.apiHash)).toBe('API_ID_INVALID')
})
