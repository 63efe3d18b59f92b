import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { grantPhoto } from '../../../src/domain/files/access.ts'
import { makePhoto } from '../../../src/domain/files/images.ts'
import { putPhoto, storePhoto } from '../../../src/domain/files/photos.ts'
import { tl } from '../../../src/tl/factories.ts'
import type * as T from '../../../src/tl/schema.d.ts'
import type { Fields } from '../../harness/device.ts'
import { coloursAt, redAndBlue } from '../../harness/image.ts'
import { startWorld, type Person, type World } from '../../harness/people.ts'
import { download, upload } from '../upload/uploading.ts'

let world: World

beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

/** Two people who have written to one another. */
async function acquainted(): Promise<[Person, Person]> {
  const [alice, bob] = [await world.person('Alice'), await world.person('Bob')]
  await alice.send(bob, 'Hello')
  await alice.device.updates()
  await bob.device.updates()
  return [alice, bob]
}

async function setPhoto(person: Person, more: { readonly fallback?: true } = {}): Promise<T.photo> {
  const file = await upload(person, await redAndBlue(800, 400))
  const { photo } = await person.call('photos.uploadProfilePhoto', { file, ...more })
  return whole(photo)
}

function whole(photo: T.Photo | undefined): T.photo {
  if (photo?._ !== 'photo') throw new Error(`there is ${photo?._}`)
  return photo
}

function named({ id, accessHash, fileReference }: T.photo): T.inputPhoto {
  return tl.inputPhoto({ id, accessHash, fileReference })
}

async function seen(viewer: Person, other: Person): Promise<T.user> {
  const id = viewer === other ? tl.inputUserSelf() : viewer.user(other)
  const [user] = await viewer.call('users.getUsers', { id: [id] })
  if (user?._ !== 'user') throw new Error(user?._)
  return user
}

async function shownId(viewer: Person, other: Person): Promise<bigint | undefined> {
  const { photo } = await seen(viewer, other)
  return photo?._ === 'userProfilePhoto' ? photo.photoId : undefined
}

/** The ids of the three photos that somebody's own page can have. */
async function page(viewer: Person, other: Person): Promise<Record<string, bigint | undefined>> {
  const id = viewer === other ? tl.inputUserSelf() : viewer.user(other)
  const { fullUser } = await viewer.call('users.getFullUser', { id })
  const { personalPhoto, profilePhoto, fallbackPhoto } = fullUser
  return { personal: personalPhoto?.id, profile: profilePhoto?.id, fallback: fallbackPhoto?.id }
}

async function album(viewer: Person, other: Person, offset = 0, limit = 100, maxId = 0n) {
  const userId = viewer === other ? tl.inputUserSelf() : viewer.user(other)
  const answer = await viewer.call('photos.getUserPhotos', { userId, offset, maxId, limit })
  const ids = answer.photos.map((photo) => photo.id)
  return { ids, count: answer._ === 'photos.photosSlice' ? answer.count : ids.length, photos: answer.photos }
}

async function hideFromAll(person: Person, rule: T.InputPrivacyRule): Promise<void> {
  await person.call('account.setPrivacy', { key: tl.inputPrivacyKeyProfilePhoto(), rules: [rule] })
}

const HALVES = [
  [0.25, 0.5],
  [0.75, 0.5],
] as const

