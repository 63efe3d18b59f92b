/**
 * The portal in a real browser, as somebody uses it who reads and clicks. PORTAL_SHOTS names a folder for pictures of every
 * page, in both themes, on a phone and on a desktop.
 */
import { MemoryStorage, TelegramClient } from '@mtcute/node'
import { NodeCryptoProvider, addPublicKey } from '@mtcute/node/utils.js'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startWorld, type Person, type World } from '../../harness/people.ts'
import { arrive, findChromium, launchChromium, openWindow, shooter, submit, tabThrough } from '../browser.ts'
import { takeCode } from './client.ts'

const path = findChromium()
if (path === undefined)
  console.log('no Chromium was found (CHROMIUM may name one): no browser visits the portal')

const SHOTS = process.env['PORTAL_SHOTS']
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

  const open = (options: BrowserContextOptions = {}): ReturnType<typeof openWindow> =>
    openWindow(browser, world.server, { expected: EXPECTED, ...options })

  async function signIn(page: Page, person: Person): Promise<void> {
    await submit(page, 'Next', { 'Your phone number': `+${person.phone}` })
    await submit(page, 'Sign In', { 'Confirmation code': await takeCode(person) })
  }

  test.each([
    ['without JavaScript', { javaScriptEnabled: false }],
    ['with it', {}],
  ])(
    'an app is made, used, edited and renewed, and the account deleted, %s',
    async (name, options) => {
      const alice = await world.person('Alice')
      const { page, complaints } = await open(options)
      await page.goto('/')
      await arrive(page, () => page.getByRole('main').getByRole('link', { name: 'developer portal' }).click())
      await submit(page, 'Next', { 'Your phone number': `+${alice.phone}` })
      const code = await takeCode(alice)
      await submit(page, 'Sign In', { 'Confirmation code': 'wrongwrong1' })
      await expectText(page.getByRole('alert'), 'Invalid confirmation code!')
      await submit(page, 'Sign In', { 'Confirmation code': code })

      expect(await page.title()).toBe('Create new application')
      await page.getByLabel('App title:').fill('My <b>app</b>')
      await page.getByLabel('Short name:').fill(`myapp${name.length}`)
      await page.getByLabel('Desktop').check()
      await page.getByLabel('Description:').fill('Line one\nLine two')
      // Without the terms accepted the browser does not even send it.
      await page.getByRole('button', { name: 'Create application' }).click()
      await page.locator('[name=app_terms]:focus').waitFor()
      expect(await page.title()).toBe('Create new application')
      await page.getByLabel(/I accept these terms/).check()
      await submit(page, 'Create application')

      expect(await page.title()).toBe('App configuration')
      await expectText(page.getByRole('status'), 'Your application is registered.')
      const ids = await idsOn(page)
      await usable(world, alice.phone, ids)

      await submit(page, 'Save changes', { 'App title:': 'Renamed' })
      await expectText(page.getByRole('status'), 'Your changes are saved.')
      expect(await page.getByLabel('App title:').inputValue()).toBe('Renamed')
      expect(await page.getByLabel('Description:').inputValue()).toBe('Line one\nLine two')
      expect(await page.getByLabel('Desktop').isChecked()).toBe(true)

      const recipe = page.locator('details', { hasText: 'grammers' })
      await recipe.locator('summary').click()
      await expectText(recipe.locator('code'), 'request_login_code')
      await expectText(recipe.locator('code'), ids.apiHash)

      await arrive(page, () => page.getByRole('link', { name: 'Renew it' }).click())
      await submit(page, 'Renew the hash')
      const renewed = await idsOn(page)
      expect(renewed.apiId).toBe(ids.apiId)
      await usable(world, alice.phone, renewed)
      await expect(usable(world, alice.phone, ids)).rejects.toThrow(/API_ID_INVALID/)

      await arrive(page, () =>
        page.getByRole('navigation').getByRole('link', { name: 'Delete account' }).click(),
      )
      await page.getByLabel('I understand that this cannot be undone.').check()
      await submit(page, 'Delete my account')
      await expectText(page.getByRole('heading'), 'Your account is deleted')
      await page.goto('/apps')
      expect(await page.title()).toBe('Authorization')
      expect(complaints).toEqual([])
      await page.context().close()
    },
    120_000,
  )

  test('by keyboard alone', async () => {
    const bob = await world.person('Bob')
    const { page } = await open()
    await page.goto('/auth')
    await page.locator('[name=phone]:focus').waitFor()
    await page.keyboard.type(`+${bob.phone}`)
    await page.keyboard.press('Enter')
    await page.locator('[name=password]:focus').waitFor()
    await page.keyboard.type(await takeCode(bob))
    await arrive(page, () => page.keyboard.press('Enter'))
    // Every control is reached in the order in which it stands.
    const seen = await tabThrough(page, 24)
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
    await page.getByLabel(/I accept these terms/).check()
    await submit(page, 'Create application', { 'App title:': 'By XPath', 'Short name:': 'byxpath' })
    expect(await select('//label[text()="App api_id:"]/parent::div/div/span/strong/text()')).toMatch(/^\d+$/)
    expect(await select('//label[text()="App api_hash:"]/parent::div/div/span/text()')).toMatch(
      /^[0-9a-f]{32}$/,
    )
    expect(await select('//input[@id="app_title"]/@value')).toBe('By XPath')
    expect(await select('//input[@id="app_shortname"]/@value')).toBe('byxpath')
    await page.context().close()
  })

  test('no page is wider than the window', { timeout: 240_000 }, async () => {
    const { page, complaints } = await open()
    await visitAll(page, await world.person('Dora'), shooter(page, SHOTS))
    expect(complaints).toEqual([])
    await page.context().close()
  })

  async function visitAll(page: Page, person: Person, shoot: (name: string) => Promise<void>): Promise<void> {
    await page.goto('/')
    await shoot('landing')
    await page.goto('/auth')
    await shoot('auth')
    await submit(page, 'Next', { 'Your phone number': `+${person.phone}` })
    await shoot('code')
    await submit(page, 'Sign In', { 'Confirmation code': await takeCode(person) })
    await shoot('create')
    await page.getByLabel('App title:').fill('Semaphore for Android')
    await page.getByLabel('Short name:').fill(`semaphore${person.id}`)
    await page.getByLabel(/I accept these terms/).check()
    await submit(page, 'Create application', { 'URL:': 'javascript:alert(1)' })
    await shoot('refused')
    await page.getByLabel(/I accept these terms/).check()
    await submit(page, 'Create application', { 'URL:': 'example.org' })
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
