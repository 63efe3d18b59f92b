import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readInForce } from '../../../src/domain/abuse/store.ts'
import { Announcer } from '../../../src/domain/admin/announcer.ts'
import { HealthRecorder } from '../../../src/domain/admin/health.ts'
import { registerApp } from '../../../src/domain/apps/own.ts'
import { publishedApp } from '../../../src/domain/apps/published.ts'
import { findAppOf } from '../../../src/domain/apps/store.ts'
import { readCasesOf } from '../../../src/domain/reports/store.ts'
import { currentTerms } from '../../../src/domain/terms/terms.ts'
import { must } from '../../../src/lib/assert.ts'
import type { UserId } from '../../../src/lib/ids.ts'
import { tl } from '../../../src/tl/factories.ts'
import { ask, peerOf } from '../../api/secret/secret-chat.ts'
import { HandClock } from '../../harness/clock.ts'
import { startWorld, texts, type Person, type World } from '../../harness/people.ts'
import { alertIn, type ConsoleClient, Staff } from './client.ts'

const clock = new HandClock()
let world: World
let staff: Staff
let owner: ConsoleClient
let moderator: ConsoleClient
let ownerPerson: Person

beforeAll(async () => {
  world = await startWorld({ clock })
  staff = new Staff(world, (ms) => clock.advance(ms))
  const hired = await staff.hire('owner')
  owner = hired.client
  ownerPerson = hired.person
  moderator = (await staff.hire('moderator')).client
})
afterAll(() => world[Symbol.asyncDispose]())

const LAST = { offsetId: 0, offsetDate: 0, addOffset: 0, limit: 20, maxId: 0, minId: 0, hash: 0n }

/** What the service account told somebody, the latest first. */
async function told(person: Person): Promise<string[]> {
  const peer = person.peerOf(777000 as UserId)
  const history = await person.call('messages.getHistory', { peer, ...LAST })
  return texts('messages' in history ? history.messages : [])
}

async function reported(): Promise<{ victim: Person; spammer: Person; id: number }> {
  const [victim, spammer] = [await world.person('Victim'), await world.person('Spammer')]
  await spammer.send(victim, 'Buy this')
  await victim.call('messages.reportSpam', { peer: victim.peer(spammer) })
  const [found] = await readCasesOf(world.server.context.db, spammer.id, 1)
  return { victim, spammer, id: must(found, 'there is a case').id }
}

async function inForce(person: Person): Promise<string[]> {
  const subject = { kind: 'user', id: person.id } as const
  return (await readInForce(world.server.context.db, subject, clock.nowSec())).map((each) => each.kind)
}

describe('a case', () => {
  test('is dismissed, or ends in a warning or a sanction, and is then closed', async () => {
    for (const [measure, lasting] of [
      ['dismiss', []],
      ['close', []],
      ['warn', []],
      ['slow', ['slow']],
      ['limited', ['limited']],
      ['banned', ['banned']],
    ] as const) {
      const { spammer, id } = await reported()
      const before = await told(spammer)
      await moderator.act(`/admin/cases/${id}/decide`, {
        measure,
        for: '3600',
        text: `Because of ${measure}`,
      })
      expect([measure, await inForce(spammer)]).toEqual([measure, lasting])
      if (measure === 'warn') expect((await told(spammer))[0]).toBe('Because of warn')
      if (measure === 'dismiss') expect(await told(spammer)).toEqual(before)
      const { text } = await moderator.get(`/admin/cases/${id}`)
      expect(text).toContain(`Because of ${measure}`)
      const again = await moderator.submit(`/admin/cases/${id}/decide`, {
        measure: 'banned',
        for: '0',
        text: 'x',
      })
      expect(alertIn(again.text)).toBe('This case is closed already.')
      clock.advance(3600_000)
      expect(await inForce(spammer)).toEqual([])
    }
  })

  test('shows that a secret chat was reported, of which nobody here can read anything', async () => {
    const { victim, spammer, id } = await reported()
    await ask(spammer, victim)
    const { chat } = await victim.device.nextUpdate('updateEncryption')
    if (chat._ !== 'encryptedChatRequested') throw new Error(chat._)
    await victim.call('messages.reportEncryptedSpam', { peer: peerOf(chat) })
    const { text } = await moderator.get(`/admin/cases/${id}`)
    expect(text).toContain('reported a secret chat, which nobody but the two of them can read')
  })

  test('is decided once when two decide at the same time', async () => {
    const { spammer, id } = await reported()
    const fields = { measure: 'limited', for: '3600', text: 'Twice' }
    const answers = await Promise.all([
      moderator.submit(`/admin/cases/${id}/decide`, fields),
      owner.submit(`/admin/cases/${id}/decide`, fields),
    ])
    expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([303, 400])
    expect(await inForce(spammer)).toEqual(['limited'])
  })
})

