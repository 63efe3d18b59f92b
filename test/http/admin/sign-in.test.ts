import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { impose } from '../../../src/domain/abuse/sanctions.ts'
import { stepOf } from '../../../src/domain/admin/totp.ts'
import { HandClock } from '../../harness/clock.ts'
import { startWorld, type World } from '../../harness/people.ts'
import { alertIn, ConsoleClient, secretIn, setUpCodeOf, Staff, takeConsoleCode, totp } from './client.ts'

const WRONG_CODE = 'This code is not right, or not in force any more.'
const TOO_MANY = 'Sorry, too many tries. Please try again later.'
const HOUR_MS = 3_600_000
const clock = new HandClock()
let world: World
let staff: Staff
let token: string

beforeAll(async () => {
  world = await startWorld({ clock, config: { trustedProxies: ['127.0.0.1'] } })
  staff = new Staff(world, (ms) => clock.advance(ms))
  const file = await readFile(join(world.server.context.config.data, 'server.json'), 'utf8')
  token = (JSON.parse(file) as { adminToken: string }).adminToken
})
afterAll(() => world[Symbol.asyncDispose]())
beforeEach(() => clock.advance(HOUR_MS))

const newClient = (): ConsoleClient => new ConsoleClient(world.server)

test('codes of authenticators are those of RFC 6238', () => {
  // Appendix B: the secret is the ASCII of 12345678901234567890; the last six digits of the eight that stand there.
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
  for (const [sec, code] of [
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_234_567_890, '005924'],
    [20_000_000_000, '353130'],
  ] as const) {
    expect(totp(secret, sec * 1000)).toBe(code)
    expect(stepOf(secret, code, sec * 1000)).toBe(Math.floor(sec / 30))
    expect(stepOf(secret, code, (sec + 90) * 1000)).toBeUndefined()
  }
  expect(stepOf(secret, '', 59_000)).toBeUndefined()
  expect(stepOf(secret, ' 287 082 ', 59_000)).toBe(1)
})

describe('the token from start', () => {
  test('has 256 bits, in a file for its owner alone', async () => {
    expect(Buffer.from(token, 'base64url')).toHaveLength(32)
    const { mode } = await stat(join(world.server.context.config.data, 'server.json'))
    expect(mode & 0o777).toBe(0o600)
    const { text } = await newClient().get('/.well-known/chappe.json')
    expect(text).not.toContain(token)
  })

  test('lets in who has it, for an hour, with a cookie that no other page can use', async () => {
    const client = newClient()
    for (const wrong of ['', 'x', token.slice(1), `${token}a`, token.toUpperCase()]) {
      const refused = await client.post('/admin/sign-in/token', { token: wrong })
      expect([refused.status, alertIn(refused.text)]).toEqual([400, 'This is not the token.'])
      expect(refused.headers.get('set-cookie')).toBeNull()
    }
    const headers = { 'x-forwarded-proto': 'https' }
    const answer = await client.post('/admin/sign-in/token', { token }, headers)
    expect(answer.headers.get('set-cookie')).toMatch(
      /^chappe_console=[\w-]{43}; Path=\/admin; HttpOnly; Secure; SameSite=Strict$/,
    )
    const page = await client.get('/admin')
    expect(page.status).toBe(200)
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(page.headers.get('cache-control')).toBe('no-store')
    expect(page.text).not.toContain(token)
    // What is stored is of no use to who reads it.
    const rows = await world.server.context.db.sql`select hash from web_session`
    const cookie = client.browser.cookies.get('chappe_console')!
    expect(JSON.stringify(rows)).not.toContain(Buffer.from(cookie).toString('hex'))
    clock.advance(HOUR_MS)
    expect((await client.get('/admin')).status).toBe(302)
  })

  test('cannot be guessed for long from one address', async () => {
    const client = newClient()
    const attempt = async (typed: string, address: string): Promise<string> => {
      const headers = { 'x-forwarded-for': address }
      const answer = await client.post('/admin/sign-in/token', { token: typed }, headers)
      return answer.status === 303 ? 'in' : alertIn(answer.text)
    }
    for (let n = 0; n < 30; n++)
      expect(await attempt(`guess ${n}`, '203.0.113.9')).toBe('This is not the token.')
    expect(await attempt(token, '203.0.113.9')).toBe(TOO_MANY)
    expect(await attempt(token, '203.0.113.10')).toBe('in')
  })
})

