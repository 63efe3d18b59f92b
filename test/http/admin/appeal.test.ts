import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { readOpenAppeals } from '../../../src/domain/abuse/appeal-store.ts'
import { answer } from '../../../src/domain/abuse/appeals.ts'
import type { SanctionKind } from '../../../src/domain/abuse/rules.ts'
import { impose, lift } from '../../../src/domain/abuse/sanctions.ts'
import { createUser } from '../../../src/domain/accounts/create-user.ts'
import { must } from '../../../src/lib/assert.ts'
import type { UserId } from '../../../src/lib/ids.ts'
import { HandClock } from '../../harness/clock.ts'
import { startWorld, type World } from '../../harness/people.ts'
import { alertIn, ConsoleClient } from './client.ts'

const WRONG_CODE = 'This code is not right, or not in force any more.'
const NOT_TAKEN = 'Please write why you think that it is wrong. You can do it once for each limit.'
const TOO_MANY = 'Sorry, too many tries. Please try again later.'
const DAY_MS = 86_400_000
const clock = new HandClock()
let world: World
let count = 0

beforeAll(async () => {
  world = await startWorld({ clock })
})
afterAll(() => world[Symbol.asyncDispose]())
beforeEach(() => clock.advance(DAY_MS))

/** Somebody with a number that is no test number, against whom something is in force. */
async function culprit(
  kind: SanctionKind | undefined,
): Promise<{ phone: string; id: UserId; sanction: number }> {
  const phone = `1555020${String(++count).padStart(4, '0')}`
  const made = await createUser(world.server.context, { phone, firstName: 'Culprit', lastName: '' })
  const id = must(made, 'the number is free')
  const sanction = kind === undefined ? 0 : await sanctioned(id, kind)
  return { phone, id, sanction }
}

async function sanctioned(id: UserId, kind: SanctionKind): Promise<number> {
  const subject = { kind: 'user', id } as const
  const made = await impose(world.server.context, {
    subject,
    kind,
    forSec: undefined,
    cause: `A ${kind} cause`,
    by: id,
  })
  return must(made, 'an administrator always can')
}

/** A browser that has entered its number, and the code if one comes. */
async function proven(phone: string): Promise<ConsoleClient> {
  const client = new ConsoleClient(world.server)
  await client.post('/appeal/phone', { phone: `+${phone}` })
  const { status } = await client.post('/appeal/code', { code: await world.server.takeCode(phone) })
  expect(status).toBe(303)
  return client
}

test('whoever is banned proves the number, writes once, and reads the answer', async () => {
  const { phone, id, sanction } = await culprit('banned')
  const client = new ConsoleClient(world.server)
  const asked = await client.post('/appeal/phone', { phone: `+${phone}` })
  expect(asked.headers.get('set-cookie')).toMatch(
    /^chappe_appeal=[\w-]{43}; Max-Age=3600; Path=\/appeal; HttpOnly; SameSite=Strict$/,
  )
  const message = await world.server.takeMessage(phone)
  expect(message).toMatchObject({
    channel: 'sms',
    text: expect.stringContaining('does not log anybody in') as string,
  })
  const { code } = message
  // What is behind the code is not shown before it.
  expect((await client.get('/appeal')).text).not.toContain('A banned cause')
  expect((await client.post('/appeal/text', { text: 'Too early' })).status).toBe(400)
  const wrong = code === '00000' ? '00001' : '00000'
  expect(alertIn((await client.post('/appeal/code', { code: wrong })).text)).toBe(WRONG_CODE)
  expect((await client.post('/appeal/code', { code })).status).toBe(303)
  expect((await client.get('/appeal')).text).toContain('A banned cause')

  expect(alertIn((await client.post('/appeal/text', { text: '  ' })).text)).toBe(NOT_TAKEN)
  expect((await client.post('/appeal/text', { text: 'It was not me.' })).status).toBe(303)
  expect((await client.get('/appeal')).text).toContain('A person will read it')
  expect((await client.post('/appeal/text', { text: 'Really.' })).status).toBe(400)
  const open = await readOpenAppeals(world.server.context.db, 100)
  const own = open.filter((each) => each.userId === id)
  expect(own.map((each) => [each.sanctionId, each.text])).toEqual([[sanction, 'It was not me.']])

  await answer(world.server.context, { id: own[0]!.id, text: 'It was.', by: id })
  // Also another day, in another browser; and again nothing can be added.
  clock.advance(DAY_MS)
  const later = await proven(phone)
  expect((await later.get('/appeal')).text).toContain('It was.')
  expect((await later.post('/appeal/text', { text: 'No.' })).status).toBe(400)
  await lift(world.server.context, sanction, undefined)
  expect((await later.get('/appeal')).text).toContain('Nothing is in force')
})

