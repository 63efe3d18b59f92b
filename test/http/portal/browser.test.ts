/**
 * The portal in a real browser, as somebody uses it who reads and clicks. PORTAL_SHOTS names a folder for pictures of every
 * page, in both themes, on a phone and on a desktop.
 */
import { MemoryStorage, TelegramClient } from '@mtcute/node'
import { NodeCryptoProvider, addPublicKey } from '@mtcute/node/utils.js'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startWorld, type Person, type World } from '../../harness/people.ts'
import { findChromium, launchChromium } from './chromium.ts'
import { takeCode } from './client.ts'

const path = findChromium()
if (path === undefined)
  console.log('no Chromium was found (CHROMIUM may name one): no browser visits the portal')

const SHOTS = process.env['PORTAL_SHOTS']
/** What has the focus, and how that is shown. */
const FOCUS = `({
  name: document.activeElement === document.body ? '' :
    document.activeElement.getAttribute('name') ?? document.activeElement.textContent.trim(),
  outlineStyle: getComputedStyle(document.activeElement).outlineStyle,
})`
/** By how much the page is wider than the window. */
const OVERHANG = 'document.documentElement.scrollWidth - innerWidth'
/** A handler stands on the page because programs look for its letters; it never runs. A wrong code is a status of 400. */
const EXPECTED = /^Executing inline event handler violates|status of 400/
const TEST_CODE = '22222'