describe('a profile photo', () => {
  test('reaches whoever is acquainted, who can download it small and large', async () => {
    const [alice, bob] = await acquainted()
    const second = await alice.anotherDevice()
    const file = await upload(alice, await redAndBlue(800, 400))
    const answer = await alice.call('photos.uploadProfilePhoto', { file })
    const photo = whole(answer.photo)
    expect(photo).toMatchObject({ dcId: 2, hasStickers: false, videoSizes: undefined })
    expect(photo.sizes.map((size) => [size._, size.type])).toEqual([
      ['photoStrippedSize', 'i'],
      ['photoSize', 'a'],
      ['photoSize', 'b'],
      ['photoSize', 'c'],
    ])
    const facts = { _: 'userProfilePhoto', photoId: photo.id, dcId: 2, personal: false, hasVideo: false }
    expect(answer.users).toMatchObject([{ id: alice.id, photo: facts }])
    await alice.expectUpdates()
    for (const device of [second, bob.device]) {
      expect(await device.expectUpdates('updateUser')).toEqual([tl.updateUser({ userId: alice.id })])
    }

    const [stripped] = photo.sizes
    const { photo: shown } = await seen(bob, alice)
    expect(shown).toMatchObject(facts)
    expect(shown).toHaveProperty('strippedThumb', stripped?._ === 'photoStrippedSize' && stripped.bytes)
    for (const big of [false, true]) {
      const peer = bob.peer(alice)
      const location = tl.inputPeerPhotoFileLocation({ peer, big, photoId: photo.id })
      const bytes = await download(bob, location)
      expect(await coloursAt(bytes, HALVES)).toEqual(['red', 'blue'])
      const size = photo.sizes.find(({ type }) => type === (big ? 'c' : 'a'))
      expect(bytes.length).toBe(size?._ === 'photoSize' && size.size)
    }
    const { fullUser } = await bob.call('users.getFullUser', { id: bob.user(alice) })
    const location = { ...named(whole(fullUser.profilePhoto)), thumbSize: 'b' }
    const middle = await download(bob, tl.inputPhotoFileLocation(location))
    expect(await coloursAt(middle, HALVES)).toEqual(['red', 'blue'])
    expect(await page(bob, alice)).toEqual({ profile: photo.id })
    expect(await page(alice, alice)).toEqual({ profile: photo.id })
  })

  test('the album: the latest comes first, older ones come up again, and what is deleted is gone', async () => {
    const [alice, bob] = await acquainted()
    expect(await album(bob, alice)).toMatchObject({ ids: [], count: 0 })
    const [first, second, third] = [await setPhoto(alice), await setPhoto(alice), await setPhoto(alice)]
    expect((await album(bob, alice)).ids).toEqual([third.id, second.id, first.id])
    expect(await album(bob, alice, 1, 1)).toMatchObject({ ids: [second.id], count: 3 })
    expect(await album(bob, alice, 3)).toMatchObject({ ids: [], count: 3 })
    expect((await album(bob, alice, 0, 100, third.id)).ids).toEqual([second.id, first.id])
    expect((await album(bob, alice, 1, 100, third.id)).ids).toEqual([first.id])
    // So clients get a new reference of one photo.
    expect((await album(bob, alice, -1, 1, second.id)).ids).toEqual([second.id])
    expect((await album(bob, alice, 0, 100, 12_345n)).ids).toEqual([])
    await bob.device.updates()

    const again = await alice.call('photos.updateProfilePhoto', { id: named(first) })
    expect(again).toMatchObject({ photo: { id: first.id }, users: [{ photo: { photoId: first.id } }] })
    await bob.expectUpdates('updateUser')
    expect((await album(bob, alice)).ids).toEqual([first.id, third.id, second.id])

    // Clients name them by their ids alone. Whose are others', stays.
    const bare = (id: bigint) => tl.inputPhoto({ id, accessHash: 0n, fileReference: new Uint8Array(0) })
    expect(await bob.call('photos.deletePhotos', { id: [bare(first.id)] })).toEqual([])
    const id = [bare(first.id), bare(12_345n), tl.inputPhotoEmpty()]
    expect(await alice.call('photos.deletePhotos', { id })).toEqual([first.id])
    await bob.expectUpdates('updateUser')
    await alice.expectUpdates()
    expect(await shownId(bob, alice)).toBe(third.id)
    const gone = tl.inputPeerPhotoFileLocation({ peer: bob.peer(alice), photoId: first.id })
    const getFile = { location: gone, offset: 0, limit: 4096 }
    expect(await bob.failure('upload.getFile', getFile)).toBe('LOCATION_INVALID')

    // What is shown is taken away: the one before it is shown.
    const empty = tl.inputPhotoEmpty()
    const before = await alice.call('photos.updateProfilePhoto', { id: empty })
    expect(before).toMatchObject({ photo: { id: second.id }, users: [{ photo: { photoId: second.id } }] })
    const none = await alice.call('photos.updateProfilePhoto', { id: empty })
    expect(none).toMatchObject({ photo: { _: 'photoEmpty' }, users: [{ photo: undefined }] })
    await bob.expectUpdates('updateUser', 'updateUser')
    await alice.call('photos.updateProfilePhoto', { id: empty })
    await bob.expectUpdates()
    expect(await page(bob, alice)).toEqual({})
  })

  test('of somebody else, seen in a message, becomes one of oneself', async () => {
    const [alice, bob] = await acquainted()
    const theirs = await setPhoto(bob)
    const { fullUser } = await alice.call('users.getFullUser', { id: alice.user(bob) })
    const shown = named(whole(fullUser.profilePhoto))
    expect(shown.id).toBe(theirs.id)
    const { photo } = await alice.call('photos.updateProfilePhoto', { id: shown })
    expect(photo.id).toBe(theirs.id)
    await bob.call('photos.deletePhotos', { id: [named(theirs)] })
    expect(await shownId(bob, alice)).toBe(theirs.id)

    const { context: ctx } = world.server
    const made = await makePhoto(ctx, () => redAndBlue(400, 600))
    const stored = await storePhoto(ctx, { userId: bob.id, dc: 2 }, made)
    await ctx.db.transaction((tx) => putPhoto(tx, bob.id, stored))
    const sent = named(whole(grantPhoto(ctx, alice.id, stored.photo)))
    const { photo: cropped } = await alice.call('photos.updateProfilePhoto', { id: sent })
    expect(whole(cropped).sizes.map(({ type }) => type)).toEqual(['i', 'a', 'b', 'c'])
    expect(cropped.id).not.toBe(stored.photo.id)
    expect(await shownId(bob, alice)).toBe(cropped.id)

    const wrong = { ...sent, accessHash: 1n }
    const failure = (id: T.InputPhoto) => alice.failure('photos.updateProfilePhoto', { id })
    expect(await failure(wrong)).toBe('PHOTO_ID_INVALID')
    expect(await failure({ ...sent, fileReference: new Uint8Array(0) })).toBe('FILE_REFERENCE_EMPTY')
    expect(await failure({ ...sent, fileReference: Buffer.of(1) })).toBe('FILE_REFERENCE_INVALID')
  })

  test('what is wrong with one', async () => {
    const [alice] = await acquainted()
    const failure = (fields: Partial<Fields<'photos.uploadProfilePhoto'>>) =>
      alice.failure('photos.uploadProfilePhoto', fields)
    const file = await upload(alice, await redAndBlue(300, 300))
    expect(await failure({})).toBe('PHOTO_FILE_MISSING')
    expect(await failure({ file, bot: tl.inputUserSelf() })).toBe('BOT_INVALID')
    expect(await failure({ video: file })).toBe('VIDEO_FILE_INVALID')
    const videoEmojiMarkup = tl.videoSizeEmojiMarkup({ emojiId: 1n, backgroundColors: [0] })
    expect(await failure({ videoEmojiMarkup })).toBe('EMOJI_MARKUP_INVALID')
    expect(await failure({ file: { ...file, parts: 0 } })).toBe('FILE_PARTS_INVALID')
    expect(await failure({ file: { ...file, id: file.id + 1n } })).toBe('FILE_PART_0_MISSING')
    expect(await failure({ file: { ...file, md5Checksum: '0'.repeat(32) } })).toBe('PHOTO_INVALID')
    const uploaded = async (bytes: Uint8Array) => ({ file: await upload(alice, bytes) })
    expect(await failure(await uploaded(Buffer.from('Hello')))).toBe('PHOTO_EXT_INVALID')
    expect(await failure(await uploaded(Buffer.from('ffd8ff', 'hex')))).toBe('IMAGE_PROCESS_FAILED')
    expect(await failure(await uploaded(await redAndBlue(300, 100)))).toBe('PHOTO_CROP_SIZE_SMALL')
    expect(await alice.failure('photos.updateProfilePhoto', { id: named(NO_PHOTO) })).toBe('PHOTO_ID_INVALID')
    const bot = { id: named(NO_PHOTO), bot: tl.inputUserSelf() }
    expect(await alice.failure('photos.updateProfilePhoto', bot)).toBe('PHOTO_ID_INVALID')
    const pageOf = { userId: tl.inputUserSelf(), offset: 0, limit: 1, maxId: -1n }
    expect(await alice.failure('photos.getUserPhotos', pageOf)).toBe('MAX_ID_INVALID')
    const nobody = { ...pageOf, userId: tl.inputUserEmpty() }
    expect(await alice.failure('photos.getUserPhotos', { ...nobody, maxId: 0n })).toBe('USER_ID_INVALID')

    // An album has its bounds, which what is in it already does not meet.
    const photo = whole((await alice.call('photos.uploadProfilePhoto', { file })).photo)
    await world.server.context.db.transaction((tx) => {
      tx.outdate([alice.id])
      return tx.sql`
        insert into profile_photo (user_id, id, photo, place)
        select user_id, number, photo, -number from profile_photo, generate_series(1, 999) as number
        where user_id = ${alice.id}`
    })
    expect(await failure({ file })).toBe('ALBUM_PHOTOS_TOO_MANY')
    expect(await album(alice, alice, 0, 1000)).toMatchObject({ count: 1000, ids: { length: 100 } })
    await alice.call('photos.updateProfilePhoto', { id: named(photo) })
    await alice.call('photos.uploadProfilePhoto', { file, fallback: true })
  })
})

