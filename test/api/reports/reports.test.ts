import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dayOf } from '../../../src/domain/abuse/rules.ts'
import { readCounts } from '../../../src/domain/abuse/store.ts'
import { readImage } from '../../../src/domain/files/photos.ts'
import { unpackAll } from '../../../src/domain/messages/packed.ts'
import { COMMENT_LENGTH } from '../../../src/domain/reports/limits.ts'
import { readCases, readCasesOf, readReports } from '../../../src/domain/reports/store.ts'
import { must } from '../../../src/lib/assert.ts'
import { decodeObject } from '../../../src/tl/decode.ts'
import { tl } from '../../../src/tl/factories.ts'
import type * as T from '../../../src/tl/schema.d.ts'
import { redAndBlue } from '../../harness/image.ts'
import { startWorld, texts, type Person, type World } from '../../harness/people.ts'
import { ask, asked, peerOf } from '../secret/secret-chat.ts'
import { upload } from '../upload/uploading.ts'

let world: World
let alice: Person
let bob: Person

beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

async function pair(): Promise<void> {
  alice = await world.person('Alice')
  bob = await world.person('Bob')
}

async function report(ids: readonly number[], option: string, message = ''): Promise<T.ReportResult> {
  return await alice.call('messages.report', {
    peer: alice.peer(bob),
    id: [...ids],
    option: Buffer.from(option),
    message,
  })
}

/** The ids of the last messages with Bob, as Alice has them, the oldest first. */
async function idsAtAlice(): Promise<number[]> {
  return (await alice.history(bob)).map((message) => message.id).toReversed()
}

async function reportsOfBob() {
  const { db } = world.server.context
  const [found] = await readCasesOf(db, bob.id, 1)
  const { id, ...rest } = must(found, 'there is a case')
  const reports = await readReports(db, id, 10)
  return {
    case: rest,
    reports: reports.map(({ messages, ...one }) => ({
      ...one,
      texts: texts(messages.map((bytes) => decodeObject(bytes) as T.Message)),
    })),
  }
}

test('the menu leads to a report, with the messages as they were', async () => {
  await pair()
  await bob.send(alice, 'Buy this')
  await bob.send(alice, 'Or else')
  const own = await alice.send(bob, 'No')
  const [first, second] = await idsAtAlice()
  const chosen = [first!, second!, own.id]

  const menu = await report(chosen, '')
  if (menu._ !== 'reportResultChooseOption') throw new Error(menu._)
  const violence = must(
    menu.options.find((option) => option.text === 'Violence'),
    'there is that choice',
  )
  const deeper = await report(chosen, Buffer.from(violence.option).toString())
  if (deeper._ !== 'reportResultChooseOption') throw new Error(deeper._)
  const threat = Buffer.from(deeper.options[0]!.option).toString()
  const comment = await report(chosen, threat)
  if (comment._ !== 'reportResultAddComment') throw new Error(comment._)
  expect(comment.optional).toBe(true)
  expect(await report(chosen, Buffer.from(comment.option).toString())).toEqual(tl.reportResultReported())

  await bob.call('messages.deleteHistory', { peer: bob.peer(alice), maxId: 0, revoke: true })
  const told = await reportsOfBob()
  expect(told.case).toMatchObject({ state: 'open', reportCount: 1 })
  expect(told.reports).toMatchObject([
    {
      reporterId: alice.id,
      about: 'messages',
      reason: 'violence',
      comment: '',
      texts: ['Buy this', 'Or else'],
    },
  ])
})

test('a comment that is needed is asked for until it is there', async () => {
  await pair()
  await bob.send(alice, 'A film')
  const ids = await idsAtAlice()
  const asked = await report(ids, 'copyright')
  if (asked._ !== 'reportResultAddComment') throw new Error(asked._)
  expect(asked.optional).toBe(false)
  const option = Buffer.from(asked.option).toString()
  expect(await report(ids, option, ' ')).toEqual(asked)
  expect(await report(ids, option, 'x'.repeat(COMMENT_LENGTH + 1))).toEqual(tl.reportResultReported())
  expect((await reportsOfBob()).reports[0]?.comment).toBe('x'.repeat(COMMENT_LENGTH))
})

test('what is no option, no choice of messages or oneself is refused', async () => {
  await pair()
  const fields = { peer: alice.peer(bob), id: [], option: new Uint8Array(), message: '' }
  const chosen = await alice.call('messages.report', fields)
  expect(chosen._).toBe('reportResultChooseOption')
  await bob.send(alice, 'Hello')
  expect(await alice.failure('messages.report', fields)).toBe('MESSAGE_ID_REQUIRED')
  const strange = { ...fields, id: [1], option: Buffer.from('nothing') }
  expect(await alice.failure('messages.report', strange)).toBe('OPTION_INVALID')
  const self = { ...fields, peer: tl.inputPeerSelf() }
  expect(await alice.failure('messages.report', self)).toBe('PEER_ID_INVALID')
  expect(await alice.failure('messages.reportSpam', { peer: tl.inputPeerSelf() })).toBe('PEER_ID_INVALID')
  expect(await readCasesOf(world.server.context.db, bob.id, 1)).toEqual([])
})