describe('a moderator', () => {
  test('cannot touch administrators, nor the accounts of the server', async () => {
    for (const id of [ownerPerson.id, 777000, 178220800]) {
      const sanction = { kind: 'banned', for: '0', cause: 'x' }
      for (const [path, fields] of [
        ['sanction', sanction],
        ['end-sessions', { session: 'all' }],
      ] as const)
        expect((await moderator.submit(`/admin/users/${id}/${path}`, fields)).status).toBe(400)
    }
    expect(await inForce(ownerPerson)).toEqual([])
    expect((await owner.get('/admin')).status).toBe(200)
  })
})

test('sessions are ended: the client learns of it at once', async () => {
  const victim = await world.person('Victim')
  const other = await victim.anotherDevice()
  const { text } = await moderator.get(`/admin/users/${victim.id}`)
  expect([...text.matchAll(/name="session"\s+value="(-?\d+)"/g)]).toHaveLength(2)
  await moderator.act(`/admin/users/${victim.id}/end-sessions`, { session: 'all' })
  for (const device of [victim.device, other])
    expect(await device.failure('updates.getState')).toBe('SESSION_REVOKED')
})

test('users are found by id, number, public name and name, and by nothing else', async () => {
  const person = await world.person('Quetzalcoatl')
  await person.call('account.updateUsername', { username: 'feathered_snake' })
  const found = async (query: string): Promise<boolean> => {
    const { text } = await moderator.get(`/admin/users?q=${encodeURIComponent(query)}`)
    return text.includes(`/admin/users/${person.id}"`)
  }
  for (const query of [
    String(person.id),
    `+${person.phone}`,
    person.phone,
    '@feathered_snake',
    'FEATHERED',
    'etzalco',
  ])
    expect([query, await found(query)]).toEqual([query, true])
  for (const query of ['', '%', '_', '@', String(person.id + 1), `${person.phone}1`, '\\'])
    expect([query, await found(query)]).toEqual([query, false])
})

test('an app is blocked and let go again, and marked as official', async () => {
  const maker = await world.person('Maker')
  const form = { title: 'Mine', shortName: 'mineapp', url: '', platform: 'other', description: '' }
  await registerApp(world.server.context, maker.phone, { form, termsVersion: 1 })
  const app = async () => must(await findAppOf(world.server.context.db, maker.phone), 'it is registered')
  const { apiId, apiHash } = await app()
  const device = await world.stranger()
  const signIn = () =>
    device.call('auth.sendCode', {
      phoneNumber: maker.phone,
      apiId,
      apiHash,
      settings: tl.codeSettings({}),
    })
  const sent = await signIn()
  const phoneCodeHash = 'phoneCodeHash' in sent ? sent.phoneCodeHash : ''
  await device.call('auth.signIn', { phoneNumber: maker.phone, phoneCodeHash, phoneCode: '22222' })
  await device.call('updates.getState')
  await moderator.act(`/admin/apps/${apiId}/block`, { cause: 'It spams' })
  await expect(signIn()).rejects.toThrow('API_ID_INVALID')
  // Whoever came in by it is kept out, too, and the page and the log say how many that are.
  expect(await device.failure('updates.getState')).toBe('CONNECTION_API_ID_INVALID')
  const { text: blocked } = await moderator.get(`/admin/apps/${apiId}`)
  expect(blocked).toMatch(/<dt>Accounts kept out<\/dt>\s*<dd>1<\/dd>/)
  const { text: log } = await moderator.get('/admin/audit')
  expect(log).toMatch(/block an app[^]*It spams/)
  await moderator.act(`/admin/apps/${apiId}/unblock`)
  await device.call('updates.getState')
  await signIn()
  await owner.act(`/admin/apps/${apiId}/mark`)
  expect((await app()).isOfficial).toBe(true)
  // Codes count for the app that asks for them.
  const { text } = await moderator.get(`/admin/apps/${apiId}`)
  expect(text).toMatch(/data-label="Codes"><div>2<\/div>/)
})

test('a client whose ids are published is blocked and let go again, registered or not', async () => {
  const { apiId, apiHash, title } = must(publishedApp(21_724), 'the ids are published')
  const { text: list } = await moderator.get('/admin/apps')
  expect(list).toMatch(new RegExp(`href="/admin/apps/${apiId}">${title}<[^]*?>published<[^]*?>observed<`))
  const device = await world.stranger()
  const settings = tl.codeSettings({})
  const signIn = () =>
    device.call('auth.sendCode', { phoneNumber: ownerPerson.phone, apiId, apiHash, settings })
  await signIn()
  await moderator.act(`/admin/apps/${apiId}/block`, { cause: 'Its users spam' })
  await expect(signIn()).rejects.toThrow('API_ID_INVALID')
  const { text: blocked } = await moderator.get(`/admin/apps/${apiId}`)
  expect(blocked).toMatch(/Registered<\/dt>\s*<dd>no[^]*>blocked<[^]*Its users spam/)
  expect(alertIn((await owner.submit(`/admin/apps/${apiId}/mark`)).text)).toContain('registered')
  await moderator.act(`/admin/apps/${apiId}/unblock`)
  await signIn()
  expect((await moderator.get(`/admin/apps/${apiId}`)).text).toContain('lifted')
})

