import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { BlobMissing } from '../../../src/blobs/blobs.ts'
import { SWEEP_FILES_EVERY_MS } from '../../../src/domain/files/limits.ts'
import { SWEEP_EVERY_MS } from '../../../src/domain/secret/limits.ts'
import { tl } from '../../../src/tl/factories.ts'
import type * as T from '../../../src/tl/schema.d.ts'
import { HandClock } from '../../harness/clock.ts'
import { startWorld, type Person, type World } from '../../harness/people.ts'
import { download, savePart, someBytes } from '../upload/uploading.ts'
import { openChat, sealed, type OpenChat } from './secret-chat.ts'

const clock = new HandClock()
let world: World
let alice: Person
let bob: Person
let chat: OpenChat

beforeAll(async () => {
  world = await startWorld({ clock })
})
afterAll(() => world[Symbol.asyncDispose]())

beforeEach(async () => {
  alice = await world.person('Alice')
  bob = await world.person('Bob')
  chat = await openChat(alice, bob)
})

const PART = 1024
const KEY_FINGERPRINT = -77

async function upload(bytes: Uint8Array): Promise<T.inputEncryptedFileUploaded> {
  const id = randomBytes(8).readBigInt64LE()
  const parts = Math.ceil(bytes.length / PART)
  for (let part = 0; part < parts; part++) await savePart(alice, id, part, bytes, PART)
  const md5Checksum = createHash('md5').update(bytes).digest('hex')
  return tl.inputEncryptedFileUploaded({ id, parts, md5Checksum, keyFingerprint: KEY_FINGERPRINT })
}

async function send(
  file: T.InputEncryptedFile,
  randomId = randomBytes(8).readBigInt64LE(),
): Promise<T.encryptedFile> {
  const answer = await alice.call('messages.sendEncryptedFile', {
    peer: chat.ofAdmin,
    randomId,
    data: sealed('look'),
    file,
  })
  if (answer._ !== 'messages.sentEncryptedFile') throw new Error(answer._)
  return shown(answer.file)
}

function shown(file: T.EncryptedFile): T.encryptedFile {
  if (file._ !== 'encryptedFile') throw new Error(file._)
  return file
}

function locationOf({ id, accessHash }: T.encryptedFile): T.inputEncryptedFileLocation {
  return tl.inputEncryptedFileLocation({ id, accessHash })
}

/** The file that came to Bob. */
async function received(): Promise<T.encryptedFile> {
  const [{ message }] = await bob.expectUpdates('updateNewEncryptedMessage')
  if (message._ !== 'encryptedMessage') throw new Error(message._)
  return shown(message.file)
}

test('a file is sent, and fetched by both sides, each under a hash of its own', async () => {
  const bytes = someBytes(5 * PART + 16)
  const sent = await send(await upload(bytes))
  expect(sent).toMatchObject({ size: bytes.length, keyFingerprint: KEY_FINGERPRINT })
  const got = await received()
  expect(got).toEqual({ ...sent, accessHash: got.accessHash })
  expect(got.accessHash).not.toBe(sent.accessHash)
  expect((await download(bob, locationOf(got))).equals(bytes)).toBe(true)
  expect((await download(alice, locationOf(sent))).equals(bytes)).toBe(true)
  const stolen = { location: locationOf(sent), offset: 0, limit: 4096 }
  expect(await bob.failure('upload.getFile', stolen)).toBe('LOCATION_INVALID')
})

test('a file is kept first and sent later, to others as well, and a big one likewise', async () => {
  const bytes = someBytes(64)
  const { id, parts } = await upload(bytes)
  const big = tl.inputEncryptedFileBigUploaded({ id, parts, keyFingerprint: KEY_FINGERPRINT })
  const kept = shown(await alice.call('messages.uploadEncryptedFile', { peer: chat.ofAdmin, file: big }))
  const known = tl.inputEncryptedFile({ id: kept.id, accessHash: kept.accessHash })
  expect(await send(known)).toEqual(kept)
  expect((await download(bob, locationOf(await received()))).equals(bytes)).toBe(true)
})

test('a file that is sent twice comes once, and is answered alike though what was uploaded is gone', async () => {
  const file = await upload(someBytes(2 * PART))
  const first = await send(file, 5n)
  const missing = { ...file, id: 1n }
  expect(await send(missing, 5n)).toEqual(first)
  expect((await received()).id).toBe(first.id)
  const twins = await Promise.all([send(file, 6n), send(file, 6n)])
  expect(twins[0]).toEqual(twins[1])
  await received()
})