describe('an administrator', () => {
  test('sets up a second factor, and then needs it; no code of it is taken twice', async () => {
    const { person, secret } = await staff.hire('owner')
    const nowMs = (): number => clock.nowMs()
    // The code that set it up is spent.
    const again = newClient()
    const page = await again.enterCode(person)
    expect(page).toContain('Code from the authenticator')
    expect(page).not.toContain('class="secret"')
    const replayed = await again.post('/admin/sign-in/second', { code: totp(secret, nowMs()) })
    expect([replayed.status, alertIn(replayed.text)]).toEqual([400, WRONG_CODE])
    clock.advance(30_000)
    const answer = await again.post('/admin/sign-in/second', { code: totp(secret, nowMs()) })
    expect(answer.status).toBe(303)
    expect((await again.get('/admin/audit')).status).toBe(200)
    // The step is spent, too: the same form again signs nobody in.
    const twice = await again.post('/admin/sign-in/second', { code: totp(secret, nowMs() + 30_000) })
    expect(twice.status).toBe(400)
  })

  test('is nobody who has only taken over the chats: setting up the second factor takes a set-up code', async () => {
    const owner = await staff.hire('owner')
    const person = await world.person('Robbed')
    await owner.client.act('/admin/admins/appoint', { account: `+${person.phone}`, role: 'owner' })
    const setUp = await setUpCodeOf(person, owner.client)
    expect(setUp).toMatch(/^[2-9A-HJ-NP-Z]{5}-[2-9A-HJ-NP-Z]{5}$/)
    const attempt = async (code: string): Promise<[number, string]> => {
      const thief = newClient()
      const secret = secretIn(await thief.enterCode(person))
      const fields = { code: totp(secret, clock.nowMs()), 'set-up-code': code }
      const answer = await thief.post('/admin/sign-in/second', fields)
      return [answer.status, alertIn(answer.text)]
    }
    const other = (await staff.hire('viewer')).person
    await owner.client.act(`/admin/admins/${other.id}/reset-second`)
    for (const wrong of ['', 'AAAAA-AAAAA', setUp.slice(1), await setUpCodeOf(other, owner.client)])
      expect(await attempt(wrong)).toEqual([400, WRONG_CODE])
    expect((await owner.client.get('/admin/admins')).text).toContain(setUp)
    const { text: log } = await owner.client.get('/admin/audit')
    expect(log.match(/wrong set-up code/g)).toHaveLength(4)
    expect(log).not.toContain(setUp)

    expect(await attempt(` ${setUp.toLowerCase().replace('-', ' ')} `)).toEqual([303, ''])
    // Once it is set up the code is of no use, and after a reset there is another one.
    expect((await owner.client.get('/admin/admins')).text).not.toContain(setUp)
    await owner.client.act(`/admin/admins/${person.id}/reset-second`)
    expect(await setUpCodeOf(person, owner.client)).not.toBe(setUp)
    expect(await attempt(setUp)).toEqual([400, WRONG_CODE])
  })

  test('has five tries at each code', async () => {
    const { person, secret } = await staff.hire('viewer')
    const client = newClient()
    await client.post('/admin/sign-in/name', { account: `+${person.phone}` })
    const code = await takeConsoleCode(person)
    for (let n = 0; n < 5; n++)
      expect((await client.post('/admin/sign-in/code', { code: `wrong ${n}` })).status).toBe(400)
    expect((await client.post('/admin/sign-in/code', { code })).status).toBe(400)
    const other = newClient()
    await other.enterCode(person)
    clock.advance(30_000)
    const wrong = totp(secret, clock.nowMs()) === '000000' ? '000001' : '000000'
    for (let n = 0; n < 5; n++)
      expect((await other.post('/admin/sign-in/second', { code: wrong })).status).toBe(400)
    expect((await other.post('/admin/sign-in/second', { code: totp(secret, clock.nowMs()) })).status).toBe(
      400,
    )
  })

  test('cannot leave a step out', async () => {
    const { person, secret } = await staff.hire('viewer')
    clock.advance(30_000)
    const client = newClient()
    const second = async (): Promise<number> =>
      (await client.post('/admin/sign-in/second', { code: totp(secret, clock.nowMs()) })).status
    expect(await second()).toBe(400)
    await client.post('/admin/sign-in/name', { account: `+${person.phone}` })
    expect(await second()).toBe(400)
    expect((await client.get('/admin')).status).toBe(302)
    // The code of one administrator is of no use for another's sign-in.
    const code = await takeConsoleCode(person)
    const { person: other } = await staff.hire('viewer')
    const thief = newClient()
    await thief.post('/admin/sign-in/name', { account: `+${other.phone}` })
    expect((await thief.post('/admin/sign-in/code', { code })).status).toBe(400)
  })

  test('of two who set up a second factor at once, one does', async () => {
    const person = await world.person('Twice')
    const host = await staff.host()
    await host.act('/admin/admins/appoint', { account: `+${person.phone}`, role: 'viewer' })
    const clients = [newClient(), newClient()]
    const secrets: string[] = []
    for (const client of clients) secrets.push(secretIn(await client.enterCode(person)))
    const setUp = { 'set-up-code': await setUpCodeOf(person, host) }
    const answers = await Promise.all(
      clients.map((client, index) =>
        client.post('/admin/sign-in/second', { ...setUp, code: totp(secrets[index]!, clock.nowMs()) }),
      ),
    )
    expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([303, 400])
  })

  test('is out at once when removed, given another role, banned or deleted', async () => {
    const owner = (await staff.hire('owner')).client
    const removed = await staff.hire('moderator')
    await owner.act(`/admin/admins/${removed.person.id}/remove`)
    expect((await removed.client.get('/admin')).status).toBe(302)

    const changed = await staff.hire('moderator')
    await owner.act(`/admin/admins/${changed.person.id}/role`, { role: 'viewer' })
    expect((await changed.client.get('/admin')).status).toBe(302)
    const back = await staff.again(changed.person, changed.secret)
    expect((await back.get('/admin/codes')).status).toBe(403)

    const reset = await staff.hire('viewer')
    await owner.act(`/admin/admins/${reset.person.id}/reset-second`)
    expect((await reset.client.get('/admin')).status).toBe(302)
    expect(secretIn(await newClient().enterCode(reset.person))).not.toBe(reset.secret)

    const banned = await staff.hire('viewer')
    await impose(world.server.context, {
      subject: { kind: 'user', id: banned.person.id },
      kind: 'banned',
      forSec: undefined,
      cause: 'a test',
      by: undefined,
    })
    expect((await banned.client.get('/admin')).status).toBe(302)
  })

  test('stays signed in for eight hours, and signs out', async () => {
    const { client } = await staff.hire('viewer')
    const cookie = client.browser.cookies.get('chappe_console')!
    clock.advance(8 * HOUR_MS - 1000)
    expect((await client.get('/admin')).status).toBe(200)
    // Somebody else's page cannot sign anybody out.
    await client.post('/admin/sign-out', { hash: 'x' })
    client.browser.cookies.set('chappe_console', cookie)
    expect((await client.get('/admin')).status).toBe(200)
    await client.submit('/admin/sign-out')
    client.browser.cookies.set('chappe_console', cookie)
    expect((await client.get('/admin')).status).toBe(302)
  })

  test('the last owner cannot go', async () => {
    const lonely = await startWorld({ clock })
    try {
      const own = new Staff(lonely, (ms) => clock.advance(ms))
      const first = await own.hire('owner', 'First')
      const path = `/admin/admins/${first.person.id}`
      const told = 'This is the last owner: appoint another one first.'
      expect(alertIn((await first.client.submit(`${path}/remove`)).text)).toBe(told)
      expect(alertIn((await first.client.submit(`${path}/role`, { role: 'viewer' })).text)).toBe(told)
      // One whose account is gone is no owner any more.
      const gone = await own.hire('owner', 'Gone')
      const { db } = lonely.server.context
      await db.single((tx) => tx.sql`update account set deleted_at = 1 where id = ${gone.person.id}`)
      expect((await gone.client.get('/admin')).status).toBe(302)
      expect(alertIn((await first.client.submit(`${path}/remove`)).text)).toBe(told)
      const second = await own.hire('owner', 'Second')
      // Both at the same time: one stays.
      const hashes = [await first.client.formHash(), await second.client.formHash()]
      const answers = await Promise.all([
        first.client.post(`/admin/admins/${second.person.id}/remove`, { hash: hashes[0]! }),
        second.client.post(`${path}/remove`, { hash: hashes[1]! }),
      ])
      expect(
        answers.filter((answer) => answer.status === 303 && answer.location !== '/admin/sign-in'),
      ).toHaveLength(1)
    } finally {
      await lonely[Symbol.asyncDispose]()
    }
  })
})

test('whoever is no administrator is answered as one is', async () => {
  const { person } = await staff.hire('viewer')
  const nobody = await world.person('Nobody')
  const seen = async (account: string): Promise<unknown> => {
    const client = newClient()
    const asked = await client.post('/admin/sign-in/name', { account })
    const page = await client.get('/admin/sign-in')
    const wrong = await client.post('/admin/sign-in/code', { code: 'abcdefghijk' })
    return [asked.status, asked.location, [...asked.headers.keys()].toSorted(), page.text, wrong.text]
  }
  const known = await seen(`+${person.phone}`)
  for (const account of [`+${nobody.phone}`, '+15550006666', '@nobody', '', "' or 1=1 --", '\u0000'])
    expect(await seen(account)).toEqual(known)
  for (let n = 0; n < 9; n++) await newClient().post('/admin/sign-in/name', { account: `+${nobody.phone}` })
  const many = await newClient().post('/admin/sign-in/name', { account: `+${nobody.phone}` })
  expect(alertIn(many.text)).toBe(TOO_MANY)
})
