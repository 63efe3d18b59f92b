import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import net from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLocalBus } from '../../../src/bus/local.ts'
import { parseConfig } from '../../../src/config.ts'
import { moveHome } from '../../../src/domain/datacenters/home.ts'
import { takeUpload } from '../../../src/domain/files/uploads.ts'
import { tl } from '../../../src/tl/factories.ts'
import { HandClock } from '../../harness/clock.ts'
import type { Device } from '../../harness/device.ts'
import { startTestServer, type TestServerOptions } from '../../harness/in-process.ts'
import { startWorld, type Person, type World } from '../../harness/people.ts'
import { createTestDatabase } from '../../harness/postgres.ts'
import { connectClient } from '../../mtproto/client/client.ts'
import { ConnectionClosed } from '../../mtproto/client/plain-client.ts'
import { ask, signUp } from '../auth/signing.ts'
import { download, locationFor, makeDocument, someBytes, upload } from '../upload/uploading.ts'

const SELF = { id: [tl.inputUserSelf()] }

const three = parseConfig(['--dcs', '3'], {})

let world: World
const clock = new HandClock()

beforeAll(async () => {
  const { datacenters } = three
  world = await startWorld({ config: { datacenters }, clock })
})
afterAll(() => world[Symbol.asyncDispose]())

function codeFields(phoneNumber: string) {
  const { apiId, apiHash } = world
  return { phoneNumber, apiId, apiHash, settings: tl.codeSettings({}) }
}

/** Carries a login to another datacenter, as a client does to fetch a file there. */
async function carry(person: Person, dcId: number): Promise<Device> {
  const { id, bytes } = await person.call('auth.exportAuthorization', { dcId })
  const device = await world.stranger(dcId)
  expect(await device.call('auth.importAuthorization', { id, bytes })).toMatchObject({
    user: { id: person.id },
  })
  return device
}

async function move(person: Person, dc: number): Promise<void> {
  expect(await moveHome(world.server.context, { phone: person.phone, dc })).toBe(person.id)
}

describe('each datacenter', () => {
  test('has a port of its own, and all are announced everywhere', async () => {
    const { dcs } = world.server.running.facts
    expect(dcs.map(({ id }) => id)).toEqual([1, 2, 3])
    expect(new Set(dcs.map(({ port }) => port)).size).toBe(3)
    for (const { id } of dcs) {
      const device = await world.stranger(id)
      const config = await device.call('help.getConfig')
      expect(config.thisDc).toBe(id)
      const listed = config.dcOptions.map(({ id, ipAddress: host, port }) => ({ id, host, port }))
      expect(listed).toEqual(dcs.flatMap((dc) => [dc, dc]))
      expect(await device.call('help.getNearestDc')).toMatchObject({ thisDc: id, nearestDc: id })
      expect(await device.call('help.getCdnConfig')).toMatchObject({ publicKeys: [] })
    }
  })

  test('has keys of its own: they are not known elsewhere', async () => {
    const { dcs, publicKey } = world.server.running.facts
    const nowMs = (): number => clock.nowMs()
    const [first, second] = dcs
    const client = await connectClient({ ...first!, dc: 1, publicKey, nowMs })
    client.close()
    const elsewhere = await connectClient({ ...second!, key: client.key, nowMs })
    const refused = await elsewhere.request(Buffer.alloc(8)).catch((reason: unknown) => reason)
    expect((refused as ConnectionClosed).code).toBe(-404)
  })

  test('makes no keys for another one, and for none that does not exist', async () => {
    const { dcs, publicKey } = world.server.running.facts
    for (const dc of [2, 4]) {
      const error = await connectClient({ ...dcs[0]!, dc, publicKey }).catch((reason: unknown) => reason)
      expect((error as ConnectionClosed).code).toBe(-444)
    }
  })

  test('tells clients of test servers that they talk to one', async () => {
    const device = await world.stranger(2)
    expect(await device.call('help.getConfig')).toMatchObject({ testMode: false })
    const tester = await world.stranger(10_002)
    expect(await tester.call('help.getConfig')).toMatchObject({ testMode: true, thisDc: 2 })
  })

  test.each(['intermediate', 'websocket-intermediate', 'http'] as const)(
    'gives a client that names none the datacenter of the port: %s',
    async (transport) => {
      const { dcs, publicKey } = world.server.running.facts
      const client = await connectClient({ ...dcs[2]!, transport, publicKey, nowMs: () => clock.nowMs() })
      const stored = world.server.context.db.sql`select dc from auth_key where key_id = ${client.key.id}`
      expect(await stored).toEqual([{ dc: 3 }])
      client.close()
    },
  )

  test('takes the datacenter that a client names where the address leads to all', async () => {
    const listen = ['127.0.0.1', '127.0.0.2'].map((host) => ({ host, port: 0 }))
    const [shared = 0] = await freePorts(1)
    listen[1]!.port = shared
    await using other = await startWorld({ config: { datacenters: three.datacenters, listen } })
    const { publicKey } = other.server.running.facts
    const made = async (dc?: number): Promise<unknown> => {
      const named = dc === undefined ? {} : { dc }
      const client = await connectClient({ host: '127.0.0.2', port: shared, publicKey, ...named })
      client.close()
      const [row] = await other.server.context.db.sql`select dc from auth_key where key_id = ${client.key.id}`
      return row?.['dc']
    }
    expect([await made(1), await made(3), await made()]).toEqual([1, 3, 2])
  })
})

