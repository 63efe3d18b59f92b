import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import sharp from 'sharp'
import { coloursAt } from '../harness/image.ts'
import type { Happening } from '../interop/person.ts'
import type { Correspondent, Entity, Letter } from './letter.ts'
import { HALVES, packParcel, PHOTO_SIZE } from './parcel.ts'

/** Who is in a conversation: one with a client of some layer, and a friend with the newest. */
export interface Cast {
  readonly one: Correspondent
  readonly friend: Correspondent
  readonly phone: string
  readonly code: string
  readonly username: string
  readonly friendPhone: string
  readonly friendUsername: string
  /** Where files can be laid. */
  readonly directory: string
  /** What both sides wrote so far and did not delete, oldest first. */
  readonly written: string[]
}

export interface Step {
  readonly name: string
  run(cast: Cast): Promise<void>
}

/** The service account writes at each login; a conversation is not about that. */
const SERVICE_USER_ID = 777000
/** From here on there are spoilers. */
const SPOILER_LAYER = 136

/** Photos of people are cut to that. */
const PROFILE_SIZE = [640, 640] as const

const PLAIN: readonly Entity[] = [
  { kind: 'Bold', offset: 0, length: 4 },
  { kind: 'Italic', offset: 5, length: 6 },
  { kind: 'Code', offset: 12, length: 4 },
  { kind: 'Pre', offset: 17, length: 3, detail: 'c' },
  { kind: 'TextUrl', offset: 21, length: 4, detail: 'https://example.org/' },
  { kind: 'Underline', offset: 26, length: 5 },
  { kind: 'Strike', offset: 32, length: 6 },
]
const TEXT = 'bold italic code pre link under strike'
const SPOILED: readonly Entity[] = [
  { kind: 'Bold', offset: 0, length: 4 },
  { kind: 'Spoiler', offset: 5, length: 6 },
]
const EDITED: readonly Entity[] = [{ kind: 'Italic', offset: 4, length: 4 }]

/** What is done with each client, in this order. */
export const STEPS: readonly Step[] = [
  {
    name: 'log in',
    run: ({ one, phone, code }) => one.logIn(phone, code),
  },
  {
    name: 'find each other',
    async run({ one, friend, username, friendPhone, friendUsername }) {
      const byPhone = await one.addContact(friendPhone, 'Friend')
      assert.deepEqual(byPhone, { userId: friend.userId(), firstName: 'Friend', username: friendUsername })
      assert.equal((await one.findByUsername(friendUsername)).userId, friend.userId())
      assert.equal((await friend.findByUsername(username)).userId, one.userId())
    },
  },
  {
    name: 'text with entities',
    async run(cast) {
      await say(cast, cast.one, cast.friend, TEXT, PLAIN)
      await say(cast, cast.friend, cast.one, `${TEXT} back`, PLAIN)
      await say(cast, cast.friend, cast.one, 'Who? Nobody', SPOILED)
    },
  },
  {
    name: 'list dialogs',
    async run({ one, friend }) {
      const dialog = (await one.dialogs()).find(({ withId }) => withId === friend.userId())
      assert.deepEqual(dialog, {
        withId: friend.userId(),
        title: 'Friend',
        topText: 'Who? Nobody',
        unreadCount: 2,
      })
    },
  },
  {
    name: 'reply',
    async run(cast) {
      const { one, friend } = cast
      const [asked, askedAtFriend] = await say(cast, one, friend, 'How are you?')
      const [answer, answerAtOne] = await say(cast, friend, one, 'Well', [], askedAtFriend.id)
      assert.equal(answerAtOne.replyToId, asked.id)
      const [, thanks] = await say(cast, one, friend, 'Good', [], answerAtOne.id)
      assert.equal(thanks.replyToId, answer.id)
    },
  },
  {
    name: 'edit',
    async run(cast) {
      await edit(cast, cast.one, cast.friend)
      await edit(cast, cast.friend, cast.one)
    },
  },
  {
    name: 'forward',
    async run(cast) {
      await forward(cast, cast.one, cast.friend)
      await forward(cast, cast.friend, cast.one)
    },
  },
  {
    name: 'delete',
    async run({ one, friend, ...cast }) {
      for (const [from, to] of [
        [one, friend],
        [friend, one],
      ] as const) {
        const [slip, slipAtOther] = await say({ ...cast, one, friend, written: [] }, from, to, 'Not for you')
        await from.deleteForBoth(to.userId(), [slip.id])
        await to.happenings.next('delete', ({ ids }) => ids.length === 1 && ids[0] === slipAtOther.id)
      }
    },
  },
  {
    name: 'photo and document',
    async run(cast) {
      await hand(cast, cast.one, cast.friend)
      await hand(cast, cast.friend, cast.one)
    },
  },
  {
    name: 'profile photo',
    async run(cast) {
      await show(cast, cast.one, cast.friend)
      await show(cast, cast.friend, cast.one)
    },
  },
  {
    name: 'read',
    async run(cast) {
      await read(cast, cast.one, cast.friend)
      await read(cast, cast.friend, cast.one)
    },
  },
  {
    name: 'history',
    async run({ one, friend, written }) {
      for (const [who, other] of [
        [one, friend],
        [friend, one],
      ] as const) {
        const letters = await who.history(other.userId(), 50)
        assert.deepEqual(
          letters.map(({ text }) => text),
          written.toReversed(),
        )
        const formatted = letters.find(({ text }) => text === TEXT)
        assert.deepEqual(sorted(formatted!.entities), sorted(PLAIN))
        assert.equal(letters.filter(({ replyToId }) => replyToId !== undefined).length, 2)
        assert.equal(letters.filter(({ isEdited }) => isEdited).length, 2)
        assert.equal(letters.filter(({ forwardedFromId }) => forwardedFromId !== undefined).length, 2)
      }
    },
  },
  {
    name: 'difference',
    run: missAndCatchUp,
  },
  {
    name: 'service message',
    async run({ one, friend }) {
      await one.clearHistory(friend.userId())
      const letters = await one.history(friend.userId(), 10)
      assert.deepEqual(
        letters.map(({ service }) => service),
        one.hidesClearing ? [] : ['HistoryClear'],
      )
    },
  },
  {
    name: 'password',
    run: ({ one }) => one.guard('correct horse', 'battery staple'),
  },
  {
    name: 'still there',
    async run(cast) {
      await say(cast, cast.one, cast.friend, 'Still there?')
      await say(cast, cast.friend, cast.one, 'Yes')
    },
  },
  {
    name: 'no complaints',
    async run({ one, friend }) {
      for (const person of [one, friend]) {
        const rest = person.happenings.takeRest().filter((happening) => !isRoutine(happening))
        assert.deepEqual(rest, [], `unexpected at ${person.client}`)
        assert.deepEqual(await person.complaints(), [], `complaints of ${person.client}`)
      }
    },
  },
]

