import { afterAll, beforeAll, expect, test } from 'vitest'
import { withContext } from '../../src/cli/with-context.ts'
import { parseConfig, type Config } from '../../src/config.ts'
import { createUser } from '../../src/domain/accounts/create-user.ts'
import { moveHome } from '../../src/domain/datacenters/home.ts'
import { converse, expectNothingElse, findEachOther, missAndCatchUp, say } from './conversation.ts'
import type { Person } from './person.ts'
import { TdlibPerson } from './tdlib.ts'
import { readPrinted } from './ways.ts'
import type { Printed } from './ways.ts'
import { CLIENTS, startWorld } from './world.ts'
import type { ClientName, Resident, World } from './world.ts'

/** Clients begin in DC 2, but TDLib in DC 1, whose address is the first that it has compiled in. */
const BEGIN: Readonly<Record<ClientName, number>> = { mtcute: 2, GramJS: 2, TDLib: 1 }

/** What clients do that were pointed at one datacenter of several, and belong to another. */
export function describeDatacenters(count: number): void {
  let world: World
  let people = 0
  let printed: Printed
  /** To what new numbers of these clients are nearest. */
  const nearest = count === 2 ? 1 : count

  beforeAll(async () => {
    world = await startWorld(count, ['--nearest-dc', `127.0.0.0/8=${nearest}`])
    printed = readPrinted(world)
  })

  afterAll(async () => {
    await world?.[Symbol.asyncDispose]()
  })

  /** As commands beside the server have it. */
  const config = (): Config => parseConfig(['--data', world.server.dataDir, '--log-level', 'silent'], {})

  /** Signs in with an account that was made before, at home in this datacenter. */
  async function signedIn(client: ClientName, firstName: string, dc: number): Promise<Resident> {
    const number = ++people
    const phone = `+1555${String(count)}${String(number).padStart(6, '0')}`
    await withContext(config(), (ctx) => createUser(ctx, { phone, firstName, lastName: '', homeDc: dc }))
    const person = world.person(client)
    await signUp(person, phone, firstName)
    const username = `${firstName}_${number}_of_${count}`.toLowerCase()
    await person.setUsername(username)
    await expectAt(person, dc)
    return { person, id: person.userId(), phone, firstName, username }
  }

  async function signUp(person: Person, phone: string, firstName: string): Promise<void> {
    await person.signUp({ phone, firstName, lastName: '', code: () => printed('login code', phone) })
  }

  /** How many calls came to this, of a method or of all. */
  async function countCalls(outcome: string, method?: string): Promise<number> {
    const page = await (await fetch(new URL('/metrics', world.server.file.url))).text()
    const start = method === undefined ? 'chappe_calls_total{' : `chappe_calls_total{method="${method}"`
    return page
      .split('\n')
      .filter((line) => line.startsWith(start) && line.includes(`outcome="${outcome}"`))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
  }

  /** The datacenters of all keys on which somebody is logged in. */
  async function loginsOf({ id }: Resident): Promise<number[]> {
    const rows = await withContext(
      config(),
      ({ db }) => db.sql<{ dc: number }[]>`
        select auth_key.dc from device join auth_key using (key_id) where device.user_id = ${id} order by auth_key.dc`,
    )
    return rows.map(({ dc }) => dc)
  }

  /** Moves somebody. Returns how many were told to go by then: some call of theirs is the first to be told. */
  async function move(who: Resident, dc: number): Promise<number> {
    const before = await timesTold()
    await withContext(config(), (ctx) => moveHome(ctx, { phone: who.phone, dc }))
    return before
  }

  const homes = Array.from({ length: count }, (_, index) => index + 1)
  const moves = CLIENTS.flatMap((client) =>
    homes.filter((home) => home !== BEGIN[client]).map((home) => [client, home] as const),
  )

  test.each(moves)('%s finds an account in DC %i, and talks across', async (client, home) => {
    const [alice, bob] = await Promise.all([
      signedIn(client, 'Alice', home),
      signedIn(client === 'mtcute' ? 'GramJS' : 'mtcute', 'Bob', 2),
    ])
    await findEachOther(alice, bob)
    await converse(alice, bob)
    await missAndCatchUp(alice, bob)
    await expectNothingElse(world, alice, bob)
  })

  test.each(CLIENTS)('%s signs up where its number belongs', async (client) => {
    const home = BEGIN[client] === count ? 1 : count
    const person = world.person(client)
    const phone = `+99966${home}${String(5000 + ++people)}`
    const code = (): Promise<string> => Promise.resolve(String(home).repeat(5))
    await person.signUp({ phone, firstName: 'Carol', lastName: '', code })
    await expectAt(person, home)
    const again = await signedIn('mtcute', 'Dave', 1)
    await again.person.addContact(phone, 'Carol')
    const carol = { person, id: person.userId(), phone, firstName: 'Carol', username: '' }
    await say(again, carol, `Hello ${client}`)
    await expectNothingElse(world, carol, again)
  })

  test.each(CLIENTS)('%s signs up where its address is nearest to', async (client) => {
    const before = await countCalls('NETWORK_MIGRATE_%d', 'auth.sendCode')
    const person = world.person(client)
    await signUp(person, `+1444${count}${String(++people).padStart(6, '0')}`, 'Erin')
    await expectAt(person, nearest)
    const isAway = BEGIN[client] !== nearest
    expect((await countCalls('NETWORK_MIGRATE_%d', 'auth.sendCode')) - before).toBe(isAway ? 1 : 0)
  })

  test.each(CLIENTS)('%s carries its login to every other datacenter', async (client) => {
    const home = BEGIN[client]
    const [alice, bob] = await Promise.all([signedIn(client, 'Alice', home), signedIn('mtcute', 'Bob', 1)])
    expect(await loginsOf(alice)).toEqual([home])
    for (const dc of homes.filter((each) => each !== home)) await visit(alice, dc)
    expect(await loginsOf(alice)).toEqual(homes)
    await findEachOther(alice, bob)
    await say(bob, alice, 'At home still')
    await expectNothingElse(world, alice, bob)
  })

  test.each(['mtcute', 'TDLib'] as const)(
    '%s follows somebody who is moved to where it has carried its login',
    async (client) => {
      const [alice, bob] = await Promise.all([signedIn(client, 'Alice', 2), signedIn('GramJS', 'Bob', 1)])
      await findEachOther(alice, bob)
      await say(alice, bob, 'From the old home')
      const { person } = alice
      const home = count === 2 ? 1 : 3
      await visit(alice, home)
      await toldToGo(alice, await move(alice, home))
      await expectAt(person, home)
      await say(alice, bob, 'From the new home')
      // mtcute listens for updates on connections that began at home, which is where it comes back to.
      await person.quit()
      await person.comeBack()
      await expectAt(person, home)
      await say(bob, alice, 'To the new home')
      await expectNothingElse(world, alice, bob)
    },
  )

  // TDLib has a login wherever it has been since it began: with two datacenters there is none left.
  test.each(count === 2 ? (['mtcute', 'GramJS'] as const) : CLIENTS)(
    '%s signs in again after a move to where it had no login, and finds its chats',
    async (client) => {
      const [alice, bob] = await Promise.all([signedIn(client, 'Alice', 2), signedIn('mtcute', 'Bob', 1)])
      await findEachOther(alice, bob)
      await say(bob, alice, 'Before the move')
      const home = count === 2 ? 1 : 3
      // GramJS forgets what it carried there: it makes a new key wherever it goes.
      if (client === 'GramJS') await visit(alice, home)
      await move(alice, home)
      const again = await lost(alice)
      await signUp(again, alice.phone, 'Alice')
      expect(again.userId()).toBe(alice.id)
      await expectAt(again, home)
      const back = { ...alice, person: again }
      expect((await again.history(bob.id, 1)).map(({ text }) => text)).toEqual(['Before the move'])
      await say(back, bob, 'Here I am again')
      await say(bob, back, 'Welcome')
    },
  )

  /** Fetches a file that is not there, which TDLib says in its log. */
  async function visit({ person }: Resident, dc: number): Promise<void> {
    await person.visit(dc)
    for (const line of await world.takeTdlibLog()) expect(line).toContain('Failed to Download file')
  }

  /** Has somebody do something until the server, which may go on for a moment as before, tells them to go home. */
  async function toldToGo({ person, username }: Resident, before: number): Promise<void> {
    do {
      await person.setUsername(`${username}_${String(++people)}`)
      await new Promise((resolve) => setTimeout(resolve, 300))
    } while ((await timesTold()) === before)
  }

  const timesTold = (): Promise<number> => countCalls('USER_MIGRATE_%d')

  /** What a client comes to that is told to go where it has no login. Returns one to sign in with again. */
  async function lost({ person, username }: Resident): Promise<Person> {
    const change = (): Promise<void> => person.setUsername(`${username}_${String(++people)}`)
    if (!(person instanceof TdlibPerson)) {
      const failure = async (): Promise<unknown> => await change().catch((error: unknown) => error)
      await expect.poll(failure).toMatchObject({ code: 401 })
      return person
    }
    // TDLib makes a key at the new home, and waits there for a login that it could only get from the old one. When it
    // starts again it finds out that it has none.
    const outcome = async (): Promise<unknown> => {
      const ends = change().then(
        () => 'done',
        () => 'failed',
      )
      return await Promise.race([ends, new Promise((resolve) => setTimeout(resolve, 2000, 'waits'))])
    }
    await expect.poll(outcome).toBe('waits')
    await person.quit()
    await person.comeBack()
    await person.closed()
    // There it says what it gave up.
    await world.takeTdlibLog()
    return world.person('TDLib')
  }
}

async function expectAt(person: Person, dc: number): Promise<void> {
  expect([undefined, dc]).toContain(await person.datacenter())
}
