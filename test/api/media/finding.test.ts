import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readCasesOf, readReports } from '../../../src/domain/reports/store.ts'
import { must } from '../../../src/lib/assert.ts'
import { decodeObject } from '../../../src/tl/decode.ts'
import { tl } from '../../../src/tl/factories.ts'
import type * as T from '../../../src/tl/schema.d.ts'
import { startWorld, type Person, type World } from '../../harness/people.ts'
import { documentOf, photoOf, sendMedia, uploadedDocument, uploadedPhoto } from './pictures.ts'

let world: World
let alice: Person
let bob: Person
/** Ids at Alice's of what she sent. */
const sent = new Map<string, number>()

const video = tl.documentAttributeVideo({ duration: 1, w: 2, h: 2 })
const audio = tl.documentAttributeAudio({ duration: 1 })
const geoPoint = tl.inputGeoPoint({ lat: 1, long: 2 })

/** One message of each kind. The sticker and the throw are shared media of no kind. */
async function everything(): Promise<Record<string, T.InputMedia>> {
  const document = async (...attributes: T.DocumentAttribute[]): Promise<T.InputMedia> =>
    await uploadedDocument(alice, attributes)
  return {
    photo: await uploadedPhoto(alice),
    video: await document(video),
    file: await document(),
    gif: await document(tl.documentAttributeAnimated(), video),
    voice: await document({ ...audio, voice: true }),
    music: await document(audio),
    round: await document({ ...video, roundMessage: true }),
    sticker: await document(tl.documentAttributeSticker({ alt: '', stickerset: tl.inputStickerSetEmpty() })),
    place: tl.inputMediaGeoPoint({ geoPoint }),
    venue: tl.inputMediaVenue({
      geoPoint,
      title: 't',
      address: '',
      provider: '',
      venueId: '',
      venueType: '',
    }),
    contact: tl.inputMediaContact({ phoneNumber: '123', firstName: 'C', lastName: '', vcard: '' }),
    dice: tl.inputMediaDice({ emoticon: '🎲' }),
  }
}

beforeAll(async () => {
  world = await startWorld()
  alice = await world.person('Alice')
  bob = await world.person('Bob')
  await alice.send(bob, 'a text with https://example.org in it')
  for (const [name, media] of Object.entries(await everything())) {
    sent.set(name, (await sendMedia(alice, bob, media, { message: name === 'file' ? 'the plan' : '' })).id)
  }
  await bob.device.updates()
})
afterAll(() => world[Symbol.asyncDispose]())

const WHOLE = {
  minDate: 0,
  maxDate: 0,
  offsetId: 0,
  addOffset: 0,
  limit: 100,
  maxId: 0,
  minId: 0,
  hash: 0n,
}

/** Each filter, and what it finds, the newest first. */
const FILTERS: readonly { readonly filter: T.MessagesFilter; readonly names: readonly string[] }[] = [
  { filter: tl.inputMessagesFilterPhotos(), names: ['photo'] },
  { filter: tl.inputMessagesFilterVideo(), names: ['video'] },
  { filter: tl.inputMessagesFilterPhotoVideo(), names: ['video', 'photo'] },
  { filter: tl.inputMessagesFilterDocument(), names: ['file'] },
  { filter: tl.inputMessagesFilterGif(), names: ['gif'] },
  { filter: tl.inputMessagesFilterVoice(), names: ['voice'] },
  { filter: tl.inputMessagesFilterMusic(), names: ['music'] },
  { filter: tl.inputMessagesFilterRoundVideo(), names: ['round'] },
  { filter: tl.inputMessagesFilterRoundVoice(), names: ['round', 'voice'] },
  { filter: tl.inputMessagesFilterGeo(), names: ['venue', 'place'] },
  { filter: tl.inputMessagesFilterContacts(), names: ['contact'] },
  { filter: tl.inputMessagesFilterPhoneCalls(), names: [] },
  { filter: tl.inputMessagesFilterPoll(), names: [] },
  { filter: tl.inputMessagesFilterChatPhotos(), names: [] },
]

async function search(filter: T.MessagesFilter, more: object = {}): Promise<string[]> {
  const found = await alice.call('messages.search', {
    peer: alice.peer(bob),
    q: '',
    filter,
    ...WHOLE,
    ...more,
  })
  return namesIn(found)
}

function namesIn(found: T.messages.Messages): string[] {
  const names = new Map([...sent].map(([name, id]) => [id, name]))
  return 'messages' in found ? found.messages.map(({ id }) => names.get(id) ?? String(id)) : []
}

