import type { updateUnconfirmedSession } from 'tdlib-types'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withContext } from '../../src/cli/with-context.ts'
import { parseConfig } from '../../src/config.ts'
import { within } from '../harness/server.ts'
import { scan, sessionsOf, setPassword, showCode, tdlibOf } from './door.ts'
import type { Person } from './person.ts'
import { CLIENTS, startWorld } from './world.ts'
import type { ClientName, World } from './world.ts'

const HEAR_MS = 20_000
const PASSWORD = 'correct horse'

let world: World
let people = 0

beforeAll(async () => {
  world = await startWorld(3)
})

afterAll(async () => {
  await world?.[Symbol.asyncDispose]()
})

/** Somebody who is logged in with this client, at home in this datacenter. */
async function atHome(client: ClientName, dc: number): Promise<{ person: Person; phone: string }> {
  const person = world.person(client)
  const phone = `+99966${dc}${String(2000 + ++people)}`
  const code = (): Promise<string> => Promise.resolve(String(dc).repeat(5))
  await person.signUp({ phone, firstName: 'Alice', lastName: '', code })
  return { person, phone }
}

/** Signs in on one client with another one of somebody. Resolves with who is in. */
async function letIn(screen: Person, scanner: Person, password?: string): Promise<number> {
  const shown = Promise.withResolvers<string>()
  const isIn = showCode(screen, { onLink: shown.resolve, ...(password && { password }) })
  const failed = isIn.then(() => new Promise<never>(() => {}))
  expect(await scan(scanner, await Promise.race([shown.promise, failed]))).toBe('Test')
  return await isIn
}

const PAIRS: readonly (readonly [ClientName, ClientName])[] = [
  ['mtcute', 'TDLib'],
  ['GramJS', 'mtcute'],
  ['TDLib', 'GramJS'],
]

test.each(PAIRS)('%s shows a code and %s scans it', async (shows, scans) => {
  // TDLib begins in DC 1, the others in DC 2.
  const { person: scanner } = await atHome(scans, shows === 'TDLib' ? 1 : 2)
  expect(await letIn(world.person(shows), scanner)).toBe(scanner.userId())
  expect(await sessionsOf(scanner)).toMatchObject([
    { isCurrent: true },
    { isCurrent: false, isUnconfirmed: false, isWaiting: false },
  ])
})

test.each(CLIENTS)('%s follows its code to another datacenter', async (shows) => {
  const { person: scanner } = await atHome('mtcute', 3)
  const screen = world.person(shows)
  expect(await letIn(screen, scanner)).toBe(scanner.userId())
  expect([3, undefined]).toContain(await screen.datacenter())
  expect(await sessionsOf(screen)).toHaveLength(2)
})

test.each(CLIENTS)('%s is asked for the password behind its code', async (shows) => {
  const { person: scanner } = await atHome('mtcute', shows === 'TDLib' ? 1 : 2)
  await setPassword(scanner, PASSWORD)
  expect(await letIn(world.person(shows), scanner, PASSWORD)).toBe(scanner.userId())
  const others = (await sessionsOf(scanner)).filter((session) => !session.isCurrent)
  expect(others).toMatchObject([{ isWaiting: false, isUnconfirmed: false }])
})

/** Lets days go by for all sessions, as far as the server knows. */
async function letDaysPass(days: number): Promise<void> {
  const config = parseConfig(['--data', world.server.dataDir, '--log-level', 'silent'], {})
  await withContext(config, ({ db }) =>
    db.single((tx) => tx.sql`update device set created_at = created_at - ${days * 86_400}::int`),
  )
}

test('TDLib asks whether a new session is known, confirms it and ends it', async () => {
  const { person, phone } = await atHome('TDLib', 1)
  const { api } = tdlibOf(person)
  const asked = Promise.withResolvers<updateUnconfirmedSession>()
  const settled = Promise.withResolvers<void>()
  api.on('update', (update) => {
    if (update._ !== 'updateUnconfirmedSession') return
    if (update.session) asked.resolve(update)
    else settled.resolve()
  })
  const second = world.person('mtcute')
  const code = (): Promise<string> => Promise.resolve('11111')
  await second.signUp({ phone, firstName: '', lastName: '', code })
  const { session } = await within(asked.promise, HEAR_MS, () => 'TDLib did not ask about the new session')
  expect(session?.device_model).toContain(',')
  expect(session?.location).toBe('IP = 127.0.0.1')
  const [own, other] = await sessionsOf(person)
  expect([own?.isUnconfirmed, other?.isUnconfirmed]).toEqual([false, true])
  const sessionId = other!.id
  expect(session?.type).toMatchObject({ _: 'sessionTypeDevice', session_id: sessionId })
  await api.invoke({ _: 'confirmSession', session_id: sessionId })
  await within(settled.promise, HEAR_MS, () => 'TDLib still asks about the session')
  expect((await sessionsOf(person))[1]).toMatchObject({ id: sessionId, isUnconfirmed: false })

  const end = { _: 'terminateSession', session_id: sessionId } as const
  await expect(api.invoke(end)).rejects.toMatchObject({ message: 'FRESH_RESET_AUTHORISATION_FORBIDDEN' })
  await letDaysPass(2)
  await api.invoke({ _: 'setInactiveSessionTtl', inactive_session_ttl_days: 30 })
  expect(await api.invoke({ _: 'getActiveSessions' })).toMatchObject({ inactive_session_ttl_days: 30 })
  await api.invoke(end)
  expect(await sessionsOf(person)).toMatchObject([{ isCurrent: true }])
  await expect(second.dialogs()).rejects.toThrow(/AUTH_KEY_UNREGISTERED|session/i)
  await expect(api.invoke(end)).rejects.toMatchObject({ message: expect.stringContaining('HASH_INVALID') })
})
