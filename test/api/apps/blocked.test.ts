import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createLocalBus } from '../../../src/bus/local.ts'
import { impose, lift, unblockApp } from '../../../src/domain/abuse/sanctions.ts'
import { addApp } from '../../../src/domain/apps/apps.ts'
import { publishedApp } from '../../../src/domain/apps/published.ts'
import { must } from '../../../src/lib/assert.ts'
import type { UserId } from '../../../src/lib/ids.ts'
import { decodeObject } from '../../../src/tl/decode.ts'
import { tl } from '../../../src/tl/factories.ts'
import type * as T from '../../../src/tl/schema.d.ts'
import { Device } from '../../harness/device.ts'
import { startTestServer, type TestServer } from '../../harness/in-process.ts'
import { startWorld, texts, type Person, type World } from '../../harness/people.ts'
import { ask, signUp } from '../auth/signing.ts'

const APP = { apiId: 4_711, apiHash: '0123456789abcdef'.repeat(2), title: 'Trouble' }
const CODE = '22222'

/** Two nodes over one database and one bus. The app is blocked on the first, and used on the second. */
let world: World
let second: TestServer
let alice: Person
let bob: Person
/** Alice's, in the app that is blocked. */
let device: Device

beforeAll(async () => {
  const bus = createLocalBus()
  world = await startWorld({ bus })
  second = await startTestServer({ bus, config: { database: world.server.context.config.database } })
  await addApp(world.server.context, APP)
})
afterAll(async () => {
  await second[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})
beforeEach(async () => {
  alice = await world.person('Alice')
  bob = await world.person('Bob')
  device = await signedIn(APP)
  return async () => {
    device.close()
    await unblockApp(world.server.context, APP.apiId, undefined)
  }
})

/** What is left to be called once a code was sent. */
async function begunSignIn(on: Device, { apiId, apiHash }: Pick<World, 'apiId' | 'apiHash'> = APP) {
  const asked = { phoneNumber: alice.phone, apiId, apiHash, settings: tl.codeSettings({}) }
  const sent = await on.call('auth.sendCode', asked)
  if (sent._ !== 'auth.sentCode') throw new Error(`answered ${sent._}`)
  return { phoneNumber: alice.phone, phoneCodeHash: sent.phoneCodeHash, phoneCode: CODE }
}

/** A device of Alice's on the second node, signed in through an app. */
async function signedIn(app: Pick<World, 'apiId' | 'apiHash'>): Promise<Device> {
  const made = await Device.connect(second, app.apiId)
  await made.call('auth.signIn', await begunSignIn(made, app))
  made.belongTo(alice.id)
  await made.begin()
  await alice.device.updates()
  return made
}

/** Blocks an app. Returns the sanction. */
async function block({ apiId } = APP): Promise<number> {
  const subject = { kind: 'app', id: apiId } as const
  const by = 1 as UserId
  const id = await impose(world.server.context, {
    subject,
    kind: 'banned',
    forSec: undefined,
    cause: 'Spam',
    by,
  })
  return must(id, 'an administrator always can')
}

test('whoever came in by an app can do nothing there while it is blocked, and goes on afterwards', async () => {
  const since = await device.call('updates.getState')
  const id = await block()
  expect(await device.failure('updates.getState')).toBe('CONNECTION_API_ID_INVALID')
  expect(await device.failure('users.getUsers', { id: [tl.inputUserSelf()] })).toBe(
    'CONNECTION_API_ID_INVALID',
  )
  // What anybody may call.
  await device.call('help.getConfig')
  // The account is not banned: its other app goes on.
  await bob.send(alice, 'Are you there?')
  await alice.expectUpdates('updateNewMessage')
  await alice.send(bob, 'Here I am')

  await lift(world.server.context, id, undefined)
  const { pts, qts, date } = since
  const missed = await device.call('updates.getDifference', { pts, qts, date })
  expect('newMessages' in missed && texts(missed.newMessages)).toEqual(['Are you there?', 'Here I am'])
  await device.begin()
  await bob.send(alice, 'Good')
  await device.expectUpdates('updateNewMessage')
})

test('a blocked app is pushed nothing', async () => {
  const other = await signedIn(world)
  const pushed: T.Update[] = []
  device.client.onPush = (body) => {
    const updates = decodeObject(body) as T.Updates
    const isNews = (update: T.Update): boolean => update._ === 'updateNewMessage'
    if (updates._ === 'updates') pushed.push(...updates.updates.filter(isNews))
  }
  const id = await block()
  await bob.send(alice, 'A secret')
  await alice.expectUpdates('updateNewMessage')
  // This one came in by another app, and is on the same node.
  await other.nextUpdate('updateNewMessage')
  // The answer comes after whatever was pushed before.
  await device.call('help.getConfig')
  expect(pushed).toEqual([])
  await lift(world.server.context, id, undefined)
  await device.call('updates.getState')
  await bob.send(alice, 'No secret')
  await expect.poll(() => pushed).toHaveLength(1)
  other.close()
})

test('connecting again, or naming another app, lets nobody in', async () => {
  await block()
  const again = await Device.connect(second, world.apiId, undefined, undefined, device)
  expect(await again.failure('updates.getState')).toBe('CONNECTION_API_ID_INVALID')
  await unblockApp(world.server.context, APP.apiId, undefined)
  await again.call('updates.getState')
  again.close()
})

test('a sign-in that had begun before its app was blocked does not end in a login', async () => {
  const late = await Device.connect(second, APP.apiId)
  const signIn = await begunSignIn(late)
  await block()
  expect(await late.failure('auth.signIn', signIn)).toBe('CONNECTION_API_ID_INVALID')
  expect(await late.failure('updates.getState')).toBe('AUTH_KEY_UNREGISTERED')
  await unblockApp(world.server.context, APP.apiId, undefined)
  await late.call('auth.signIn', signIn)
  await late.call('updates.getState')
  late.close()
})

test('the ids of a client that were published, and not registered here, are blocked as any other', async () => {
  const published = must(publishedApp(611_335), 'the id is published')
  const used = await signedIn(published)
  const late = await Device.connect(second, published.apiId)
  const signIn = await begunSignIn(late, published)
  const id = await block(published)
  expect(await used.failure('updates.getState')).toBe('CONNECTION_API_ID_INVALID')
  expect(await late.failure('auth.signIn', signIn)).toBe('CONNECTION_API_ID_INVALID')
  const asked = { ...published, phoneNumber: alice.phone, settings: tl.codeSettings({}) }
  expect(await late.failure('auth.sendCode', asked)).toBe('API_ID_INVALID')
  // They stay so when the host registers them.
  await addApp(world.server.context, published)
  expect(await late.failure('auth.sendCode', asked)).toBe('API_ID_INVALID')
  expect(await used.failure('updates.getState')).toBe('CONNECTION_API_ID_INVALID')
  await device.call('updates.getState')

  await lift(world.server.context, id, undefined)
  await used.call('updates.getState')
  await late.call('auth.signIn', signIn)
  used.close()
  late.close()
})

test('a code does not go where its owner cannot read it', async () => {
  const phoneNumber = '15550203040'
  await signUp({ ...world, apiId: APP.apiId, apiHash: APP.apiHash }, await world.stranger(), phoneNumber)
  const sentTo = async (): Promise<string> => (await ask(world, await world.stranger(), phoneNumber)).type._
  expect(await sentTo()).toBe('auth.sentCodeTypeApp')
  await block()
  expect(await sentTo()).toBe('auth.sentCodeTypeSms')
  await unblockApp(world.server.context, APP.apiId, undefined)
  expect(await sentTo()).toBe('auth.sentCodeTypeApp')
})