test('a ban comes before a limit that is newer; each can be appealed against', async () => {
  const { phone, id, sanction } = await culprit('banned')
  await sanctioned(id, 'limited')
  const client = await proven(phone)
  expect((await client.get('/appeal')).text).toContain('A banned cause')
  await client.post('/appeal/text', { text: 'The ban is wrong.' })
  await lift(world.server.context, sanction, undefined)
  expect((await client.get('/appeal')).text).toContain('A limited cause')
  expect((await client.post('/appeal/text', { text: 'The limit, too.' })).status).toBe(303)
})

describe('the code', () => {
  test('is asked for in the same words, and sent to nobody, where nothing is in force', async () => {
    const seen = async (phone: string): Promise<unknown> => {
      const client = new ConsoleClient(world.server)
      const asked = await client.post('/appeal/phone', { phone: `+${phone}` })
      const page = await client.get('/appeal')
      const wrong = await client.post('/appeal/code', { code: 'x' })
      return [asked.status, asked.location, [...asked.headers.keys()].toSorted(), page.text, wrong.text]
    }
    const [banned, free] = [await culprit('banned'), await culprit(undefined)]
    const known = await seen(banned.phone)
    expect(await seen(free.phone)).toEqual(known)
    expect(await seen('15550207777')).toEqual(known)
    await world.server.takeCode(banned.phone)
    // Had one been sent to the others, it would be there by now.
    for (const phone of [free.phone, '15550207777']) expect(world.server.hasCode(phone)).toBe(false)
  })

  test('is void after five wrong tries, after ten minutes, and once it was used', async () => {
    const { phone } = await culprit('banned')
    const client = new ConsoleClient(world.server)
    const ask = async (): Promise<string> => {
      await client.post('/appeal/phone', { phone: `+${phone}` })
      return await world.server.takeCode(phone)
    }
    const enter = async (code: string, by = client): Promise<number> =>
      (await by.post('/appeal/code', { code })).status
    const first = await ask()
    for (let n = 0; n < 5; n++) expect(await enter('x')).toBe(400)
    expect(await enter(first)).toBe(400)
    const late = await ask()
    clock.advance(600_000)
    expect(await enter(late)).toBe(400)
    const good = await ask()
    const cookie = must(client.browser.cookies.get('chappe_appeal'), 'it waits for a code')
    expect(await enter(good)).toBe(303)
    const replay = new ConsoleClient(world.server)
    replay.browser.cookies.set('chappe_appeal', cookie)
    expect(await enter(good, replay)).toBe(400)
  })

  test('is bounded for a number', async () => {
    const { phone } = await culprit('banned')
    const client = new ConsoleClient(world.server)
    for (let n = 0; n < 5; n++)
      expect((await client.post('/appeal/phone', { phone: `+${phone}` })).status).toBe(303)
    expect(alertIn((await client.post('/appeal/phone', { phone: `+${phone}` })).text)).toBe(TOO_MANY)
    await world.server.takeCode(phone)
  })

  test('of one page is of no use on the other', async () => {
    const { phone } = await culprit('banned')
    const client = new ConsoleClient(world.server)
    await client.post('/appeal/phone', { phone: `+${phone}` })
    const code = await world.server.takeCode(phone)
    client.browser.cookies.set(
      'chappe_console_step',
      must(client.browser.cookies.get('chappe_appeal'), 'there'),
    )
    expect((await client.post('/admin/sign-in/code', { code })).status).toBe(400)
  })
})
