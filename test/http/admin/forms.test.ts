import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { registerApp } from '../../../src/domain/apps/own.ts'
import { DEEDS, PAGES } from '../../../src/http/admin/routes.ts'
import { must } from '../../../src/lib/assert.ts'
import { tl } from '../../../src/tl/factories.ts'
import { HandClock } from '../../harness/clock.ts'
import { startWorld, type Person, type World } from '../../harness/people.ts'
import { ConsoleClient, Staff } from './client.ts'

const HTML = `"><script>alert(1)</script><img src=x onerror=alert(2)>'\`&lt;`
const SQL = `'; drop table account; -- $1 \\ %_`
const NASTY = [HTML, SQL, '\u0000', '‮ evil', '𝕏'.repeat(300), '../../etc/passwd', '{{7*7}}${7*7}']
const FOREIGN: readonly Record<string, string>[] = [
  { origin: 'https://evil.example' },
  { origin: 'null' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'none' },
  { origin: '', 'sec-fetch-site': 'same-origin' },
]

const clock = new HandClock()
let world: World
let staff: Staff
let spammer: Person
let owner: ConsoleClient

beforeAll(async () => {
  world = await startWorld({ clock })
  staff = new Staff(world, (ms) => clock.advance(ms))
  owner = (await staff.hire('owner')).client
  spammer = await world.person('Spammer')
  await spammer.call('account.updateProfile', {
    firstName: HTML.slice(0, 60),
    lastName: SQL,
    about: HTML.slice(0, 60),
  })
  for (let n = 0; n < 3; n++) {
    const victim = await world.person(`Victim ${n}`)
    await spammer.send(victim, HTML + SQL)
    const reason = tl.inputReportReasonOther()
    await victim.call('account.reportPeer', { peer: victim.peer(spammer), reason, message: HTML + SQL })
  }
  const form = { shortName: 'semaphore', url: '', platform: 'other', description: HTML + SQL }
  await registerApp(world.server.context, spammer.phone, { form: { ...form, title: HTML }, termsVersion: 1 })
  await world.server.context.db.single(
    (tx) => tx.sql`
      insert into appeal (sanction_id, user_id, text, made_at)
      select id, subject_id, ${HTML + SQL}, 0 from sanction limit 1`,
  )
})
afterAll(() => world[Symbol.asyncDispose]())

interface Form {
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
}

/** Every page that the links from the first one lead to, with the forms that stand on it. */
async function crawl(client: ConsoleClient): Promise<Map<string, Form[]>> {
  const seen = new Map<string, Form[]>()
  const open = ['/admin']
  for (let path = open.shift(); path !== undefined; path = open.shift()) {
    if (seen.has(path)) continue
    const { status, text } = await client.get(path)
    expect([path, status]).toEqual([path, 200])
    expectTame(path, text)
    seen.set(path, formsIn(text))
    for (const match of text.matchAll(/href="(\/admin[^"#]*)"/g))
      open.push(match[1]!.replaceAll('&amp;', '&'))
  }
  return seen
}

function formsIn(text: string): Form[] {
  return [...text.matchAll(/<form[^>]*method="post"[^>]*action="([^"]+)"[^>]*>([^]*?)<\/form>/g)].map(
    (match) => {
      const names = [...match[2]!.matchAll(/\sname="([^"]+)"/g)].map((each) => each[1]!)
      const values = names.map((name) => {
        const value = new RegExp(`name="${name}" value="([^"]*)"`).exec(match[2]!)?.[1] ?? ''
        return [name, value] as const
      })
      return { action: match[1]!, fields: Object.fromEntries(values) }
    },
  )
}

/** Nothing that somebody typed has become a part of the page: outside of values there are only tags of our own. */
function expectTame(path: string, text: string): void {
  const bare = text.replaceAll(/"[^"]*"/g, '""')
  const wild = /<(?:script|img|iframe|b|i)\b|<[^<>]*\son[a-z]+\s*=|<[^<>]*'/i.exec(bare)
  expect([path, wild?.[0]]).toEqual([path, undefined])
}

test('every form that can be reached carries the hash of the session, and is refused without it', async () => {
  const pages = await crawl(owner)
  const forms = [...pages.values()].flat()
  const shapes = new Set(forms.map((form) => form.action.replace(/\/\d+(?=\/)/, '/#')))
  // What could not be reached is named: it stands on pages that need what is not there.
  const all = DEEDS.map((deed) => deed.path.replace(/:id\{[^}]*\}/, '#'))
  expect(all.filter((path) => !shapes.has(path))).toEqual(['/admin/apps/#/unblock'])
  expect(pages.size).toBeGreaterThan(PAGES.length)
  const other = await (await staff.hire('owner')).client.formHash()
  const before = await stateOf()
  for (const form of forms.filter(({ action }) => action !== '/admin/sign-out')) {
    expect(form.fields['hash']).toMatch(/^[0-9a-f]{24}$/)
    for (const hash of ['', 'x', other]) {
      const { status, text } = await owner.post(form.action, { ...form.fields, hash })
      expect([form.action, status]).toEqual([form.action, 400])
      expect(text).toContain('This page was open for too long')
    }
    for (const headers of FOREIGN) {
      const { status } = await owner.post(form.action, form.fields, headers)
      expect([form.action, headers, status]).toEqual([form.action, headers, 403])
    }
  }
  expect(await stateOf()).toEqual(before)
})

