/// <reference types="@prebuilt-tdlib/types" />
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import type { inputChatPhotoStatic$Input } from 'tdlib-types'
import { Api } from 'telegram'
import { CustomFile } from 'telegram/client/uploads.js'
import { strippedPhotoToJpg } from 'telegram/Utils.js'
import { expect } from 'vitest'
import { must } from '../../src/lib/assert.ts'
import { coloursAt, redAndBlue } from '../harness/image.ts'
import { GramjsPerson } from './gramjs.ts'
import { MtcutePerson } from './mtcute.ts'
import type { Person } from './person.ts'
import { TdlibPerson } from './tdlib.ts'
import type { Resident } from './world.ts'

/** A profile photo as somebody else has it, in the sizes that clients show in lists and on the whole screen. */
interface SeenPhoto {
  readonly id: string
  /** The one on the page of its owner. */
  readonly pageId: string
  /** Put together from the stripped thumbnail. */
  readonly thumbnail: Uint8Array
  readonly small: Uint8Array
  readonly big: Uint8Array
}

/** What a client does with profile photos. */
interface PhotoClient {
  set(image: Buffer): Promise<void>
  deleteShown(): Promise<void>
  /** The photo of somebody whom the client knows. */
  look(userId: number): Promise<SeenPhoto | undefined>
}

const HALVES = [
  [0.25, 0.5],
  [0.75, 0.5],
] as const
const SIDES = { thumbnail: 40, small: 160, big: 640 } as const

/** Alice shows a photo, Bob sees it wherever his client shows one, and it goes again. */
export async function showPhotos(alice: Resident, bob: Resident): Promise<void> {
  const [hers, his] = [photosOf(alice.person), photosOf(bob.person)]
  expect(await his.look(alice.id)).toBeUndefined()
  await hers.set(await redAndBlue(900, 700))
  const isWhole = async (): Promise<boolean> => {
    const photo = await his.look(alice.id)
    return photo !== undefined && photo.pageId === photo.id
  }
  await expect.poll(isWhole).toBe(true)
  const first = must(await his.look(alice.id), 'it was just seen')
  for (const name of ['thumbnail', 'small', 'big'] as const) {
    const { width, height } = await sharp(first[name]).metadata()
    expect([name, width, height]).toEqual([name, SIDES[name], SIDES[name]])
    expect(await coloursAt(first[name], HALVES)).toEqual(['red', 'blue'])
  }
  await hers.set(await redAndBlue(200, 400, 'png'))
  await expect.poll(async () => (await his.look(alice.id))?.id).not.toBe(first.id)
  await hers.deleteShown()
  await expect.poll(async () => (await his.look(alice.id))?.id).toBe(first.id)
  await hers.deleteShown()
  await expect.poll(async () => (await his.look(alice.id))?.id).toBeUndefined()
}

/** Alice, who has TDLib, gives Bob a photo of her own, suggests him another, and has one for those who may see no other. */
export async function givePhotos(alice: Resident, bob: Resident): Promise<void> {
  if (!(alice.person instanceof TdlibPerson)) return
  const { api } = alice.person
  const [me, him] = [{ user_id: alice.id }, { user_id: bob.id }]
  await withImage(await redAndBlue(400, 400), async (photo) => {
    await api.invoke({ _: 'setUserPersonalProfilePhoto', ...him, photo })
    const { profile_photo: given } = await api.invoke({ _: 'getUser', ...him })
    expect(given?.is_personal).toBe(true)
    const personal = async () => (await api.invoke({ _: 'getUserFullInfo', ...him })).personal_photo?.id
    await expect.poll(personal).toBe(given?.id)
    await api.invoke({ _: 'setUserPersonalProfilePhoto', ...him })
    await expect.poll(personal).toBeUndefined()
    expect((await api.invoke({ _: 'getUser', ...him })).profile_photo).toBeFalsy()

    await api.invoke({ _: 'suggestUserProfilePhoto', ...him, photo })
    const { messages } = await api.invoke({ _: 'getChatHistory', chat_id: bob.id, limit: 1 })
    expect(messages[0]?.content._).toBe('messageSuggestProfilePhoto')
    const told = await bob.person.happenings.next('message', ({ message }) => message.withId === alice.id)
    await bob.person.read(alice.id, told.message.id)
    await alice.person.happenings.next('read')

    await api.invoke({ _: 'setProfilePhoto', photo, is_public: true })
    const shared = async () => (await api.invoke({ _: 'getUserFullInfo', ...me })).public_photo?.id
    await expect.poll(shared).toBeDefined()
    const id = must(await shared(), 'it was just seen')
    await api.invoke({ _: 'deleteProfilePhoto', profile_photo_id: id })
    await expect.poll(shared).toBeUndefined()
  })
}

