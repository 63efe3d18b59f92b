import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deleteAccount } from '../../../src/domain/accounts/delete.ts'
import { changePhoneNumber } from '../../../src/domain/accounts/store.ts'
import { createApp, listApps } from '../../../src/domain/apps/apps.ts'
import { readOwnApp, registerApp } from '../../../src/domain/apps/own.ts'
import { moveApp, readHostApps } from '../../../src/domain/apps/store.ts'
import { HandClock } from '../../harness/clock.ts'
import { setPassword } from '../../harness/password.ts'
import { startWorld, type World } from '../../harness/people.ts'
import { APP, PortalClient, takeCode } from './client.ts'

const TOO_MANY = 'Sorry, too many tries. Please try again later.'
const TAKEN = 'This number has an app already.'
const WRONG = 'Invalid confirmation code!'
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const DAY_SEC = 86_400

const clock = new HandClock()
let world: World

beforeAll(async () => {
  // Who asks stands in X-Forwarded-For: this machine is the proxy.
  world = await startWorld({ clock, config: { trustedProxies: ['127.0.0.1'] } })
})
afterAll(() => world[Symbol.asyncDispose]())

const newClient = (): PortalClient => new PortalClient(world.server)

describe('the code', () => {
  test('is void after five wrong tries, and the victim asks for another', async () => {
    const alice = await world.person('Alice')
    const client = newClient()
    const phone = `+${alice.phone}`
    const randomHash = await client.askCode(phone)
    const password = await takeCode(alice)
    const attempt = async (password: string, hash = randomHash): Promise<string> =>
      (await client.post('/auth/login', { phone, random_hash: hash, password })).text
    // At once, so that none of them is judged before the others are counted.
    const guesses = await Promise.all(
      Array.from({ length: 20 }, (_, n) => attempt(`guess_${n}_____`.slice(0, 11))),
    )
    expect(new Set(guesses)).toEqual(new Set([WRONG]))
    expect(await attempt(password)).toBe(WRONG)
    const again = await client.askCode(phone)
    expect(await attempt(await takeCode(alice), again)).toBe('true')
  })

  test('expires, and is good once, for its own number and hash', async () => {
    const [alice, bob] = [await world.person('Alice'), await world.person('Bob')]
    const client = newClient()
    const ask = async (): Promise<[string, string]> => {
      const hash = await client.askCode(`+${alice.phone}`)
      return [hash, await takeCode(alice)]
    }
    const [late, lateCode] = await ask()
    clock.advance(600_000)
    const login = async (fields: Record<string, string>): Promise<string> =>
      (await client.post('/auth/login', { phone: `+${alice.phone}`, ...fields })).text
    expect(await login({ random_hash: late, password: lateCode })).toBe(WRONG)

    const [hash, password] = await ask()
    const bobsHash = await newClient().askCode(`+${bob.phone}`)
    await takeCode(bob)
    expect(await login({ random_hash: bobsHash, password })).toBe(WRONG)
    expect(await login({ random_hash: hash, password, phone: `+${bob.phone}` })).toBe(WRONG)
    expect(await login({ random_hash: hash, password: '' })).toBe(WRONG)
    expect(await login({ random_hash: hash, password: ` ${password} ` })).toBe('true')
    // The same form again, as from the history of a browser.
    expect(await login({ random_hash: hash, password })).toBe(WRONG)
    // Ten tries at the same time let one in.
    const [twice, code] = await ask()
    const all = await Promise.all(
      Array.from({ length: 4 }, () => login({ random_hash: twice, password: code })),
    )
    expect(all.filter((answer) => answer === 'true')).toHaveLength(1)
  })

  test('a number without an account is answered as one with an account is', async () => {
    const alice = await world.person('Alice')
    const [known, unknown] = [newClient(), newClient()]
    const ask = (client: PortalClient, phone: string): ReturnType<PortalClient['post']> =>
      client.post('/auth/send_password', { phone })
    const seen = async (client: PortalClient, phone: string): Promise<unknown> => {
      const asked = await ask(client, phone)
      const { random_hash } = JSON.parse(asked.text) as { random_hash: string }
      const login = await client.post('/auth/login', { phone, random_hash, password: 'abcdefghijk' })
      const page = await client.submit('/auth/send_password', { phone })
      const next = await client.get(page.location!)
      return [
        asked.status,
        asked.text.length,
        [...asked.headers.keys()].toSorted(),
        login.text,
        page.status,
        page.location,
        next.text.replaceAll(phone, '').replaceAll(/[0-9a-f]{24}/g, ''),
      ]
    }
    expect(await seen(unknown, '+15550007777')).toEqual(await seen(known, `+${alice.phone}`))
    const refused = async (client: PortalClient, phone: string): Promise<string[]> => {
      const answers: string[] = []
      for (let n = 0; n < 12; n++)
        answers.push((await ask(client, phone)).text.replaceAll(/[0-9a-f]{24}/g, ''))
      return answers
    }
    const bounded = await refused(unknown, '+15550007777')
    expect(bounded.at(-1)).toBe(TOO_MANY)
    expect(await refused(known, `+${alice.phone}`)).toEqual(bounded)
  })
})