/** Some clients tell also of what their own user read and deleted. */
function isRoutine(happening: Happening): boolean {
  if (happening.kind === 'message') return happening.message.withId === SERVICE_USER_ID
  return happening.kind === 'read' || happening.kind === 'delete'
}

/** One writes, the other sees it at once; returns the message as each of them sees it. */
async function say(
  { written }: Cast,
  from: Correspondent,
  to: Correspondent,
  text: string,
  entities: readonly Entity[] = [],
  replyToId?: number,
): Promise<[Letter, Letter]> {
  const sent = await from.send(to.userId(), text, entities, replyToId)
  written.push(text)
  assert.deepEqual(facts(sent), { text, withId: to.userId(), isOut: true })
  const heard = await hear(to, text)
  assert.deepEqual(facts(heard), { text, withId: from.userId(), isOut: false })
  assert.deepEqual(sorted(heard.entities), sorted(entities.filter((entity) => canSay(to, entity))))
  return [sent, heard]
}

/** A newer entity is not told to a client that does not know it. */
function canSay(to: Correspondent, entity: Entity): boolean {
  return entity.kind !== 'Spoiler' || to.layer >= SPOILER_LAYER
}

function sorted(entities: readonly Entity[]): Entity[] {
  const plain = entities.map(({ kind, offset, length, detail }) => ({
    kind,
    offset,
    length,
    detail: detail === '' ? undefined : detail,
  }))
  return plain.sort((a, b) => a.offset - b.offset || a.kind.localeCompare(b.kind))
}

function facts({ text, withId, isOut }: Letter): { text: string; withId: number; isOut: boolean } {
  return { text, withId, isOut }
}

async function hear(who: Correspondent, text: string): Promise<Letter> {
  const { message } = await who.happenings.next('message', ({ message }) => message.text === text)
  return who.look ? who.look(message.withId, message.id) : (message as Letter)
}

