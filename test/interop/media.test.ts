/** Clients that nobody here wrote send one another photos, files, voice messages, albums and places. */
import { InputMedia, type InputMediaLike } from '@mtcute/node'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { picture } from '../api/media/pictures.ts'
import { expectNothingElse } from './conversation.ts'
import { handOf } from './media-hands.ts'
import type { MtcutePerson } from './mtcute.ts'
import type { TdlibPerson } from './tdlib.ts'
import { CLIENTS, startWorld, type ClientName, type Resident, type World } from './world.ts'

let world: World
const residents = new Map<ClientName, Resident>()

beforeAll(async () => {
  world = await startWorld()
  for (const client of CLIENTS) residents.set(client, await world.signedUp(client, client))
  const people = [...residents.values()]
  for (const one of people)
    for (const other of people) if (one !== other) await one.person.findByUsername(other.username)
})

afterAll(async () => {
  await world?.[Symbol.asyncDispose]()
})

const PAIRS = CLIENTS.flatMap((from) => CLIENTS.filter((to) => to !== from).map((to) => ({ from, to })))

test.each(PAIRS)('$from sends media to $to', async ({ from, to }) => {
  const [sender, receiver] = [residents.get(from)!, residents.get(to)!]
  const [hand, other] = [handOf(sender.person), handOf(receiver.person)]
  const file = Buffer.from(`A plan of ${from} for ${to}. `.repeat(2000))
  const [image, second, thumbnail] = await Promise.all([
    picture(300, 200),
    picture(300, 200),
    picture(90, 60),
  ])
  const id = await hand.sendPhoto(receiver.id, image, 'a photo')
  await hand.sendDocument(receiver.id, file, 'plan.bin', thumbnail)
  await hand.sendVoice(receiver.id, VOICE)
  await hand.sendAlbum(receiver.id, [image, second], 'an album')
  await hand.sendPlace(receiver.id, 48.858, 2.294)
  for (let message = 0; message < 6; message++) {
    await receiver.person.happenings.next('message', (each) => each.message.withId === sender.id)
  }

  const [place, album2, album1, voice, document, photo] = await other.history(sender.id, 6)
  expect(place).toMatchObject({ kind: 'place', place: '48.858 2.294' })
  expect(album1).toMatchObject({ kind: 'photo', caption: 'an album' })
  expect(album1?.album).toBeDefined()
  expect(album2).toMatchObject({ kind: 'photo', caption: '', album: album1?.album })
  expect(voice).toMatchObject({ kind: 'voice' })
  expect(document).toMatchObject({ kind: 'document', hasThumbnail: true })
  expect(document?.fileName).toMatch(/plan\.bin$/)
  expect(photo).toMatchObject({ kind: 'photo', caption: 'a photo' })
  expect(await other.photosWith(sender.id)).toEqual([album2?.id, album1?.id, photo?.id])
  expect((await other.fetch(sender.id, document!.id)).equals(file)).toBe(true)
  expect((await other.fetch(sender.id, photo!.id)).subarray(0, 2).toString('hex')).toBe('ffd8')

  await hand.editCaption(receiver.id, id, 'a photo of mine')
  await expect
    .poll(async () => (await other.history(sender.id, 6)).at(-1)?.caption, { timeout: 10_000 })
    .toBe('a photo of mine')
  // Each tells of an edit in its own way; here it was looked at.
  receiver.person.happenings.takeRest()
  sender.person.happenings.takeRest()
  await other.photosWith(sender.id)
  await expectNothingElse(world, sender, receiver)
  // The next pair begins with an empty chat.
  const ids = (await hand.history(receiver.id, 100)).map((each) => each.id)
  await sender.person.deleteForBoth(receiver.id, ids)
  await receiver.person.happenings.next('delete')
  receiver.person.happenings.takeRest()
  sender.person.happenings.takeRest()
})

/** What it sends, and as what TDLib shows it. */
async function everythingElse(): Promise<readonly (readonly [InputMediaLike, string])[]> {
  const clip = { fileMime: 'video/mp4', width: 20, height: 10, duration: 1.5 }
  const [bytes, thumb] = [Buffer.alloc(3000, 5), await picture(90, 60)]
  const venue = {
    title: 'Tower',
    address: 'Street 1',
    source: { provider: 'foursquare', id: '1', type: 't' },
  }
  return [
    [InputMedia.video(bytes, { ...clip, thumb }), 'messageVideo'],
    [InputMedia.animation(bytes, clip), 'messageAnimation'],
    [InputMedia.video(bytes, { ...clip, width: 20, height: 20, isRound: true }), 'messageVideoNote'],
    [InputMedia.audio(bytes, { fileMime: 'audio/mpeg', title: 'Song', duration: 3, thumb }), 'messageAudio'],
    [InputMedia.photo(await picture(200, 200), { spoiler: true }), 'messagePhoto'],
    [InputMedia.contact({ phone: '+15550001111', firstName: 'Carol' }), 'messageContact'],
    [InputMedia.venue({ latitude: 1, longitude: 2, ...venue } as never), 'messageVenue'],
    [InputMedia.dice('🎯', {}), 'messageDice'],
    [InputMedia.sticker(await sticker(), { alt: '👍' }), 'messageSticker'],
  ]
}

async function sticker(): Promise<Buffer> {
  const create = { width: 512, height: 512, channels: 4, background: '#ff000080' } as const
  return await sharp({ create }).webp().toBuffer()
}

test('TDLib shows every other kind, and tells that a round message was played', async () => {
  const [sender, receiver] = [residents.get('mtcute')!, residents.get('TDLib')!]
  const { api } = sender.person as MtcutePerson
  const opened = new Promise<number[]>((resolve) => {
    api.onRawUpdate.add(({ update }) => {
      if (update._ === 'updateReadMessagesContents') resolve(update.messages)
    })
  })
  let round = 0
  for (const [media, shown] of await everythingElse()) {
    const { id } = await api.sendMedia(receiver.id, media)
    if (shown === 'messageVideoNote') round = id
    await receiver.person.happenings.next('message', (each) => each.message.withId === sender.id)
    const tdlib = (receiver.person as TdlibPerson).api
    const { last_message: last } = await tdlib.invoke({ _: 'getChat', chat_id: sender.id })
    expect(last?.content._).toBe(shown)
    if (shown !== 'messageVideoNote') continue
    await tdlib.invoke({ _: 'openChat', chat_id: sender.id })
    await tdlib.invoke({ _: 'openMessageContent', chat_id: sender.id, message_id: last!.id })
  }
  expect(await opened).toEqual([round])
  receiver.person.happenings.takeRest()
  sender.person.happenings.takeRest()
  await expectNothingElse(world, sender, receiver)
})

/** The beginning of an Ogg file; nobody listens to it. */
const VOICE = Buffer.concat([Buffer.from('4f67675300020000000000000000', 'hex'), Buffer.alloc(2000, 7)])