describe('shared media', () => {
  test.each(FILTERS)('$filter._ finds what is of its kind', async ({ filter, names }) => {
    expect(await search(filter)).toEqual(names)
    const everywhere = await alice.call('messages.searchGlobal', {
      q: '',
      filter,
      minDate: 0,
      maxDate: 0,
      offsetRate: 0,
      offsetPeer: tl.inputPeerEmpty(),
      offsetId: 0,
      limit: 10,
    })
    expect(namesIn(everywhere)).toEqual(names)
  })

  test('is counted', async () => {
    const filters = FILTERS.map(({ filter }) => filter)
    const counters = await alice.call('messages.getSearchCounters', { peer: alice.peer(bob), filters })
    expect(counters.map(({ count }) => count)).toEqual(FILTERS.map(({ names }) => names.length))
  })

  test('is found by its caption, and in pages', async () => {
    expect(await search(tl.inputMessagesFilterDocument(), { q: 'plan' })).toEqual(['file'])
    expect(await search(tl.inputMessagesFilterDocument(), { q: 'other' })).toEqual([])
    const both = tl.inputMessagesFilterPhotoVideo()
    expect(await search(both, { limit: 1 })).toEqual(['video'])
    expect(await search(both, { limit: 1, offsetId: sent.get('video') })).toEqual(['photo'])
    expect(await search(both, { limit: 1, addOffset: 1 })).toEqual(['photo'])
    expect(await search(both, { limit: 2, offsetId: sent.get('video'), addOffset: -1 })).toEqual([
      'video',
      'photo',
    ])
  })

  test('does not show what was deleted', async () => {
    const photo = await sendMedia(alice, bob, await uploadedPhoto(alice))
    await alice.call('messages.deleteMessages', { id: [photo.id], revoke: true })
    expect(await search(tl.inputMessagesFilterPhotos())).toEqual(['photo'])
    await bob.device.updates()
  })
})

describe('media is part of a message', () => {
  test('in the list of dialogs, by its id and in the difference', async () => {
    const before = await bob.call('updates.getState')
    const photo = await sendMedia(alice, bob, await uploadedPhoto(alice), { message: 'here' })
    const [update] = await bob.expectUpdates('updateNewMessage')
    const shown = photoOf(update.message)
    expect(shown.id).toBe(photoOf(photo).id)
    const dialogs = await bob.call('messages.getDialogs', {
      offsetDate: 0,
      offsetId: 0,
      offsetPeer: tl.inputPeerEmpty(),
      limit: 10,
      hash: 0n,
    })
    expect('messages' in dialogs && photoOf(dialogs.messages[0])).toEqual(shown)
    const byId = await bob.call('messages.getMessages', {
      id: [tl.inputMessageID({ id: update.message.id })],
    })
    expect('messages' in byId && photoOf(byId.messages[0])).toEqual(shown)
    const { pts, date, qts } = before
    const missed = await bob.call('updates.getDifference', { pts, date, qts })
    expect('newMessages' in missed && photoOf(missed.newMessages[0])).toEqual(shown)
  })

  test('when it is forwarded; a voice message waits to be played again', async () => {
    const carol = await world.person('Carol')
    const [voice, file] = [sent.get('voice')!, sent.get('file')!]
    await alice.call('messages.forwardMessages', {
      fromPeer: alice.peer(bob),
      toPeer: alice.peer(carol),
      id: [voice, file],
      randomId: [1n, 2n],
      dropMediaCaptions: true,
    })
    const [first, second] = await carol.expectUpdates('updateNewMessage', 'updateNewMessage')
    expect(first.message).toMatchObject({ mediaUnread: true, fwdFrom: { _: 'messageFwdHeader' } })
    expect(second.message).toMatchObject({ mediaUnread: false, message: '' })
    const { id, accessHash, fileReference } = documentOf(second.message)
    // Who was shown it in one chat can send it on in another.
    const media = tl.inputMediaDocument({ id: tl.inputDocument({ id, accessHash, fileReference }) })
    const own = await sendMedia(carol, carol, media)
    expect(documentOf(own).id).toBe(id)
  })

  test('of another chat that is replied to', async () => {
    const dave = await world.person('Dave')
    const reply = await alice.send(dave, 'look at that', {
      replyTo: tl.inputReplyToMessage({ replyToMsgId: sent.get('photo')!, replyToPeerId: alice.peer(bob) }),
    })
    expect(reply.replyTo).toMatchObject({ replyMedia: { _: 'messageMediaPhoto' } })
    const [update] = await dave.expectUpdates('updateNewMessage')
    const { replyTo } = update.message as T.message
    const quoted = replyTo?._ === 'messageReplyHeader' ? replyTo.replyMedia : undefined
    const photo = quoted?._ === 'messageMediaPhoto' && quoted.photo?._ === 'photo' ? quoted.photo : undefined
    const { id, accessHash, fileReference } = must(photo, 'the quotation has its photo')
    const location = tl.inputPhotoFileLocation({ id, accessHash, fileReference, thumbSize: 's' })
    const answer = await dave.call('upload.getFile', { location, offset: 0, limit: 1024 * 1024 })
    expect(answer).toMatchObject({ type: { _: 'storage.fileJpeg' } })
  })

  test('that is reported as it was', async () => {
    const eve = await world.person('Eve')
    const photo = await sendMedia(eve, bob, await uploadedPhoto(eve), { message: 'buy' })
    const [update] = await bob.expectUpdates('updateNewMessage')
    await bob.call('messages.reportSpam', { peer: bob.peer(eve) })
    await eve.call('messages.deleteMessages', { id: [photo.id], revoke: true })
    const { db } = world.server.context
    const [found] = await readCasesOf(db, eve.id, 1)
    const [report] = await readReports(db, must(found, 'there is a case').id, 1)
    const message = decodeObject(report!.messages[0]!) as T.message
    expect(message).toMatchObject({ message: 'buy', id: update.message.id })
    // Kept without access: whoever looks at the case gets their own.
    expect(photoOf(message)).toMatchObject({ id: photoOf(photo).id, accessHash: 0n })
    await bob.device.updates()
  })
})
