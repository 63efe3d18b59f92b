import { createHash } from 'node:crypto'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tl } from '../../../src/tl/factories.ts'
import { HandClock } from '../../harness/clock.ts'
import { startWorld, type Person, type World } from '../../harness/people.ts'
import { download, upload } from '../upload/uploading.ts'
import { documentOf, photoOf, picture, sendMedia, uploadedDocument, uploadedPhoto } from './pictures.ts'

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

describe('a photo', () => {
  test('is shown to the receiver, who can fetch each of its sizes', async () => {
    const sent = await sendMedia(alice, bob, await uploadedPhoto(alice, 1000, 500), { message: 'look' })
    expect(sent).toMatchObject({ message: 'look', out: true, media: { _: 'messageMediaPhoto' } })
    const [update] = await bob.expectUpdates('updateNewMessage')
    expect(update.message).toMatchObject({ message: 'look', out: false })
    const photo = photoOf(update.message)
    expect(photo.id).toBe(photoOf(sent).id)
    expect(photo.accessHash).not.toBe(photoOf(sent).accessHash)
    expect(photo.sizes.map((size) => size.type)).toEqual(['i', 's', 'm', 'x', 'y'])
    for (const size of photo.sizes) {
      if (size._ !== 'photoSize') continue
      const { id, accessHash, fileReference } = photo
      const bytes = await download(
        bob,
        tl.inputPhotoFileLocation({ id, accessHash, fileReference, thumbSize: size.type }),
      )
      expect(bytes.length).toBe(size.size)
      expect(await sharp(bytes).metadata()).toMatchObject({ format: 'jpeg', width: size.w, height: size.h })
    }
    const [again] = await bob.history(alice)
    expect(photoOf(again)).toEqual(photo)
    await alice.expectUpdates()
  })

  test('can be sent again by whoever was shown it, and by nobody else', async () => {
    const carol = await world.person('Carol')
    const { id, accessHash, fileReference } = photoOf((await bob.history(alice))[0])
    const media = tl.inputMediaPhoto({ spoiler: true, id: tl.inputPhoto({ id, accessHash, fileReference }) })
    const sent = await sendMedia(bob, alice, media)
    expect(sent.media).toMatchObject({ spoiler: true, photo: { id } })
    await alice.expectUpdates('updateNewMessage')
    const request = { peer: carol.peer(bob), media, message: '', randomId: 1n }
    expect(await carol.failure('messages.sendMedia', request)).toBe('MEDIA_INVALID')
    const unknown = tl.inputMediaPhoto({
      id: tl.inputPhoto({ id, accessHash, fileReference: new Uint8Array() }),
    })
    const ask = { peer: bob.peer(alice), message: '', randomId: 2n }
    expect(await bob.failure('messages.sendMedia', { ...ask, media: unknown })).toBe('FILE_REFERENCE_EMPTY')
    const wrong = tl.inputMediaPhoto({
      id: tl.inputPhoto({ id, accessHash, fileReference: Buffer.alloc(12) }),
    })
    expect(await bob.failure('messages.sendMedia', { ...ask, media: wrong })).toBe('FILE_REFERENCE_INVALID')
    const none = tl.inputMediaPhoto({ id: tl.inputPhotoEmpty() })
    expect(await bob.failure('messages.sendMedia', { ...ask, media: none })).toBe('MEDIA_EMPTY')
    clock.advance(125_000)
    expect(await bob.failure('messages.sendMedia', { ...ask, media })).toBe('FILE_REFERENCE_EXPIRED')
    await bob.expectUpdates()
  })

  test('is refused when it is no image, or of odd dimensions', async () => {
    const request = { peer: alice.peer(bob), message: '', randomId: 3n }
    const text = tl.inputMediaUploadedPhoto({ file: await upload(alice, Buffer.from('no image at all')) })
    expect(await alice.failure('messages.sendMedia', { ...request, media: text })).toBe('PHOTO_EXT_INVALID')
    const thin = tl.inputMediaUploadedPhoto({ file: await upload(alice, await picture(2100, 100, 'png')) })
    expect(await alice.failure('messages.sendMedia', { ...request, media: thin })).toBe(
      'PHOTO_INVALID_DIMENSIONS',
    )
    const whole = await picture(300, 300)
    const cut = tl.inputMediaUploadedPhoto({ file: await upload(alice, whole.subarray(0, 200)) })
    expect(await alice.failure('messages.sendMedia', { ...request, media: cut })).toBe('IMAGE_PROCESS_FAILED')
    const missing = tl.inputFile({ id: 77n, parts: 1, name: 'a', md5Checksum: '' })
    const lost = tl.inputMediaUploadedPhoto({ file: missing })
    expect(await alice.failure('messages.sendMedia', { ...request, media: lost })).toBe('FILE_PART_0_MISSING')
    await bob.expectUpdates()
  })

  test('that is sent twice under one random id is one message', async () => {
    const media = await uploadedPhoto(alice)
    const first = await sendMedia(alice, bob, media, { randomId: 99n })
    const second = await sendMedia(alice, bob, media, { randomId: 99n })
    expect(second.id).toBe(first.id)
    expect(photoOf(second).id).toBe(photoOf(first).id)
    await bob.expectUpdates('updateNewMessage')
  })
})

