import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { grantMedia, grantPhoto } from '../../../src/domain/files/access.ts'
import { newFileId, putFile, readFile } from '../../../src/domain/files/files.ts'
import { readStored, storeBytes, takeUpload } from '../../../src/domain/files/uploads.ts'
import { tl } from '../../../src/tl/factories.ts'
import type * as T from '../../../src/tl/schema.d.ts'
import { HandClock } from '../../harness/clock.ts'
import { startWorld, type Person, type World } from '../../harness/people.ts'
import { download, locationFor, makeDocument, PART, someBytes, upload } from './uploading.ts'

const KB = 1024
const JPEG = Buffer.from('ffd8ffe000104a46', 'hex')
const clock = new HandClock()
let world: World
let alice: Person
let bob: Person

beforeAll(async () => {
  world = await startWorld({ clock, config: { fileReferencesSec: 60 } })
  alice = await world.person('Alice')
  bob = await world.person('Bob')
})
afterAll(() => world[Symbol.asyncDispose]())

async function documentOf(bytes: Uint8Array, partSize?: number): Promise<T.document> {
  return await makeDocument(world.server.context, alice.id, await upload(alice, bytes, partSize))
}

/** A photo of two sizes, as it is stored. */
async function photoOf(sizes: Readonly<Record<string, Uint8Array>>): Promise<T.photo> {
  const { context: ctx } = world.server
  const contents = await Promise.all(
    Object.entries(sizes).map(async ([type, bytes]) => ({
      type,
      bytes: await storeBytes(ctx, { userId: alice.id, dc: 2 }, bytes),
    })),
  )
  const id = newFileId(ctx)
  const shown = contents.map(({ type, bytes: { size } }) => tl.photoSize({ type, w: 100, h: 100, size }))
  const facts = tl.photo({
    id,
    accessHash: 7n,
    fileReference: Buffer.of(7),
    date: clock.nowSec(),
    sizes: shown,
    dcId: 2,
  })
  await ctx.db.transaction((tx) => putFile(tx, { id, ownerId: alice.id, date: facts.date, facts, contents }))
  return facts
}

describe('a file', () => {
  test.each([
    ['of one part', 5000, PART],
    ['of many parts', 1_300_000, PART],
    ['of small parts', 300 * KB + 1, 4 * KB],
    ['that ends with a full part', 2 * PART, PART],
  ])('%s comes back as it was uploaded, to everybody who was shown it', async (_, size, partSize) => {
    const bytes = someBytes(size)
    const document = await documentOf(bytes, partSize)
    expect(document).toMatchObject({ size, dcId: 2 })
    for (const person of [alice, bob]) {
      const location = locationFor(world.server.context, person.id, document)
      expect(Buffer.compare(await download(person, location), bytes)).toBe(0)
    }
  })

  test('can be made again of the same upload', async () => {
    const { context } = world.server
    const bytes = someBytes(1000)
    const file = await upload(alice, bytes)
    const first = await makeDocument(context, alice.id, file)
    const second = await makeDocument(context, alice.id, file)
    expect(first.id).not.toBe(second.id)
    expect(await download(bob, locationFor(context, bob.id, second))).toEqual(bytes)
    expect(await readStored(context, await takeUpload(context, { userId: alice.id }, file))).toEqual(bytes)
  })

  test('is nobody else’s upload', async () => {
    const file = await upload(alice, someBytes(1000))
    const taken = takeUpload(world.server.context, { userId: bob.id }, file)
    await expect(taken).rejects.toThrow('FILE_PART_0_MISSING')
  })

  test('is stored without anybody’s access, and shown to each with other access', async () => {
    const { context: ctx } = world.server
    const photo = await photoOf({ s: JPEG, m: someBytes(PART + 10) })
    const stored = await readFile(ctx.db, photo.id)
    const facts = { id: photo.id, accessHash: 0n, fileReference: new Uint8Array(0) }
    expect(stored).toMatchObject({ kind: 'photo', dc: 2, ownerId: alice.id, facts })
    const shown = [alice, bob].map(({ id }) => grantPhoto(ctx, id, photo) as T.photo)
    expect(new Set(shown.map(({ accessHash }) => accessHash)).size).toBe(2)
    expect(shown[0]!.fileReference).not.toEqual(shown[1]!.fileReference)
    const media = grantMedia(ctx, bob.id, tl.messageMediaPhoto({ photo }))
    expect(media).toMatchObject({ photo: shown[1] })
    const { accessHash, fileReference } = shown[1]!
    const location = tl.inputPhotoFileLocation({ id: photo.id, accessHash, fileReference, thumbSize: 's' })
    expect(await bob.call('upload.getFile', { location, offset: 0, limit: 4 * KB })).toMatchObject({
      type: { _: 'storage.fileJpeg' },
      mtime: photo.date,
    })
    expect(await download(bob, location)).toEqual(JPEG)
    // The place that clients of old layers know the size by.
    const place = { volumeId: photo.id, localId: 's'.charCodeAt(0), secret: 0n }
    const old = tl.inputPhotoLegacyFileLocation({ id: photo.id, accessHash, fileReference, ...place })
    expect(await download(bob, old)).toEqual(JPEG)
    expect(await alice.failure('upload.getFile', { location, offset: 0, limit: 4 * KB })).toBe(
      'LOCATION_INVALID',
    )
  })

  test('has hashes by which its bytes are checked', async () => {
    const bytes = someBytes(300 * KB)
    const location = locationFor(world.server.context, bob.id, await documentOf(bytes))
    const pieces = [0, 128, 256].map((kb) => bytes.subarray(kb * KB, (kb + 128) * KB))
    const hashes = pieces.map((piece, index) => ({
      offset: index * 128 * KB,
      limit: 128 * KB,
      hash: createHash('sha256').update(piece).digest('hex'),
    }))
    const ask = async (offset: number) =>
      (await bob.call('upload.getFileHashes', { location, offset })).map((each) => ({
        offset: each.offset,
        limit: each.limit,
        hash: Buffer.from(each.hash).toString('hex'),
      }))
    expect(await ask(0)).toEqual(hashes)
    expect(await ask(200 * KB)).toEqual(hashes.slice(1))
    expect(await ask(384 * KB)).toEqual([])
    expect(await bob.failure('upload.getFileHashes', { location, offset: -1 })).toBe('LOCATION_INVALID')
  })
})

