/**
 * The console and the appeal page in a real browser, as people use them who read and click. CONSOLE_SHOTS names a folder for
 * pictures of every page, in both themes, on a phone and on a desktop.
 */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readAccount } from '../../../src/domain/accounts/store.ts'
import { findAdmin } from '../../../src/domain/admin/admin-store.ts'
import { appoint as appointAdmin } from '../../../src/domain/admin/admins.ts'
import { setUpCode } from '../../../src/domain/admin/set-up-code.ts'
import { adminToken } from '../../../src/domain/admin/sign-in.ts'
import { registerApp } from '../../../src/domain/apps/own.ts'
import { must } from '../../../src/lib/assert.ts'
import { tl } from '../../../src/tl/factories.ts'
import { upload } from '../../api/upload/uploading.ts'
import { HandClock } from '../../harness/clock.ts'
import { redAndBlue } from '../../harness/image.ts'
import { startWorld, texts, type Person, type World } from '../../harness/people.ts'
import { arrive, findChromium, launchChromium, openWindow, shooter, submit, tabThrough } from '../browser.ts'
import { takeConsoleCode, totp } from './client.ts'

const path = findChromium()
if (path === undefined)
  console.log('no Chromium was found (CHROMIUM may name one): no browser visits the console')

const SHOTS = process.env['CONSOLE_SHOTS']
/** What is refused, or is not there, has a status that says so. */
const EXPECTED = /status of 40\d/
const TEST_CODE = '22222'
const SERVICE = { phone: '42777', id: 777000, firstName: 'Chappe' }

