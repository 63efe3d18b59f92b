import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseConfig } from '../../../src/config.ts'
import { tl } from '../../../src/tl/factories.ts'
import type { Device } from '../../harness/device.ts'
import { coloursAt, redAndBlue } from '../../harness/image.ts'
import { startWorld, type Person, type World } from '../../harness/people.ts'
import { download, locationFor, makeDocument, someBytes, upload } from './uploading.ts'

let world: World

beforeAll(async () => {
  const { datacenters } = parseConfig(['--dcs', '3'], {})
  world = await startWorld({ config: { datacenters } })
})
afterAll(() => world[Symbol.asyncDispose]())

/** Carries a login to another datacenter, as a client does to fetch a file there. */
async function carry(person: Person, device: Device, dcId: number): Promise<Device> {
  const { id, bytes } = await person.call('auth.exportAuthorization', { dcId })
  await device.call('auth.importAuthorization', { id, bytes })
  return device
}

describe('a file', () => {
  test('lies where its owner is at home, and is fetched there: FILE_MIGRATE_X', async () => {
    const { context } = world.server
    const alice = await world.person('Alice', 1)
    const bob = await world.person('Bob', 2)
    const bytes = someBytes(100_000)
    const document = await makeDocument(context, alice.id, await upload(alice, bytes))
    expect(document.dcId).toBe(1)
    const location = locationFor(context, bob.id, document)
    const request = { location, offset: 0, limit: 4096 }
    expect(await bob.failure('upload.getFile', request)).toBe('FILE_MIGRATE_1')
    expect(await bob.failure('upload.getFileHashes', { location, offset: 0 })).toBe('FILE_MIGRATE_1')
    const there = await carry(bob, await world.stranger(1), 1)
    expect(await download(there, location)).toEqual(bytes)
    expect(
      await alice.call('upload.getFile', { ...request, location: locationFor(context, alice.id, document) }),
    ).toMatchObject({ _: 'upload.file' })
  })

  test('of a profile photo lies where its owner is at home, and is named by its owner there, too', async () => {
    const alice = await world.person('Alice', 3)
    const bob = await world.person('Bob', 2)
    const file = await upload(alice, await redAndBlue(200, 200))
    const { photo } = await alice.call('photos.uploadProfilePhoto', { file })
    const [user] = await bob.call('users.getUsers', { id: [bob.user(alice)] })
    expect(user).toMatchObject({ photo: { photoId: photo.id, dcId: 3 } })
    const location = tl.inputPeerPhotoFileLocation({ peer: bob.peer(alice), photoId: photo.id })
    expect(await bob.failure('upload.getFile', { location, offset: 0, limit: 4096 })).toBe('FILE_MIGRATE_3')
    const there = await carry(bob, await world.stranger(3), 3)
    expect(await coloursAt(await download(there, location), [[0.1, 0.5]])).toEqual(['red'])
  })

  test('is uploaded at home only: USER_MIGRATE_X', async () => {
    const alice = await world.person('Alice', 1)
    const away = await carry(alice, await world.stranger(3), 3)
    const part = { fileId: 1n, filePart: 0, bytes: someBytes(100) }
    expect(await away.failure('upload.saveFilePart', part)).toBe('USER_MIGRATE_1')
    expect(await away.failure('upload.saveBigFilePart', { ...part, fileTotalParts: 1 })).toBe(
      'USER_MIGRATE_1',
    )
  })
})