describe('a location', () => {
  test('of a kind that there is not, or of nothing, is none', async () => {
    const document = await documentOf(someBytes(100))
    const own = locationFor(world.server.context, bob.id, document)
    const { id, accessHash, fileReference } = own
    const locations = [
      tl.inputFileLocation({ volumeId: 1n, localId: 1, secret: 1n, fileReference }),
      tl.inputPhotoFileLocation({ id, accessHash, fileReference, thumbSize: '' }),
      tl.inputDocumentFileLocation({ ...own, thumbSize: 'm' }),
      tl.inputDocumentFileLocation({ ...own, thumbSize: '\0' }),
      tl.inputDocumentFileLocation({ ...own, accessHash: accessHash + 1n }),
      tl.inputPhotoLegacyFileLocation({ ...own, volumeId: id, localId: 0, secret: 0n }),
    ]
    for (const location of locations) {
      const request = { location, offset: 0, limit: 4 * KB }
      expect(await bob.failure('upload.getFile', request)).toBe('LOCATION_INVALID')
    }
  })

  test('is good for a time', async () => {
    const { context } = world.server
    const document = await documentOf(someBytes(100))
    const location = locationFor(context, bob.id, document)
    const ask = (fileReference: Uint8Array): Promise<string> => {
      const named = tl.inputDocumentFileLocation({ ...location, fileReference })
      return bob.failure('upload.getFile', { location: named, offset: 0, limit: 4 * KB })
    }
    expect(await ask(new Uint8Array(0))).toBe('FILE_REFERENCE_EMPTY')
    expect(await ask(randomBytes(12))).toBe('FILE_REFERENCE_INVALID')
    expect(await ask(randomBytes(5))).toBe('FILE_REFERENCE_INVALID')
    clock.advance(60_000)
    expect(await download(bob, location)).toHaveLength(100)
    clock.advance(60_000)
    expect(await ask(location.fileReference)).toBe('FILE_REFERENCE_EXPIRED')
    expect(await bob.failure('upload.getFileHashes', { location, offset: 0 })).toBe('FILE_REFERENCE_EXPIRED')
    expect(await download(bob, locationFor(context, bob.id, document))).toHaveLength(100)
  })

  test('is read in whole steps, within one chunk', async () => {
    const bytes = someBytes(1_200_000)
    const location = locationFor(world.server.context, bob.id, await documentOf(bytes, 32 * KB))
    const holds = async (piece: Uint8Array, offset: number, limit: number, precise = false) => {
      const answer = await bob.call('upload.getFile', { location, offset, limit, precise })
      expect(answer._ === 'upload.file' && Buffer.compare(answer.bytes, piece)).toBe(0)
    }
    const refused = (offset: number, limit: number, precise = false) =>
      bob.failure('upload.getFile', { location, offset, limit, precise })
    await holds(bytes.subarray(4 * KB, 36 * KB), 4 * KB, 32 * KB)
    await holds(bytes.subarray(KB, 64 * KB), KB, 63 * KB, true)
    await holds(bytes.subarray(1024 * KB), 1024 * KB, 512 * KB)
    await holds(new Uint8Array(0), 2048 * KB, 4 * KB)
    expect(await refused(KB, 4 * KB)).toBe('OFFSET_INVALID')
    expect(await refused(-4 * KB, 4 * KB)).toBe('OFFSET_INVALID')
    expect(await refused(100, KB, true)).toBe('OFFSET_INVALID')
    expect(await refused(0, 12 * KB)).toBe('LIMIT_INVALID')
    expect(await refused(0, 0)).toBe('LIMIT_INVALID')
    expect(await refused(0, 2048 * KB)).toBe('LIMIT_INVALID')
    expect(await refused(1020 * KB, 8 * KB)).toBe('LIMIT_INVALID')
    expect(await refused(0, 100, true)).toBe('LIMIT_INVALID')
  })
})