async function withImage(
  image: Buffer,
  use: (photo: inputChatPhotoStatic$Input) => Promise<void>,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'chappe-photo-'))
  const path = join(directory, 'photo.jpg')
  await writeFile(path, image)
  await use({ _: 'inputChatPhotoStatic', photo: { _: 'inputFileLocal', path } })
  await rm(directory, { recursive: true })
}

function photosOf(person: Person): PhotoClient {
  if (person instanceof MtcutePerson) return ofMtcute(person)
  if (person instanceof GramjsPerson) return ofGramjs(person)
  if (person instanceof TdlibPerson) return ofTdlib(person)
  throw new Error(`${person.client} has no photos`)
}

function ofMtcute({ api }: MtcutePerson): PhotoClient {
  return {
    async set(image) {
      await api.setMyProfilePhoto({ type: 'photo', media: image })
    },
    async deleteShown() {
      const [shown] = await api.getProfilePhotos('me', { limit: 1 })
      await api.deleteProfilePhotos(must(shown, 'there is one').fileId)
    },
    async look(userId) {
      const { photo } = await api.getFullUser(userId)
      if (!photo) return undefined
      const [page] = await api.getProfilePhotos(userId, { limit: 1 })
      return {
        id: String(photo.raw.photoId),
        pageId: String(page?.id),
        thumbnail: must(photo.thumb, 'it has a stripped thumbnail'),
        small: await api.downloadAsBuffer(photo.small),
        big: await api.downloadAsBuffer(photo.big),
      }
    },
  }
}

function ofGramjs({ api }: GramjsPerson): PhotoClient {
  return {
    async set(image) {
      const file = await api.uploadFile({
        file: new CustomFile('photo.jpg', image.length, '', image),
        workers: 1,
      })
      await api.invoke(new Api.photos.UploadProfilePhoto({ file }))
    },
    async deleteShown() {
      const { photos } = await api.invoke(new Api.photos.GetUserPhotos({ userId: 'me', limit: 1 }))
      const [shown] = photos
      if (!(shown instanceof Api.Photo)) throw new Error('there is none')
      const { id, accessHash, fileReference } = shown
      const named = new Api.InputPhoto({ id, accessHash, fileReference })
      const deleted = await api.invoke(new Api.photos.DeletePhotos({ id: [named] }))
      expect(deleted.map(String)).toEqual([String(id)])
    },
    async look(userId) {
      const [user] = await api.invoke(new Api.users.GetUsers({ id: [userId] }))
      if (!(user instanceof Api.User) || !(user.photo instanceof Api.UserProfilePhoto)) return undefined
      const { fullUser } = await api.invoke(new Api.users.GetFullUser({ id: userId }))
      const download = async (isBig: boolean): Promise<Buffer> =>
        (await api.downloadProfilePhoto(user, { isBig })) as Buffer
      return {
        id: String(user.photo.photoId),
        pageId: String(fullUser.profilePhoto?.id),
        thumbnail: strippedPhotoToJpg(must(user.photo.strippedThumb, 'it has a stripped thumbnail')),
        small: await download(false),
        big: await download(true),
      }
    },
  }
}

function ofTdlib({ api }: TdlibPerson): PhotoClient {
  const read = async (fileId: number): Promise<Buffer> => {
    const file = await api.invoke({ _: 'downloadFile', file_id: fileId, priority: 32, synchronous: true })
    return await readFile(file.local.path)
  }
  return {
    async set(image) {
      await withImage(image, async (photo) => {
        await api.invoke({ _: 'setProfilePhoto', photo })
      })
    },
    async deleteShown() {
      const { id } = await api.invoke({ _: 'getMe' })
      const { photos } = await api.invoke({ _: 'getUserProfilePhotos', user_id: id, offset: 0, limit: 1 })
      const shown = must(photos[0], 'there is one')
      await api.invoke({ _: 'deleteProfilePhoto', profile_photo_id: shown.id })
    },
    async look(userId) {
      // What it was told of without asking.
      const { profile_photo: photo } = await api.invoke({ _: 'getUser', user_id: userId })
      if (!photo) return undefined
      const { photo: page } = await api.invoke({ _: 'getUserFullInfo', user_id: userId })
      const thumbnail = must(photo.minithumbnail, 'it has a stripped thumbnail')
      return {
        id: photo.id,
        pageId: String(page?.id),
        thumbnail: Buffer.from(thumbnail.data, 'base64'),
        small: await read(photo.small.id),
        big: await read(photo.big.id),
      }
    },
  }
}
