/// <reference types="@prebuilt-tdlib/types" />
/** Secret chats between two TDLib, each bound to one device; other clients of the same people live through them. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Client } from 'tdl'
import type { Message, secretChat as SecretChat, Update } from 'tdlib-types'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { must } from '../../src/lib/assert.ts'
import { within } from '../harness/server.ts'
import type { TdlibPerson } from './tdlib.ts'
import { startWorld, type Resident, type World } from './world.ts'

const EVENT_MS = 30_000

let world: World
let alice: Resident
let bob: Resident
/** The same chat, as each of the two numbers it. */
let ofAlice: number
let ofBob: number
let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'chappe-secret-'))
  world = await startWorld()
  alice = await world.signedUp('TDLib', 'Alice')
  bob = await world.signedUp('TDLib', 'Bob')
})

afterAll(async () => {
  await world?.[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

function api({ person }: Resident): Client {
  return (person as TdlibPerson).api
}

/** The next update that a check finds something in; to be asked for before it can come. */
function next<R>(who: Resident, what: string, find: (update: Update) => R | undefined): Promise<R> {
  const client = api(who)
  const found = new Promise<R>((resolve) => {
    const look = (update: Update): void => {
      const result = find(update)
      if (result === undefined) return
      client.off('update', look)
      resolve(result)
    }
    client.on('update', look)
  })
  return within(found, EVENT_MS, () => `${who.firstName} hears nothing of ${what}`)
}

function chatInState(who: Resident, state: SecretChat['state']['_']): Promise<SecretChat> {
  return next(who, `a secret chat in ${state}`, (update) =>
    update._ === 'updateSecretChat' && update.secret_chat.state._ === state ? update.secret_chat : undefined,
  )
}

function message(who: Resident, check: (message: Message) => boolean): Promise<Message> {
  return next(who, 'a message', (update) =>
    update._ === 'updateNewMessage' && !update.message.is_outgoing && check(update.message)
      ? update.message
      : undefined,
  )
}

function textOf({ content }: Message): string | undefined {
  return content._ === 'messageText' ? content.text.text : undefined
}

function incoming(who: Resident, text: string): Promise<Message> {
  return message(who, (each) => textOf(each) === text)
}

async function say(who: Resident, chatId: number, text: string): Promise<Message> {
  const sent = next(who, `what became of “${text}”`, (update) =>
    (update._ === 'updateMessageSendSucceeded' || update._ === 'updateMessageSendFailed') &&
    textOf(update.message) === text
      ? update
      : undefined,
  )
  await api(who).invoke({
    _: 'sendMessage',
    chat_id: chatId,
    input_message_content: { _: 'inputMessageText', text: { _: 'formattedText', text } },
  })
  const outcome = await sent
  if (outcome._ === 'updateMessageSendFailed') throw new Error(outcome.error.message)
  return outcome.message
}

async function chatIdOf(who: Resident, id: number): Promise<number> {
  return (await api(who).invoke({ _: 'createSecretChat', secret_chat_id: id })).id
}

test('two TDLib agree on a key that is the same on both', async () => {
  await alice.person.findByUsername(bob.username)
  const ready = Promise.all([
    chatInState(alice, 'secretChatStateReady'),
    chatInState(bob, 'secretChatStateReady'),
  ])
  await api(alice).invoke({ _: 'createNewSecretChat', user_id: bob.id })
  const [hers, his] = await ready
  expect(hers).toMatchObject({ id: his.id, user_id: bob.id, is_outbound: true })
  expect(his).toMatchObject({ user_id: alice.id, is_outbound: false })
  expect(hers.key_hash.length).toBeGreaterThan(40)
  expect(hers.key_hash).toBe(his.key_hash)
  ofAlice = await chatIdOf(alice, hers.id)
  ofBob = await chatIdOf(bob, his.id)
})

test('texts, typing and marks of reading go both ways', async () => {
  const heard = incoming(bob, 'Can anybody hear us?')
  const sent = await say(alice, ofAlice, 'Can anybody hear us?')
  const got = await heard
  expect(got).toMatchObject({ chat_id: ofBob, date: sent.date })
  const isRead = next(alice, 'what was read', (update) =>
    update._ === 'updateChatReadOutbox' && update.chat_id === ofAlice ? update : undefined,
  )
  await api(bob).invoke({ _: 'openChat', chat_id: ofBob })
  await api(bob).invoke({ _: 'viewMessages', chat_id: ofBob, message_ids: [got.id], force_read: true })
  expect((await isRead).last_read_outbox_message_id).toBe(sent.id)

  const typing = next(alice, 'typing', (update) =>
    update._ === 'updateChatAction' && update.chat_id === ofAlice ? update.action._ : undefined,
  )
  const action = { _: 'chatActionTyping' } as const
  await api(bob).invoke({ _: 'sendChatAction', chat_id: ofBob, action })
  expect(await typing).toBe('chatActionTyping')
  const answered = incoming(alice, 'Nobody can')
  await say(bob, ofBob, 'Nobody can')
  await answered
})

test('a timer after which messages vanish is set for both', async () => {
  const set = message(bob, (each) => each.content._ === 'messageChatSetMessageAutoDeleteTime')
  await api(alice).invoke({
    _: 'setChatMessageAutoDeleteTime',
    chat_id: ofAlice,
    message_auto_delete_time: 2,
  })
  expect((await set).chat_id).toBe(ofBob)
  const heard = incoming(bob, 'Gone in a moment')
  const isGone = next(bob, 'a message that vanished', (update) =>
    update._ === 'updateDeleteMessages' && update.chat_id === ofBob && update.is_permanent
      ? update.message_ids
      : undefined,
  )
  await say(alice, ofAlice, 'Gone in a moment')
  const { id, self_destruct_type: type } = await heard
  expect(type).toEqual({ _: 'messageSelfDestructTypeTimer', self_destruct_time: 2 })
  await api(bob).invoke({ _: 'viewMessages', chat_id: ofBob, message_ids: [id], force_read: true })
  expect(await isGone).toContain(id)
  const unset = message(bob, (each) => each.content._ === 'messageChatSetMessageAutoDeleteTime')
  const off = { _: 'setChatMessageAutoDeleteTime', chat_id: ofAlice, message_auto_delete_time: 0 } as const
  await api(alice).invoke(off)
  await unset
})

test('a file is sent, and is on the other side what it was', async () => {
  const path = join(directory, 'plans.bin')
  const bytes = randomBytes(700_001)
  await writeFile(path, bytes)
  const heard = message(bob, ({ content }) => content._ === 'messageDocument')
  await api(alice).invoke({
    _: 'sendMessage',
    chat_id: ofAlice,
    input_message_content: {
      _: 'inputMessageDocument',
      document: { _: 'inputDocument', document: { _: 'inputFileLocal', path } },
      caption: { _: 'formattedText', text: 'Burn after reading' },
    },
  })
  const { content } = await heard
  if (content._ !== 'messageDocument') throw new Error(content._)
  expect(content.caption.text).toBe('Burn after reading')
  expect(content.document.file_name).toBe('plans.bin')
  const { id } = content.document.document
  const got = await api(bob).invoke({ _: 'downloadFile', file_id: id, priority: 32, synchronous: true })
  expect((await readFile(got.local.path)).equals(bytes)).toBe(true)
})

test('who was away finds everything in its order, and nobody else in the account hears of it', async () => {
  const others = [world.person('mtcute'), world.person('GramJS')]
  for (const other of others) {
    const dc = must(bob.phone[6], 'a number of the test range names its datacenter')
    const code = (): Promise<string> => Promise.resolve(dc.repeat(5))
    await other.signUp({ phone: bob.phone, firstName: '', lastName: '', code })
  }
  await bob.person.quit()
  const texts = ['one', 'two', 'three', 'four']
  for (const text of texts) await say(alice, ofAlice, text)
  await alice.person.send(bob.id, 'In plain sight')
  for (const other of others)
    await other.happenings.next('message', (each) => each.message.text === 'In plain sight')
  const came: string[] = []
  const back = bob.person.comeBack()
  const all = next(bob, 'all that was said', (update) => {
    if (update._ !== 'updateNewMessage' || update.message.chat_id !== ofBob) return undefined
    const text = textOf(update.message)
    if (text !== undefined) came.push(text)
    return came.length === texts.length ? came : undefined
  })
  await back
  expect(await all).toEqual(texts)
  // Whoever closes a chat does so for the other side, too.
  const closed = chatInState(bob, 'secretChatStateClosed')
  const { type } = await api(alice).invoke({ _: 'getChat', chat_id: ofAlice })
  if (type._ !== 'chatTypeSecret') throw new Error(type._)
  await api(alice).invoke({ _: 'closeSecretChat', secret_chat_id: type.secret_chat_id })
  expect((await closed).id).toBe(type.secret_chat_id)
  for (const other of others) expect(await other.complaints()).toEqual([])
  const log = await world.takeTdlibLog()
  expect(log.filter((line) => /Secret|QTS|encrypted/.test(line))).toEqual([])
})

test('a new chat is known to one device of each side; others hear only that it is not theirs', async () => {
  const [tablet] = [world.person('TDLib') as TdlibPerson]
  const dc = must(bob.phone[6], 'a number of the test range names its datacenter')
  await tablet.signUp({
    phone: bob.phone,
    firstName: '',
    lastName: '',
    code: () => Promise.resolve(dc.repeat(5)),
  })
  const onTablet: Resident = { ...bob, person: tablet }
  // Both devices accept by themselves; the server lets one.
  const ready = chatInState(alice, 'secretChatStateReady')
  const outcomes = [bob, onTablet].map((each) =>
    next(each, 'what became of the chat', (update) => {
      if (update._ !== 'updateSecretChat') return undefined
      const { state, key_hash: hash } = update.secret_chat
      return state._ === 'secretChatStatePending' ? undefined : { state: state._, hash, who: each }
    }),
  )
  await api(alice).invoke({ _: 'createNewSecretChat', user_id: bob.id })
  const chat = await ready
  const ended = await Promise.all(outcomes)
  const states = ended.map(({ state }) => state).toSorted()
  expect(states).toEqual(['secretChatStateClosed', 'secretChatStateReady'])
  const winner = must(
    ended.find(({ state }) => state === 'secretChatStateReady'),
    'one has it',
  )
  expect(winner.hash).toBe(chat.key_hash)
  const heard = incoming(winner.who, 'Which one are you?')
  await say(alice, await chatIdOf(alice, chat.id), 'Which one are you?')
  await heard

  // Whoever logs out takes the chat along.
  const closed = chatInState(alice, 'secretChatStateClosed')
  await api(winner.who).invoke({ _: 'logOut' })
  expect((await closed).id).toBe(chat.id)
  if (winner.who === bob) bob = onTablet
})