const NO_PHOTO = tl.photo({
  id: 77n,
  accessHash: 0n,
  fileReference: new Uint8Array(0),
  date: 0,
  sizes: [],
  dcId: 2,
})

describe('who may see a profile photo', () => {
  test('is said by rules; all others see another one, if there is one', async () => {
    const [alice, bob] = await acquainted()
    const main = await setPhoto(alice)
    await bob.device.updates()
    await hideFromAll(alice, tl.inputPrivacyValueDisallowAll())
    await bob.expectUpdates('updateUser')
    expect(await shownId(bob, alice)).toBeUndefined()
    expect(await page(bob, alice)).toEqual({})
    expect(await album(bob, alice)).toMatchObject({ ids: [], count: 0 })
    const location = (photoId: bigint) => ({
      location: tl.inputPeerPhotoFileLocation({ peer: bob.peer(alice), photoId }),
      offset: 0,
      limit: 1_048_576,
    })
    expect(await bob.failure('upload.getFile', location(main.id))).toBe('LOCATION_INVALID')
    expect(await shownId(alice, alice)).toBe(main.id)

    const other = await setPhoto(alice, { fallback: true })
    await bob.expectUpdates('updateUser')
    expect(await shownId(bob, alice)).toBe(other.id)
    expect(await page(bob, alice)).toEqual({ fallback: other.id })
    expect(await album(bob, alice)).toMatchObject({ ids: [other.id], count: 1 })
    expect((await album(bob, alice, -1, 1, other.id)).ids).toEqual([other.id])
    expect((await album(bob, alice, -1, 1, main.id)).ids).toEqual([])
    await bob.call('upload.getFile', location(other.id))
    expect(await shownId(alice, alice)).toBe(main.id)
    expect(await page(alice, alice)).toEqual({ profile: main.id, fallback: other.id })
    expect((await album(alice, alice)).ids).toEqual([main.id])

    // Of those who are allowed, nobody sees the other one.
    const allowed = tl.inputPrivacyValueAllowUsers({ users: [alice.user(bob)] })
    await hideFromAll(alice, allowed)
    expect(await page(bob, alice)).toEqual({ profile: main.id })
    expect(await shownId(bob, alice)).toBe(main.id)
    await hideFromAll(alice, tl.inputPrivacyValueDisallowAll())
    await alice.call('photos.updateProfilePhoto', { id: tl.inputPhotoEmpty(), fallback: true })
    expect(await page(bob, alice)).toEqual({})
    expect(await page(alice, alice)).toEqual({ profile: main.id })
    await alice.call('photos.updateProfilePhoto', { id: named(main), fallback: true })
    expect(await page(bob, alice)).toEqual({ fallback: main.id })
    expect(await alice.call('photos.deletePhotos', { id: [named(main)] })).toEqual([main.id])
    expect(await page(alice, alice)).toEqual({ fallback: main.id })
    expect(await shownId(alice, alice)).toBe(main.id)
  })

  test('whoever is blocked sees none, and nobody sees one of a deleted account', async () => {
    const [alice, bob] = await acquainted()
    const photo = await setPhoto(alice)
    await alice.call('contacts.block', { id: alice.peer(bob) })
    expect(await shownId(bob, alice)).toBeUndefined()
    expect(await page(bob, alice)).toEqual({})
    await alice.call('contacts.unblock', { id: alice.peer(bob) })
    expect(await shownId(bob, alice)).toBe(photo.id)
    await alice.call('account.deleteAccount', { reason: 'enough' })
    expect(await shownId(bob, alice)).toBeUndefined()
    expect(await page(bob, alice)).toEqual({})
    expect((await album(bob, alice)).ids).toEqual([])
  })
})