describe.skipIf(path === undefined)('in Chromium', () => {
  const clock = new HandClock()
  let world: World
  let browser: Browser

  beforeAll(async () => {
    world = await startWorld({ clock })
    browser = await launchChromium(path!)
  })
  afterAll(async () => {
    await browser.close()
    await world[Symbol.asyncDispose]()
  })

  const open = (options: BrowserContextOptions = {}): ReturnType<typeof openWindow> =>
    openWindow(browser, world.server, { expected: EXPECTED, ...options })

  /** Follows a link of the navigation. */
  const go = (page: Page, name: string): Promise<void> =>
    arrive(page, () => page.getByRole('link', { name, exact: true }).click())

  const setUpCodes = new Map<number, string>()

  /** Appoints somebody with the token from start. */
  async function appoint(person: Person, role: string): Promise<void> {
    const { page } = await open()
    await page.goto('/admin')
    await submit(page, 'Sign in with the token', { Token: adminToken(world.server.context) })
    await go(page, 'Administrators')
    await page.getByLabel('Role').last().selectOption(role)
    await submit(page, 'Appoint', { 'Phone number or @username': `+${person.phone}` })
    expect(await page.getByRole('status').textContent()).toBe('The administrator is appointed.')
    const shown = page.getByRole('row', { name: person.firstName }).locator('code')
    setUpCodes.set(person.id, (await shown.textContent()) ?? '')
    await submit(page, 'Sign out')
    await page.context().close()
  }

  /** An owner who was appointed without anybody looking. */
  async function hireOwner(): Promise<Person> {
    const { context } = world.server
    const person = await world.person('Olga')
    const account = must(await readAccount(context.db, person.id), 'it was just made')
    await appointAdmin(context, undefined, { account, role: 'owner' })
    const admin = must(await findAdmin(context.db, person.id), 'they were just appointed')
    setUpCodes.set(person.id, setUpCode(context, admin))
    return person
  }

  async function signIn(page: Page, person: Person, shoot = async (_name: string) => {}): Promise<void> {
    await page.goto('/admin')
    await shoot('sign-in')
    await submit(page, 'Next', { 'Phone number or @username': `+${person.phone}` })
    await shoot('sign-in-code')
    await submit(page, 'Next', { 'Code from the chat': await takeConsoleCode(person) })
    await shoot('sign-in-second')
    await submit(page, 'Sign in', {
      'Set-up code': setUpCodes.get(person.id) ?? '',
      'Code from the authenticator': await secondFactor(page),
    })
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Health')
  }

  /** What an authenticator shows that was set up by what the page shows. */
  async function secondFactor(page: Page): Promise<string> {
    const secret = (await page.locator('.secret').textContent()) ?? ''
    return totp(secret.replaceAll(/\s/g, ''), clock.nowMs())
  }

  async function report(by: Person, whom: Person): Promise<void> {
    await by.call('messages.reportSpam', { peer: by.peer(whom) })
  }

  /** Opens the case against somebody and decides it. */
  async function decide(page: Page, whom: Person, measure: string, text: string): Promise<void> {
    await go(page, 'Cases')
    await arrive(page, () =>
      page.getByRole('row', { name: whom.firstName }).getByRole('link', { name: /^Case/ }).click(),
    )
    await page.getByLabel('What is to be done').selectOption(measure)
    await page.getByLabel('For how long').selectOption('604800')
    await submit(page, 'Decide and close', { 'Why, or what the warning says': text })
    expect(await page.getByRole('status').textContent()).toBe('The case is decided.')
  }

  const service = (person: Person) =>
    person.call('messages.getHistory', { peer: person.peerOf(SERVICE.id as Person['id']), ...LAST })

  test.each([
    ['without JavaScript', { javaScriptEnabled: false }],
    ['with it', {}],
  ])('a report, a limit, a ban, an appeal and its answer, %s', { timeout: 120_000 }, async (_, options) => {
    const [alice, bob] = [await world.person('Alice'), await world.person('Bob')]
    const [moderator, stranger] = [await world.person('Mona'), await world.person('Stranger')]
    await bob.send(alice, 'Buy <b>this</b> now!')
    await report(alice, bob)
    await appoint(moderator, 'moderator')
    const { page, complaints } = await open(options)
    await signIn(page, moderator)

    await decide(page, bob, 'limited', 'Spam to strangers')
    expect(await page.locator('.message .prose').first().textContent()).toBe('Buy <b>this</b> now!')
    // The notification comes at once; the error with the next message to a stranger.
    const told = await bob.device.nextUpdate('updateNewMessage')
    expect(told.message).toMatchObject({
      message: expect.stringContaining('cannot write to people') as string,
    })
    const hello = { peer: bob.peer(stranger), message: 'Hello', randomId: 1n }
    expect(await bob.failure('messages.sendMessage', hello)).toBe('PEER_FLOOD')

    await report(alice, bob)
    await decide(page, bob, 'banned', 'It went on')
    expect(await bob.failure('messages.sendMessage', hello)).toBe('USER_DEACTIVATED_BAN')
    expect(await bob.failure('updates.getState')).toBe('USER_DEACTIVATED_BAN')

    const appeal = await open(options)
    await appeal.page.goto('/appeal')
    await submit(appeal.page, 'Send me a code', { 'Your phone number': `+${bob.phone}` })
    await submit(appeal.page, 'Next', { Code: TEST_CODE })
    expect(await appeal.page.locator('main').textContent()).toContain('It went on')
    await submit(appeal.page, 'Send', { 'Why do you think': 'It was <i>a joke</i> among friends.' })
    expect(await appeal.page.getByRole('status').textContent()).toContain('A person will read it')

    await go(page, 'Appeals')
    expect(await page.locator('.card .prose').first().textContent()).toBe(
      'It was <i>a joke</i> among friends.',
    )
    await page.getByLabel('Lift the sanction').check()
    await submit(page, 'Answer', { Answer: 'We believe you.' })
    expect(await page.getByRole('status').textContent()).toBe('The appeal is answered.')

    // The limit from before holds still: friends are written to, and what was said stands in the chats.
    await bob.send(alice, 'I am back')
    expect(texts(await alice.history(bob))[0]).toBe('I am back')
    const history = await service(bob)
    const lines = texts('messages' in history ? history.messages : [])
    expect(lines).toContain('Your account was banned.')
    expect(lines[0]).toContain('was lifted')
    await appeal.page.reload()
    expect(await appeal.page.locator('main').textContent()).toContain('only to people who know it')
    expect([complaints, appeal.complaints]).toEqual([[], []])
    await page.context().close()
    await appeal.page.context().close()
  })

  test('by keyboard alone', async () => {
    const owner = await hireOwner()
    const { page } = await open()
    await page.goto('/admin')
    await page.locator('#account:focus').waitFor()
    await page.keyboard.type(`+${owner.phone}`)
    await page.keyboard.press('Enter')
    await page.locator('#code:focus').waitFor()
    await page.keyboard.type(await takeConsoleCode(owner))
    await page.keyboard.press('Enter')
    const code = await secondFactor(page)
    await page.locator('#set-up-code:focus').waitFor()
    await page.keyboard.type(setUpCodes.get(owner.id) ?? '')
    await page.keyboard.press('Tab')
    await page.locator('#code:focus').waitFor()
    await page.keyboard.type(code)
    await arrive(page, () => page.keyboard.press('Enter'))
    await page.goto('/admin/announcements')
    const seen = await tabThrough(page, 20)
    expect(seen[0]).toBe('Skip to the content')
    for (const name of ['Health', 'Audit log', 'text', 'Send']) expect(seen).toContain(name)
    await page.context().close()
  })

  test('no page is wider than the window', { timeout: 240_000 }, async () => {
    await furnish(world)
    const owner = await hireOwner()
    const { page, complaints } = await open()
    const shoot = shooter(page, SHOTS)
    await signIn(page, owner, shoot)
    for (let n = 0; n < 5; n++) clock.advance(10_000)
    for (const [name, address] of Object.entries(PLACES)) {
      await page.goto(address)
      for (const summary of await page.locator('main > details > summary').all()) await summary.click()
      await shoot(name)
    }
    for (const name of ['cases', 'users', 'apps'] as const) {
      await page.goto(name === 'users' ? '/admin/users?q=spammer' : `/admin/${name}`)
      await arrive(page, () => page.getByRole('row').nth(1).getByRole('link').first().click())
      expect([name, await page.evaluate<number[]>(WIDTHS)]).toEqual([name, IMAGES[name]])
      await shoot(name.slice(0, -1))
    }
    await page.goto('/admin/cases/999')
    await shoot('error')
    expect(complaints).toEqual([])
    await page.context().close()
  })
})