describe('rates', () => {
  test('codes are bounded for a number, until the hour is over', async () => {
    clock.advance(HOUR_MS)
    const client = newClient()
    const ask = async (): Promise<string> =>
      (await client.post('/auth/send_password', { phone: '+15550008888' })).text
    for (let n = 0; n < 10; n++) expect(await ask()).toContain('random_hash')
    expect(await ask()).toBe(TOO_MANY)
    const page = await client.submit('/auth/send_password', { phone: '+1 555 000 8888' })
    expect([page.status, page.text.includes(TOO_MANY)]).toEqual([400, true])
    clock.advance(HOUR_MS)
    expect(await ask()).toContain('random_hash')
  })

  test('codes and tries are bounded for an address, whatever it claims of those before it', async () => {
    clock.advance(HOUR_MS)
    const client = newClient()
    const from = (address: string): Record<string, string> => ({
      'x-forwarded-for': `198.51.100.1, ${address}`,
    })
    const ask = async (n: number, address: string): Promise<string> =>
      (await client.post('/auth/send_password', { phone: `+1555100${1000 + n}` }, from(address))).text
    for (let n = 0; n < 100; n++) expect(await ask(n, '203.0.113.5')).toContain('random_hash')
    expect(await ask(100, '203.0.113.5')).toBe(TOO_MANY)
    expect(await ask(101, '203.0.113.6')).toContain('random_hash')

    // Whoever has one IPv6 address has all of its network.
    for (let n = 0; n < 100; n++)
      expect(await ask(200 + n, `2001:db8::${n.toString(16)}`)).toContain('random_hash')
    expect(await ask(300, '2001:0DB8:0:0:ffff::1')).toBe(TOO_MANY)
    expect(await ask(301, '2001:db8:0:1::1')).toContain('random_hash')

    const attempt = async (): Promise<string> =>
      (
        await client.post(
          '/auth/login',
          { phone: '+15551001000', random_hash: 'x', password: 'y' },
          from('203.0.113.7'),
        )
      ).text
    for (let n = 0; n < 300; n++) expect(await attempt()).toBe(WRONG)
    expect(await attempt()).toBe(TOO_MANY)
  })

  test('a header of who asks counts for nothing where no proxy is trusted', async () => {
    await using plain = await startWorld()
    const client = new PortalClient(plain.server)
    for (let n = 0; n < 101; n++) {
      const headers = { 'x-forwarded-for': '203.0.113.5', 'x-forwarded-proto': 'https' }
      const { text } = await client.post('/auth/send_password', { phone: `+1555100${1000 + n}` }, headers)
      expect(text).toContain('random_hash')
    }
  })
})

