import { createHash, randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dropFiles } from '../../../src/domain/files/file-store.ts'
import { SWEPT_UPLOADS } from '../../../src/domain/files/limits.ts'
import { UploadSweeper } from '../../../src/domain/files/sweeper.ts'
import { readStored, takeUpload, type UploadedFile } from '../../../src/domain/files/uploads.ts'
import { tl } from '../../../src/tl/factories.ts'
import type * as T from '../../../src/tl/schema.d.ts'
import { HandClock } from '../../harness/clock.ts'
import { sentMessage, startWorld, type Person, type World } from '../../harness/people.ts'
import { download, locationFor, makeDocument, PART, savePart, someBytes, upload } from './uploading.ts'

const KB = 1024
const DAY_MS = 86_400_000
const clock = new HandClock()
let world: World
let alice: Person

beforeAll(async () => {
  world = await startWorld({ clock })
  alice = await world.person('Alice')
})
afterAll(() => world[Symbol.asyncDispose]())

function newId(): bigint {
  return randomBytes(8).readBigInt64LE()
}

function inputFile(id: bigint, parts: number, md5Checksum = '') {
  return tl.inputFile({ id, parts, name: 'file', md5Checksum })
}

async function take(file: UploadedFile, by: Person = alice): Promise<Buffer> {
  const { context } = world.server
  return await readStored(context, await takeUpload(context, { userId: by.id }, file))
}

async function refusal(file: UploadedFile): Promise<string> {
  return await take(file).then(
    () => 'none',
    (error: unknown) => (error as Error).message,
  )
}

describe('parts', () => {
  test('come in any order, many at once, and more than once', async () => {
    const bytes = someBytes(20 * 16 * KB + 77)
    const id = newId()
    const another = await alice.anotherDevice()
    const order = Array.from({ length: 21 }, (_, part) => 20 - part)
    await Promise.all([
      ...order.map((part) => savePart(alice, id, part, bytes, 16 * KB)),
      ...order.map((part) => savePart(another, id, part, bytes, 16 * KB)),
    ])
    expect(Buffer.compare(await take(inputFile(id, 21)), bytes)).toBe(0)
  })

  test('of a big file say how many there are, or say so at the end', async () => {
    const bytes = someBytes(3 * KB)
    for (const total of [3, -1]) {
      const fileId = newId()
      for (const filePart of [0, 1, 2]) {
        const piece = bytes.subarray(filePart * KB, (filePart + 1) * KB)
        const fileTotalParts = total
        await alice.call('upload.saveBigFilePart', { fileId, filePart, fileTotalParts, bytes: piece })
      }
      if (total === -1) {
        const end = { fileId, filePart: 3, fileTotalParts: 3, bytes: new Uint8Array(0) }
        await alice.call('upload.saveBigFilePart', end)
      }
      expect(await take(tl.inputFileBig({ id: fileId, parts: 3, name: 'file' }))).toEqual(bytes)
    }
  })

  test('are refused when they can be of no file', async () => {
    const save = (filePart: number, size: number, fileId = newId()) =>
      alice.failure('upload.saveFilePart', { fileId, filePart, bytes: someBytes(size) })
    expect(await save(-1, KB)).toBe('FILE_PART_INVALID')
    expect(await save(4000, KB)).toBe('FILE_PART_INVALID')
    expect(await save(0, 0)).toBe('FILE_PART_EMPTY')
    expect(await save(0, PART + 1)).toBe('FILE_PART_TOO_BIG')
    const { id } = await upload(alice, someBytes(2 * KB + 1), KB)
    expect(await save(1, 2 * KB, id)).toBe('FILE_PART_SIZE_CHANGED')
    expect(await save(3, KB, id)).toBe('FILE_PART_SIZE_CHANGED')
    const odd = await upload(alice, someBytes(100))
    expect(await save(1, 10, odd.id)).toBe('FILE_PART_SIZE_INVALID')
  })

  test('of a big file are refused when they can be of no file', async () => {
    const save = (filePart: number, size: number, fileTotalParts: number, fileId = newId()) =>
      alice.failure('upload.saveBigFilePart', { fileId, filePart, fileTotalParts, bytes: someBytes(size) })
    expect(await save(0, KB, 0)).toBe('FILE_PARTS_INVALID')
    expect(await save(0, KB, 4001)).toBe('FILE_PARTS_INVALID')
    expect(await save(2, KB, 2)).toBe('FILE_PART_INVALID')
    expect(await save(-1, KB, -1)).toBe('FILE_PART_INVALID')
    expect(await save(1, 0, 2)).toBe('FILE_PART_EMPTY')
    expect(await save(0, PART + 1, 2)).toBe('FILE_PART_TOO_BIG')
    expect(await save(0, 3 * KB, 2)).toBe('FILE_PART_SIZE_INVALID')
    const fileId = newId()
    const first = { fileId, filePart: 0, fileTotalParts: 3, bytes: someBytes(KB) }
    await alice.call('upload.saveBigFilePart', first)
    expect(await save(1, 2 * KB, 3, fileId)).toBe('FILE_PART_SIZE_CHANGED')
    expect(await save(1, KB, 2, fileId)).toBe('FILE_PARTS_INVALID')
    const small = { fileId, filePart: 5, bytes: someBytes(KB) }
    expect(await alice.failure('upload.saveFilePart', small)).toBe('FILE_PARTS_INVALID')
  })

  test('with other bytes begin the upload anew, and no file changes', async () => {
    const { context } = world.server
    const bytes = someBytes(3 * KB)
    const file = await upload(alice, bytes, KB)
    const document = await makeDocument(context, alice.id, file)
    const other = someBytes(3 * KB)
    await savePart(alice, file.id, 1, other, KB)
    expect(await refusal(file)).toBe('FILE_PART_0_MISSING')
    for (const part of [0, 2]) await savePart(alice, file.id, part, other, KB)
    expect(await take(file)).toEqual(other)
    expect(await download(alice, locationFor(context, alice.id, document))).toEqual(bytes)
  })

  test('wait for a file in no greater number than an account may have', async () => {
    const bob = await world.person('Bob')
    const { id } = await upload(bob, someBytes(100))
    const begin = { fileId: newId(), filePart: 0, bytes: someBytes(100) }
    const size = 9 * 2 ** 30
    const { db } = world.server.context
    const put = (bytes: number) =>
      db.single((tx) => tx.sql`update upload set bytes = ${bytes} where file_id = ${id}`)
    await put(size)
    expect(await bob.failure('upload.saveFilePart', begin)).toBe('FLOOD_WAIT_300')
    const big = { ...begin, fileTotalParts: 1 }
    expect(await bob.failure('upload.saveBigFilePart', big)).toBe('FLOOD_WAIT_300')
    expect(await alice.call('upload.saveFilePart', begin)).toBe(true)
    await put(100)
    expect(await bob.call('upload.saveFilePart', begin)).toBe(true)
  })
})