describe('a photo that somebody suggests to a contact', () => {
  test('comes in a message, and is taken from there', async () => {
    const [alice, bob] = await acquainted()
    const file = await upload(alice, await redAndBlue(400, 400))
    const fields = { userId: alice.user(bob), file, suggest: true as const }
    const failure = () => alice.failure('photos.uploadContactProfilePhoto', fields)
    expect(await failure()).toBe('CONTACT_MISSING')
    const added = { id: alice.user(bob), firstName: 'Bob', lastName: '', phone: '' }
    await alice.call('contacts.addContact', added)
    await alice.device.updates()
    const { photo } = await alice.call('photos.uploadContactProfilePhoto', fields)
    expect(await page(alice, bob)).toEqual({})
    const [mine] = await alice.expectUpdates('updateNewMessage')
    expect(mine.message).toMatchObject({ out: true, action: { photo: { id: photo.id } } })
    const [theirs] = await bob.expectUpdates('updateNewMessage')
    const { message } = theirs
    if (message._ !== 'messageService') throw new Error(message._)
    if (message.action._ !== 'messageActionSuggestProfilePhoto') throw new Error(message.action._)
    await bob.call('photos.updateProfilePhoto', { id: named(whole(message.action.photo)) })
    expect(await shownId(alice, bob)).toBe(photo.id)
    const [again] = await bob.history(alice, { limit: 1 })
    expect(again).toEqual(message)

    await bob.call('contacts.block', { id: bob.peer(alice) })
    expect(await failure()).toBe('USER_ID_INVALID')
    const without = { userId: alice.user(bob), suggest: true as const }
    expect(await alice.failure('photos.uploadContactProfilePhoto', without)).toBe('NEED_ACTION_MISSING')
  })
})