/** What a form could have changed. */
async function stateOf(): Promise<unknown> {
  const { db } = world.server.context
  return await db.sql`
    select (select count(*) from sanction) as sanctions, (select count(*) from sanction where lifted_at is null) as open,
      (select count(*) from report_case where state = 'open') as cases, (select count(*) from terms) as terms,
      (select count(*) from api_terms) as api, (select count(*) from announcement) as announcements,
      (select count(*) from device where user_id is not null) as devices,
      (select count(*) from app where is_official) as official`
}

describe('HTML and SQL', () => {
  test('in every field of every form stay text', async () => {
    const person = await world.person('Target')
    await world.server.context.db.single(
      (tx) => tx.sql`update account set phone = '15550004444' where id = ${person.id}`,
    )
    const fieldsOf = (path: string): string[] => FIELDS.find(([end]) => path.endsWith(end))?.[1] ?? []
    const hash = await owner.formHash()
    for (const deed of DEEDS) {
      const path = deed.path.replace(/:id\{[^}]*\}/, String(deed.path.includes('/users/') ? person.id : 1))
      for (const nasty of NASTY) {
        for (const name of fieldsOf(deed.path)) {
          const fields = { ...VALID, hash, [name]: nasty }
          const { status, text } = await owner.post(path, fields)
          expect([path, name, [303, 400].includes(status)]).toEqual([path, name, true])
          expectTame(path, text)
        }
      }
    }
    await crawl(owner)
    expect(
      (await world.server.context.db.sql`select count(*)::int as n from account`)[0]!['n'],
    ).toBeGreaterThan(5)
  })

  test('in every query stay text', async () => {
    for (const page of PAGES.filter((each) => !each.path.includes(':id'))) {
      for (const nasty of [...NASTY, '-1', '99999999999999999999', '1e9', 'NaN']) {
        const names = ['q', 'before', 'after', 'who', 'subject', 'state', 'done']
        const paths = names.map((name) => `${page.path}?${name}=${encodeURIComponent(nasty)}`)
        const answers = await Promise.all(paths.map((path) => owner.get(path)))
        for (const [index, { status, text }] of answers.entries()) {
          const path = paths[index]!
          expect([path, status]).toEqual([path, 200])
          expectTame(path, text)
        }
      }
    }
  }, 180_000)

  test('at the sign-in and on the appeal page stay text', async () => {
    for (const nasty of NASTY) {
      for (const [path, name] of DOORS) {
        const client = new ConsoleClient(world.server)
        const { status, text } = await client.post(path, { [name]: nasty })
        expect([path, [303, 400].includes(status)]).toEqual([path, true])
        expectTame(path, text)
        for (const headers of FOREIGN)
          expect((await client.post(path, { [name]: nasty }, headers)).status).toBe(403)
      }
      const client = new ConsoleClient(world.server)
      for (const cookie of ['chappe_console', 'chappe_console_step', 'chappe_appeal'])
        client.browser.cookies.set(cookie, encodeURIComponent(nasty.slice(0, 200)))
      for (const path of ['/admin', '/admin/sign-in', '/appeal'])
        expect((await client.get(path)).status).toBeLessThan(400)
    }
  })
})

test('ids that are out of range are nothing', async () => {
  for (const id of ['0', '99999999999999', '2147483648', '4294967297']) {
    for (const page of PAGES.filter((each) => each.path.includes(':id')))
      expect((await owner.get(page.path.replace(/:id\{[^}]*\}/, id))).status).toBe(404)
  }
  expect((await owner.get('/admin/users/1%27')).status).toBe(404)
})

test('a form that is too large is refused', async () => {
  const large = await owner.submit('/admin/terms/set', { text: 'x'.repeat(300_000) })
  expect(large.status).toBe(413)
  const answer = await owner.submit('/admin/terms/set', { text: '&'.repeat(20_001) })
  expect(answer.status).toBe(400)
})

const VALID: Readonly<Record<string, string>> = {
  measure: 'dismiss',
  kind: 'slow',
  for: '3600',
  cause: 'A cause',
  text: 'A text',
  answer: 'An answer',
  audience: 'developers',
  session: 'all',
  account: '+15550004444',
  role: 'viewer',
  'min-age': '',
}

const FIELDS: readonly (readonly [string, string[]])[] = [
  ['/decide', ['measure', 'for', 'text']],
  ['/answer', ['answer', 'lift']],
  ['/sanction', ['kind', 'for', 'cause']],
  ['/end-sessions', ['session']],
  ['/block', ['cause']],
  ['/terms/set', ['text', 'min-age', 'popup']],
  ['/terms/set-api', ['text']],
  ['/announcements/send', ['audience', 'text']],
  ['/admins/appoint', ['account', 'role']],
  ['/role', ['role']],
]

const DOORS: readonly (readonly [string, string])[] = [
  ['/admin/sign-in/name', 'account'],
  ['/admin/sign-in/code', 'code'],
  ['/admin/sign-in/second', 'code'],
  ['/admin/sign-in/second', 'set-up-code'],
  ['/admin/sign-in/token', 'token'],
  ['/appeal/phone', 'phone'],
  ['/appeal/code', 'code'],
  ['/appeal/text', 'text'],
]

test('the table of fields knows every form that has some', async () => {
  const pages = await crawl(owner)
  for (const { action, fields } of [...pages.values()].flat()) {
    const names = Object.keys(fields).filter((name) => name !== 'hash')
    const known = FIELDS.find(([end]) => action.endsWith(end))?.[1] ?? []
    for (const name of names) expect([action, name, known.includes(name)]).toEqual([action, name, true])
  }
  expect(must(pages.get('/admin/terms'), 'the page is reached').length).toBe(3)
})
