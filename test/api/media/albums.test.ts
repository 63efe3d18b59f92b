import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tl } from '../../../src/tl/factories.ts'
import type * as T from '../../../src/tl/schema.d.ts'
import { HandClock } from '../../harness/clock.ts'
import { startWorld, texts, type Person, type World } from '../../harness/people.ts'
import { documentOf, photoOf, sendMedia, uploadedDocument, uploadedPhoto } from './pictures.ts'

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

const video = tl.documentAttributeVideo({ duration: 1, w: 2, h: 2 })
const music = tl.documentAttributeAudio({ duration: 1 })
const voice = tl.documentAttributeAudio({ duration: 1, voice: true })

/** Uploads media for an album: what the answer says is then sent. */
async function forAlbum(
  person: Person,
  other: Person,
  media: T.InputMedia,
): Promise<T.inputMediaPhoto | T.inputMediaDocument> {
  const uploaded = await person.call('messages.uploadMedia', { peer: person.peer(other), media })
  if (uploaded._ === 'messageMediaPhoto' && uploaded.photo?._ === 'photo') {
    return tl.inputMediaPhoto({ id: tl.inputPhoto(uploaded.photo) })
  }
  if (uploaded._ === 'messageMediaDocument' && uploaded.document?._ === 'document') {
    return tl.inputMediaDocument({ id: tl.inputDocument(uploaded.document) })
  }
  throw new Error(uploaded._)
}

const photo = async (): Promise<T.InputMedia> => await forAlbum(alice, bob, await uploadedPhoto(alice))
const document = async (...attributes: T.DocumentAttribute[]): Promise<T.InputMedia> =>
  await forAlbum(alice, bob, await uploadedDocument(alice, attributes))

function item(media: T.InputMedia, message = ''): T.inputSingleMedia {
  return tl.inputSingleMedia({ media, message, randomId: randomBytes(8).readBigInt64LE() })
}

async function sendAlbum(items: T.inputSingleMedia[]): Promise<T.message[]> {
  const answer = await alice.call('messages.sendMultiMedia', { peer: alice.peer(bob), multiMedia: items })
  const updates = answer._ === 'updates' ? answer.updates : []
  return updates.flatMap((update) => {
    const message = update._ === 'updateNewMessage' ? update.message : undefined
    return message?._ === 'message' ? [message] : []
  })
}

describe('an album', () => {
  test('is messages of one group, with a caption each', async () => {
    const items = [item(await photo(), 'one'), item(await document(video), 'two'), item(await photo())]
    const sent = await sendAlbum(items)
    expect(texts(sent)).toEqual(['one', 'two', ''])
    const group = sent[0]?.groupedId
    expect(group).toBeTypeOf('bigint')
    expect(sent.map((message) => message.groupedId)).toEqual([group, group, group])
    const updates = await bob.expectUpdates('updateNewMessage', 'updateNewMessage', 'updateNewMessage')
    const got = updates.map((update) => update.message)
    expect(got.map((message) => 'groupedId' in message && message.groupedId)).toEqual([group, group, group])
    expect(photoOf(got[0]).id).toBe(photoOf(sent[0]).id)
    expect(documentOf(got[1]).attributes).toEqual([video])
    // Sent again, as by a client that got no answer.
    const again = await sendAlbum(items)
    expect(again.map(({ id }) => id)).toEqual(sent.map(({ id }) => id))
    await bob.expectUpdates()
  })

  test('of one message is none', async () => {
    const [sent] = await sendAlbum([item(await photo())])
    expect(sent?.groupedId).toBeUndefined()
    await bob.expectUpdates('updateNewMessage')
  })

  test('holds what goes together', async () => {
    expect(await sendAlbum([item(await document()), item(await document())])).toHaveLength(2)
    expect(await sendAlbum([item(await document(music)), item(await document(music))])).toHaveLength(2)
    await bob.device.updates()
    const refused = async (...media: T.InputMedia[]): Promise<string> =>
      await alice.failure('messages.sendMultiMedia', {
        peer: alice.peer(bob),
        multiMedia: media.map((each) => item(each)),
      })
    expect(await refused(await photo(), await document())).toBe('MEDIA_INVALID')
    expect(await refused(await document(music), await document())).toBe('MEDIA_INVALID')
    expect(await refused(await document(voice), await document(voice))).toBe('MEDIA_INVALID')
    expect(await refused(await uploadedPhoto(alice), await photo())).toBe('MEDIA_INVALID')
    expect(await refused()).toBe('MEDIA_EMPTY')
    const one = await photo()
    expect(await refused(...Array.from({ length: 11 }, () => one))).toBe('MULTI_MEDIA_TOO_LONG')
    const gone = tl.inputMediaDocument({
      id: tl.inputDocument({ id: 1n, accessHash: 1n, fileReference: new Uint8Array() }),
    })
    expect(await refused(one, gone)).toBe('MEDIA_INVALID')
    const ofNothing = item(one)
    const request = { peer: alice.peer(bob), multiMedia: [ofNothing, ofNothing] }
    expect(await alice.failure('messages.sendMultiMedia', request)).toBe('RANDOM_ID_DUPLICATE')
    const unnumbered = { peer: alice.peer(bob), multiMedia: [{ ...ofNothing, randomId: 0n }] }
    expect(await alice.failure('messages.sendMultiMedia', unnumbered)).toBe('RANDOM_ID_EMPTY')
    const long = { peer: alice.peer(bob), multiMedia: [item(one, 'x'.repeat(5000))] }
    expect(await alice.failure('messages.sendMultiMedia', long)).toBe('MEDIA_CAPTION_TOO_LONG')
    await bob.expectUpdates()
  })

  test('says which of its file references is not good', async () => {
    const [good, other] = [await photo(), await photo()]
    const without = (fileReference: Uint8Array): T.InputMedia =>
      other._ === 'inputMediaPhoto' && other.id._ === 'inputPhoto'
        ? tl.inputMediaPhoto({ id: tl.inputPhoto({ ...other.id, fileReference }) })
        : other
    const refused = async (media: T.InputMedia): Promise<string> =>
      await alice.failure('messages.sendMultiMedia', {
        peer: alice.peer(bob),
        multiMedia: [item(good), item(media)],
      })
    expect(await refused(without(new Uint8Array()))).toBe('FILE_REFERENCE_1_EMPTY')
    expect(await refused(without(Buffer.alloc(12)))).toBe('FILE_REFERENCE_1_INVALID')
    clock.advance(125_000)
    expect(await refused(other)).toBe('FILE_REFERENCE_0_EXPIRED')
    await bob.expectUpdates()
  })

  test('stays one when it is forwarded, and one part of it is none', async () => {
    const sent = await sendAlbum([item(await photo(), 'a'), item(await photo(), 'b')])
    const forward = async (ids: number[], more: object = {}): Promise<T.message[]> => {
      const answer = await alice.call('messages.forwardMessages', {
        fromPeer: alice.peer(bob),
        toPeer: alice.peer(bob),
        id: ids,
        randomId: ids.map(() => randomBytes(8).readBigInt64LE()),
        ...more,
      })
      const updates = answer._ === 'updates' ? answer.updates : []
      return updates.flatMap((each) => (each._ === 'updateNewMessage' ? [each.message as T.message] : []))
    }
    const ids = sent.map((message) => message.id)
    const both = await forward(ids)
    expect(both[0]?.groupedId).toBeTypeOf('bigint')
    expect(both[0]?.groupedId).toBe(both[1]?.groupedId)
    expect(both[0]?.groupedId).not.toBe(sent[0]?.groupedId)
    expect(texts(both)).toEqual(['a', 'b'])
    const [one] = await forward(ids.slice(1), { dropMediaCaptions: true, dropAuthor: true })
    expect(one).toMatchObject({ groupedId: undefined, message: '', fwdFrom: undefined })
    expect(photoOf(one).id).toBe(photoOf(sent[1]).id)
    await bob.device.updates()
  })
})