describe('sessions', () => {
  test('cookies are out of reach of scripts and other sites, secure behind https, and end', async () => {
    const alice = await world.person('Alice')
    const [brief, client] = [newClient(), newClient()]
    const phone = `+${alice.phone}`
    const login = async (
      asker: PortalClient,
      more: Record<string, string>,
      headers = {},
    ): Promise<string> => {
      const random_hash = await asker.askCode(phone)
      const password = await takeCode(alice)
      const { headers: got } = await asker.post(
        '/auth/login',
        { phone, random_hash, password, ...more },
        headers,
      )
      return got.get('set-cookie') ?? ''
    }
    expect(await login(brief, {}, { 'x-forwarded-proto': 'https' })).toContain('; Secure')
    expect(await login(brief, {})).toMatch(/^stel_token=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/)
    expect(await login(client, { remember: '1' })).toContain('Max-Age=31536000')
    clock.advance(DAY_MS)
    expect((await brief.get('/apps')).status).toBe(302)
    clock.advance(DAY_MS)
    expect((await client.get('/apps')).status).toBe(200)
    // What is stored is of no use to who reads it.
    const token = client.cookies.get('stel_token')!
    const rows = await world.server.context.db.sql`select hash from web_session`
    expect(JSON.stringify(rows)).not.toContain(Buffer.from(token).toString('hex'))
    // Signing out ends it on the server, too.
    await client.get('/auth/logout')
    client.cookies.set('stel_token', token)
    expect((await client.get('/apps')).status).toBe(302)
    for (const forged of ['', 'x', token.slice(1), `${token}a`]) {
      client.cookies.set('stel_token', forged)
      expect((await client.get('/apps')).status).toBe(302)
    }
  })

  test('a link on another site signs nobody out', async () => {
    const alice = await world.person('Alice')
    const client = newClient()
    await client.signIn(alice)
    const page = await client.get('/auth/logout', { headers: { 'sec-fetch-site': 'cross-site' } })
    expect(page.text).toContain('action="/auth/logout"')
    expect((await client.get('/apps')).status).toBe(200)
    expect((await client.post('/auth/logout', '', { 'sec-fetch-site': 'same-origin' })).status).toBe(303)
    expect((await client.get('/apps')).status).toBe(302)
  })
})