describe('an upload', () => {
  test('is taken whole, and with the checksum that it has', async () => {
    const bytes = someBytes(2500)
    const { id } = await upload(alice, bytes, KB)
    const md5 = createHash('md5').update(bytes).digest('hex')
    expect(await take(inputFile(id, 3, md5))).toEqual(bytes)
    expect(await take(inputFile(id, 3, md5.toUpperCase()))).toEqual(bytes)
    expect(await refusal(inputFile(id, 3, md5.replace(/^./, 'g')))).toBe('MD5_CHECKSUM_INVALID')
    expect(await refusal(inputFile(id, 2))).toBe('FILE_PARTS_INVALID')
    expect(await refusal(inputFile(id, 0))).toBe('FILE_PARTS_INVALID')
    expect(await refusal(inputFile(id, 5000))).toBe('FILE_PARTS_INVALID')
    expect(await refusal(inputFile(id, 5))).toBe('FILE_PART_3_MISSING')
    expect(await refusal(inputFile(newId(), 1))).toBe('FILE_PART_0_MISSING')
    const story = tl.inputFileStoryDocument({ id: tl.inputDocumentEmpty() })
    expect(await refusal(story)).toBe('FILE_PARTS_INVALID')
    await savePart(alice, id, 0, someBytes(KB), KB)
    expect(await refusal(inputFile(id, 3))).toBe('FILE_PART_1_MISSING')
  })

  test('that is not whole becomes no file, whoever takes it', async () => {
    const bob = await world.person('Bob')
    const self = tl.inputPeerSelf()
    const whole = await upload(alice, someBytes(100))
    const mediaOf = (file: T.InputFile) =>
      tl.inputMediaUploadedDocument({ file, mimeType: 'text/plain', attributes: [] })
    const send = { peer: self, message: '' }
    const answer = await alice.call('messages.sendMedia', {
      ...send,
      media: mediaOf(whole),
      randomId: newId(),
    })
    const { id } = sentMessage(answer)
    const wrong = { ...whole, md5Checksum: '0'.repeat(32) }
    for (const [file, error] of [
      [inputFile(whole.id, 0), 'FILE_PARTS_INVALID'],
      [inputFile(whole.id, 2), 'FILE_PART_1_MISSING'],
      [wrong, 'MD5_CHECKSUM_INVALID'],
    ] as const) {
      const media = mediaOf(file)
      expect(await alice.failure('messages.sendMedia', { ...send, media, randomId: newId() })).toBe(error)
      expect(await alice.failure('messages.uploadMedia', { peer: self, media })).toBe(error)
      expect(await alice.failure('messages.editMessage', { peer: self, id, media })).toBe(error)
    }
    const none = { userId: alice.user(bob), save: true, file: inputFile(whole.id, 0) }
    expect(await alice.failure('photos.uploadContactProfilePhoto', none)).toBe('FILE_PARTS_INVALID')
  })

  test('has no checksum when it is a big file', async () => {
    const { id } = await upload(alice, someBytes(PART + 1))
    const { db } = world.server.context
    await db.single(
      (tx) => tx.sql`update upload set have = '{[0,21)}', top_part = 20, top_size = 1 where file_id = ${id}`,
    )
    expect(await refusal(inputFile(id, 21, '0'.repeat(32)))).toBe('FILE_PARTS_INVALID')
  })

  test('goes with as many others as are due', async () => {
    const { context } = world.server
    const { db, config } = context
    await db.single(
      (tx) => tx.sql`insert into upload (folder, user_id, dc, touched_at)
        select md5(n::text), ${alice.id}, ${config.dc}, 0 from generate_series(1, ${2 * SWEPT_UPLOADS + 1}) n`,
    )
    await using sweeper = new StoppedSweeper(context)
    await sweeper.pass()
    const [left] = await db.sql<{ count: number }[]>`
      select (select count(*) from upload where touched_at = 0)::int + (select count(*) from gone_folder)::int as count`
    expect(left).toEqual({ count: 0 })
  })

  test('goes with its bytes after a day in which it became no file', async () => {
    const { context } = world.server
    const kept = someBytes(2000)
    const document = await makeDocument(context, alice.id, await upload(alice, kept, KB))
    const before = await countFolders()
    const { id } = await upload(alice, someBytes(2000), KB)
    const file = inputFile(id, 2)
    expect(await countFolders()).toBe(before + 1)
    // A clock of its own, for connections do not last a day.
    const later = new HandClock(clock.nowMs())
    await using sweeper = new StoppedSweeper({ ...context, clock: later })
    later.jump(DAY_MS - 60_000)
    await sweeper.pass()
    expect(await take(file)).toHaveLength(2000)
    later.jump(120_000)
    await sweeper.pass()
    expect(await countFolders()).toBeLessThan(before)
    expect(await refusal(file)).toBe('FILE_PART_0_MISSING')
    expect(await download(alice, locationFor(context, alice.id, document))).toEqual(kept)
    await savePart(alice, id, 1, someBytes(2000), KB)
    expect(await refusal(file)).toBe('FILE_PART_0_MISSING')
  })

  test('outlives the file that was made of it, but not for long', async () => {
    const { context } = world.server
    const file = await upload(alice, someBytes(2000))
    const [first, second] = [
      await makeDocument(context, alice.id, file),
      await makeDocument(context, alice.id, file),
    ]
    const later = new HandClock(clock.nowMs() + DAY_MS + 60_000)
    await using sweeper = new StoppedSweeper({ ...context, clock: later })
    await context.db.transaction((tx) => dropFiles(tx, [first.id]))
    const location = locationFor(context, alice.id, second)
    const folders = await countFolders()
    await sweeper.pass()
    expect(await download(alice, location)).toHaveLength(2000)
    // The upload is gone by now: with the last file, its bytes go.
    await context.db.transaction((tx) => dropFiles(tx, [second.id]))
    expect(await alice.failure('upload.getFile', { location, offset: 0, limit: 4096 })).toBe(
      'LOCATION_INVALID',
    )
    await sweeper.pass()
    expect(await countFolders()).toBeLessThan(folders)
    const other = await upload(alice, someBytes(2000))
    const third = await makeDocument(context, alice.id, other)
    await context.db.transaction((tx) => dropFiles(tx, [third.id]))
    expect(await take(other)).toHaveLength(2000)
    await sweeper.pass()
    expect(await refusal(other)).toBe('FILE_PART_0_MISSING')
  })
})

/** How many folders have bytes in them. */
async function countFolders(): Promise<number> {
  const root = world.server.context.config.blobs
  const spread = await readdir(root)
  return (await Promise.all(spread.map((each) => readdir(join(root, each))))).flat().length
}

/** A sweeper that stops with the test. */
class StoppedSweeper extends UploadSweeper implements AsyncDisposable {
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}