test('a chat reported as spam loses its bar; the last messages are attached', async () => {
  await pair()
  for (let count = 1; count <= 22; count++) await bob.send(alice, `Offer ${count}`)
  const before = await alice.call('messages.getPeerSettings', { peer: alice.peer(bob) })
  expect(before.settings.reportSpam).toBe(true)
  await alice.call('messages.reportSpam', { peer: alice.peer(bob) })
  const after = await alice.call('messages.getPeerSettings', { peer: alice.peer(bob) })
  expect(after.settings.reportSpam).toBe(false)
  const { reports } = await reportsOfBob()
  expect(reports).toMatchObject([{ about: 'chat', reason: 'spam' }])
  expect(reports[0]?.texts).toHaveLength(20)
  expect(reports[0]?.texts.at(-1)).toBe('Offer 22')
})

test('reports of several people make one case; the same report again adds to it', async () => {
  await pair()
  const carol = await world.person('Carol')
  const reason = tl.inputReportReasonFake()
  const photoId = tl.inputPhotoEmpty()
  await alice.call('account.reportPeer', { peer: alice.peer(bob), reason, message: 'Not Bob' })
  await alice.call('account.reportPeer', { peer: alice.peer(bob), reason, message: '' })
  await carol.call('account.reportProfilePhoto', {
    peer: carol.peer(bob),
    photoId,
    reason,
    message: 'My face',
  })
  const { case: found, reports } = await reportsOfBob()
  expect(found.reportCount).toBe(2)
  expect(reports.map(({ reporterId, about, comment }) => ({ reporterId, about, comment }))).toEqual(
    expect.arrayContaining([
      { reporterId: alice.id, about: 'peer', comment: 'Not Bob' },
      { reporterId: carol.id, about: 'photo', comment: 'My face' },
    ]),
  )
  const open = await readCases(world.server.context.db, { state: 'open', limit: 1 })
  expect(open[0]?.subjectId).toBe(bob.id)
})

test('a reported profile photo is kept as it was, whatever becomes of it', async () => {
  await pair()
  const reason = tl.inputReportReasonPornography()
  const report = (photoId: T.InputPhoto, more = {}) =>
    alice.call('account.reportProfilePhoto', { peer: alice.peer(bob), photoId, reason, message: '', ...more })
  const photosOfReports = async (): Promise<bigint[][]> => {
    const { reports } = await reportsOfBob()
    return reports.map(({ photos }) => ((unpackAll(photos) ?? []) as T.photo[]).map(({ id }) => id))
  }
  const empty = tl.inputPhotoEmpty()
  await report(empty)
  expect(await photosOfReports()).toEqual([[]])

  const show = async (): Promise<T.photo> => {
    const file = await upload(bob, await redAndBlue(200, 200))
    return (await bob.call('photos.uploadProfilePhoto', { file })).photo as T.photo
  }
  const [older, newer] = [await show(), await show()]
  const named = ({ id }: T.photo) => tl.inputPhoto({ id, accessHash: 0n, fileReference: new Uint8Array() })
  await report(empty)
  await report(named(older))
  await report(named(newer))
  // One that there is not stands for the one that is shown.
  await report(named({ ...older, id: 77n }), { message: 'Look' })
  await report(named(older), { reason: tl.inputReportReasonFake() })
  await bob.call('photos.deletePhotos', { id: [named(older), named(newer)] })
  expect(new Set(await photosOfReports())).toEqual(new Set([[newer.id, older.id], [older.id]]))
  const { reports } = await reportsOfBob()
  for (const { photos } of reports) {
    for (const photo of unpackAll(photos) as T.photo[]) {
      expect(photo).toMatchObject({ accessHash: 0n, fileReference: { length: 0 } })
      const image = await readImage(world.server.context, photo, 320)
      expect(await sharp(image).metadata()).toMatchObject({ format: 'jpeg', width: 320 })
    }
  }

  // What the reporter gave somebody is no photo of theirs.
  await alice.call('contacts.addContact', { id: alice.user(bob), firstName: 'B', lastName: '', phone: '' })
  const file = await upload(alice, await redAndBlue(200, 200))
  const given = { userId: alice.user(bob), file, save: true as const }
  const { photo } = await alice.call('photos.uploadContactProfilePhoto', given)
  await report(named(photo as T.photo), { reason: tl.inputReportReasonViolence() })
  expect(await photosOfReports()).toContainEqual([])
})

test('a secret chat reported as spam is a report without messages, and loses its bar', async () => {
  await pair()
  const waiting = await ask(bob, alice)
  expect(await alice.failure('messages.reportEncryptedSpam', { peer: peerOf(waiting) })).toBe(
    'CHAT_ID_INVALID',
  )
  const peer = peerOf(await asked(alice.device))
  await alice.call('messages.reportEncryptedSpam', { peer })
  const told = await reportsOfBob()
  expect(told.case).toMatchObject({ state: 'open', reportCount: 1 })
  expect(told.reports).toMatchObject([
    { reporterId: alice.id, about: 'secret chat', reason: 'spam', comment: '', texts: [] },
  ])
  const { settings } = await alice.call('messages.getPeerSettings', { peer: alice.peer(bob) })
  expect(settings.reportSpam).toBe(false)
  const { context } = world.server
  const counts = await readCounts(context.db, { kind: 'user', id: bob.id }, dayOf(context.clock.nowSec()))
  expect(counts).toMatchObject([
    { counted: 'reports', count: 1 },
    { counted: 'strangers', count: 1 },
  ])
})