describe('forms', () => {
  const FOREIGN: readonly Record<string, string>[] = [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site', origin: 'https://my.telegram.org' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
  ]

  test('of other sites are refused', async () => {
    const alice = await world.person('Alice')
    const client = newClient()
    await client.signIn(alice)
    const hash = await client.formHash()
    for (const headers of FOREIGN) {
      for (const path of ['/apps/create', '/apps/save', '/apps/renew', '/delete/do_delete', '/auth/logout'])
        expect((await client.post(path, { ...APP, hash, confirm: '1' }, headers)).status).toBe(403)
      const { status } = await client.post('/auth/send_password', { phone: '+15550001111' }, headers)
      expect(status).toBe(403)
    }
    const image = await client.get('/auth/send_password?phone=%2B15550001111', {
      headers: { 'sec-fetch-site': 'cross-site' },
    })
    expect(image.status).toBe(403)
    expect((await client.get('/apps')).text).toContain('Create new application')
    const own = { origin: `http://${world.server.host}:${world.server.port}` }
    expect((await client.post('/apps/create', { ...APP, hash, app_shortname: 'ofalice' }, own)).text).toBe('')
  })

  test('need the hash of whoever is signed in', async () => {
    const [alice, bob] = [await world.person('Alice'), await world.person('Bob')]
    const [mine, bobs] = [newClient(), newClient()]
    await mine.signIn(alice)
    await bobs.signIn(bob)
    const bobsHash = await bobs.formHash()
    for (const hash of ['', 'x', bobsHash]) {
      for (const path of ['/apps/create', '/apps/save', '/apps/renew', '/delete/do_delete']) {
        const form = { ...APP, app_shortname: 'stolen', hash, confirm: '1' }
        expect((await mine.post(path, form)).text).toBe('ERROR')
        expect((await mine.submit(path, form)).status).toBe(400)
      }
    }
    expect((await mine.get('/apps')).text).toContain('Create new application')
  })

  test('are bounded in size and shape', async () => {
    const alice = await world.person('Alice')
    const client = newClient()
    await client.signIn(alice)
    const hash = await client.formHash()
    const create = async (more: Record<string, string>): Promise<string> =>
      (await client.post('/apps/create', { ...APP, hash, app_shortname: 'shapes', ...more })).text
    expect((await client.post('/apps/create', { hash, app_desc: 'x'.repeat(20_000) })).status).toBe(413)
    expect(await create({ app_title: ' ' })).toBe('Incorrect app name!')
    expect(await create({ app_title: 'x'.repeat(129) })).toBe('Incorrect app name!')
    for (const app_shortname of ['', 'four', 'with_underscore', 'ümlaute', 'x'.repeat(33)])
      expect(await create({ app_shortname })).toContain('Incorrect short name!')
    for (const app_url of [
      'javascript:alert(1)',
      'data:text/html,x',
      'http://',
      `https://x.example/${'y'.repeat(300)}`,
    ])
      expect(await create({ app_url })).toBe('Incorrect URL!')
    expect(await create({ app_platform: 'toaster' })).toBe('Incorrect platform!')
    expect(await create({ app_desc: 'x'.repeat(1025) })).toContain('Incorrect description!')
    expect(await create({ app_title: 'A\u0000\u202eb\nc' })).toBe('')
    expect((await client.get('/apps')).text).toContain('value="A b c"')
  })

  test('what is typed stays text', async () => {
    const markup = `"><img src=x onerror=alert(1)><script>alert('&amp;')</script>`
    const alice = await world.person('Alice')
    await alice.call('account.updateProfile', { firstName: '<b>"Al"</b>' })
    const client = newClient()
    await client.signIn(alice)
    const hash = await client.formHash()
    const form = { ...APP, app_title: markup, app_shortname: markup, app_desc: `</textarea>${markup}`, hash }
    const refused = await client.submit('/apps/create', { ...form, app_terms: '1' })
    const made = await client.post('/apps/create', { ...form, app_shortname: 'markup' })
    expect([refused.status, made.text]).toEqual([400, ''])
    const pages = [
      refused,
      await client.get('/apps'),
      await client.get('/apps/renew'),
      await client.get('/delete'),
      await client.get('/'),
      await client.get(`/apps?saved=${encodeURIComponent(markup)}`),
      await client.get(`/auth?to=${encodeURIComponent(markup)}`),
      await newClient().get(`/auth?to=${encodeURIComponent(markup)}`),
      await client.submit('/auth/send_password', { phone: markup, to: markup }),
      await client.submit('/auth/login', { phone: '+15550001111', random_hash: markup, password: markup }),
    ]
    for (const page of pages) {
      expect(page.text).not.toMatch(/<img|<script|<b>/)
      expect(page.location ?? '').not.toContain('<')
    }
    expect((await client.get('/apps?saved=constructor')).text).not.toMatch(/role="status"|native code/)
    expect((await client.get('/delete')).text).toContain('&lt;b&gt;&quot;Al&quot;&lt;/b&gt;')
  })

  test('no page runs a script, is framed, kept or told to others', async () => {
    const client = newClient()
    for (const path of ['/', '/auth', '/apps', '/apps/terms', '/nothing', '/healthz']) {
      const { headers } = await client.get(path)
      const policy = headers.get('content-security-policy') ?? ''
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toMatch(/script-src|unsafe/)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('same-origin')
      expect(headers.get('cache-control')).toBe('no-store')
    }
  })
})

