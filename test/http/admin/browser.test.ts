/**
 * The console and the appeal page in a real browser, as people use them who read and click. CONSOLE_SHOTS names a folder for
 * pictures of every page, in both themes, on a phone and on a desktop.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adminToken } from '../../../src/domain/admin/sign-in.ts'
import { registerApp } from '../../../src/domain/apps/own.ts'
import { tl } from '../../../src/tl/factories.ts'
import { HandClock } from '../../harness/clock.ts'
import { startWorld, texts, type Person, type World } from '../../harness/people.ts'
import { findChromium, launchChromium } from '../portal/chromium.ts'
import { takeConsoleCode, totp } from './client.ts'

const path = findChromium()
if (path === undefined)
  console.log('no Chromium was found (CHROMIUM may name one): no browser visits the console')

const SHOTS = process.env['CONSOLE_SHOTS']
/** By how much the page is wider than the window. */
const OVERHANG = 'document.documentElement.scrollWidth - innerWidth'
/** What has the focus, and how that is shown. */
const FOCUS = `({
  name: document.activeElement === document.body ? '' : document.activeElement.textContent.trim() ||
    document.activeElement.getAttribute('name'),
  outlineStyle: getComputedStyle(document.activeElement).outlineStyle,
})`
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

  /** A window of its own, which complains of everything that the page does wrong. */
  async function open(options: BrowserContextOptions = {}): Promise<{ page: Page; complaints: string[] }> {
    const context = await browser.newContext({
      baseURL: `http://${world.server.host}:${world.server.port}`,
      ...options,
    })
    const page = await context.newPage()
    page.setDefaultTimeout(10_000)
    const complaints: string[] = []
    page.on('console', (message) => {
      if (message.type() === 'error' && !/status of 40\d/.test(message.text()))
        complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(String(error)))
    return { page, complaints }
  }

  /** Appoints somebody with the token from start. */
  async function appoint(person: Person, role: string): Promise<void> {
    const { page } = await open()
    await page.goto('/admin')
    await page.getByLabel('Token').fill(adminToken(world.server.context))
    await page.getByRole('button', { name: 'Sign in with the token' }).click()
    await page.getByRole('link', { name: 'Administrators' }).click()
    await page.getByLabel('Phone number or @username').fill(`+${person.phone}`)
    await page.getByLabel('Role').last().selectOption(role)
    await page.getByRole('button', { name: 'Appoint' }).click()
    expect(await page.getByRole('status').textContent()).toBe('The administrator is appointed.')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.context().close()
  }

  async function signIn(page: Page, person: Person, shoot = async (_name: string) => {}): Promise<void> {
    await page.goto('/admin')
    await shoot('sign-in')
    await page.getByLabel('Phone number or @username').fill(`+${person.phone}`)
    await page.getByRole('button', { name: 'Next' }).click()
    await shoot('sign-in-code')
    await page.getByLabel('Code from the chat').fill(await takeConsoleCode(person))
    await page.getByRole('button', { name: 'Next' }).click()
    await shoot('sign-in-second')
    const secret = (await page.locator('.secret').textContent()) ?? ''
    await page
      .getByLabel('Code from the authenticator')
      .fill(totp(secret.replaceAll(/\s/g, ''), clock.nowMs()))
    await page.getByRole('button', { name: 'Sign in' }).click()
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Health')
  }

  async function report(by: Person, whom: Person): Promise<void> {
    await by.call('messages.reportSpam', { peer: by.peer(whom) })
  }

  /** Opens the case against somebody and decides it. */
  async function decide(page: Page, whom: Person, measure: string, text: string): Promise<void> {
    await page.getByRole('link', { name: 'Cases', exact: true }).click()
    await page.getByRole('row', { name: whom.firstName }).getByRole('link', { name: /^Case/ }).click()
    await page.getByLabel('What is to be done').selectOption(measure)
    await page.getByLabel('For how long').selectOption('604800')
    await page.getByLabel('Why, or what the warning says').fill(text)
    await page.getByRole('button', { name: 'Decide and close' }).click()
    expect(await page.getByRole('status').textContent()).toBe('The case is decided.')
  }

  const service = (person: Person) =>
    person.call('messages.getHistory', { peer: person.peerOf(SERVICE.id as Person['id']), ...LAST })

  test.each([
    ['without JavaScript', { javaScriptEnabled: false }],
    ['with it', {}],
  ])('a report, a limit, a ban, an appeal and its answer, %s', { timeout: 60_000 }, async (_, options) => {
    const [alice, bob] = [await world.person('Alice'), await world.person('Bob')]
    const [moderator, stranger] = [await world.person('Mona'), await world.person('Stranger')]
    await bob.send(alice, 'Buy <b>this</b> now!')
    await report(alice, bob)
    await appoint(moderator, 'moderator')
    const { page, complaints } = await open(options)
    await signIn(page, moderator)

    await page.getByRole('link', { name: 'Cases', exact: true }).click()
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
    await appeal.page.getByLabel('Your phone number').fill(`+${bob.phone}`)
    await appeal.page.getByRole('button', { name: 'Send me a code' }).click()
    await appeal.page.getByLabel('Code').fill(TEST_CODE)
    await appeal.page.getByRole('button', { name: 'Next' }).click()
    expect(await appeal.page.locator('main').textContent()).toContain('It went on')
    await appeal.page.getByLabel('Why do you think').fill('It was <i>a joke</i> among friends.')
    await appeal.page.getByRole('button', { name: 'Send' }).click()
    expect(await appeal.page.getByRole('status').textContent()).toContain('A person will read it')

    await page.getByRole('link', { name: 'Appeals', exact: true }).click()
    expect(await page.locator('.card .prose').first().textContent()).toBe(
      'It was <i>a joke</i> among friends.',
    )
    await page.getByLabel('Answer').fill('We believe you.')
    await page.getByLabel('Lift the sanction').check()
    await page.getByRole('button', { name: 'Answer' }).click()
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
    const owner = await world.person('Olga')
    await appoint(owner, 'owner')
    const { page } = await open()
    await page.goto('/admin')
    await page.locator('#account:focus').waitFor()
    await page.keyboard.type(`+${owner.phone}`)
    await page.keyboard.press('Enter')
    await page.locator('#code:focus').waitFor()
    await page.keyboard.type(await takeConsoleCode(owner))
    await page.keyboard.press('Enter')
    const secret = (await page.locator('.secret').textContent()) ?? ''
    await page.locator('#code:focus').waitFor()
    await page.keyboard.type(totp(secret.replaceAll(/\s/g, ''), clock.nowMs()))
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/admin$/)
    await page.goto('/admin/announcements')
    const seen: string[] = []
    for (let n = 0; n < 20; n++) {
      await page.keyboard.press('Tab')
      const focus = await page.evaluate<{ name: string; outlineStyle: string }>(FOCUS)
      seen.push(focus.name)
      if (focus.name !== '') expect([focus.name, focus.outlineStyle]).toEqual([focus.name, 'solid'])
    }
    expect(seen[0]).toBe('Skip to the content')
    for (const name of ['Health', 'Audit log', 'text', 'Send']) expect(seen).toContain(name)
    await page.context().close()
  })

  test('no page is wider than the window', { timeout: 240_000 }, async () => {
    await furnish(world)
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [380, 1280]) {
        const owner = await world.person('Olga')
        await appoint(owner, 'owner')
        const { page, complaints } = await open({ colorScheme, viewport: { width, height: 800 } })
        const shoot = async (name: string): Promise<void> => {
          const over = await page.evaluate<number>(OVERHANG)
          expect([name, width, over]).toEqual([name, width, Math.min(over, 0)])
          if (!SHOTS) return
          await mkdir(SHOTS, { recursive: true })
          await page.screenshot({ path: join(SHOTS, `${name}-${colorScheme}-${width}.png`), fullPage: true })
        }
        await signIn(page, owner, shoot)
        for (let n = 0; n < 5; n++) clock.advance(10_000)
        for (const [name, address] of Object.entries(PLACES)) {
          await page.goto(address)
          for (const summary of await page.locator('main > details > summary').all()) await summary.click()
          await shoot(name)
        }
        for (const name of ['cases', 'users', 'apps'] as const) {
          await page.goto(name === 'users' ? '/admin/users?q=spammer' : `/admin/${name}`)
          await page.getByRole('row').nth(1).getByRole('link').first().click()
          await shoot(name.slice(0, -1))
        }
        await page.goto('/admin/cases/999')
        await shoot('error')
        expect(complaints).toEqual([])
        await page.context().close()
      }
    }
  })
})

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