/** One sends two files; both have them then, the document as it was. */
async function hand(cast: Cast, from: Correspondent, to: Correspondent): Promise<void> {
  for (const name of [`${from.userId()}.jpg`, `${from.userId()}.bin`]) {
    const parcel = await packParcel(cast.directory, name)
    const caption = `This is ${name}`
    const sent = await from.sendFile(to.userId(), parcel, caption)
    cast.written.push(caption)
    const heard = await hear(to, caption)
    assert.deepEqual(facts(heard), { text: caption, withId: from.userId(), isOut: false })
    for (const [who, other, letter] of [
      [from, to, sent],
      [to, from, heard],
    ] as const) {
      assert.equal(letter.file, parcel.kind)
      const bytes = await who.download(other.userId(), letter.id)
      if (parcel.kind === 'photo') await assertPhoto(bytes, PHOTO_SIZE)
      else assert.ok(bytes.equals(parcel.bytes), `${who.client} has other ${bytes.length} bytes`)
    }
  }
}

async function assertPhoto(bytes: Buffer, size: readonly [width: number, height: number]): Promise<void> {
  const { width, height } = await sharp(bytes).metadata()
  assert.deepEqual([width, height], size)
  assert.deepEqual(await coloursAt(bytes, HALVES), ['red', 'blue'])
}

/** One shows a photo, and the other sees it, as soon as the other's client was told. */
async function show({ directory }: Cast, from: Correspondent, to: Correspondent): Promise<void> {
  assert.equal(await to.photoOf(from.userId()), undefined)
  await from.showPhoto(await packParcel(directory, `${from.userId()}.jpg`))
  let photo: Buffer | undefined
  while (!photo) photo = (await to.photoOf(from.userId())) ?? (await setTimeout(50))
  await assertPhoto(photo, PROFILE_SIZE)
}

async function edit(cast: Cast, from: Correspondent, to: Correspondent): Promise<void> {
  const [said, heard] = await say(cast, from, to, 'See this')
  await from.edit(to.userId(), said.id, 'See that instead', EDITED)
  cast.written.splice(-1, 1, 'See that instead')
  const { message } = await to.happenings.next('edit', ({ message }) => message.id === heard.id)
  const seen = to.look ? await to.look(message.withId, message.id) : (message as Letter)
  assert.deepEqual(facts(seen), { text: 'See that instead', withId: from.userId(), isOut: false })
  assert.equal(seen.isEdited, true)
  assert.deepEqual(sorted(seen.entities), sorted(EDITED))
}

/** The friend's word goes back to the friend, by one's hand. */
async function forward(cast: Cast, from: Correspondent, to: Correspondent): Promise<void> {
  const [, heard] = await say(cast, to, from, 'Pass this on')
  const sent = await from.forward(to.userId(), heard.id, to.userId())
  cast.written.push('Pass this on')
  assert.equal(sent.forwardedFromId, to.userId())
  const passed = await hear(to, 'Pass this on')
  assert.deepEqual(facts(passed), { text: 'Pass this on', withId: from.userId(), isOut: false })
  assert.equal(passed.forwardedFromId, to.userId())
}

async function read(cast: Cast, from: Correspondent, to: Correspondent): Promise<void> {
  const [said, heard] = await say(cast, from, to, 'Have you read it?')
  await to.read(from.userId(), heard.id)
  const reached = await from.happenings.next('read', ({ upToId }) => upToId === said.id)
  assert.equal(reached.withId, to.userId())
  const dialog = (await to.dialogs()).find(({ withId }) => withId === from.userId())
  assert.equal(dialog?.unreadCount, 0)
}

/** One's client is off while the friend writes and edits; when it is back it has everything. */
async function missAndCatchUp(cast: Cast): Promise<void> {
  const { one, friend, written } = cast
  const [before, beforeAtOne] = await say(cast, friend, one, 'Before you go')
  await one.quit()
  await friend.edit(one.userId(), before.id, 'Before you went')
  written.splice(-1, 1, 'Before you went')
  for (const text of ['While you were away', 'And again']) {
    await friend.send(one.userId(), text, PLAIN.slice(0, 1))
    written.push(text)
  }
  await one.comeBack()
  for (const text of ['While you were away', 'And again']) {
    const heard = await hear(one, text)
    assert.deepEqual(facts(heard), { text, withId: friend.userId(), isOut: false })
    assert.deepEqual(sorted(heard.entities), sorted(PLAIN.slice(0, 1)))
  }
  const { message } = await one.happenings.next('edit', ({ message }) => message.id === beforeAtOne.id)
  assert.equal(message.text, 'Before you went')
  await say(cast, friend, one, 'And live again')
  await say(cast, one, friend, 'I have it all')
}