describe('the app', () => {
  test('is edited, and its hash renewed: the old one is void at once', async () => {
    const alice = await world.person('Alice')
    const client = newClient()
    await client.signIn(alice)
    const hash = await client.formHash()
    const form = { ...APP, hash, app_shortname: 'renewed' }
    // A form of the page says that the terms were accepted.
    const hasty = await client.submit('/apps/create', form)
    expect([hasty.status, hasty.text.includes('Please accept the API terms first.')]).toEqual([400, true])
    const made = await client.submit('/apps/create', { ...form, app_terms: '1' })
    expect([made.status, made.location]).toEqual([303, '/apps?saved=created'])
    expect((await client.get('/apps')).text).toContain('you accepted version 1 on')
    // A number has one app.
    expect((await client.post('/apps/create', { ...form, app_shortname: 'another' })).text).toContain(
      'already',
    )

    // Programs send what they change.
    expect((await client.post('/apps/save', { hash, app_title: 'Changed' })).text).toBe('')
    const saved = await client.submit('/apps/save', { ...form, app_title: 'Again', app_platform: 'web' })
    expect(saved.location).toBe('/apps?saved=changes')
    const page = (await client.get('/apps?saved=changes')).text
    expect(page).toContain('value="Again"')
    expect(page).toMatch(/value="web"\s+checked/)
    expect(page).toContain('Your changes are saved.')

    const ids = (text: string): { apiId: number; apiHash: string } => ({
      apiId: Number(/<strong>(\d+)<\/strong><\/span>/.exec(text)?.[1]),
      apiHash: /this\.select\(\);">([0-9a-f]{32})</.exec(text)?.[1] ?? '',
    })
    const old = ids(page)
    const device = await world.stranger()
    const send = (app: { apiId: number; apiHash: string }): Promise<string> =>
      device
        .call('auth.sendCode', { phoneNumber: alice.phone, ...app, settings: { _: 'codeSettings' } as never })
        .then(
          (sent) => sent._,
          (error: Error) => error.message,
        )
    expect(await send(old)).toBe('auth.sentCode')
    expect((await client.submit('/apps/renew', { hash })).status).toBe(400)
    expect((await client.submit('/apps/renew', { hash, confirm: '1' })).location).toBe('/apps?saved=hash')
    const renewed = ids((await client.get('/apps')).text)
    expect(renewed.apiId).toBe(old.apiId)
    expect(await send(old)).toBe('API_ID_INVALID')
    expect(await send(renewed)).toBe('auth.sentCode')
  })

  test('is one for each number, also when it is asked for twice at once', async () => {
    const alice = await world.person('Alice')
    const client = newClient()
    await client.signIn(alice)
    const hash = await client.formHash()
    const create = async (app_shortname: string): Promise<string> =>
      (await client.post('/apps/create', { ...APP, hash, app_shortname })).text
    const answers = await Promise.all(['oneofalice', 'twoofalice', 'sixofalice'].map(create))
    expect(answers.toSorted()).toEqual(['', TAKEN, TAKEN])
    expect(await create('another1')).toBe(TAKEN)
    const own = await readOwnApp(world.server.context, alice.phone)
    expect((await client.get('/apps')).text).toContain(`<strong>${own?.apiId}</strong>`)
  })

  test('has a short name that no other has, in whatever letters, also when both ask at once', async () => {
    const people = await Promise.all([world.person('Alice'), world.person('Bob'), world.person('Carol')])
    const names = ['ShortName', 'shortname', 'SHORTNAME']
    const outcomes = await Promise.allSettled(
      people.map(({ phone }, n) => {
        const form = { title: 'T', shortName: names[n]!, url: '', platform: 'ios', description: '' }
        return registerApp(world.server.context, phone, { form, termsVersion: 1 })
      }),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })
})

describe('a short name of the host', () => {
  test('is taken in the portal, and may be given twice by the host', async () => {
    const { context: ctx } = world.server
    const given = { title: 'T', shortName: 'Hosted_1', phone: '+15550007001' }
    const first = await createApp(ctx, given)
    const second = await createApp(ctx, { ...given, phone: '+15550007002' })
    expect(second.apiId).not.toBe(first.apiId)
    await createApp(ctx, { ...given, shortName: 'hosted2', phone: '+15550007003' })
    const { phone } = await world.person('Alice')
    const form = { title: 'T', shortName: 'HOSTED2', url: '', platform: 'ios', description: '' }
    await expect(registerApp(ctx, phone, { form, termsVersion: 1 })).rejects.toThrow(
      'This short name is taken.',
    )
  })
})

describe('who owns the app', () => {
  test('keeps it with another number, and nobody gets it with a number that somebody left', async () => {
    const [alice, bob] = [await world.person('Alice'), await world.person('Bob')]
    const { context: ctx } = world.server
    const [mine, bobs] = [newClient(), newClient()]
    const apps: string[] = []
    for (const [client, person, name] of [
      [mine, alice, 'ofthemover'],
      [bobs, bob, 'oftheleaver'],
    ] as const) {
      await client.signIn(person)
      const hash = await client.formHash()
      await client.post('/apps/create', { ...APP, hash, app_shortname: name })
      apps.push(/<strong>(\d+)<\/strong><\/span>/.exec((await client.get('/apps')).text)![1]!)
    }
    await ctx.db.transaction(async (tx) => {
      await changePhoneNumber(tx, alice.id, '15550009998')
      await moveApp(tx, alice.phone, '15550009998')
    })
    expect((await mine.get('/apps')).text).toContain(`<strong>${apps[0]}</strong>`)
    await deleteAccount(ctx, bob.id, '')
    for (const phone of [alice.phone, bob.phone]) {
      expect(await readOwnApp(ctx, phone)).toBeUndefined()
    }
    // An app without an owner is not one of the host's.
    expect(await readHostApps(ctx.db, apps.map(Number))).toEqual(new Set())
    expect((await listApps(ctx)).map((app) => String(app.apiId))).toEqual(expect.arrayContaining(apps))
  })
})

describe('deletion of the account', () => {
  test('needs a confirmation, and ends what the account had', async () => {
    const alice = await world.person('Alice')
    const client = newClient()
    await client.signIn(alice)
    const page = (await client.get('/delete')).text
    expect(page).toContain('Delete Your Account')
    const [, hash = ''] = /hash: '(\w+)',/.exec(page) ?? []
    expect(hash).toBe(await client.formHash('/delete'))
    const hasty = await client.submit('/delete/do_delete', { hash, message: '<i>bye</i>' })
    expect([hasty.status, hasty.text.includes('&lt;i&gt;bye')]).toEqual([400, true])
    const other = newClient()
    await other.signIn(alice)
    expect((await client.post('/delete/do_delete', `hash=${hash}&message=goodbye`)).text).toBe('true')
    expect((await client.get('/apps')).status).toBe(302)
    expect((await other.get('/apps')).status).toBe(302)
    expect(await alice.failure('users.getUsers', { id: [] })).toMatch(
      /AUTH_KEY_UNREGISTERED|USER_DEACTIVATED/,
    )
  })

  test('waits for a week where there is two-step verification', async () => {
    const bob = await world.person('Bob')
    await setPassword(bob.device, 'secret')
    await world.server.context.db.single(
      (tx) => tx.sql`update password set changed_at = changed_at - ${8 * DAY_SEC} where user_id = ${bob.id}`,
    )
    const client = newClient()
    await client.signIn(bob)
    const hash = await client.formHash('/delete')
    const refused = await client.post('/delete/do_delete', { hash })
    expect(refused.text).toContain('two-step verification')
    expect(refused.text).toContain('7 days')
    expect((await client.get('/apps')).status).toBe(200)
  })
})