describe('a document', () => {
  test('keeps what its sender says of it, in bounds', async () => {
    const media = await uploadedDocument(
      alice,
      [
        tl.documentAttributeFilename({ fileName: '../secret/plan\u0007.pdf' }),
        tl.documentAttributeImageSize({ w: 10, h: 999_999 }),
        tl.documentAttributeHasStickers(),
      ],
      { mimeType: 'Application/PDF', spoiler: true },
    )
    const sent = await sendMedia(alice, bob, media)
    expect(sent.media).toMatchObject({ spoiler: true, video: false, voice: false })
    const document = documentOf(sent)
    expect(document).toMatchObject({
      mimeType: 'application/pdf',
      size: 3000,
      thumbs: undefined,
      attributes: [
        { _: 'documentAttributeFilename', fileName: 'plan .pdf' },
        { _: 'documentAttributeImageSize', w: 10, h: 65_535 },
      ],
    })
    const [update] = await bob.expectUpdates('updateNewMessage')
    const { id, accessHash, fileReference } = documentOf(update.message)
    const bytes = await download(
      bob,
      tl.inputDocumentFileLocation({ id, accessHash, fileReference, thumbSize: '' }),
    )
    expect(bytes.length).toBe(3000)
  })

  test('has the thumbnail that was uploaded beside it, or one made of it', async () => {
    const thumb = await upload(alice, await picture(640, 320))
    const one = documentOf(await sendMedia(alice, bob, await uploadedDocument(alice, [], { thumb })))
    expect(one.thumbs).toMatchObject([
      { _: 'photoStrippedSize', type: 'i' },
      { _: 'photoSize', type: 'm', w: 320, h: 160 },
    ])
    const file = await upload(alice, await picture(90, 60, 'png'))
    const media = tl.inputMediaUploadedDocument({ file, mimeType: 'image/png', attributes: [] })
    const two = documentOf(await sendMedia(alice, bob, media))
    expect(two.thumbs).toMatchObject([{ type: 'i' }, { type: 'm', w: 90, h: 60 }])
    const { id, accessHash, fileReference } = two
    const location = tl.inputDocumentFileLocation({ id, accessHash, fileReference, thumbSize: 'm' })
    expect(await sharp(await download(alice, location)).metadata()).toMatchObject({ width: 90, height: 60 })
    const broken = await upload(alice, Buffer.from('no image'))
    const three = await sendMedia(alice, bob, await uploadedDocument(alice, [], { thumb: broken }))
    expect(documentOf(three).thumbs).toBeUndefined()
    await bob.expectUpdates('updateNewMessage', 'updateNewMessage', 'updateNewMessage')
  })

  test('is what its sender wants it to be shown as', async () => {
    const video = tl.documentAttributeVideo({ duration: 1.5, w: 20, h: 10 })
    const animated = tl.documentAttributeAnimated()
    const kinds = async (
      attributes: Parameters<typeof uploadedDocument>[1],
      more: Parameters<typeof uploadedDocument>[2] = {},
    ) => {
      const sent = await sendMedia(alice, alice, await uploadedDocument(alice, attributes, more))
      return documentOf(sent).attributes.map((attribute) => attribute._)
    }
    const size = tl.documentAttributeImageSize({ w: 1, h: 1 })
    expect(await kinds([size, video])).toEqual(['documentAttributeVideo'])
    expect(await kinds([animated, video])).toEqual(['documentAttributeAnimated', 'documentAttributeVideo'])
    expect(await kinds([animated, video], { nosoundVideo: true })).toEqual(['documentAttributeVideo'])
    expect(await kinds([animated, video], { forceFile: true })).toEqual([])
  })

  test('that is a video can have a cover that was sent before', async () => {
    const cover = photoOf(await sendMedia(alice, alice, await uploadedPhoto(alice)))
    const { id, accessHash, fileReference } = cover
    const video = tl.documentAttributeVideo({ duration: 1, w: 2, h: 2 })
    const videoCover = tl.inputPhoto({ id, accessHash, fileReference })
    await sendMedia(alice, bob, await uploadedDocument(alice, [video], { videoCover, videoTimestamp: 3 }))
    const [update] = await bob.expectUpdates('updateNewMessage')
    const media = update.message._ === 'message' ? update.message.media : undefined
    expect(media).toMatchObject({ video: true, videoCover: { id }, videoTimestamp: 3 })
    // The receiver has access of their own to it.
    expect(media).not.toMatchObject({ videoCover: { accessHash } })
  })

  test('that nobody has shown the sender is none', async () => {
    const id = tl.inputDocument({ id: 5n, accessHash: 6n, fileReference: Buffer.alloc(12) })
    const request = { peer: alice.peer(bob), message: '', randomId: 8n }
    const media = tl.inputMediaDocument({ id })
    expect(await alice.failure('messages.sendMedia', { ...request, media })).toBe('DOCUMENT_INVALID')
    const none = tl.inputMediaDocument({ id: tl.inputDocumentEmpty() })
    expect(await alice.failure('messages.sendMedia', { ...request, media: none })).toBe('MEDIA_EMPTY')
    const unnumbered = { ...request, media: tl.inputMediaDice({ emoticon: '🎲' }), randomId: 0n }
    expect(await alice.failure('messages.sendMedia', unnumbered)).toBe('RANDOM_ID_EMPTY')
  })

  test('is found by its hash by whoever sent it', async () => {
    const bytes = Buffer.from('the same again and again')
    const sha256 = createHash('sha256').update(bytes).digest()
    const ask = { sha256, size: bytes.length, mimeType: 'video/mp4' }
    expect(await alice.call('messages.getDocumentByHash', ask)).toMatchObject({ _: 'documentEmpty' })
    const file = await upload(alice, bytes)
    const media = tl.inputMediaUploadedDocument({ file, mimeType: 'video/mp4', attributes: [] })
    const sent = await sendMedia(alice, bob, media)
    const found = await alice.call('messages.getDocumentByHash', ask)
    expect(found).toEqual(documentOf(sent))
    expect(await alice.call('messages.getDocumentByHash', { ...ask, size: 1 })).toMatchObject({
      _: 'documentEmpty',
    })
    // The same bytes as something else are another document.
    const other = await sendMedia(alice, bob, { ...media, mimeType: 'video/webm' })
    const askOther = { ...ask, mimeType: 'video/webm' }
    expect(await alice.call('messages.getDocumentByHash', askOther)).toEqual(documentOf(other))
    expect(await alice.call('messages.getDocumentByHash', ask)).toEqual(documentOf(sent))
    expect(await bob.call('messages.getDocumentByHash', ask)).toMatchObject({ _: 'documentEmpty' })
    const short = { ...ask, sha256: sha256.subarray(1) }
    expect(await alice.failure('messages.getDocumentByHash', short)).toBe('SHA256_HASH_INVALID')
    await bob.expectUpdates('updateNewMessage', 'updateNewMessage')
  })
})