describe('messages.uploadMedia', () => {
  test('takes photos and documents alone', async () => {
    const peer = alice.peer(bob)
    const refused = async (media: T.InputMedia): Promise<string> =>
      await alice.failure('messages.uploadMedia', { peer, media })
    expect(await refused(tl.inputMediaDice({ emoticon: '🎲' }))).toBe('MEDIA_INVALID')
    expect(await refused(tl.inputMediaPhotoExternal({ url: 'http://a.b' }))).toBe('WEBPAGE_CURL_FAILED')
    const media = await uploadedPhoto(alice)
    const request = { peer, media, businessConnectionId: 'a' }
    expect(await alice.failure('messages.uploadMedia', request)).toBe('BUSINESS_CONNECTION_NOT_ALLOWED')
  })
})

describe('a voice message', () => {
  test('waits to be played, on both sides', async () => {
    const sent = await sendMedia(alice, bob, await uploadedDocument(alice, [voice]))
    expect(sent).toMatchObject({ mediaUnread: true, media: { voice: true } })
    const [update] = await bob.expectUpdates('updateNewMessage')
    expect(update.message).toMatchObject({ mediaUnread: true })
    const affected = await bob.call('messages.readMessageContents', { id: [update.message.id] })
    expect(affected.ptsCount).toBe(1)
    const [opened] = await alice.expectUpdates('updateReadMessagesContents')
    expect(opened.messages).toEqual([sent.id])
    expect((await alice.history(bob))[0]).toMatchObject({ id: sent.id, mediaUnread: false })
    expect((await bob.history(alice))[0]).toMatchObject({ mediaUnread: false })
    const own = await sendMedia(alice, alice, await uploadedDocument(alice, [voice]))
    expect(own.mediaUnread).toBe(false)
    const round = { ...video, roundMessage: true }
    expect(await sendMedia(alice, bob, await uploadedDocument(alice, [round]))).toMatchObject({
      mediaUnread: true,
      media: { round: true, video: true },
    })
    await bob.expectUpdates('updateNewMessage')
  })

  test('is not taken from everybody', async () => {
    const rules = [tl.inputPrivacyValueDisallowAll()]
    await bob.call('account.setPrivacy', { key: tl.inputPrivacyKeyVoiceMessages(), rules })
    const media = await uploadedDocument(alice, [voice])
    const request = { peer: alice.peer(bob), media, message: '', randomId: 9n }
    expect(await alice.failure('messages.sendMedia', request)).toBe('VOICE_MESSAGES_FORBIDDEN')
    await bob.expectUpdates()
  })
})
