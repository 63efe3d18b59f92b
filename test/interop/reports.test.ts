/// <reference types="@prebuilt-tdlib/types" />
/** Clients that nobody here wrote report others, and meet what is done about them. */
import { Api } from 'telegram'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SanctionKind } from '../../src/domain/abuse/rules.ts'
import { impose, lift } from '../../src/domain/abuse/sanctions.ts'
import { readCasesOf, readReports, type Report } from '../../src/domain/reports/store.ts'
import { must } from '../../src/lib/assert.ts'
import { LIMITS_USER_ID, type UserId } from '../../src/lib/ids.ts'
import { decodeObject } from '../../src/tl/decode.ts'
import type * as T from '../../src/tl/schema.d.ts'
import { within } from '../harness/server.ts'
import { GramjsPerson } from './gramjs.ts'
import { MtcutePerson } from './mtcute.ts'
import { startServerHere, type ServerHere } from './server-here.ts'
import { TdlibPerson } from './tdlib.ts'
import { startWorld, type ClientName, type Resident, type World } from './world.ts'

const EVENT_MS = 20_000
const ID_STEP = 2 ** 20

let world: World
let server: ServerHere

beforeAll(async () => {
  world = await startWorld(1, [], async (options) => {
    server = await startServerHere(options)
    return server
  })
})

afterAll(async () => {
  await world?.[Symbol.asyncDispose]()
})

/** Somebody who got a message from somebody else, who has their peer at hand. */
async function bothered(
  client: ClientName,
  text: string,
): Promise<{ victim: Resident; spammer: Resident; id: number }> {
  const victim = await world.signedUp(client, 'Victim')
  const spammer = await world.signedUp('mtcute', 'Spammer')
  await spammer.person.findByUsername(victim.username)
  await spammer.person.send(victim.id, text)
  const { message } = await victim.person.happenings.next('message', (each) => each.message.text === text)
  await victim.person.findByUsername(spammer.username)
  return { victim, spammer, id: message.id }
}

async function reportsOf(
  id: number,
): Promise<(Pick<Report, 'about' | 'reason' | 'comment'> & { texts: string[] })[]> {
  const { db } = server.context
  const [found] = await readCasesOf(db, id as UserId, 1)
  const reports = await readReports(db, must(found, 'there is a case').id, 10)
  return reports.map(({ about, reason, comment, messages }) => ({
    about,
    reason,
    comment,
    texts: messages.map((bytes) => (decodeObject(bytes) as T.message).message),
  }))
}

async function impede(resident: Resident, kind: SanctionKind): Promise<number> {
  const subject = { kind: 'user', id: resident.id as UserId } as const
  const made = await impose(server.context, { subject, kind, forSec: 3600, cause: 'a test', by: undefined })
  return must(made, 'nothing as strict was in force')
}

async function failureOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason as Record<string, unknown>,
  )
  if (!error) throw new Error('the call should have failed')
  return String(error['text'] ?? error['errorMessage'] ?? error['message'])
}

/** TDLib has the menu for bots and channels; of people it reports the whole chat. */
test('TDLib walks through the menu of reports', async () => {
  const victim = await world.signedUp('TDLib', 'Victim')
  await victim.person.findByUsername('SpamBot')
  await victim.person.send(LIMITS_USER_ID, 'Hello')
  const { message } = await victim.person.happenings.next(
    'message',
    (each) => each.message.withId === LIMITS_USER_ID,
  )
  const { api } = victim.person as TdlibPerson
  const ask = (more: object) =>
    api.invoke({ _: 'reportChat', chat_id: LIMITS_USER_ID, message_ids: [message.id * ID_STEP], ...more })
  const menu = await ask({})
  if (menu._ !== 'reportChatResultOptionRequired') throw new Error(menu._)
  const violence = must(
    menu.options.find((option) => option.text === 'Violence'),
    'the menu offers it',
  )
  const deeper = await ask({ option_id: violence.id })
  if (deeper._ !== 'reportChatResultOptionRequired') throw new Error(deeper._)
  expect(deeper.title).toBe('Violence')
  const threat = must(
    deeper.options.find((option) => option.text === 'Insults or threats'),
    'the menu offers it',
  )
  const comment = await ask({ option_id: threat.id })
  if (comment._ !== 'reportChatResultTextRequired') throw new Error(comment._)
  expect(comment.is_optional).toBe(true)
  const done = await ask({ option_id: comment.option_id, text: 'They mean it' })
  expect(done._).toBe('reportChatResultOk')
  expect(await reportsOf(LIMITS_USER_ID)).toEqual([
    { about: 'messages', reason: 'violence', comment: 'They mean it', texts: [message.text] },
  ])
})