describe('a phone number', () => {
  test('leads to the datacenter of its account: PHONE_MIGRATE_X', async () => {
    const alice = await world.person('Alice', 1)
    const elsewhere = await world.stranger(3)
    expect(await elsewhere.failure('auth.sendCode', codeFields(alice.phone))).toBe('PHONE_MIGRATE_1')
    const signIn = { phoneNumber: alice.phone, phoneCodeHash: 'x', phoneCode: '11111' }
    expect(await elsewhere.failure('auth.signIn', signIn)).toBe('PHONE_MIGRATE_1')
    await alice.anotherDevice(1)
  })

  test('of the test range leads to the datacenter that it names', async () => {
    const stranger = await world.stranger(2)
    expect(await stranger.failure('auth.sendCode', codeFields('+999663777'.padEnd(11, '7')))).toBe(
      'PHONE_MIGRATE_3',
    )
  })

  test('that is new stays where it is, unless its address is nearer to another: NETWORK_MIGRATE_X', async () => {
    const fields = codeFields('+15550107777')
    const stranger = await world.stranger(1)
    expect((await stranger.call('auth.sendCode', fields))._).toBe('auth.sentCode')

    const { datacenters } = parseConfig(['--dcs', '3', '--nearest-dc', '10.0.0.0/8=1,127.0.0.0/8=3'], {})
    await using other = await startWorld({ config: { datacenters } })
    const [far, near] = [await other.stranger(1), await other.stranger(3)]
    const app = { apiId: other.apiId, apiHash: other.apiHash }
    expect(await far.failure('auth.sendCode', { ...fields, ...app })).toBe('NETWORK_MIGRATE_3')
    expect(await far.call('help.getNearestDc')).toMatchObject({ thisDc: 1, nearestDc: 3 })
    expect((await near.call('auth.sendCode', { ...fields, ...app }))._).toBe('auth.sentCode')
  })

  test('goes on at another datacenter after its owner was moved', async () => {
    const alice = await world.person('Alice', 2)
    await move(alice, 3)
    const device = await world.stranger(2)
    expect(await device.failure('auth.sendCode', codeFields(alice.phone))).toBe('PHONE_MIGRATE_3')
  })
})

describe('a login that is carried to another datacenter', () => {
  test('may fetch files there and be carried on, and all else is to be asked at home: USER_MIGRATE_X', async () => {
    const alice = await world.person('Alice', 2)
    const away = await carry(alice, 1)
    await away.call('help.getConfig')
    expect(await away.failure('users.getUsers', SELF)).toBe('USER_MIGRATE_2')
    expect(await away.failure('updates.getState')).toBe('USER_MIGRATE_2')
    const photo = { id: 1n, accessHash: 1n, fileReference: new Uint8Array(), thumbSize: 'x' }
    const file = { location: tl.inputPhotoFileLocation(photo), offset: 0, limit: 4096 }
    expect(await away.failure('upload.getFile', file)).not.toContain('MIGRATE')
    await away.call('auth.exportAuthorization', { dcId: 3 })
  })

  test('is for one datacenter, which is not the one where it comes from', async () => {
    const alice = await world.person('Alice', 2)
    expect(await alice.failure('auth.exportAuthorization', { dcId: 2 })).toBe('DC_ID_INVALID')
    expect(await alice.failure('auth.exportAuthorization', { dcId: 4 })).toBe('DC_ID_INVALID')
    const { id, bytes } = await alice.call('auth.exportAuthorization', { dcId: 1 })
    const elsewhere = await world.stranger(3)
    expect(await elsewhere.failure('auth.importAuthorization', { id, bytes })).toBe('AUTH_BYTES_INVALID')
  })

  test('gets no updates there', async () => {
    const [alice, bob] = [await world.person('Alice', 2), await world.person('Bob', 3)]
    const away = await carry(alice, 1)
    let pushes = 0
    away.client.onPush = () => pushes++
    await bob.send(alice, 'Across')
    await alice.expectUpdates('updateNewMessage')
    await away.call('help.getConfig')
    expect(pushes).toBe(0)
  })
})

