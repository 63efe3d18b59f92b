/** The pages of a server in a real browser, for tests that use them as people do who read and click. */
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import { expect } from 'vitest'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const MAC = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
const STEP_MS = 20_000
/** What has the focus, and how that is shown. */
const FOCUS = `({
  name: document.activeElement === document.body ? '' :
    document.activeElement.getAttribute('name') ?? document.activeElement.textContent.trim(),
  outlineStyle: getComputedStyle(document.activeElement).outlineStyle,
})`
/** By how much the page is wider than the window. */
const OVERHANG = 'document.documentElement.scrollWidth - innerWidth'

/** The Chromium of this machine: what CHROMIUM names, or the first that is found; undefined when there is none. */
export function findChromium(): string | undefined {
  const named = process.env['CHROMIUM']
  if (named) return named
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const paths = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)))
  return [...paths, MAC].find((path) => existsSync(path))
}

/** Starts Chromium. Whoever is root has no sandbox to give it. */
export function launchChromium(executablePath: string): Promise<Browser> {
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return chromium.launch({ executablePath, args: [...args, '--disable-gpu', '--disable-dev-shm-usage'] })
}

/** On a phone and on a desktop, by day and by night. */
const LOOKS = ([380, 1280] as const).flatMap((width) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ colorScheme, width })),
)
const HEIGHT = 800

/** A window of its own, and all that its pages have done wrong, but for errors that were to be `expected`. */
export async function openWindow(
  browser: Browser,
  server: { readonly host: string; readonly port: number },
  { expected, ...options }: BrowserContextOptions & { readonly expected: RegExp },
): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({ baseURL: `http://${server.host}:${server.port}`, ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(STEP_MS)
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' && !expected.test(message.text())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  return { page, complaints }
}

/** Does what leads to another page, and waits until that is there: what is looked for may stand on the old one, too. */
export async function arrive(page: Page, act: () => Promise<unknown>): Promise<void> {
  await Promise.all([page.waitForEvent('load'), act()])
}

/** Fills in a form, text by label, sends it by its button, and waits for the page that answers. */
export async function submit(
  page: Page,
  button: string,
  texts: Readonly<Record<string, string>> = {},
): Promise<void> {
  for (const [label, text] of Object.entries(texts)) await page.getByLabel(label).fill(text)
  await arrive(page, () => page.getByRole('button', { name: button }).click())
}

/** What has the focus after each of so many steps by keyboard; each shows that it has it. */
export async function tabThrough(page: Page, steps: number): Promise<string[]> {
  const seen: string[] = []
  for (let n = 0; n < steps; n++) {
    await page.keyboard.press('Tab')
    const focus = await page.evaluate<{ name: string; outlineStyle: string }>(FOCUS)
    seen.push(focus.name)
    if (focus.name !== '') expect([focus.name, focus.outlineStyle]).toEqual([focus.name, 'solid'])
  }
  return seen
}

/**
 * What sees that a page is not wider than its window, in every look, and takes pictures of it where there is a folder for
 * them.
 */
export function shooter(page: Page, folder: string | undefined): (name: string) => Promise<void> {
  return async (name) => {
    for (const { colorScheme, width } of LOOKS) {
      await page.setViewportSize({ width, height: HEIGHT })
      await page.emulateMedia({ colorScheme })
      const over = await page.evaluate<number>(OVERHANG)
      expect([name, width, colorScheme, over]).toEqual([name, width, colorScheme, Math.min(over, 0)])
      if (!folder) continue
      await mkdir(folder, { recursive: true })
      await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${width}.png`), fullPage: true })
    }
  }
}
