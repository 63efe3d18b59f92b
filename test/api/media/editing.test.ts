import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tl } from '../../../src/tl/factories.ts'
import type * as T from '../../../src/tl/schema.d.ts'
import { startWorld, type Person, type World } from '../../harness/people.ts'
import { documentOf, photoOf, sendMedia, uploadedDocument, uploadedPhoto } from './pictures.ts'

let world: World
let alice: Person
let bob: Person

beforeAll(async () => {
  world = await startWorld()
  alice = await world.person('Alice')
  bob = await world.person('Bob')
})
afterAll(() => world[Symbol.asyncDispose]())

type Change = Partial<Pick<T.Methods['messages.editMessage']['req'], 'message' | 'media' | 'invertMedia'>>

async function edit(id: number, change: Change): Promise<T.message> {
  const answer = await alice.call('messages.editMessage', { peer: alice.peer(bob), id, ...change })
  const [update] = answer._ === 'updates' ? answer.updates : []
  if (update?._ === 'updateEditMessage' && update.message._ === 'message') return update.message
  throw new Error(`answered ${answer._}`)
}

const refused = (id: number, change: Change): Promise<string> =>
  alice.failure('messages.editMessage', { peer: alice.peer(bob), id, ...change })

describe('a caption', () => {
  test('is changed and taken away, for both', async () => {
    const sent = await sendMedia(alice, bob, await uploadedPhoto(alice), { message: 'before' })
    await bob.expectUpdates('updateNewMessage')
    const edited = await edit(sent.id, { message: 'after #all' })
    expect(edited).toMatchObject({ message: 'after #all', media: { _: 'messageMediaPhoto' } })
    expect(photoOf(edited).id).toBe(photoOf(sent).id)
    const [update] = await bob.expectUpdates('updateEditMessage')
    expect(update.message).toMatchObject({ message: 'after #all', media: { _: 'messageMediaPhoto' } })
    expect((await edit(sent.id, { message: '' })).message).toBe('')
    await bob.expectUpdates('updateEditMessage')
    expect((await edit(sent.id, { message: '', invertMedia: true })).invertMedia).toBe(true)
    await bob.expectUpdates('updateEditMessage')
    expect(await refused(sent.id, { message: '', invertMedia: true })).toBe('MESSAGE_NOT_MODIFIED')
    expect(await refused(sent.id, {})).toBe('MESSAGE_NOT_MODIFIED')
    expect(await refused(sent.id, { message: 'x'.repeat(1025) })).toBe('MEDIA_CAPTION_TOO_LONG')
    const data = { peer: alice.peer(bob), id: sent.id }
    expect(await alice.call('messages.getMessageEditData', data)).toMatchObject({ caption: true })
  })
})

describe('media', () => {
  test('takes the place of other media, and of none', async () => {
    const text = await alice.send(bob, 'only text')
    await bob.expectUpdates('updateNewMessage')
    const photo = await edit(text.id, { media: await uploadedPhoto(alice) })
    expect(photo).toMatchObject({ message: 'only text', media: { _: 'messageMediaPhoto' } })
    await bob.expectUpdates('updateEditMessage')
    const document = await edit(text.id, { media: await uploadedDocument(alice), message: 'a file' })
    expect(document).toMatchObject({ message: 'a file', media: { _: 'messageMediaDocument' } })
    const [update] = await bob.expectUpdates('updateEditMessage')
    const { id, accessHash, fileReference } = documentOf(document)
    expect(documentOf(update.message).id).toBe(id)
    const same = tl.inputMediaDocument({ id: tl.inputDocument({ id, accessHash, fileReference }) })
    expect(await refused(text.id, { media: same })).toBe('MESSAGE_NOT_MODIFIED')
    const search = { peer: bob.peer(alice), q: '', fromId: undefined, ...WHOLE }
    const found = await bob.call('messages.search', {
      ...search,
      filter: tl.inputMessagesFilterDocument(),
    })
    expect('messages' in found && found.messages).toMatchObject([{ id: update.message.id }])
  })

  test('of some kinds stays as it is', async () => {
    const dice = await sendMedia(alice, bob, tl.inputMediaDice({ emoticon: '🎯' }))
    expect(await refused(dice.id, { message: 'again' })).toBe('MEDIA_PREV_INVALID')
    expect(await refused(dice.id, { media: await uploadedPhoto(alice) })).toBe('MEDIA_PREV_INVALID')
    const photo = await sendMedia(alice, bob, await uploadedPhoto(alice))
    const voice = tl.documentAttributeAudio({ duration: 1, voice: true })
    const note = await uploadedDocument(alice, [voice])
    expect(await refused(photo.id, { media: note })).toBe('MEDIA_NEW_INVALID')
    const geoPoint = tl.inputGeoPoint({ lat: 1, long: 1 })
    expect(await refused(photo.id, { media: tl.inputMediaGeoPoint({ geoPoint }) })).toBe('MEDIA_NEW_INVALID')
    expect(await refused(photo.id, { media: tl.inputMediaEmpty() })).toBe('MEDIA_EMPTY')
    const empty = tl.inputPhotoEmpty()
    expect(await refused(photo.id, { media: tl.inputMediaPhoto({ id: empty, ttlSeconds: 3 }) })).toBe(
      'MEDIA_TTL_INVALID',
    )
    await bob.device.updates()
  })

  test('of an album stays something that an album can hold', async () => {
    const peer = alice.peer(bob)
    const items = await Promise.all(
      [1n, 2n].map(async (randomId) => {
        const media = await alice.call('messages.uploadMedia', { peer, media: await uploadedPhoto(alice) })
        const photo = media._ === 'messageMediaPhoto' ? media.photo : undefined
        if (photo?._ !== 'photo') throw new Error(media._)
        const input = tl.inputMediaPhoto({ id: tl.inputPhoto(photo) })
        return tl.inputSingleMedia({ media: input, message: '', randomId })
      }),
    )
    const answer = await alice.call('messages.sendMultiMedia', { peer, multiMedia: items })
    const [, , first] = answer._ === 'updates' ? answer.updates : []
    if (first?._ !== 'updateNewMessage') throw new Error(answer._)
    const { id } = first.message
    expect(await refused(id, { media: await uploadedDocument(alice) })).toBe('MEDIA_GROUPED_INVALID')
    const video = tl.documentAttributeVideo({ duration: 1, w: 2, h: 2 })
    expect(await edit(id, { media: await uploadedDocument(alice, [video]) })).toMatchObject({
      groupedId: (first.message as T.message).groupedId,
      media: { video: true },
    })
    await bob.device.updates()
  })
})

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