test('new terms are put in force and shown with those before them', async () => {
  await owner.act('/admin/terms/set', { text: '# Rules\r\nBe **kind**.', 'min-age': '16', popup: '1' })
  expect(await currentTerms(world.server.context)).toMatchObject({
    version: 1,
    text: 'Rules\nBe kind.',
    minAge: 16,
    isPopup: true,
  })
  const refused = await owner.submit('/admin/terms/set', { text: 'Rules', 'min-age': '999' })
  expect(alertIn(refused.text)).toBe('a minimum age is a number from 1 to 120.')
  await owner.act('/admin/terms/set-api', { text: 'Do no harm.' })
  const { text } = await owner.get('/admin/terms')
  expect(text).toContain('Do no harm.')
  expect(text).toMatch(/Version 1, <time/)
})

/** Resolves when the server has sent all announcements. */
async function allSent(): Promise<void> {
  const page = async (): Promise<string> => (await owner.get('/admin/announcements')).text
  await expect.poll(page).not.toContain('under way')
}

describe('an announcement', () => {
  test('reaches everybody once, also when a server was stopped while it sent it', async () => {
    const { context } = world.server
    const people = [await world.person('First'), await world.person('Second')]
    await owner.act('/admin/announcements/send', { audience: 'users', text: 'Hello <all>' })
    await allSent()
    for (const person of people) expect((await told(person))[0]).toBe('Hello <all>')
    // As if it had been stopped after sending, before that was written down.
    const announcer = new Announcer(context)
    await context.db.single(
      (tx) => tx.sql`update announcement set last_key = '', finished_at = null, held_until = 0`,
    )
    await announcer.pass()
    for (const person of people)
      expect((await told(person)).filter((line) => line === 'Hello <all>')).toHaveLength(1)
    await announcer.stop()
    expect((await owner.get('/admin/announcements')).text).toContain('sent')
  })

  test('to developers reaches the owners of apps alone', async () => {
    const [maker, other] = [await world.person('Maker'), await world.person('Other')]
    const form = { title: 'Another', shortName: 'another', url: '', platform: 'other', description: '' }
    await registerApp(world.server.context, maker.phone, { form, termsVersion: 1 })
    await owner.act('/admin/announcements/send', { audience: 'developers', text: 'A new layer' })
    await allSent()
    expect((await told(maker))[0]).toBe('A new layer')
    expect(await told(other)).not.toContain('A new layer')
  })
})

test('health is what the server does', async () => {
  const { context } = world.server
  const health = new HealthRecorder(context)
  await health.look()
  const [alice, bob] = [await world.person('Alice'), await world.person('Bob')]
  await alice.send(bob, 'Hello')
  await bob.device.nextUpdate('updateNewMessage')
  clock.advance(10_000)
  await health.look()
  await health.stop()
  const last = must(health.samples.at(-1), 'it has looked')
  expect(last.connections).toBeGreaterThan(2)
  expect(last.callsPerSec).toBeGreaterThan(0.5)
  expect(last.updatesPerSec).toBeGreaterThan(0)
  expect(last.databaseConnections).toBeGreaterThan(0)
  expect(last.databaseBytes).toBeGreaterThan(1_000_000)
  const { text } = await owner.get('/admin')
  for (const title of ['Connections', 'Calls', 'Updates pushed', 'Size of the database'])
    expect(text).toContain(`<h3>${title}</h3>`)
  expect(text).toMatch(
    /<svg[^>]*role="img">\s*<title>Connections<\/title>\s*<desc>Now \d+; from \d+ to \d+\.<\/desc>/,
  )
})

describe('codes', () => {
  test('are shown where only the output of the server brings them, but none of administrators to a moderator', async () => {
    const sent: string[] = []
    await using plain = await startWorld({
      clock,
      senders: {
        channels: ['sms'],
        hasMail: false,
        usesConsole: true,
        sendCode: ({ code }) => Promise.resolve(void sent.push(code)).then(() => ({})),
        sendMail: () => Promise.resolve(),
      },
    })
    const own = new Staff(plain, (ms) => clock.advance(ms))
    const [boss, mod] = [await own.hire('owner', 'Boss'), await own.hire('moderator', 'Mod')]
    const device = await plain.stranger()
    for (const phoneNumber of ['+15550301111', `+${boss.person.phone}`]) {
      const app = { apiId: plain.apiId, apiHash: plain.apiHash }
      await device.call('auth.sendCode', { phoneNumber, ...app, settings: tl.codeSettings({}) })
    }
    const seen = async (client: ConsoleClient): Promise<string[]> => {
      const { text } = await client.get('/admin/codes')
      return [...text.matchAll(/data-label="Number"><div>\+(\d+)/g)].map((match) => match[1]!)
    }
    expect(await seen(boss.client)).toEqual(expect.arrayContaining(['15550301111', boss.person.phone]))
    expect(await seen(mod.client)).toEqual(['15550301111'])
    expect((await mod.client.get('/admin/codes')).text).toContain(`<code>${sent[0]}</code>`)
    // Where there is a sender, nobody sees any.
    expect((await owner.get('/admin/codes')).text).toContain('This server has a sender')
  })
})
