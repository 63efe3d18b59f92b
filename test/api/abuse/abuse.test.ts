import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findAppeal, readOpenAppeals } from '../../../src/domain/abuse/appeal-store.ts'
import { answer } from '../../../src/domain/abuse/appeals.ts'
import { ruleMet } from '../../../src/domain/abuse/rules.ts'
import { impose, lift } from '../../../src/domain/abuse/sanctions.ts'
import { readInForce, readSanctions } from '../../../src/domain/abuse/store.ts'
import { addApp } from '../../../src/domain/apps/apps.ts'
import { sendMessage } from '../../../src/domain/messages/send.ts'
import { must } from '../../../src/lib/assert.ts'
import { LIMITS_USER_ID, type UserId } from '../../../src/lib/ids.ts'
import { tl } from '../../../src/tl/factories.ts'
import { HandClock } from '../../harness/clock.ts'
import { startWorld, texts, type Person, type World } from '../../harness/people.ts'

const clock = new HandClock()
let world: World
let spammer: Person

beforeAll(async () => {
  world = await startWorld({ clock })
})
afterAll(() => world[Symbol.asyncDispose]())
beforeEach(async () => {
  spammer = await world.person('Spammer')
})

const userSubject = (person: Person) => ({ kind: 'user', id: person.id }) as const

async function inForce(person: Person): Promise<string[]> {
  const { context } = world.server
  const found = await readInForce(context.db, userSubject(person), context.clock.nowSec())
  return found.map((sanction) => sanction.kind)
}

async function restrict(kind: 'slow' | 'limited' | 'banned', forSec?: number): Promise<number> {
  const imposed = await impose(world.server.context, {
    subject: userSubject(spammer),
    kind,
    forSec,
    cause: 'a test',
    by: 1 as UserId,
  })
  return must(imposed, 'an administrator always can')
}