describe('a photo that somebody gives a contact', () => {
  test('is seen by nobody else, until it is taken back or the contact is one no more', async () => {
    const [alice, bob] = await acquainted()
    const main = await setPhoto(bob)
    const userId = alice.user(bob)
    const give = async (): Promise<T.photos.photo> => {
      const file = await upload(alice, await redAndBlue(400, 400))
      return await alice.call('photos.uploadContactProfilePhoto', { userId, file, save: true })
    }
    const failure = (fields: Partial<Fields<'photos.uploadContactProfilePhoto'>>) =>
      alice.failure('photos.uploadContactProfilePhoto', { userId, ...fields })
    const file = await upload(alice, await redAndBlue(400, 400))
    expect(await failure({ file, save: true })).toBe('CONTACT_MISSING')
    await alice.call('contacts.addContact', { id: userId, firstName: 'Bob', lastName: '', phone: '' })
    const second = await alice.anotherDevice()
    await bob.device.updates()

    const { photo, users } = await give()
    expect(users).toMatchObject([{ id: bob.id, photo: { photoId: photo.id, personal: true } }])
    await second.expectUpdates('updateUser')
    await alice.expectUpdates()
    await bob.expectUpdates()
    expect(await page(alice, bob)).toEqual({ personal: photo.id, profile: main.id })
    expect((await album(alice, bob)).ids).toEqual([main.id])
    expect((await album(alice, bob, -1, 1, photo.id)).ids).toEqual([photo.id])
    expect(await page(bob, bob)).toEqual({ profile: main.id })
    const location = tl.inputPeerPhotoFileLocation({ peer: alice.peer(bob), big: true, photoId: photo.id })
    expect(await coloursAt(await download(alice, location), HALVES)).toEqual(['red', 'blue'])

    await alice.call('photos.uploadContactProfilePhoto', { userId, save: true })
    expect(await page(alice, bob)).toEqual({ profile: main.id })
    expect(await shownId(alice, bob)).toBe(main.id)
    await give()
    await alice.call('contacts.deleteContacts', { id: [userId] })
    expect(await page(alice, bob)).toEqual({ profile: main.id })
    expect(await shownId(alice, bob)).toBe(main.id)

    expect(await failure({ file })).toBe('NEED_ACTION_MISSING')
    expect(await failure({ file, save: true, userId: tl.inputUserSelf() })).toBe('USER_ID_INVALID')
    expect(await failure({ video: file, save: true })).toBe('VIDEO_FILE_INVALID')
  })
})