test('what is no file is refused', async () => {
  const file = await upload(someBytes(2 * PART))
  const empty = tl.inputEncryptedFileEmpty()
  const unknown = tl.inputEncryptedFile({ id: 1n, accessHash: 1n })
  const message = { peer: chat.ofAdmin, randomId: 9n, data: sealed('look') }
  const failures: [T.InputEncryptedFile, string][] = [
    [empty, 'FILE_EMTPY'],
    [unknown, 'FILE_ID_INVALID'],
    [{ ...file, parts: 0 }, 'FILE_PARTS_INVALID'],
    [{ ...file, parts: 3 }, 'FILE_PART_2_MISSING'],
    [{ ...file, md5Checksum: 'f'.repeat(32) }, 'MD5_CHECKSUM_INVALID'],
  ]
  for (const [wrong, error] of failures) {
    expect(await alice.failure('messages.sendEncryptedFile', { ...message, file: wrong })).toBe(error)
    const keep = { peer: chat.ofAdmin, file: wrong }
    expect(await alice.failure('messages.uploadEncryptedFile', keep)).toBe(error)
  }
  const sendFailure = (more: Partial<typeof message>): Promise<string> =>
    alice.failure('messages.sendEncryptedFile', { ...message, file, ...more })
  expect(await sendFailure({ data: Buffer.alloc(5) })).toBe('DATA_INVALID')
  expect(await sendFailure({ data: Buffer.alloc(100_000) })).toBe('DATA_TOO_LONG')
  expect(await sendFailure({ peer: chat.ofParticipant })).toBe('CHAT_ID_INVALID')
  await bob.call('contacts.block', { id: bob.peer(alice) })
  expect(await sendFailure({})).toBe('USER_IS_BLOCKED')
  const tablet = await alice.anotherDevice()
  const elsewhere = { peer: chat.ofAdmin, file }
  expect(await tablet.failure('messages.uploadEncryptedFile', elsewhere)).toBe('CHAT_ID_INVALID')
  await bob.call('messages.discardEncryption', { chatId: chat.id })
  expect(await sendFailure({})).toBe('ENCRYPTION_DECLINED')
  expect(await alice.failure('messages.uploadEncryptedFile', elsewhere)).toBe('ENCRYPTION_DECLINED')
  await bob.device.updates()
})

test('a file goes with the last chat that it was sent in', async () => {
  const carol = await world.person('Carol')
  const other = await openChat(alice, carol)
  const file = await send(await upload(someBytes(PART)))
  const again = tl.inputEncryptedFile({ id: file.id, accessHash: file.accessHash })
  await alice.call('messages.sendEncryptedFile', {
    peer: other.ofAdmin,
    randomId: 1n,
    data: sealed('look'),
    file: again,
  })
  const { db } = world.server.context
  const [content] = await db.sql<{ folder: string }[]>`
    select folder from file_content where file_id = ${file.id}`
  await alice.call('messages.discardEncryption', { chatId: chat.id })
  const later = async (): Promise<void> => {
    await db.single((tx) => tx.sql`update secret_chat set changed_at = 1 where state = 'over'`)
    // The upload itself is forgotten after a day.
    await db.single((tx) => tx.sql`delete from upload where folder = ${content!.folder}`)
    clock.advance(SWEEP_EVERY_MS)
  }
  await later()
  await expect.poll(() => chatsOf(chat.id)).toBe(0)
  expect(await download(alice, locationOf(file))).toHaveLength(PART)
  await alice.call('messages.discardEncryption', { chatId: other.id })
  await later()
  await expect.poll(() => chatsOf(other.id)).toBe(0)
  const gone = { location: locationOf(file), offset: 0, limit: 4096 }
  expect(await alice.failure('upload.getFile', gone)).toBe('LOCATION_INVALID')
  // The bytes go, too.
  clock.advance(SWEEP_FILES_EVERY_MS)
  await expect.poll(() => bytesIn(content!.folder)).toBe(0)
})

async function chatsOf(id: number): Promise<number> {
  return (await world.server.context.db.sql`select from secret_chat where id = ${id}`).length
}

/** How many bytes can be read there, of sixteen. */
async function bytesIn(folder: string): Promise<number> {
  const { blobs } = world.server.context
  return await blobs.read(folder, 0, 0, Buffer.alloc(16)).catch((error: unknown) => {
    if (error instanceof BlobMissing) return 0
    throw error
  })
}