/** How wide images are in themselves; 0 for one that could not be shown. */
const WIDTHS = '[...document.images].map((image) => image.naturalWidth)'
const IMAGES = { cases: [640, 800], users: [320], apps: [] }

const LAST = { offsetId: 0, offsetDate: 0, addOffset: 0, limit: 20, maxId: 0, minId: 0, hash: 0n }

const PLACES = {
  health: '/admin',
  cases: '/admin/cases',
  appeals: '/admin/appeals',
  users: '/admin/users?q=a',
  apps: '/admin/apps',
  sanctions: '/admin/sanctions',
  limits: '/admin/limits',
  terms: '/admin/terms',
  announcements: '/admin/announcements',
  codes: '/admin/codes',
  admins: '/admin/admins',
  audit: '/admin/audit',
  appeal: '/appeal',
}

/** Something to be seen on every page. */
async function furnish(world: World): Promise<void> {
  const { context } = world.server
  const spammer = await world.person('Spammer with quite a long name, as some people have')
  for (let n = 1; n <= 3; n++) {
    const victim = await world.person(`Victim ${n}`)
    await spammer.send(victim, `Earn ${n} million a day! https://example.org/${'long'.repeat(20)}`)
    const about = { peer: victim.peer(spammer), reason: tl.inputReportReasonSpam() }
    await victim.call('account.reportPeer', { ...about, message: `I do not want this.\nNot at all: ${n}.` })
  }
  const file = await upload(spammer, await redAndBlue(1200, 900))
  await spammer.call('photos.uploadProfilePhoto', { file })
  const victim = await world.person('Victim 4')
  const media = tl.inputMediaUploadedPhoto({ file })
  const message = 'Look at this!'
  await spammer.call('messages.sendMedia', { peer: spammer.peer(victim), media, message, randomId: 4n })
  const about = { peer: victim.peer(spammer), message: 'Not theirs.' }
  const reason = tl.inputReportReasonCopyright()
  await victim.call('account.reportPeer', { ...about, reason })
  await victim.call('account.reportProfilePhoto', { ...about, reason, photoId: tl.inputPhotoEmpty() })
  const form = { title: 'Semaphore', shortName: 'semaphore', url: 'example.org', platform: 'android' }
  const described = { ...form, description: 'Sends messages by raising and lowering arms.' }
  await registerApp(context, spammer.phone, { form: described, termsVersion: 1 })
  await context.db.single(
    (tx) => tx.sql`
      insert into announcement (audience, text, made_by, made_at, told, finished_at)
      values ('users', ${'On Sunday the server rests from 2 to 3.\nThank you for your patience.'}, ${spammer.id},
        ${context.clock.nowSec()}, 4711, ${context.clock.nowSec()})`,
  )
  await context.db.single(
    (tx) => tx.sql`
      insert into appeal (sanction_id, user_id, text, made_at)
      select id, subject_id, ${'I only wrote to friends.\nPlease look again.'}, ${context.clock.nowSec()}
      from sanction where subject_id = ${spammer.id} limit 1`,
  )
}
