/**
 * Programs fill in the platform's own portal and cut out of its pages what they need. Each test does in its own words what
 * one kind of them does; what they look at is named beside it.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { must } from '../../../src/lib/assert.ts'
import { startWorld, type World } from '../../harness/people.ts'
import { APP, codeIn, PortalClient, takeCode } from './client.ts'

let world: World

beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

/** All between two marks, as programs cut it out of a page. */
function between(page: string, from: string, to: string): string {
  const [, after] = page.split(from)
  return must(after, `the page has ${from}`).split(to)[0]!
}

test('a wrapper that splits pages at whole lines of markup, with the headers of a browser', async () => {
  const alice = await world.person('Alice')
  const client = new PortalClient(world.server)
  const phone = `+${alice.phone}`
  const xhr = {
    origin: 'https://my.telegram.org',
    referer: 'https://my.telegram.org/auth',
    accept: 'application/json, text/javascript, */*; q=0.01',
    'x-requested-with': 'XMLHttpRequest',
    'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
  }
  const sent = await client.post('/auth/send_password', `phone=${encodeURIComponent(phone)}`, xhr)
  const { random_hash } = JSON.parse(sent.text) as { random_hash: string }
  const password = await takeCode(alice)
  const login = new URLSearchParams({ phone, random_hash, password }).toString()
  expect((await client.post('/auth/login', login, xhr)).text).toBe('true')

  const before = (await client.get('/apps', { headers: { accept: 'text/html' } })).text
  expect(between(before, '<title>', '</title>')).toBe('Create new application')
  const hash = between(before, '<input type="hidden" name="hash" value="', '"/>')
  const create = new URLSearchParams({ hash, ...APP }).toString()
  const made = await client.post('/apps/create', create, { ...xhr, referer: 'https://my.telegram.org/apps' })
  expect([made.status, made.text]).toEqual([200, ''])

  const after = (await client.get('/apps')).text
  expect(between(after, '<title>', '</title>')).toBe('App configuration')
  const lead = (name: string, label: string): string =>
    `<label for="${name}" class="col-md-4 text-right control-label">${label}:</label>\n` +
    '      <div class="col-md-7">\n' +
    '        <span class="form-control input-xlarge uneditable-input" onclick="this.select();">'
  const apiId = Number(between(after, `${lead('app_id', 'App api_id')}<strong>`, '</strong></span>'))
  const apiHash = between(after, lead('app_hash', 'App api_hash'), '</span>')

  // What was cut out signs a client in.
  const device = await world.stranger()
  const settings = { _: 'codeSettings' } as never
  const sentCode = device.call('auth.sendCode', { phoneNumber: phone, apiId, apiHash, settings })
  expect((await sentCode)._).toBe('auth.sentCode')
})

test('a script that collects the boxes of a page by their class, and follows its title', async () => {
  const bob = await world.person('Bob')
  const client = new PortalClient(world.server)
  // A body without a content type, in which the plus is not encoded.
  const sent = await client.post('/auth/send_password', `phone=+${bob.phone}`)
  const { random_hash } = JSON.parse(sent.text) as { random_hash: string }
  const password = await takeCode(bob)
  await client.post('/auth/login', `phone=+${bob.phone}&random_hash=${random_hash}&password=${password}`)
  // Only the one cookie is carried on, and the page is asked for by POST.
  expect([...client.cookies.keys()]).toEqual(['stel_token'])
  const title = (page: string): string => between(page, '<title>', '</title>')
  const boxes = (page: string): string[] =>
    [
      ...page.matchAll(/<span class="form-control input-xlarge uneditable-input"[^>]*>([\s\S]*?)<\/span>/g),
    ].map(([, box = '']) => box.replaceAll(/<[^>]*>/g, ''))
  const empty = (await client.post('/apps')).text
  expect(title(empty)).toBe('Create new application')
  const hash = must(/<input[^>]*name="hash"[^>]*value="(\w+)"/.exec(empty)?.[1], 'the form has a hash')
  const short = `userbot${String(Date.now())}`
  const made = await client.post('/apps/create', {
    ...APP,
    hash,
    app_shortname: short,
    app_title: 'User bot',
  })
  expect(made.text).toBe('')
  const page = (await client.post('/apps')).text
  expect(title(page)).toBe('App configuration')
  const [apiId = '', apiHash = '', test = '', production = '', keys = ''] = boxes(page)
  expect(apiId).toMatch(/^\d{5,}$/)
  expect(apiHash).toMatch(/^[0-9a-f]{32}$/)
  const { facts } = world.server.running
  expect(test).toBe(`${world.server.host}:${world.server.port}`)
  expect(production).toBe(test)
  expect(keys).toBe(facts.publicKey.trim())
})