describe('what is no file', () => {
  test('places, contacts and dice are shown as they were sent', async () => {
    const geoPoint = tl.inputGeoPoint({ lat: 48.85, long: 2.35, accuracyRadius: 20 })
    await sendMedia(alice, bob, tl.inputMediaGeoPoint({ geoPoint }))
    const venue = { title: 'Tower', address: 'Street 1', provider: 'p', venueId: 'v', venueType: 't' }
    await sendMedia(alice, bob, tl.inputMediaVenue({ geoPoint, ...venue }))
    const name = { firstName: 'Bob', lastName: 'B', vcard: '' }
    await sendMedia(alice, bob, tl.inputMediaContact({ phoneNumber: `+${bob.phone}`, ...name }))
    await sendMedia(alice, bob, tl.inputMediaDice({ emoticon: '🎲' }))
    const updates = await bob.expectUpdates(
      'updateNewMessage',
      'updateNewMessage',
      'updateNewMessage',
      'updateNewMessage',
    )
    const [place, tower, contact, dice] = updates.map(({ message }) =>
      message._ === 'message' ? message.media : undefined,
    )
    const geo = { _: 'geoPoint', lat: 48.85, long: 2.35, accuracyRadius: 20 }
    expect(place).toMatchObject({ _: 'messageMediaGeo', geo })
    expect(tower).toMatchObject({ _: 'messageMediaVenue', geo, ...venue })
    // Whose number it is, is not told of somebody who is no contact.
    expect(contact).toMatchObject({ phoneNumber: `+${bob.phone}`, ...name, userId: 0 })
    expect(dice).toMatchObject({ _: 'messageMediaDice', emoticon: '🎲' })
    const { value } = dice as { value: number }
    expect(value).toBeGreaterThanOrEqual(1)
    expect(value).toBeLessThanOrEqual(6)
  })

  test('a contact of the sender comes with the account', async () => {
    await alice.call('contacts.addContact', {
      id: alice.user(bob),
      firstName: 'Bob',
      lastName: '',
      phone: bob.phone,
    })
    await alice.device.updates()
    await bob.device.updates()
    const contact = { phoneNumber: bob.phone, firstName: 'Bob', lastName: '', vcard: '' }
    const sent = await sendMedia(alice, bob, tl.inputMediaContact(contact))
    expect(sent.media).toMatchObject({ _: 'messageMediaContact', userId: bob.id })
    await bob.expectUpdates('updateNewMessage')
  })

  test('what cannot be sent is refused', async () => {
    const geoPoint = tl.inputGeoPoint({ lat: 91, long: 0 })
    const id = tl.inputPhotoEmpty()
    const refused = [
      ['MEDIA_EMPTY', tl.inputMediaEmpty()],
      ['MEDIA_INVALID', tl.inputMediaGeoPoint({ geoPoint })],
      ['MEDIA_INVALID', tl.inputMediaGeoPoint({ geoPoint: tl.inputGeoPointEmpty() })],
      ['MEDIA_INVALID', tl.inputMediaGeoLive({ geoPoint, period: 60 })],
      ['MEDIA_INVALID', tl.inputMediaContact({ phoneNumber: ' ', firstName: '', lastName: '', vcard: '' })],
      ['EMOTICON_INVALID', tl.inputMediaDice({ emoticon: '👍' })],
      ['EMOTICON_INVALID', tl.inputMediaDice({ emoticon: 'toString' })],
      ['WEBPAGE_CURL_FAILED', tl.inputMediaPhotoExternal({ url: 'http://127.0.0.1/' })],
      ['WEBPAGE_CURL_FAILED', tl.inputMediaDocumentExternal({ url: 'http://127.0.0.1/' })],
      ['WEBPAGE_NOT_FOUND', tl.inputMediaWebPage({ url: 'http://127.0.0.1/' })],
      ['TTL_MEDIA_INVALID', tl.inputMediaPhoto({ id, ttlSeconds: 5 })],
    ] as const
    for (const [error, media] of refused) {
      const request = { peer: alice.peer(bob), media, message: '', randomId: 5n }
      expect([media._, await alice.failure('messages.sendMedia', request)]).toEqual([media._, error])
    }
    const long = { message: 'x'.repeat(1025), randomId: 6n, peer: alice.peer(bob) }
    const media = tl.inputMediaDice({ emoticon: '🎯' })
    expect(await alice.failure('messages.sendMedia', { ...long, media })).toBe('MEDIA_CAPTION_TOO_LONG')
    await bob.expectUpdates()
  })

  test('a link without a preview is a text', async () => {
    const media = tl.inputMediaWebPage({ optional: true, url: 'https://example.org' })
    const sent = await sendMedia(alice, bob, media, { message: 'see https://example.org' })
    expect(sent).toMatchObject({ message: 'see https://example.org', media: undefined })
    await bob.expectUpdates('updateNewMessage')
    const request = { peer: alice.peer(bob), media, message: '', randomId: 7n }
    expect(await alice.failure('messages.sendMedia', request)).toBe('MESSAGE_EMPTY')
  })
})