/** What the account that tells of limits answers. */
async function askLimits(text: string): Promise<string> {
  const limits = spammer.peerOf(LIMITS_USER_ID)
  await spammer.call('messages.sendMessage', {
    peer: limits,
    message: text,
    randomId: world.server.context.random.long(),
  })
  for (let tries = 0; tries < 200; tries++) {
    const answered = await spammer.call('messages.getHistory', { peer: limits, ...LAST })
    const [last] = 'messages' in answered ? answered.messages : []
    if (last?._ === 'message' && !last.out) return last.message
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error('no answer')
}

const LAST = { offsetId: 0, offsetDate: 0, addOffset: 0, limit: 1, maxId: 0, minId: 0, hash: 0n }

describe('rules', () => {
  const today = 20_000

  test('look back so many days and give the strictest', () => {
    const counts = [
      { counted: 'strangers', day: today, count: 59 },
      { counted: 'strangers', day: today - 1, count: 400 },
      { counted: 'reports', day: today - 3, count: 5 },
    ] as const
    expect(ruleMet('user', counts, today, [])).toBeUndefined()
    const one = { counted: 'strangers', day: today, count: 60 } as const
    expect(ruleMet('user', [one, ...counts.slice(1)], today, [])?.leadsTo).toBe('slow')
    expect(ruleMet('user', [{ ...one, count: 100 }, ...counts.slice(1)], today, [])?.leadsTo).toBe('limited')
    const reports = { counted: 'reports', day: today, count: 30 } as const
    expect(ruleMet('user', [one, reports], today, [])?.leadsTo).toBe('banned')
    expect(ruleMet('app', [one, reports], today, [])).toBeUndefined()
  })

  test('do not repeat what is in force', () => {
    const counts = [{ counted: 'strangers', day: today, count: 60 }] as const
    expect(ruleMet('user', counts, today, [{ kind: 'limited' }])).toBeUndefined()
    expect(ruleMet('user', counts, today, [{ kind: 'slow' }])).toBeUndefined()
  })
})

test('whoever is limited writes to those who know the account, and to nobody else', async () => {
  const friend = await world.person('Friend')
  const stranger = await world.person('Stranger')
  await friend.send(spammer, 'Hello')
  await restrict('limited', 3600)
  await spammer.send(friend, 'Hello to you')
  const hello = {
    peer: spammer.peer(stranger),
    message: 'Hello',
    randomId: 1n,
  }
  expect(await spammer.failure('messages.sendMessage', hello)).toBe('PEER_FLOOD')
  await stranger.call('contacts.addContact', {
    id: stranger.user(spammer),
    firstName: 'A',
    lastName: 'B',
    phone: '',
  })
  await spammer.call('messages.sendMessage', hello)
  expect(texts(await spammer.history(stranger))).toEqual(['Hello'])
})

test('a limit ends by itself', async () => {
  const stranger = await world.person('Stranger')
  await restrict('limited', 30)
  const hello = { peer: spammer.peer(stranger), message: 'Hello', randomId: 2n }
  expect(await spammer.failure('messages.sendMessage', hello)).toBe('PEER_FLOOD')
  clock.advance(31_000)
  await spammer.call('messages.sendMessage', hello)
})

test('whoever is slowed down waits between strangers', async () => {
  await restrict('slow', 3600)
  await spammer.send(await world.person('First'), 'Hello')
  const second = await world.person('Second')
  const hello = { peer: spammer.peer(second), message: 'Hello', randomId: 3n }
  const failure = await spammer.failure('messages.sendMessage', hello)
  const waitSec = Number(/^FLOOD_WAIT_(\d+)$/.exec(failure)?.[1])
  expect(waitSec).toBeLessThanOrEqual(300)
  clock.advance(waitSec * 1000)
  await spammer.call('messages.sendMessage', hello)
})

test('people who report lead to a limit, with the counts as evidence, which an administrator lifts', async () => {
  const { context } = world.server
  for (let count = 1; count <= 5; count++) {
    const victim = await world.person(`Victim ${count}`)
    const report = { peer: victim.peer(spammer), reason: tl.inputReportReasonSpam(), message: '' }
    await victim.call('account.reportPeer', report)
    // Nobody counts twice in one case.
    await victim.call('account.reportPeer', report)
    expect(await inForce(spammer)).toEqual([[], [], ['slow'], ['slow'], ['limited', 'slow']][count - 1])
  }
  const [sanction] = await readSanctions(context.db, { subject: userSubject(spammer), limit: 1 })
  const { id, cause, evidence, madeBy } = must(sanction, 'there is one')
  expect({ cause, evidence, madeBy }).toEqual({
    cause: '5 people who reported it in 3 days',
    evidence: [{ counted: 'reports', day: expect.any(Number) as number, count: 5 }],
    madeBy: null,
  })
  expect(await spammer.notices()).toContainEqual(expect.stringContaining('cannot write'))
  await lift(context, id, 1 as UserId)
  expect(await inForce(spammer)).toEqual(['slow'])
  expect(await lift(context, id, 1 as UserId)).toBeUndefined()
})

test('people who block count, once each', async () => {
  const stranger = await world.person('Stranger')
  const { context } = world.server
  for (let count = 0; count < 3; count++) {
    await stranger.call('contacts.block', { id: stranger.peer(spammer) })
    await stranger.call('contacts.block', { id: stranger.peer(spammer) })
    await stranger.call('contacts.unblock', { id: stranger.peer(spammer) })
  }
  await restrict('slow')
  const [sanction] = await readSanctions(context.db, { subject: userSubject(spammer), limit: 1 })
  expect(sanction?.evidence).toMatchObject([{ counted: 'blocks', count: 3 }])
})

test('messages to strangers are counted, and their number leads to limits', async () => {
  const { context } = world.server
  const actor = { userId: spammer.id, keyId: 0n, sessionId: 0n, apiId: 0, isBot: false }
  const say = async (toId: number): Promise<void> => {
    const peerId = toId as UserId
    const text = { peerId, randomId: BigInt(toId), text: 'Buy!', entities: undefined, replyTo: undefined }
    await sendMessage(context, actor, { ...text, isSilent: false, noforwards: false, clearDraft: false })
  }
  const strangers = await makeAccounts(61)
  for (const id of strangers.slice(0, 59)) await say(id)
  await say(strangers[0]!)
  expect(await inForce(spammer)).toEqual([])
  await say(strangers[59]!)
  expect(await inForce(spammer)).toEqual(['slow'])
})

async function makeAccounts(count: number): Promise<number[]> {
  const { context } = world.server
  const { createUser } = await import('../../../src/domain/accounts/create-user.ts')
  const ids: number[] = []
  for (let index = 0; index < count; index++) {
    const made = await createUser(context, {
      phone: `+1555${String(2_000_000 + index)}`,
      firstName: 'Stranger',
      lastName: '',
    })
    ids.push(must(made, 'the number is free'))
  }
  return ids
}

test('who uses an app of the host alone is not judged', async () => {
  const { context } = world.server
  const host = await addApp(context, { apiId: 77, apiHash: 'a'.repeat(32), title: 'Of the host' })
  await context.db.transaction(async (tx) => {
    await tx.sql`update device set api_id = ${host.apiId} where user_id = ${spammer.id}`
  })
  for (let count = 1; count <= 5; count++) {
    const victim = await world.person(`Victim ${count}`)
    const reason = tl.inputReportReasonSpam()
    await victim.call('account.reportPeer', { peer: victim.peer(spammer), reason, message: '' })
  }
  expect(await inForce(spammer)).toEqual([])
})

test('a banned account is told so on every session and gets no code, until the ban is lifted', async () => {
  const { context } = world.server
  const id = await restrict('banned')
  expect(await spammer.failure('messages.getDialogs', DIALOGS)).toBe('USER_DEACTIVATED_BAN')
  const code = {
    phoneNumber: spammer.phone,
    apiId: world.apiId,
    apiHash: world.apiHash,
    settings: tl.codeSettings({}),
  }
  expect(await (await world.stranger()).failure('auth.sendCode', code)).toBe('PHONE_NUMBER_BANNED')
  await lift(context, id, 1 as UserId)
  await spammer.call('messages.getDialogs', DIALOGS)
  await (await world.stranger()).call('auth.sendCode', code)
})

test('a ban for some time ends by itself', async () => {
  await restrict('banned', 30)
  expect(await spammer.failure('messages.getDialogs', DIALOGS)).toBe('USER_DEACTIVATED_BAN')
  clock.advance(31_000)
  await spammer.call('messages.getDialogs', DIALOGS)
})

const DIALOGS = {
  offsetDate: 0,
  offsetId: 0,
  offsetPeer: tl.inputPeerEmpty(),
  limit: 10,
  hash: 0n,
}

test('the account of limits tells how it stands, takes one appeal, and brings the answer of a person', async () => {
  const { context } = world.server
  expect(await askLimits('/start')).toContain('no limits are applied')
  expect(await askLimits('/appeal Please')).toContain('nothing to appeal against')
  const id = await restrict('limited', 3600)
  expect(await askLimits('/start')).toMatch(/only to people who know it, until .* UTC\. Reason: a test\./)
  expect(await askLimits('/appeal It was <b>not</b> me')).toContain('A person will read it')
  expect(await askLimits('/appeal Really')).toContain('already written')
  const open = await readOpenAppeals(context.db, 100)
  const mine = must(
    open.find((each) => each.sanctionId === id),
    'it is in the queue',
  )
  expect(mine).toMatchObject({ userId: spammer.id, text: 'It was <b>not</b> me' })
  const words = { id: mine.id, text: 'You are right, it is lifted', by: 1 as UserId }
  await answer(context, words)
  expect(await answer(context, words)).toBeUndefined()
  expect(await findAppeal(context.db, id)).toMatchObject({ answer: words.text, answeredBy: 1 })
  const history = await spammer.call('messages.getHistory', { peer: spammer.peerOf(LIMITS_USER_ID), ...LAST })
  expect('messages' in history ? texts(history.messages) : []).toEqual([words.text])
})