test('a tool that finds a value by the label before it, and asks for pages by their words', async () => {
  const carol = await world.person('Carol')
  const client = new PortalClient(world.server)
  await client.signIn(carol)
  const hash = must(/name="hash"\s+value="([^"]+)"/.exec((await client.get('/apps')).text)?.[1], 'a form')
  // There is nothing yet that looks like an app.
  expect(appIn((await client.get('/apps')).text)).toEqual([undefined, undefined])
  await client.post('/apps/create', { ...APP, hash, app_shortname: 'carolsapp' })
  const page = (await client.get('/apps')).text
  const [apiId, apiHash] = appIn(page)
  expect([apiId, apiHash]).toEqual([expect.stringMatching(/^\d+$/), expect.stringMatching(/^[0-9a-f]{32}$/)])

  // A page with the word "login" is taken for that of somebody who is not signed in.
  expect(page.toLowerCase()).not.toContain('login')
  expect((await client.get('/apps')).headers.get('location')).toBeNull()
  const siblings = (label: string): string => between(page, `>${label}</label>`, '</div>')
  expect(between(siblings('Production configuration:'), '<strong>', '</strong>')).toContain(':')
  expect(between(siblings('Public keys:'), '<code>', '</code>')).toContain('BEGIN RSA PUBLIC KEY')
  expect(siblings('Test configuration:')).toContain('DC 2')
  expect(page).toContain('Available MTProto servers')
})

/** The first number in bold after "api_id", and the first hash after "api_hash". */
function appIn(page: string): (string | undefined)[] {
  const near = (word: string): string =>
    page.includes(word) ? page.slice(page.indexOf(word), page.indexOf(word) + 600) : ''
  const id =
    /<strong>\s*(\d{4,})\s*<\/strong>/.exec(near('api_id')) ?? />\s*(\d{4,})\s*</.exec(near('api_id'))
  return [id?.[1], /\b([0-9a-f]{32})\b/.exec(near('api_hash'))?.[1]]
}

test('a script that deletes an account, and sends the whole of Set-Cookie back as its cookie', async () => {
  const fred = await world.person('Fred')
  const client = new PortalClient(world.server)
  const number = fred.phone
  const asked = await client.post('/auth/send_password', `phone=${number}`)
  const { random_hash: hash } = JSON.parse(asked.text) as { random_hash: string }
  const { message } = await fred.device.nextUpdate('updateNewMessage')
  const text = message._ === 'message' ? message.message : ''
  const password = text.split('code:')[1]!.split('\n')[1]!
  const login = `phone=${number}&random_hash=${hash}&password=${password}`
  const cookie = (await client.post('/auth/login', login)).headers.get('set-cookie')!
  client.cookies.clear()
  const page = (await client.get('/delete', { headers: { cookie } })).text
  expect(page).toContain('Delete Your Account')
  const formHash = page.split("hash: '")[1]!.split("',")[0]!
  expect(/hash: '(\w+)'/.exec(page)?.[1]).toBe(formHash)
  expect((await client.post('/delete/do_delete', `hash=${formHash}`, { cookie })).text).toBe('true')
  expect(await fred.failure('updates.getState')).toMatch(/AUTH_KEY_UNREGISTERED|USER_DEACTIVATED/)
})

test('the message with the code is split in the ways that programs split it', async () => {
  const dora = await world.person('Dora')
  await new PortalClient(world.server).askCode(dora.phone)
  const { message } = await dora.device.nextUpdate('updateNewMessage')
  if (message._ !== 'message') throw new Error(message._)
  const text = message.message
  expect(message.peerId).toMatchObject({ userId: 777000 })
  const code = codeIn(text)
  expect(code).toMatch(/^[\w-]{11}$/)
  expect(text.toLowerCase()).toContain('web login code')
  expect(text).toContain('Dora')
  expect(text.split(':\n')[1]?.split('\n')[0]).toBe(code)
  expect(text.split('code:')[1]?.split('\n')[1]).toBe(code)
})

test('who is not signed in is sent to sign in, by title and address', async () => {
  const client = new PortalClient(world.server)
  const apps = await client.get('/apps')
  expect([apps.status, apps.location]).toEqual([302, '/auth?to=apps'])
  const page = (await client.get('/auth')).text
  expect(page).toContain('<title>Authorization</title>')
  expect(page).toContain('Delete Account or Manage Apps')
  for (const id of ['my_send_form', 'my_login_phone']) expect(page).toContain(`id="${id}"`)
  expect((await client.post('/apps/create', { hash: 'x', ...APP })).text).toBe('ERROR')
  // The old way to ask for a code.
  const sent = await client.get('/auth/send_password?phone=%2B15550001234')
  expect(JSON.parse(sent.text)).toEqual({ random_hash: expect.stringMatching(/^\w{18,}$/) as unknown })
  expect((await client.post('/auth/send_password', { phone: 'nobody' })).text).toBe('Incorrect phone number.')
})

test('a menu stands at the root once somebody is signed in', async () => {
  const emil = await world.person('Emil')
  const client = new PortalClient(world.server)
  expect((await client.get('/')).text).not.toContain('href="/auth/logout"')
  await client.signIn(emil)
  const menu = (await client.get('/')).text
  for (const path of ['/apps', '/delete', '/auth/logout']) expect(menu).toContain(`href="${path}"`)
  expect(menu).toContain('API development tools')
  const out = await client.get('/auth/logout')
  expect([out.status, out.location]).toEqual([303, '/auth'])
  expect(client.cookies.has('stel_token')).toBe(false)
})