describe.skipIf(path === undefined)('in Chromium', () => {
  let world: World
  let browser: Browser

  beforeAll(async () => {
    world = await startWorld()
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
      if (message.type() === 'error' && !EXPECTED.test(message.text())) complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(String(error)))
    return { page, complaints }
  }

  async function signIn(page: Page, person: Person): Promise<void> {
    await page.getByLabel('Your phone number').fill(`+${person.phone}`)
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByLabel('Confirmation code').fill(await takeCode(person))
    await page.getByRole('button', { name: 'Sign In' }).click()
  }

  test.each([
    ['without JavaScript', { javaScriptEnabled: false }],
    ['with it', {}],
  ])('an app is made, used, edited and renewed, and the account deleted, %s', async (name, options) => {
    const alice = await world.person('Alice')
    const { page, complaints } = await open(options)
    await page.goto('/')
    await page.getByRole('main').getByRole('link', { name: 'developer portal' }).click()
    await page.getByLabel('Your phone number').fill(`+${alice.phone}`)
    await page.getByRole('button', { name: 'Next' }).click()
    const code = await takeCode(alice)
    await page.getByLabel('Confirmation code').fill('wrongwrong1')
    await page.getByRole('button', { name: 'Sign In' }).click()
    await expectText(page.getByRole('alert'), 'Invalid confirmation code!')
    await page.getByLabel('Confirmation code').fill(code)
    await page.getByRole('button', { name: 'Sign In' }).click()

    expect(await page.title()).toBe('Create new application')
    await page.getByLabel('App title:').fill('My <b>app</b>')
    await page.getByLabel('Short name:').fill(`myapp${name.length}`)
    await page.getByLabel('Desktop').check()
    await page.getByLabel('Description:').fill('Line one\nLine two')
    // Without the terms accepted the browser does not even send it.
    await page.getByRole('button', { name: 'Create application' }).click()
    expect(await page.title()).toBe('Create new application')
    await page.getByLabel(/I accept these terms/).check()
    await page.getByRole('button', { name: 'Create application' }).click()

    expect(await page.title()).toBe('App configuration')
    await expectText(page.getByRole('status'), 'Your application is registered.')
    const ids = await idsOn(page)
    await usable(world, alice.phone, ids)

    await page.getByLabel('App title:').fill('Renamed')
    await page.getByRole('button', { name: 'Save changes' }).click()
    await expectText(page.getByRole('status'), 'Your changes are saved.')
    expect(await page.getByLabel('App title:').inputValue()).toBe('Renamed')
    expect(await page.getByLabel('Description:').inputValue()).toBe('Line one\nLine two')
    expect(await page.getByLabel('Desktop').isChecked()).toBe(true)

    const recipe = page.locator('details', { hasText: 'grammers' })
    await recipe.locator('summary').click()
    await expectText(recipe.locator('code'), 'request_login_code')
    await expectText(recipe.locator('code'), ids.apiHash)

    await page.getByRole('link', { name: 'Renew it' }).click()
    await page.getByRole('button', { name: 'Renew the hash' }).click()
    const renewed = await idsOn(page)
    expect(renewed.apiId).toBe(ids.apiId)
    await usable(world, alice.phone, renewed)
    await expect(usable(world, alice.phone, ids)).rejects.toThrow(/API_ID_INVALID/)

    await page.getByRole('navigation').getByRole('link', { name: 'Delete account' }).click()
    await page.getByLabel('I understand that this cannot be undone.').check()
    await page.getByRole('button', { name: 'Delete my account' }).click()
    await expectText(page.getByRole('heading'), 'Your account is deleted')
    await page.goto('/apps')
    expect(await page.title()).toBe('Authorization')
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('by keyboard alone', async () => {
    const bob = await world.person('Bob')
    const { page } = await open()
    await page.goto('/auth')
    await page.locator('[name=phone]:focus').waitFor()
    await page.keyboard.type(`+${bob.phone}`)
    await page.keyboard.press('Enter')
    await page.locator('[name=password]:focus').waitFor()
    await page.keyboard.type(await takeCode(bob))
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/apps$/)
    // Every control is reached in the order in which it stands, and shows that it has the focus.
    const seen: string[] = []
    for (let n = 0; n < 24; n++) {
      await page.keyboard.press('Tab')
      const focus = await page.evaluate<{ name: string; outlineStyle: string }>(FOCUS)
      seen.push(focus.name)
      if (focus.name !== '') expect([focus.name, focus.outlineStyle]).toEqual([focus.name, 'solid'])
    }
    const controls = ['app_title', 'app_shortname', 'app_url', 'app_platform', 'app_desc', 'app_terms']
    expect([...new Set(seen)].filter((name) => controls.includes(name))).toEqual(controls)
    expect(seen).toContain('Create application')
    await page.context().close()
  })

  test('what programs look for by XPath is where they look', async () => {
    const carol = await world.person('Carol')
    const { page } = await open()
    await page.goto('/auth?to=apps')
    await signIn(page, carol)
    const select = (xpath: string): Promise<string> =>
      page.evaluate<string>(`document.evaluate(${JSON.stringify(xpath)}, document, null, 2).stringValue`)
    expect(await select('//input[@name="hash"]/@value')).toMatch(/^[0-9a-f]{24}$/)
    expect(await select('//label[text()="App api_id:"]')).toBe('')
    await page.getByLabel('App title:').fill('By XPath')
    await page.getByLabel('Short name:').fill('byxpath')
    await page.getByLabel(/I accept these terms/).check()
    await page.getByRole('button', { name: 'Create application' }).click()
    expect(await select('//label[text()="App api_id:"]/parent::div/div/span/strong/text()')).toMatch(/^\d+$/)
    expect(await select('//label[text()="App api_hash:"]/parent::div/div/span/text()')).toMatch(
      /^[0-9a-f]{32}$/,
    )
    expect(await select('//input[@id="app_title"]/@value')).toBe('By XPath')
    expect(await select('//input[@id="app_shortname"]/@value')).toBe('byxpath')
    await page.context().close()
  })

  test('no page is wider than the window', async () => {
    const looks = ['light', 'dark'].flatMap((colorScheme) =>
      [380, 1280].map((width) => ({ colorScheme: colorScheme as 'light' | 'dark', width })),
    )
    for (const { colorScheme, width } of looks) {
      const dora = await world.person('Dora')
      const { page, complaints } = await open({ colorScheme, viewport: { width, height: 800 } })
      const shoot = async (name: string): Promise<void> => {
        const over = await page.evaluate<number>(OVERHANG)
        expect([name, width, over]).toEqual([name, width, Math.min(over, 0)])
        if (!SHOTS) return
        await mkdir(SHOTS, { recursive: true })
        await page.screenshot({ path: join(SHOTS, `${name}-${colorScheme}-${width}.png`), fullPage: true })
      }
      await visitAll(page, dora, shoot)
      expect(complaints).toEqual([])
      await page.context().close()
    }
  }, 120_000)

  async function visitAll(page: Page, person: Person, shoot: (name: string) => Promise<void>): Promise<void> {
    await page.goto('/')
    await shoot('landing')
    await page.goto('/auth')
    await shoot('auth')
    await page.getByLabel('Your phone number').fill(`+${person.phone}`)
    await page.getByRole('button', { name: 'Next' }).click()
    await shoot('code')
    await page.getByLabel('Confirmation code').fill(await takeCode(person))
    await page.getByRole('button', { name: 'Sign In' }).click()
    await shoot('create')
    await page.getByLabel('App title:').fill('Semaphore for Android')
    await page.getByLabel('Short name:').fill(`semaphore${person.id}`)
    await page.getByLabel('URL:').fill('javascript:alert(1)')
    await page.getByLabel(/I accept these terms/).check()
    await page.getByRole('button', { name: 'Create application' }).click()
    await shoot('refused')
    await page.getByLabel('URL:').fill('example.org')
    await page.getByLabel(/I accept these terms/).check()
    await page.getByRole('button', { name: 'Create application' }).click()
    await shoot('configuration')
    await page.locator('summary').first().click()
    await shoot('configuration-open')
    for (const [name, address] of Object.entries(PLACES)) {
      await page.goto(address)
      await shoot(name)
    }
  }
})

const PLACES = {
  renew: '/apps/renew',
  terms: '/apps/terms',
  delete: '/delete',
  menu: '/',
}

async function expectText(place: { textContent(): Promise<string | null> }, text: string): Promise<void> {
  expect(await place.textContent()).toContain(text)
}

interface Ids {
  readonly apiId: number
  readonly apiHash: string
}

async function idsOn(page: Page): Promise<Ids> {
  const boxes = page.locator('span.uneditable-input')
  const [apiId, apiHash] = [await boxes.nth(0).textContent(), await boxes.nth(1).textContent()]
  return { apiId: Number(apiId), apiHash: apiHash ?? '' }
}

/** Signs in with mtcute through an app. */
async function usable({ server }: World, phone: string, ids: Ids): Promise<void> {
  const crypto = new NodeCryptoProvider()
  await crypto.initialize()
  addPublicKey(crypto, server.running.facts.publicKey)
  const dc = { id: 2, ipAddress: server.host, port: server.port, testMode: false }
  const client = new TelegramClient({
    ...ids,
    storage: new MemoryStorage(),
    crypto,
    testMode: false,
    defaultDcs: { main: dc, media: { ...dc, mediaOnly: true } },
    disableUpdates: true,
    logLevel: 0,
  })
  try {
    const self = await client.start({ phone: `+${phone}`, code: () => Promise.resolve(TEST_CODE) })
    expect(self.phoneNumber).toBe(phone)
  } finally {
    await client.destroy()
  }
}