test('TDLib reports a stranger from the bar above the chat', async () => {
  const { victim, spammer } = await bothered('TDLib', 'Look at me')
  const { api } = victim.person as TdlibPerson
  const bar = async (): Promise<string | undefined> =>
    (await api.invoke({ _: 'getChat', chat_id: spammer.id })).action_bar?._
  // TDLib asks for the bar when the chat is opened.
  const shown = new Promise<void>((resolve) => {
    api.on('update', (update) => {
      if (update._ !== 'updateChatActionBar' || update.chat_id !== spammer.id) return
      if (update.action_bar) resolve()
    })
  })
  await api.invoke({ _: 'openChat', chat_id: spammer.id })
  if ((await bar()) === undefined) await within(shown, EVENT_MS, () => 'TDLib shows no bar')
  expect(await bar()).toBe('chatActionBarReportAddBlock')
  const done = await api.invoke({ _: 'reportChat', chat_id: spammer.id })
  expect(done._).toBe('reportChatResultOk')
  expect(await bar()).toBeUndefined()
  expect(await reportsOf(spammer.id)).toEqual([
    { about: 'chat', reason: 'spam', comment: '', texts: ['Look at me'] },
  ])
})

test('mtcute and GramJS report messages and whole chats', async () => {
  const first = await bothered('mtcute', 'Win a prize')
  const { api } = first.victim.person as MtcutePerson
  const peer = await api.resolvePeer(first.spammer.id)
  const option = new TextEncoder().encode('spam')
  const done = await api.call({ _: 'messages.report', peer, id: [first.id], option, message: '' })
  expect(done._).toBe('reportResultReported')
  expect(await api.call({ _: 'messages.reportSpam', peer })).toBe(true)
  expect(await reportsOf(first.spammer.id)).toEqual([
    { about: 'chat', reason: 'spam', comment: '', texts: ['Win a prize'] },
    { about: 'messages', reason: 'spam', comment: '', texts: ['Win a prize'] },
  ])

  const second = await bothered('GramJS', 'Win another prize')
  const gram = (second.victim.person as GramjsPerson).api
  const input = await gram.getInputEntity(second.spammer.id)
  expect(await gram.invoke(new Api.messages.ReportSpam({ peer: input }))).toBe(true)
  const reason = new Api.InputReportReasonFake()
  expect(
    await gram.invoke(new Api.account.ReportPeer({ peer: input, reason, message: 'Not who they say' })),
  ).toBe(true)
  const reports = await reportsOf(second.spammer.id)
  expect(reports.map(({ about, reason, comment }) => [about, reason, comment])).toEqual([
    ['peer', 'fake', 'Not who they say'],
    ['chat', 'spam', ''],
  ])
})

test('mtcute that is limited gets PEER_FLOOD and is told of it', async () => {
  const { victim, spammer } = await bothered('mtcute', 'Hello')
  const stranger = await world.signedUp('mtcute', 'Stranger')
  await spammer.person.findByUsername(stranger.username)
  const id = await impede(spammer, 'limited')
  await spammer.person.happenings.next('message', ({ message }) =>
    message.text.includes('cannot write to people'),
  )
  expect(await failureOf(spammer.person.send(stranger.id, 'Hello'))).toBe('PEER_FLOOD')
  // Whoever wrote first is no stranger.
  await victim.person.send(spammer.id, 'What is it?')
  await spammer.person.happenings.next('message', ({ message }) => message.text === 'What is it?')
  await spammer.person.send(victim.id, 'Nothing')
  await lift(server.context, id, undefined)
  await spammer.person.send(stranger.id, 'Hello')
})

test('clients that are banned get USER_DEACTIVATED_BAN, and TDLib logs out', async () => {
  const banned = await world.signedUp('mtcute', 'Banned')
  const gram = await world.signedUp('GramJS', 'Banned')
  const tdlib = await world.signedUp('TDLib', 'Banned')
  const { api } = tdlib.person as TdlibPerson
  const isOut = new Promise<void>((resolve) => {
    api.on('update', (update) => {
      if (update._ !== 'updateAuthorizationState') return
      const state = update.authorization_state._
      if (state === 'authorizationStateLoggingOut' || state === 'authorizationStateClosed') resolve()
    })
  })
  for (const each of [banned, gram, tdlib]) await impede(each, 'banned')
  expect(await failureOf((banned.person as MtcutePerson).api.call({ _: 'updates.getState' }))).toBe(
    'USER_DEACTIVATED_BAN',
  )
  const call = (gram.person as GramjsPerson).api.invoke(new Api.updates.GetState())
  expect(await failureOf(call)).toBe('USER_DEACTIVATED_BAN')
  api.invoke({ _: 'searchPublicChat', username: 'nobody_at_all' }).catch(() => {})
  await within(isOut, EVENT_MS, () => 'TDLib did not log out')
  const code = (banned.person as MtcutePerson).api.sendCode({ phone: banned.phone })
  expect(await failureOf(code)).toBe('PHONE_NUMBER_BANNED')
})
