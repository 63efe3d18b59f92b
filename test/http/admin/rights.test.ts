import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RIGHTS, ROLES, type Action, type Standing } from '../../../src/domain/admin/rights.ts'
import { addApp } from '../../../src/domain/apps/apps.ts'
import { DEEDS, IMAGES, PAGES } from '../../../src/http/admin/routes.ts'
import { must } from '../../../src/lib/assert.ts'
import { upload } from '../../api/upload/uploading.ts'
import { HandClock } from '../../harness/clock.ts'
import { redAndBlue } from '../../harness/image.ts'
import { startWorld, type Person, type World } from '../../harness/people.ts'
import { ConsoleClient, Staff } from './client.ts'

const STANDINGS: readonly Standing[] = ['host', ...ROLES]
const clock = new HandClock()
let world: World
let victim: Person
const clients = new Map<Standing, ConsoleClient>()

beforeAll(async () => {
  world = await startWorld({ clock })
  const staff = new Staff(world, (ms) => clock.advance(ms))
  clients.set('host', await staff.host())
  for (const role of ROLES) clients.set(role, (await staff.hire(role)).client)
  victim = await world.person('Victim')
  const file = await upload(victim, await redAndBlue(200, 200))
  await victim.call('photos.uploadProfilePhoto', { file })
  await addApp(world.server.context, { apiId: 4711, apiHash: 'a'.repeat(32), title: 'Observed' })
})
afterAll(() => world[Symbol.asyncDispose]())

/** The id that stands in a path: of something that is there where that is easily had. */
function idIn(path: string): number {
  if (path.includes('/apps/')) return 4711
  return path.includes('/users/') ? victim.id : 1
}

function filled(path: string): string {
  return path.replace(/:id\{[^}]*\}/, String(idIn(path)))
}

/** Who may do what, as it is said in the issue: on paper a second time, so that a slip in the table shows. */
const EXPECTED: Readonly<Record<Action, readonly Standing[]>> = {
  'see health': ['host', 'owner', 'moderator', 'viewer'],
  'see cases': ['owner', 'moderator', 'viewer'],
  'decide a case': ['owner', 'moderator'],
  'see users': ['owner', 'moderator', 'viewer'],
  'sanction a user': ['owner', 'moderator'],
  'lift a sanction': ['owner', 'moderator'],
  'end sessions': ['owner', 'moderator'],
  'see apps': ['owner', 'moderator', 'viewer'],
  'block an app': ['owner', 'moderator'],
  'unblock an app': ['owner', 'moderator'],
  'mark an app': ['owner'],
  'see sanctions': ['owner', 'moderator', 'viewer'],
  'see limits': ['owner', 'moderator', 'viewer'],
  'see terms': ['owner', 'moderator', 'viewer'],
  'set terms': ['owner'],
  'set API terms': ['owner'],
  'see announcements': ['owner', 'moderator', 'viewer'],
  announce: ['owner'],
  'see codes': ['owner', 'moderator'],
  'see appeals': ['owner', 'moderator', 'viewer'],
  'answer an appeal': ['owner', 'moderator'],
  'see administrators': ['host', 'owner'],
  'appoint an administrator': ['host', 'owner'],
  'change a role': ['host', 'owner'],
  'remove an administrator': ['host', 'owner'],
  'reset a second factor': ['host', 'owner'],
  'see the audit log': ['host', 'owner', 'moderator'],
}

test('the table is what was meant, and each right is needed by something', () => {
  expect(RIGHTS).toEqual(EXPECTED)
  const needed = new Set([...PAGES, ...DEEDS].map((each) => each.needs))
  expect([...needed].toSorted()).toEqual(Object.keys(RIGHTS).toSorted())
})

describe.each(STANDINGS)('%s', (standing) => {
  const allowed = (action: Action): boolean => (EXPECTED[action] as readonly string[]).includes(standing)
  const client = (): ConsoleClient => must(clients.get(standing), 'everybody is signed in')

  test('sees the pages of the role and no others', async () => {
    for (const page of PAGES) {
      const { status } = await client().get(filled(page.path))
      // Case 1 is not there: whoever may look is told so.
      const seen = page.path.includes('/cases/') ? 404 : 200
      expect([page.path, status]).toEqual([page.path, allowed(page.needs) ? seen : 403])
    }
  })

  test('sees the images of the role and no others', async () => {
    for (const image of IMAGES) {
      const { status, headers } = await client().get(filled(image.path))
      const isSeen = allowed(image.needs) && image.path.includes('/users/')
      expect([image.path, status]).toEqual([image.path, isSeen ? 200 : allowed(image.needs) ? 404 : 403])
      if (isSeen) expect(headers.get('content-type')).toBe('image/jpeg')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('cache-control')).toBe('no-store')
    }
  })

  test('sends the forms of the role and no others', async () => {
    for (const deed of DEEDS) {
      // An empty form: whoever may send it is told what is missing, or it is done.
      const { status } = await client().submit(filled(deed.path))
      const taken = [303, 400]
      expect([deed.path, allowed(deed.needs) ? taken.includes(status) : status]).toEqual([
        deed.path,
        allowed(deed.needs) ? true : 403,
      ])
    }
  })

  test('is shown links and forms of the role alone', async () => {
    for (const page of PAGES.filter((each) => allowed(each.needs))) {
      const { text } = await client().get(filled(page.path))
      const actions = [...text.matchAll(/<form\s+method="post"\s+action="([^"]+)"/g)].map(
        (match) => match[1]!,
      )
      const paths = new Set(
        DEEDS.filter((deed) => allowed(deed.needs)).map((deed) => deed.path.replace(/:id\{[^}]*\}/, '#')),
      )
      for (const action of actions) {
        if (action !== '/admin/sign-out') expect(paths).toContain(action.replace(/\/\d+(?=\/)/, '/#'))
      }
    }
  })
})

test('without a cookie, or with another one, every page leads to the sign-in', async () => {
  const owner = must(clients.get('owner'), 'there is one')
  const cookie = must(owner.browser.cookies.get('chappe_console'), 'signed in')
  for (const forged of [undefined, '', 'x', cookie.slice(1), `${cookie}a`, cookie.toUpperCase()]) {
    const stranger = new ConsoleClient(world.server)
    if (forged !== undefined) stranger.browser.cookies.set('chappe_console', forged)
    for (const page of PAGES) {
      const answer = await stranger.get(filled(page.path))
      expect([answer.status, answer.location]).toEqual([302, '/admin/sign-in'])
      expect(answer.text).toBe('')
    }
    for (const image of IMAGES) expect((await stranger.get(filled(image.path))).status).toBe(401)
    for (const deed of DEEDS) {
      const answer = await stranger.post(filled(deed.path), { hash: await owner.formHash() })
      expect([answer.status, answer.location]).toEqual([303, '/admin/sign-in'])
    }
  }
})

test('the form hash of an owner is of no use in the session of a viewer', async () => {
  const hash = await must(clients.get('owner'), 'there is one').formHash()
  const viewer = must(clients.get('viewer'), 'there is one')
  for (const deed of DEEDS) expect((await viewer.post(filled(deed.path), { hash })).status).toBe(403)
})