describe('somebody who is moved', () => {
  test('is told so at the next call, gets no more updates there, and goes on where they have a key', async () => {
    const [alice, bob] = [await world.person('Alice', 2), await world.person('Bob', 1)]
    const there = await carry(alice, 3)
    expect(await there.failure('updates.getState')).toBe('USER_MIGRATE_2')
    await move(alice, 3)
    expect(await alice.failure('users.getUsers', SELF)).toBe('USER_MIGRATE_3')
    let pushes = 0
    alice.device.client.onPush = () => pushes++
    await there.call('updates.getState')
    there.belongTo(alice.id)
    await there.begin()
    await bob.send(alice, 'You have moved')
    await there.expectUpdates('updateNewMessage')
    expect(pushes).toBe(0)
  })

  test('can carry the login to the new home when it is not there yet', async () => {
    const alice = await world.person('Alice', 2)
    await move(alice, 3)
    expect(await alice.failure('updates.getState')).toBe('USER_MIGRATE_3')
    const there = await carry(alice, 3)
    expect(await there.call('users.getUsers', SELF)).toMatchObject([{ self: true }])
  })
})

test('a code goes into the chat only where its owner is at home and sees it', async () => {
  const phoneNumber = '15550203041'
  const device = await world.stranger(2)
  const userId = await signUp(world, device, phoneNumber)
  const sentTo = async (dc: number): Promise<string> =>
    (await ask(world, await world.stranger(dc), phoneNumber)).type._
  expect(await sentTo(2)).toBe('auth.sentCodeTypeApp')
  await moveHome(world.server.context, { phone: phoneNumber, dc: 3 })
  expect(await sentTo(3)).toBe('auth.sentCodeTypeSms')
  // The old home still lets it be carried to the new one, where it is one session and sees what comes.
  expect(await device.failure('updates.getState')).toBe('USER_MIGRATE_3')
  const exported = await device.call('auth.exportAuthorization', { dcId: 3 })
  const there = await world.stranger(3)
  expect(await there.call('auth.importAuthorization', exported)).toMatchObject({ user: { id: userId } })
  expect(await sentTo(3)).toBe('auth.sentCodeTypeApp')
})

/** Ports on which nobody listens, and which no system gives to whoever asks for any: none is taken until it is used. */
async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) {
    const port = randomInt(15_000, 30_000)
    const server = net.createServer().listen(port, '127.0.0.1')
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    if (!isFree) continue
    await once(server.close(), 'close')
    ports.add(port)
  }
  return [...ports]
}

test('processes of their own, with one database, one bus and one master key, are one server', async () => {
  await using database = await createTestDatabase()
  const [first = 0, third = 0] = await freePorts(2)
  const host = '127.0.0.1'
  const bus = createLocalBus()
  const serve = (dc: number, port: number, otherDc: number, otherPort: number): TestServerOptions => {
    const elsewhere = [{ id: otherDc, host, port: otherPort }]
    const datacenters = { here: [dc], elsewhere, nearest: [] }
    return { bus, config: { database: database.url, dc, listen: [{ host, port }], datacenters } }
  }
  await using near = await startWorld(serve(1, first, 3, third))
  await using far = await startTestServer(serve(3, third, 1, first))
  expect(far.running.facts.dcs).toEqual(near.server.running.facts.dcs)

  const [alice, bob] = [await near.person('Alice', 1), await near.person('Bob', 3)]
  await alice.send(bob, 'Across processes')
  await bob.expectUpdates('updateNewMessage')
  await bob.send(alice, 'And back')
  await alice.expectUpdates('updateNewMessage')

  const stranger = await near.stranger(3)
  const { apiId, apiHash } = near
  const fields = { phoneNumber: alice.phone, apiId, apiHash, settings: tl.codeSettings({}) }
  expect(await stranger.failure('auth.sendCode', fields)).toBe('PHONE_MIGRATE_1')
  const exported = await alice.call('auth.exportAuthorization', { dcId: 3 })
  const carried = await stranger.call('auth.importAuthorization', exported)
  expect(carried).toMatchObject({ user: { id: alice.id } })
  expect(await stranger.failure('updates.getState')).toBe('USER_MIGRATE_1')

  // A file lies with the process to which it was uploaded.
  const bytes = someBytes(10_000)
  const file = await upload(bob, bytes)
  const elsewhere = takeUpload(near.server.context, { userId: bob.id }, file)
  await expect(elsewhere).rejects.toThrow('FILE_PART_0_MISSING')
  const location = locationFor(far.context, alice.id, await makeDocument(far.context, bob.id, file))
  const request = { location, offset: 0, limit: 4096 }
  expect(await alice.failure('upload.getFile', request)).toBe('FILE_MIGRATE_3')
  expect(await download(stranger, location)).toEqual(bytes)
})
